"""statsd: counters and a timer over UDP, asked for again over TCP."""

import json
import socketserver
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import statsd

PACKAGE = "statsd"
SEEN = []
SENT = 7


class Collector(socketserver.BaseRequestHandler):
    def handle(self):
        SEEN.extend(self.request[0].decode().split("\n"))


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(SEEN).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        SEEN.clear()

    def log_message(self, *arguments):
        pass


def serve():
    collector = socketserver.UDPServer(("", 4054), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    HTTPServer(("", 4054), Page).serve_forever()


def ask(server):
    page = f"http://{server}:4054/"
    urllib.request.urlopen(page, timeout=5).read()
    client = statsd.StatsClient(server, 4054, prefix="gallery")
    client.incr("asked")
    with client.pipeline() as pipeline:
        for number in range(5):
            pipeline.gauge(f"level{number}", number)
    client.timing("took", 3)
    seen = []
    while len(seen) < SENT:  # the collector is another thread than the page's
        seen += json.loads(urllib.request.urlopen(page, timeout=5).read())
        time.sleep(0.01)
    return sorted(seen)
