"""stompest: messages by STOMP, from a broker of a few lines, which waits with select."""

import socketserver

from stompest.config import StompConfig
from stompest.sync import Stomp

PACKAGE = "stompest"


class Broker(socketserver.StreamRequestHandler):
    """Sends what it is sent back to the one who has subscribed."""

    def handle(self):
        while frame := self.frame():
            command, headers, body = frame
            if command == "CONNECT":
                self.wfile.write(b"CONNECTED\nversion:1.2\n\n\0")
            elif command == "SEND":
                self.wfile.write(
                    b"MESSAGE\nsubscription:one\nmessage-id:1\ndestination:%s\n\n%s\0"
                    % (headers["destination"].encode(), body[::-1])
                )
            elif "receipt" in headers:
                self.wfile.write(b"RECEIPT\nreceipt-id:%s\n\n\0" % headers["receipt"].encode())

    def frame(self):
        octets = bytearray()
        while octets[-1:] != b"\0":
            octet = self.rfile.read(1)
            if not octet:
                return None
            octets += octet
        head, _, body = bytes(octets[:-1]).lstrip(b"\n").partition(b"\n\n")
        command, *lines = head.decode().splitlines()
        return command, dict(line.split(":", 1) for line in lines), body


def serve():
    socketserver.ThreadingTCPServer(("", 4052), Broker).serve_forever()


def ask(server):
    client = Stomp(StompConfig(f"tcp://{server}:4052", version="1.2"))
    client.connect()
    client.subscribe("/queue/lamp", {"id": "one"})
    answers = []
    for text in (b"one", b"two"):
        client.send("/queue/lamp", text)
        assert client.canRead(timeout=5)
        answers.append(client.receiveFrame().body.decode())
    idle = client.canRead(timeout=0.1)
    client.disconnect(receipt="bye")
    return answers, idle, client.receiveFrame().command
