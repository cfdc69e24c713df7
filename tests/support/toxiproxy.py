"""A proxy between a client and a server that loses, delays and cuts what passes: toxiproxy, which
`toxiproxy.sh` builds, by its HTTP interface."""

import json
import subprocess
import urllib.error
import urllib.request

from fleet import SUPPORT, Failed, free_port, wait_until


class Toxiproxy:
    """The process; a route is (name, address that it opens, address behind it)."""

    def __init__(self, folder):
        subprocess.run([SUPPORT / "toxiproxy.sh", "fetch"], check=True)
        self.port = free_port()
        with open(folder / "toxiproxy.log", "wb") as log:
            self.process = subprocess.Popen([SUPPORT / "toxiproxy.sh", str(self.port)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self._answers("GET", "/version"), 20, "toxiproxy answers")

    def close(self):
        self.process.kill()
        self.process.wait()

    def _answers(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.read() or True
        except urllib.error.HTTPError as error:
            raise Failed(f"toxiproxy: {method} {path}: {error.read().decode()}") from None
        except OSError:
            return None

    def route(self, name, behind, listen=None):
        """Opens `listen`, or a free port of 127.0.0.1; its address."""
        listen = listen or f"127.0.0.1:{free_port()}"
        self._answers("POST", "/proxies", {"name": name, "listen": listen, "upstream": behind,
                                           "enabled": True})
        return listen

    def hang(self, name, streams=("upstream", "downstream")):
        """Connections stay open and nothing passes any more: a black hole, or one that is half
        open, where only one of the streams is lost."""
        for stream in streams:
            self._answers("POST", f"/proxies/{name}/toxics",
                          {"name": stream, "type": "timeout", "stream": stream,
                           "attributes": {"timeout": 0}})

    def delay(self, name, milliseconds, jitter=0):
        """Each direction takes so much longer."""
        for stream in ("upstream", "downstream"):
            self._answers("POST", f"/proxies/{name}/toxics",
                          {"name": stream, "type": "latency", "stream": stream,
                           "attributes": {"latency": milliseconds, "jitter": jitter}})

    def cut(self, name):
        """Connections end, and new ones are refused."""
        self._answers("POST", f"/proxies/{name}", {"enabled": False})

    def heal(self, name):
        for toxic in json.loads(self._answers("GET", f"/proxies/{name}/toxics")):
            self._answers("DELETE", f"/proxies/{name}/toxics/{toxic['name']}")
        self._answers("POST", f"/proxies/{name}", {"enabled": True})
