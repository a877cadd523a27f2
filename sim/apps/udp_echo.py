"""`udp-echo HOST MESSAGE…`: send one datagram to an echo server (RFC 862) and wait for it to come back.

UDP promises nothing, so the program sends again when no answer comes, and waits twice as long each time.
"""

import argparse
import socket
import sys
import time

from sim.apps.command_line import PORT, CommandLine, between

_LARGEST = 65_507
"""Octets of data in the largest UDP datagram over IPv4."""


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("udp-echo")
    line.add_argument("--port", type=PORT, default=7, metavar="PORT")
    line.add_argument("--timeout", type=between(0.001, 3600, float), default=1.0, metavar="SECONDS")
    line.add_argument("--tries", type=between(1, 100), default=4, metavar="COUNT")
    line.add_argument("host", metavar="HOST")
    line.add_argument("message", nargs="*", default=["hello"], metavar="MESSAGE")
    options = line.parse_args(words)
    options.data = " ".join(options.message).encode()
    if len(options.data) > _LARGEST:
        line.error(f"the message has {len(options.data)} octets, a datagram at most {_LARGEST}")
    return options


def main(words: list[str]) -> int | None:
    """Print the echo; 1 when none came."""
    options = arguments(words)
    timeout = options.timeout
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((options.host, options.port))
        except OSError as error:
            print(f"udp-echo: {options.host}: {error.strerror}", file=sys.stderr)
            return 1
        for _ in range(options.tries):
            sent_at = time.monotonic()
            try:
                sock.send(options.data)
                echo = _receive(sock, options.data, sent_at + timeout)
            except OSError as error:
                print(f"udp-echo: {options.host}: {error.strerror}", file=sys.stderr)
                return 1
            if echo:
                milliseconds = (time.monotonic() - sent_at) * 1000
                print(f"{options.data.decode()} (back after {milliseconds:.3f} ms)")
                return None
            print(f"no answer within {timeout:g} s")
            timeout *= 2
    return 1


def _receive(sock: socket.socket, data: bytes, until: float) -> bool:
    """Whether `data` came back in time."""
    while (remaining := until - time.monotonic()) > 0:
        sock.settimeout(remaining)
        try:
            if sock.recv(_LARGEST) == data:
                return True
        except TimeoutError:
            return False
    return False
