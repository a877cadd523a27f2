"""`web-server`: the standard library's HTTP server with generated pages.

Nothing of it comes from a file, so a page is a function of its size and the host's name alone.
"""

import argparse
import html
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sim.apps.command_line import PORT, CommandLine, between

_LARGEST = 100_000_000


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("web-server")
    line.add_argument("--port", type=PORT, default=80, metavar="PORT")
    line.add_argument("--size", type=between(1, _LARGEST), metavar="OCTETS")
    return line.parse_args(words)


def page(host: str, size: int | None) -> bytes:
    """The page of `host`: a short one, or one of exactly `size` octets."""
    lines = [
        f"<!doctype html><title>A page from {html.escape(host)}</title>",
        "<p>If you can read this, the cable works.",
    ]
    text = "\n".join(lines) + "\n"
    if size is None:
        return text.encode()
    pieces = [text]
    length, number = len(text.encode()), 0
    while length < size:
        number += 1
        piece = f"<p>Line {number} of a longer page, to give the cable something to carry.\n"
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces).encode()[:size]


def main(words: list[str]) -> int | None:
    """Serve for ever."""
    options = arguments(words)
    body = page(socket.gethostname(), options.size)

    class Handler(BaseHTTPRequestHandler):
        """Answers GET and HEAD of `/`."""

        def do_GET(self) -> None:
            """Send the page."""
            self.do_HEAD()
            if self.path == "/":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            """Send the status and the headers."""
            if self.path != "/":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()

    with ThreadingHTTPServer(("", options.port), Handler) as server:
        server.serve_forever()
    return None
