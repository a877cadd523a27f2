"""pproxy: a SOCKS5 proxy on asyncio, passed through with PySocks."""

import asyncio
import socketserver
import threading

import pproxy
import socks

PACKAGE = "pproxy"


class Reverse(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.strip()[::-1] + b"\n")


def serve():
    async def main():
        server = pproxy.Server("socks5://0.0.0.0:4047")
        await server.start_server({"rserver": [pproxy.Connection("direct")], "verbose": lambda text: None})
        await asyncio.get_running_loop().create_future()

    origin = socketserver.ThreadingTCPServer(("", 4048), Reverse)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    asyncio.run(main())


def ask(server):
    with socks.socksocket() as sock:
        sock.set_proxy(socks.SOCKS5, server, 4047)
        sock.settimeout(5)
        sock.connect((server, 4048))
        sock.sendall(b"one\ntwo\n")
        with sock.makefile() as lines:
            return [next(lines).strip() for _ in range(2)]
