"""`discard-server`: takes whatever comes over TCP and throws it away (RFC 863)."""

import argparse
import socketserver

from sim.apps.command_line import PORT, CommandLine, listening


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("discard-server")
    line.add_argument("--port", type=PORT, default=9, metavar="PORT")
    return line.parse_args(words)


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Read to the end and say how much it was."""
        octets = 0
        while piece := self.rfile.read1():
            octets += len(piece)
        print(f"{octets} octets from {self.client_address[0]}")


def main(words: list[str]) -> int | None:
    """Serve for ever."""
    options = arguments(words)
    with listening("discard-server", options.port):
        server = socketserver.ThreadingTCPServer(("", options.port), _Connection)
    with server:
        server.serve_forever()
    return None
