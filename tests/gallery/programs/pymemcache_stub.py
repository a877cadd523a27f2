"""pymemcache: values set and got, from a server of a few lines."""

import socketserver

from pymemcache.client.base import PooledClient

PACKAGE = "pymemcache"
VALUES = {}


class Memcached(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            command, *words = line.split()
            if command == b"set":
                VALUES[words[0]] = self.rfile.read(int(words[3]) + 2)
                self.wfile.write(b"STORED\r\n")
            elif command == b"get":
                for key in words:
                    value = VALUES.get(key)
                    if value is not None:
                        self.wfile.write(b"VALUE %s 0 %d\r\n%s" % (key, len(value) - 2, value))
                self.wfile.write(b"END\r\n")


def serve():
    socketserver.ThreadingTCPServer(("", 4050), Memcached).serve_forever()


def ask(server):
    client = PooledClient((server, 4050), timeout=5)
    for number in range(10):
        client.set(f"key{number}", b"x" * 10**4 * number, noreply=False)
    found = client.get_many([f"key{number}" for number in range(0, 20, 3)])
    client.close()
    return sorted((key, len(value)) for key, value in found.items())
