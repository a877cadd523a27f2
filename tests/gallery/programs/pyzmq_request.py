"""pyzmq: its sockets are those of libzmq."""

import zmq

PACKAGE = "zmq"


def serve():
    with zmq.Context() as context, context.socket(zmq.REP) as sock:
        sock.bind("tcp://*:4075")
        while True:
            sock.send(sock.recv()[::-1])


def ask(server):
    with zmq.Context() as context, context.socket(zmq.REQ) as sock:
        sock.connect(f"tcp://{server}:4075")
        sock.send(b"text")
        return sock.recv().decode()
