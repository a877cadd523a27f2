"""proxy.py: an HTTP proxy with threads, in front of http.server, asked by requests."""

import http.server
import ipaddress
import threading

import proxy
import requests

PACKAGE = "proxy"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *arguments):
        pass


def serve():
    origin = http.server.ThreadingHTTPServer(("", 4046), Handler)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    with proxy.Proxy(
        ["--threadless", "--local-executor", "1", "--num-acceptors", "1"],
        hostname=ipaddress.IPv4Address("0.0.0.0"),
        port=4045,
    ):
        threading.Event().wait()


def ask(server):
    with requests.Session() as session:
        session.proxies = {"http": f"http://{server}:4045"}
        return [session.get(f"http://{server}:4046/{number}").text for number in range(3)]
