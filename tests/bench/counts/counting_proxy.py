"""Between a client and PostgreSQL: passes bytes on, and counts the messages of the client.

What counts is what crosses the wire, whatever the client believes: a Bind names a statement
that runs; behind a Sync or a Query an answer is waited for (PostgreSQL's manual, "Message
Formats")."""

import collections
import contextlib
import socket
import struct
import threading

# Requests in front of the startup message, which are answered by one byte.
SSL_REQUEST, GSSENC_REQUEST = 80877103, 80877104


class Connection:
    """What a client has sent on one connection."""

    def __init__(self):
        self.statements = collections.Counter()  # by name
        self.round_trips = 0

    def count(self):
        """Is sent a client's bytes, in pieces of any size."""
        pending = bytearray()

        def take(size):
            while len(pending) < size:
                pending.extend((yield))
            taken = bytes(pending[:size])
            del pending[:size]
            return taken

        request = SSL_REQUEST
        while request in (SSL_REQUEST, GSSENC_REQUEST):
            size, request = struct.unpack("!II", (yield from take(8)))
            yield from take(size - 8)
        while True:
            kind, size = struct.unpack("!cI", (yield from take(5)))
            body = yield from take(size - 4)
            if kind == b"B":  # portal, statement, ...
                self.statements[body.split(b"\0", 2)[1].decode()] += 1
            self.round_trips += kind in b"SQ"


class CountingProxy(contextlib.AbstractContextManager):
    def __init__(self, host, port):
        self.upstream = (host, port)
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.upstream)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(Connection())
            threading.Thread(target=self._pass, daemon=True,
                             args=(client, server, self.connections[-1].count())).start()
            threading.Thread(target=self._pass, args=(server, client, None), daemon=True).start()

    @staticmethod
    def _pass(source, target, counter):
        if counter:
            next(counter)
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
                if counter:
                    counter.send(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def counts_of(self, statement):
        """Of the connections that have sent this one: statements by name, and round trips."""
        those = [one for one in self.connections if one.statements[statement] > 0]
        statements = sum((one.statements for one in those), collections.Counter())
        return statements, sum(one.round_trips for one in those)
