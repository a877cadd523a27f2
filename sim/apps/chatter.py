"""`chatter HOST`: write small pieces to a discard server, one right after the other.

Without `--nodelay` Nagle's rule (RFC 9293 section 3.7.4) gathers them: while anything is unacknowledged, less
than a full segment waits. With it (TCP_NODELAY) each piece is a segment of its own.
"""

import argparse
import socket
import sys

from sim.apps.command_line import PORT, CommandLine, between


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("chatter")
    line.add_argument("--nodelay", action="store_true")
    line.add_argument("--pieces", type=between(1, 100_000), default=20, metavar="COUNT")
    line.add_argument("--octets", type=between(1, 1_000_000), default=1, metavar="OCTETS")
    line.add_argument("--port", type=PORT, default=9, metavar="PORT")
    line.add_argument("host", metavar="HOST")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Send, wait until the server has taken everything; 1 when it cannot be reached."""
    options = arguments(words)
    try:
        with socket.create_connection((options.host, options.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, options.nodelay)
            for _ in range(options.pieces):
                connection.sendall(b"." * options.octets)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
    except OSError as error:
        print(f"chatter: {options.host}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(f"{options.pieces} pieces, {options.pieces * options.octets} octets")
    return None
