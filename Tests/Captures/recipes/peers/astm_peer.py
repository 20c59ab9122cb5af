"""Peers that speak ASTM and POCT1-A, started inside a host by the recipes.

    astm_peer.py serve PORT                   server of the `astm-2025` package: acknowledges what it can decode
    astm_peer.py send HOST PORT FILE MODE     client of the `astm-2025` package: FILE holds records, one a line; MODE is `records`,
                                              `bulk` (a message in one frame) or a number (frames of so many octets, ETB between)
    astm_peer.py receive HOST PORT SECONDS    the same package's receiver on a connection that it opened itself
    astm_peer.py listen PORT PLAN             a plain TCP server: PLAN is JSON, a list of {"hex": …}, each sent in a segment of its
                                              own, {"wait": seconds}, {"read": octets at least}
    astm_peer.py dial HOST PORT PLAN          the same as a client
"""
import builtins
import json
import socket
import sys
import time

# astm-2025 still names a type of Python 2.
builtins.buffer = lambda data, offset, size: data[offset:offset + size]


def serve(port):
    from astm.server import BaseRecordsDispatcher, Server

    class Dispatcher(BaseRecordsDispatcher):
        def _default_handler(self, record):
            pass

    Server("0.0.0.0", port, dispatcher=Dispatcher).serve_forever(0.1)


def send(host, port, path, mode):
    from astm.client import Client
    lines = open(path, "rb").read().splitlines()

    class Kind(bytes):
        """The package writes octets and compares with text."""
        def __eq__(self, other):
            return self.decode() == other if isinstance(other, str) else bytes.__eq__(self, other)

        def __hash__(self):
            return hash(self.decode())

    def emitter():
        for line in lines:
            kind, *fields = line.split(b"|")
            yield [Kind(kind), *fields]

    options = {"bulk_mode": mode != "records", "chunk_size": int(mode) if mode.isdigit() else None}
    Client(emitter, host, port, encoding="latin-1", timeout=5, **options).run(0.1)


def receive(host, port, seconds):
    from astm.asynclib import loop
    from astm.server import BaseRecordsDispatcher, RequestHandler

    class Dispatcher(BaseRecordsDispatcher):
        def _default_handler(self, record):
            pass

    connection = socket.create_connection((host, port))
    RequestHandler(connection, Dispatcher("latin-1"))
    end = time.time() + seconds
    while time.time() < end:
        loop(0.1, count=1)


def play(connection, path):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(5)
    have = 0
    for step in json.load(open(path)):
        if "hex" in step:
            connection.sendall(bytes.fromhex(step["hex"]))
            time.sleep(0.004)
        if "wait" in step:
            time.sleep(step["wait"])
        if "read" in step:
            while have < step["read"]:
                data = connection.recv(65536)
                if not data:
                    sys.exit("the other side has left")
                have += len(data)
                print(data)
            have -= step["read"]
    connection.close()


action, *rest = sys.argv[1:]
if action == "serve":
    serve(int(rest[0]))
elif action == "send":
    send(rest[0], int(rest[1]), rest[2], rest[3])
elif action == "receive":
    receive(rest[0], int(rest[1]), float(rest[2]))
elif action == "listen":
    play(socket.create_server(("0.0.0.0", int(rest[0]))).accept()[0], rest[1])
elif action == "dial":
    play(socket.create_connection((rest[0], int(rest[1])), 5), rest[2])
