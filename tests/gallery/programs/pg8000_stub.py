"""pg8000: a question by PostgreSQL's wire protocol, to a server of a few lines."""

import socketserver
import struct

import pg8000.native

PACKAGE = "pg8000"
OID_OF_INT4 = 23


class Server(socketserver.StreamRequestHandler):
    def message(self, kind, body):
        self.wfile.write(kind + struct.pack("!i", len(body) + 4) + body)

    def read(self, size):
        (length,) = struct.unpack("!i", self.rfile.read(4))
        return self.rfile.read(length - size)

    def handle(self):
        self.read(4)
        self.message(b"R", struct.pack("!i", 0))
        self.message(b"Z", b"I")
        while self.rfile.read(1) == b"Q":
            self.read(4)
            self.message(b"T", struct.pack("!h7sihihih", 1, b"number\0", 0, 0, OID_OF_INT4, 4, -1, 0))
            for number in range(500):
                text = str(number).encode()
                self.message(b"D", struct.pack("!hi", 1, len(text)) + text)
            self.message(b"C", b"SELECT 500\0")
            self.message(b"Z", b"I")


def serve():
    socketserver.ThreadingTCPServer(("", 4062), Server).serve_forever()


def ask(server):
    with pg8000.native.Connection("you", host=server, port=4062, timeout=5, ssl_context=False) as connection:
        rows = connection.run("SELECT number FROM numbers")
        return len(rows), sum(number for (number,) in rows), connection.columns[0]["name"]
