"""`web-server`: the standard library's HTTP server with generated pages.

`/` is a page with `--images` images, `/file/N` a file of N octets, and a form that is posted to `/` or
`/form` is answered with its size and hash. Every answer says its own hash as RFC 9530 has it, so a client can
judge what came.
"""

import argparse
import base64
import hashlib
import re
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from sim.apps import site
from sim.apps.command_line import PORT, CommandLine, between, listening

_MOST_IMAGES = 100
_HTML, _TEXT, _PNG, _OCTETS = (
    "text/html; charset=utf-8",
    "text/plain; charset=utf-8",
    "image/png",
    "application/octet-stream",
)


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("web-server")
    line.add_argument("--port", type=PORT, default=80, metavar="PORT")
    line.add_argument("--size", type=between(1, site.LARGEST), metavar="OCTETS")
    line.add_argument("--images", type=between(0, _MOST_IMAGES), default=0, metavar="COUNT")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Serve for ever."""
    options = arguments(words)
    host = socket.gethostname()
    page = site.page(host, options.size, options.images)

    class Handler(BaseHTTPRequestHandler):
        """One request."""

        def do_GET(self) -> None:
            """Answer with what the path names."""
            self._answer(*self._resource())

        def do_HEAD(self) -> None:
            """As GET, without the body."""
            self._answer(*self._resource(), head=True)

        def do_POST(self) -> None:
            """Take a form."""
            if self.path not in ("/", "/form"):
                self.send_error(404)
                return
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal():
                self.send_error(411)
                return
            body = self.rfile.read(int(length))
            fields = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True)
            lines = [f"{len(body)} octets, sha256 {hashlib.sha256(body).hexdigest()}"]
            lines += [f"{name}: {len(value)} characters" for name, value in fields]
            self._answer(_TEXT, "\n".join([*lines, ""]).encode())

        def _resource(self) -> tuple[str, bytes | None]:
            """Type and content of the path."""
            if self.path == "/":
                return _HTML, page
            if (found := re.fullmatch(r"/image/([0-9]{1,3})\.png", self.path)) and (
                1 <= int(found[1]) <= options.images
            ):
                return _PNG, site.image(int(found[1]))
            if (found := re.fullmatch(r"/file/([0-9]{1,9})", self.path)) and int(found[1]) <= site.LARGEST:
                return _OCTETS, site.file(host, int(found[1]))
            return "", None

        def _answer(self, kind: str, body: bytes | None, *, head: bool = False) -> None:
            if body is None:
                self.send_error(404)
                return
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Repr-Digest", f"sha-256=:{digest}:")
            self.end_headers()
            if not head:
                self.wfile.write(body)

    with listening("web-server", options.port):
        server = ThreadingHTTPServer(("", options.port), Handler)
    with server:
        server.serve_forever()
    return None
