"""gevent: its event loop is libev's."""

import gevent.server
import gevent.socket

PACKAGE = "gevent"


def serve():
    gevent.server.StreamServer(
        ("0.0.0.0", 4076), lambda sock, address: sock.sendall(sock.recv(100)[::-1])
    ).serve_forever()


def ask(server):
    with gevent.socket.create_connection((server, 4076)) as sock:
        sock.sendall(b"text")
        return sock.recv(100).decode()
