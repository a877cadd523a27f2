"""`udp-echo-server`: sends every datagram back (RFC 862)."""

import argparse
import socket

from sim.apps.command_line import PORT, CommandLine, listening

_LARGEST = 65_535


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("udp-echo-server")
    line.add_argument("--port", type=PORT, default=7, metavar="PORT")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Serve for ever."""
    options = arguments(words)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        with listening("udp-echo-server", options.port):
            sock.bind(("", options.port))
        while True:
            data, source = sock.recvfrom(_LARGEST)
            sock.sendto(data, source)
