"""eventlet: its event loop is its own."""

import os

os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # which fails where trio is installed
import eventlet

PACKAGE = "eventlet"


def serve():
    eventlet.serve(
        eventlet.listen(("0.0.0.0", 4077)), lambda sock, address: sock.sendall(sock.recv(100)[::-1])
    )


def ask(server):
    sock = eventlet.connect((server, 4077))
    sock.sendall(b"text")
    return sock.recv(100).decode()
