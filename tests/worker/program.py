"""Calls the program as a person or a script does. For the tests of this folder, each of which
is called as TEST PROGRAM SOURCE_FOLDER."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
SOURCE = os.path.abspath(sys.argv[2])
del sys.argv[1:3]


def xorca(*arguments, stdin="", **variables):
    """Runs the program in an environment of its own. Returns status, output, errors."""
    environment = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
                   if name in os.environ}
    environment.update(variables)
    done = subprocess.run([PROGRAM, *arguments], input=stdin.encode() if isinstance(stdin, str)
                          else stdin, capture_output=True, env=environment, timeout=60,
                          check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Files(unittest.TestCase):
    """A folder that ends with the test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path
