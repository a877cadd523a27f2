"""Conversations as ladders: what one host sent, and when the other received it.

Both are read from the captures of the hosts. A packet is known again by what no router changes: addresses,
identification and fragment offset of its IP header, and what that carries; an ARP message by its octets. What
was sent and never received was lost on its way.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from typing import NamedTuple

from sim.record.describe import describe
from sim.report.frames import Frame
from stack.wire import ethernet

_HEADER = 14
_ARP_OCTETS = 28
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP"}
_TCP, _WITH_PORTS = 6, (6, 17)
_SYN_FIN = 0x03


class Arrow(NamedTuple):
    """One message: the frames in which it was sent and received (-1: never), as indices."""

    sender: str
    receiver: str
    sent: int
    received: int
    again: bool
    """Whether it carries octets of a byte stream that had been sent before."""
    text: str


class Ladder:
    """One conversation; `places` are the hosts that take part, who spoke first in front."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.places: list[str] = []
        self.arrows: list[Arrow] = []
        self.carried: set[tuple[str, int, int]] = set()
        """Segments that have been sent: by whom, sequence number, length."""


class _Message(NamedTuple):
    """What a frame is to its conversation."""

    conversation: tuple[str, ...]
    title: str
    prefix: str
    """How its description begins: what the title says."""
    identity: bytes
    destination: IPv4Address
    segment: tuple[int, int] | None
    """Sequence number and length in the sequence, of TCP."""


class _UnderWay(NamedTuple):
    """Messages of one identity, such as an ARP request that is sent again: by whom, and their arrows."""

    sender: str
    arrows: deque[int]
    """Those that nobody has received yet, the oldest in front."""


def ladders(frames: Sequence[Frame], owners: Mapping[IPv4Address, str]) -> list[Ladder]:
    """All conversations between hosts, in the order of their beginnings.

    `owners` says whose an address is. A packet that goes to nobody's address is received by whoever takes
    it first.
    """
    found: dict[tuple[str, ...], Ladder] = {}
    under_way: dict[bytes, _UnderWay] = {}
    for index, frame in enumerate(frames):
        if frame.side not in ("sent", "received"):
            continue
        message = _read(frame.octets)
        if message is None:
            continue
        place = frame.capture.partition(".")[0]
        if frame.side == "sent":
            ladder = found.setdefault(message.conversation, Ladder(message.title))
            same = under_way.setdefault(message.identity, _UnderWay(place, deque()))
            if same.sender != place:  # a router passes it on
                continue
            same.arrows.append(len(ladder.arrows))
            again = False
            if message.segment is not None and message.segment[1]:
                again = (place, *message.segment) in ladder.carried
                ladder.carried.add((place, *message.segment))
            if place not in ladder.places:
                ladder.places.append(place)
            text = describe(frame.octets).removeprefix(message.prefix)
            ladder.arrows.append(Arrow(place, "", index, -1, again, text))
            continue
        arrived = under_way.get(message.identity)
        if arrived and arrived.arrows and owners.get(message.destination, place) == place:
            ladder, number = found[message.conversation], arrived.arrows.popleft()
            if place not in ladder.places:
                ladder.places.append(place)
            ladder.arrows[number] = ladder.arrows[number]._replace(receiver=place, received=index)
    return list(found.values())


def _read(frame: bytes) -> _Message | None:
    """None for what belongs to no conversation between two addresses."""
    kind = int.from_bytes(frame[12:14], "big")
    body = frame[_HEADER:]
    if kind == ethernet.ARP and len(body) >= _ARP_OCTETS:
        ends = [IPv4Address(body[14:18]), IPv4Address(body[24:28])]
        low, high = map(str, sorted(ends))
        identity = frame[: _HEADER + _ARP_OCTETS]
        return _Message(("ARP", low, high), f"ARP, {low} and {high}", "ARP ", identity, ends[1], None)
    if kind != ethernet.IPV4 or len(body) < 20:
        return None
    header, end = 4 * (body[0] & 15), int.from_bytes(body[2:4], "big")
    protocol, fragment = body[9], int.from_bytes(body[6:8], "big") & 0x1FFF
    source, destination = IPv4Address(body[12:16]), IPv4Address(body[16:20])
    payload = body[header:end]
    names = [str(source), str(destination)]
    segment = None
    if protocol in _WITH_PORTS and not fragment and len(payload) >= 4:
        names = [
            f"{name}:{int.from_bytes(payload[at : at + 2], 'big')}"
            for name, at in zip(names, (0, 2), strict=True)
        ]
        if protocol == _TCP and len(payload) >= 20:
            length = len(payload) - 4 * (payload[12] >> 4) + bin(payload[13] & _SYN_FIN).count("1")
            segment = int.from_bytes(payload[4:8], "big"), length
    name = _PROTOCOLS.get(protocol, f"protocol {protocol}")
    identity = body[4:8] + body[9:10] + body[12:20] + payload
    title = f"{name}, {' and '.join(names)}"
    prefix = f"{name} {' > '.join(names)} "
    return _Message((name, *sorted(names)), title, prefix, identity, destination, segment)
