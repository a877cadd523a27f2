"""`traceroute [-n] [-I] HOST`: the routers on the way to a host, by packets that live ever longer.

A router that a packet dies in says so (ICMP time exceeded, RFC 792), and by that its address becomes
known. The packets are datagrams for ports that nobody should have, so that the last host complains too; with
`-I` they are echo requests.
"""

import argparse
import socket
import struct
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from sim.apps.command_line import CommandLine, between
from sim.apps.lost import IP_RECVERR, PORT_UNREACHABLE, UNREACHABLE, Complaint, complaint

_FIRST_PORT = 33434
_DATA = bytes(32)
_HEADERS = 28
"""Octets of IP and UDP, or ICMP."""
_ECHO = struct.Struct("!BBHHH")
_SIGNS = {0: "!N", 1: "!H", 2: "!P", 4: "!F", 5: "!S", 9: "!X", 10: "!X", 13: "!X"}
"""Why a way ends before its end, by the code of ICMP unreachable, in the signs that traceroute always had."""


class Probe(NamedTuple):
    """What came of one packet: who answered, after how many ms, and a sign if the way ends there."""

    by: str
    milliseconds: float
    last: bool
    sign: str


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("traceroute")
    line.add_argument("-n", dest="numeric", action="store_true")
    line.add_argument("-I", dest="echo", action="store_true")
    line.add_argument("-m", dest="hops", type=between(1, 255), default=30, metavar="HOPS")
    line.add_argument("-q", dest="probes", type=between(1, 10), default=3, metavar="PROBES")
    line.add_argument("-w", dest="wait", type=between(0.001, 86_400, float), default=5.0, metavar="SECONDS")
    line.add_argument("host", metavar="HOST")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print a line for each hop; 1 when the host was not reached, 2 when its name is unknown."""
    options = arguments(words)
    try:
        address = socket.gethostbyname(options.host)
    except socket.gaierror as error:
        print(f"traceroute: {options.host}: {error.strerror}", file=sys.stderr)
        return 2
    octets = len(_DATA) + _HEADERS
    print(f"traceroute to {options.host} ({address}), {options.hops} hops max, {octets} byte packets")
    reached = False
    hops = trace(address, options.hops, options.probes, options.wait, echo=options.echo)
    try:
        for number, hop in enumerate(hops, start=1):
            print(f"{number:2d}  {_told(hop, options.numeric)}")
            reached = any(probe is not None and probe.last and not probe.sign for probe in hop)
    except OSError as error:
        print(f"traceroute: {options.host}: {error.strerror}", file=sys.stderr)
        return 1
    return None if reached else 1


def trace(
    address: str, hops: int = 30, probes: int = 3, wait: float = 5.0, *, echo: bool = False
) -> Iterator[list[Probe | None]]:
    """The probes of each hop, None where nobody answered within `wait` seconds. For programs.

    Raises OSError when not even the first can be sent.
    """
    protocol = socket.IPPROTO_ICMP if echo else socket.IPPROTO_UDP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol) as sock:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        number = 0
        for ttl in range(1, hops + 1):
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            hop: list[Probe | None] = []
            for _ in range(probes):
                hop.append(_probe(sock, address, number, echo, wait))
                number += 1
            yield hop
            if any(probe is not None and probe.last for probe in hop):
                return


def _probe(sock: socket.socket, address: str, number: int, echo: bool, wait: float) -> Probe | None:
    """Send packet `number` and wait for what becomes of it."""
    port = 0 if echo else _FIRST_PORT + number
    sent_at = time.monotonic()
    try:
        sock.sendto(_ECHO.pack(8, 0, 0, 0, number) + _DATA if echo else _DATA, (address, port))
    except OSError:
        if number == 0:
            raise  # there is no way to begin with
        return None
    while (left := sent_at + wait - time.monotonic()) > 0:
        sock.settimeout(left)
        found: Complaint | None = None
        try:
            answer, (by, _) = sock.recvfrom(2048)
            mine = echo and _ECHO.unpack_from(answer)[4] == number
            found = Complaint(by, 0, 0, port, answer) if mine else None
        except TimeoutError:
            return None
        except OSError:
            found = complaint(sock)
            if found is not None and echo and _ECHO.unpack_from(found.data)[4] != number:
                found = None
        if found is not None and found.port == port:
            return _judge(found, echo, (time.monotonic() - sent_at) * 1000)
    return None


def _judge(found: Complaint, echo: bool, milliseconds: float) -> Probe:
    arrived = found.type == 0 if echo else (found.type, found.code) == (UNREACHABLE, PORT_UNREACHABLE)
    last = arrived or found.type == UNREACHABLE
    sign = "" if arrived or not last else _SIGNS.get(found.code, f"!<{found.code}>")
    return Probe(found.by, milliseconds, last, sign)


def _told(hop: list[Probe | None], numeric: bool) -> str:
    """A hop's answers in one line; a name whenever another answers than before."""
    words: list[str] = []
    before = None
    for probe in hop:
        if probe is None:
            words.append("*")
            continue
        if probe.by != before:
            words.append(_who(probe.by, numeric))
        words.append(f"{probe.milliseconds:.3f} ms" + (f" {probe.sign}" if probe.sign else ""))
        before = probe.by
    return "  ".join(words)


def _who(address: str, numeric: bool) -> str:
    if numeric:
        return address
    try:
        return f"{socket.gethostbyaddr(address)[0]} ({address})"
    except OSError:
        return f"{address} ({address})"
