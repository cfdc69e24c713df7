#!/usr/bin/env python3
"""`simulate --explain` and `--interactive`, `render`, `test` and `catalog`, by the real program.

What is expected follows from the definitions by the semantics of XState 5; none of it is taken
from the program's own output. Usage: definition_tools_test.py PROGRAM SOURCE_FOLDER
"""

import json
import os
import pty
import select
import subprocess
import time
import unittest
from xml.etree import ElementTree

from program import PROGRAM, SOURCE, Files, xorca


def after(text, word):
    """The part of a text behind the first place of a word."""
    return text.split(word, 1)[1]


# Two regions; the outer state, the wildcard and the second candidate never get their turn.
CHOOSY = {
    "id": "m", "version": "1.0.0", "initial": "work",
    "context": {"n": {"@expr": "input.n"}},
    "on": {"evt.go": {"target": ".late"}},
    "states": {
        "work": {
            "on": {"evt.go": [{"guard": {"@expr": "context.n > 5"}, "target": "done"},
                              {"guard": {"@expr": "context.n > 0"}, "target": "late"},
                              {"target": "work"}],
                   "evt.*": {"target": "done"},
                   "evt.bad": {"guard": {"@expr": "1 / 0 == 1"}, "target": "done"}},
            "after": {"5s": {"target": "late"}}},
        "late": {"on": {"evt.end": {"target": "done"}}},
        "done": {"type": "final"}}}


class Explain(Files):
    def explain(self, events, machine=None):
        path = self.write("m.json", machine or CHOOSY)
        lines = "".join(json.dumps(event) + "\n" for event in events)
        status, out, _ = xorca("simulate", path, "--explain", "--input", '{"n":1}', stdin=lines)
        return status, out

    def test_each_transition_has_its_reason(self):
        status, out = self.explain([{"type": "evt.go"}])
        self.assertEqual(status, 0)
        self.assertEqual(after(out, "  event      evt.go\n").splitlines(), [
            "  not taken  work: evt.go [context.n > 5] -> done: its guard does not hold",
            "  not taken  work: evt.go -> work: one before it in its state is",
            "  not taken  work: evt.* -> done: one before it in its state is",
            "  not taken  m: evt.go -> late: a state further in answers",
            "  taken      work: evt.go [context.n > 0] -> late",
            "  exits      work",
            "  enters     late",
            "  cancels    timer xstate.after.5s.m.work",
            "  state      late",
            ""])

    def test_a_guard_that_fails_and_an_event_that_nobody_hears(self):
        status, out = self.explain([{"type": "evt.bad"}, {"type": "xorca.x"}])
        self.assertEqual(status, 1)
        self.assertIn("  failed     work: evt.bad [1 / 0 == 1] -> done: its guard cannot be "
                      "evaluated\n", out)
        self.assertRegex(out, r"(?m)^  error      .*(?i:division by zero).*: nothing changed$")
        self.assertIn("  event      xorca.x: no active state listens to it\n", out)

    def test_regions_that_get_in_each_others_way(self):
        region = {"initial": "a", "states": {"a": {"on": {"evt.x": {"target": "#m.out"}}}}}
        machine = {"id": "m", "version": "1.0.0", "initial": "p",
                   "states": {"p": {"type": "parallel", "states": {"r": region, "s": region}},
                              "out": {}}}
        _, out = self.explain([{"type": "evt.x"}], machine)
        self.assertIn("  not taken  p.s.a: evt.x -> out: it would exit what another one exits\n"
                      "  taken      p.r.a: evt.x -> out\n", out)


class Interactive(Files):
    def converse(self, *answers):
        """Types answers at a terminal; returns status and what was on the screen."""
        path = self.write("m.json", CHOOSY)
        controller, terminal = pty.openpty()
        with subprocess.Popen([PROGRAM, "simulate", path, "--interactive", "--input", '{"n":1}'],
                              stdin=terminal, stdout=terminal, stderr=terminal) as process:
            os.close(terminal)
            screen, waiting, end = b"", list(answers), time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    readable, _, _ = select.select([controller], [], [], 60)
                    screen += os.read(controller, 65536) if readable else b""
                except OSError:  # the program has closed its end
                    break
                if screen.endswith(b"> ") and waiting:
                    os.write(controller, waiting.pop(0).encode())
            status = process.wait(timeout=60)
        os.close(controller)
        return status, screen.decode().replace("\r\n", "\n")

    def test_a_conversation(self):
        status, screen = self.converse("9\n", "evt.*\n", "evt.go {\n", "+\n", "1 {\"a\": 1}\n")
        self.assertEqual(status, 0)
        for line in ("  1  evt.go\n", "  +  to the timer that is due in 5000 ms: "
                     "xstate.after.5s.m.work\n", "\"9\" is not among the numbers 1 to ",
                     "\"evt.*\" stands for many types", "the data behind the type: line 1",
                     "  taken      work: after 5s -> late\n",
                     "  taken      late: evt.end -> done\n", "  state      done, done\n"):
            self.assertIn(line, screen)

    def test_it_ends_with_the_input(self):
        status, screen = self.converse("+1s\n", "\x04")
        self.assertEqual(status, 0)
        self.assertIn("due in 4000 ms", screen)

    def test_it_needs_a_terminal(self):
        path = self.write("m.json", CHOOSY)
        status, out, err = xorca("simulate", path, "--interactive")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("--interactive needs a terminal", err)


EXAMPLES = os.path.join(SOURCE, "deploy", "examples")
NOT_DEFINITIONS = ("services.json", "input.json")


def example_definitions():
    """Each example's folder has one definition beside services, input and scenarios."""
    for folder in sorted(os.listdir(EXAMPLES)):
        for name in sorted(os.listdir(os.path.join(EXAMPLES, folder))):
            if name.endswith(".json") and not name.endswith(".test.json") and \
                    name not in NOT_DEFINITIONS:
                yield os.path.join(EXAMPLES, folder, name)


def states_of(definition):
    """The keys of all states, however deep."""
    for key, state in definition.get("states", {}).items():
        yield key
        yield from states_of(state)


class Render(Files):
    def svg(self, path):
        status, out, err = xorca("render", path, "--format", "svg")
        self.assertEqual((status, err), (0, ""), path)
        return [text.text for text in ElementTree.fromstring(out).iter()
                if text.tag.endswith("}text")]

    def test_every_example_in_every_format(self):
        for path in example_definitions():
            with open(path, encoding="utf-8") as file:
                keys = set(states_of(json.load(file)))
            for name, beginning in (("mermaid", "stateDiagram-v2\n"), ("dot", "digraph ")):
                status, out, err = xorca("render", path, "--format", name)
                self.assertEqual((status, err), (0, ""), path)
                self.assertTrue(out.startswith(beginning))
                for key in keys:
                    self.assertIn(key, out)
            self.assertLessEqual(keys, set(self.svg(path)), path)

    def test_what_stands_in_the_picture(self):
        machine = {
            "id": "m", "version": "1.2.3", "initial": "p",
            "states": {
                "p": {"type": "parallel",
                      "on": {"evt.inside": {"target": ".r.b"}, "evt.out": {"target": "end"}},
                      "states": {
                          "r": {"initial": "a", "states": {
                              "a": {"entry": [{"type": "@xstate.emit", "event": {"type": "cmd.x"}}],
                                    "on": {"evt.go": {"target": "b",
                                                      "guard": {"@expr": "1 <\n  2 && true"}},
                                           "evt.stay": {"actions": [{"type": "@xstate.log",
                                                                     "args": [1]}]}},
                                    "after": {"5s": {"target": "b"}}},
                              "b": {"type": "final"}}},
                          "s": {}},
                      "onDone": {"target": "end"}},
                "end": {"type": "final", "tags": ["failed"]}}}
        texts = self.svg(self.write("m.json", machine))
        for text in ("m", "version 1.2.3", "p", "r", "s", "a", "b", "end", "sends cmd.x",
                     "evt.go", "[1 < 2 && true]", "after 5s", "evt.out", "done", "any state",
                     "evt.inside", "evt.stay"):
            self.assertIn(text, texts)

    def test_names_that_could_be_taken_for_markup(self):
        for key in ('a"b', "<b>&amp;</b>", "a\\N", "x->y", "a\nb", "Zustand ü", "{a|b}", "%d"):
            machine = {"id": "m", "version": "1.0.0", "initial": key, "states": {key: {}}}
            texts = self.svg(self.write("m.json", machine))
            self.assertIn(key.replace("\n", " "), [text.replace("\u00a0", " ") for text in texts])

    def test_without_graphviz(self):
        status, out, err = xorca("render", next(example_definitions()), "--format", "svg",
                                 PATH=self.folder)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("Graphviz' program dot, which is not installed", err)

    def test_a_dot_that_fails(self):
        program = self.write("dot", "#!/bin/sh\nexit 3\n")
        os.chmod(program, 0o755)
        status, _, err = xorca("render", next(example_definitions()), "--format", "svg",
                               PATH=self.folder + ":/bin")
        self.assertEqual(status, 1)
        self.assertIn("dot ended with status 3", err)

    def test_bad_use(self):
        status, _, err = xorca("render", next(example_definitions()), "--format", "png")
        self.assertEqual(status, 2)
        self.assertIn('--format: "png" is none of mermaid, dot, svg', err)
        status, _, err = xorca("render", self.write("m.json", {"id": "m"}))
        self.assertEqual(status, 2)
        self.assertIn("$", err)


if __name__ == "__main__":
    unittest.main()
