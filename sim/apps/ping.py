"""`ping HOST`: ICMP echo (RFC 792) over an unprivileged ping socket, as Linux has them.

The kernel fills in identifier and checksum and hands back only the replies to this socket's requests.
"""

import argparse
import errno
import signal
import socket
import struct
import sys
import time

from sim.apps.command_line import CommandLine, between
from sim.apps.lost import IP_RECVERR, complaint

_ECHO_REQUEST, _ECHO_REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence number (RFC 792)."""
_IP_HEADER_OCTETS = 20
_LARGEST = 65_535 - _IP_HEADER_OCTETS - _HEADER.size
"""Octets of data in the largest datagram of IP, 65,507; from 1,473 on it goes in fragments over Ethernet."""
_NO_ANSWER = {
    (3, 0): "Destination Net Unreachable",
    (3, 1): "Destination Host Unreachable",
    (3, 2): "Destination Protocol Unreachable",
    (3, 3): "Destination Port Unreachable",
    (3, 4): "Frag needed and DF set",
    (3, 13): "Packet filtered",
    (11, 0): "Time to live exceeded",
    (11, 1): "Frag reassembly time exceeded",
    (12, 0): "Parameter problem",
}
"""iputils' words for types and codes of ICMP."""


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("ping")
    line.add_argument("-c", dest="count", type=between(1, 65_535), default=4, metavar="COUNT")
    line.add_argument("-i", dest="interval", type=between(0, 86_400, float), default=1.0, metavar="SECONDS")
    line.add_argument("-W", dest="wait", type=between(0, 86_400, float), default=10.0, metavar="SECONDS")
    line.add_argument("-s", dest="size", type=between(0, _LARGEST), default=56, metavar="OCTETS")
    line.add_argument("host", metavar="HOST")
    return line.parse_args(words)


class NoRoute(Exception):
    """Not even the first request can be sent."""


class _Statistics:
    """Round trips in ms."""

    def __init__(self) -> None:
        self.sent: dict[int, float] = {}
        """When each sequence number was sent."""
        self.times: dict[int, float] = {}
        self.errors: set[int] = set()

    def complete(self) -> bool:
        """Whether of every request it is known what became of it."""
        return self.sent.keys() <= self.times.keys() | self.errors

    def linger(self, options: argparse.Namespace) -> float:
        """How long to wait after the last request, in s: as iputils does, by the round trips seen."""
        if not self.times:
            return float(options.wait)
        return max(2 * max(self.times.values()) / 1000, float(options.interval))

    def print(self, host: str) -> None:
        """The summary."""
        sent, received = len(self.sent), len(self.times)
        moments = list(self.sent.values())
        elapsed = (moments[-1] - moments[0]) * 1000
        print(f"--- {host} ping statistics ---")
        loss = 100 * (sent - received) / sent
        errors = f"+{len(self.errors)} errors, " if self.errors else ""
        print(
            f"{sent} packets transmitted, {received} received, {errors}"
            f"{loss:.6g}% packet loss, time {elapsed:.0f}ms"
        )
        if self.times:
            times = list(self.times.values())
            print(f"rtt min/avg/max = {min(times):.3f}/{sum(times) / len(times):.3f}/{max(times):.3f} ms")


def main(words: list[str]) -> int | None:
    """Ping; 0 when at least one reply came, 1 when none did, 2 without a known name or a route."""
    options = arguments(words)
    try:
        address = socket.gethostbyname(options.host)
    except socket.gaierror as error:
        print(f"ping: {options.host}: {error.strerror}", file=sys.stderr)
        return 2
    statistics = _Statistics()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _ask(address, options, statistics)
    except KeyboardInterrupt:  # what is known until then
        pass
    except NoRoute as error:
        print(f"ping: connect: {error}", file=sys.stderr)
        return 2
    if statistics.sent:
        statistics.print(options.host)
    return None if statistics.times else 1


def _ask(address: str, options: argparse.Namespace, statistics: _Statistics) -> None:
    """Send one request after the other, and take what comes."""
    data = bytes(number % 256 for number in range(options.size))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        for sequence in range(1, options.count + 1):
            request = _HEADER.pack(_ECHO_REQUEST, 0, 0, 0, sequence) + data
            now = time.monotonic()
            failed = ""
            try:
                sock.sendto(request, (address, 0))
            except OSError as error:
                failed = f"{error.strerror}"
                if sequence == 1 and error.errno == errno.ENETUNREACH:
                    raise NoRoute(failed) from None
            if sequence == 1:
                whole = options.size + _HEADER.size + _IP_HEADER_OCTETS
                print(f"PING {options.host} ({address}) {options.size}({whole}) bytes of data.")
            if failed:
                print(f"ping: sendto: {failed}", file=sys.stderr)
            statistics.sent[sequence] = now
            last = sequence == options.count
            _receive(sock, statistics, now + (statistics.linger(options) if last else options.interval), last)


def _receive(sock: socket.socket, statistics: _Statistics, until: float, last: bool) -> None:
    """Take what comes until the time is up or, after the last request, until nothing is missing."""
    while not (last and statistics.complete()):
        remaining = until - time.monotonic()
        if remaining <= 0:
            return
        sock.settimeout(remaining)
        try:
            message, (source, _) = sock.recvfrom(0xFFFF)
        except TimeoutError:
            return
        except OSError:  # an ICMP error about an earlier request (RFC 1122 section 3.2.2.1)
            while found := complaint(sock):
                sequence = _HEADER.unpack_from(found.data)[4]
                words = _NO_ANSWER.get((found.type, found.code), f"ICMP type {found.type} code {found.code}")
                print(f"From {found.by} icmp_seq={sequence} {words}")
                statistics.errors.add(sequence)
            continue
        kind, _, _, _, sequence = _HEADER.unpack_from(message)
        if kind != _ECHO_REPLY or sequence not in statistics.sent:
            continue
        milliseconds = (time.monotonic() - statistics.sent[sequence]) * 1000
        duplicate = " (DUP!)" if sequence in statistics.times else ""
        statistics.times.setdefault(sequence, milliseconds)
        print(
            f"{len(message)} bytes from {source}: icmp_seq={sequence} time={milliseconds:.3f} ms{duplicate}"
        )
