"""The profile `LINUX` opens connections as the Linux beside it does: the same SYN, SYN-ACK and windows.

What must differ is left out: ports, sequence numbers and the values of timestamps.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from beside_linux import OWN, PORT, STRANGER, STRANGER_MAC, beside_linux
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTS = iter(range(2000, 60_000))
STAMP = ("Timestamp", (1000, 0))
OFFERS: dict[str, list[tuple[str, Any]]] = {
    "nothing": [],
    "MSS": [("MSS", 1460)],
    "a small MSS": [("MSS", 60)],
    "an MSS of 0": [("MSS", 0)],
    "all": [("MSS", 1460), ("SAckOK", b""), STAMP, ("NOP", None), ("WScale", 7)],
    "without SACK": [("MSS", 1460), STAMP, ("NOP", None), ("WScale", 7)],
    "without timestamps": [("MSS", 1460), ("SAckOK", b""), ("WScale", 7)],
    "without window scale": [("MSS", 1460), ("SAckOK", b""), STAMP],
    "an old window scale": [("MSS", 1460), ("WScale", 0)],
}


@pytest.fixture(scope="module")
def sides() -> Iterator[list[Any]]:
    with beside_linux() as both:
        # Of this namespace; the largest buffer decides the window scale, and older Linux has less.
        Path("/proc/sys/net/ipv4/tcp_rmem").write_text("4096 131072 33554432")
        yield both


def shown(frame: bytes, port: int) -> tuple[object, ...] | None:
    """What a stranger compares of a segment to its `port`."""
    packet = Ether(frame)
    if TCP not in packet or packet[TCP].dport != port:
        return None
    segment = packet[TCP]
    options = [(name, None if name == "Timestamp" else value) for name, value in segment.options]
    header = packet[IP].ttl, str(packet[IP].flags), packet[IP].tos, packet[IP].len
    return *header, str(segment.flags), segment.window, segment.dataofs, options


def segment(side: Any, port: int, **fields: object) -> bytes:
    below = Ether(src=STRANGER_MAC, dst=side.mac) / IP(src=STRANGER, dst=OWN)
    return bytes(below / TCP(sport=port, **{"dport": PORT, "window": 65_535, **fields}))


def reset(side: Any, frame: bytes) -> None:
    """Leave nothing that Linux sends again, as its time is real."""
    said = Ether(frame)[TCP]
    ports = {"sport": said.dport, "dport": said.sport}
    below = Ether(src=STRANGER_MAC, dst=side.mac) / IP(src=STRANGER, dst=OWN)
    side.exchange(bytes(below / TCP(**ports, flags="RA", seq=said.ack, ack=said.seq + 1)))


def test_the_syn_is_linuxes(sides: list[Any]) -> None:
    port, told = next(PORTS), []
    for side in sides:
        side.call(side.socket(), "connect", (STRANGER, port))
        (frame,) = [frame for frame in side.exchange(None) if shown(frame, port)]
        told.append(shown(frame, port))
        reset(side, frame)
    assert told[0] == told[1]


@pytest.mark.parametrize("offer", OFFERS)
def test_the_acknowledgment_of_the_syn_ack_is_linuxes(sides: list[Any], offer: str) -> None:
    port, told = next(PORTS), []
    for side in sides:
        side.call(side.socket(), "connect", (STRANGER, port))
        (frame,) = [frame for frame in side.exchange(None) if shown(frame, port)]
        said = Ether(frame)[TCP]
        answer = {"dport": said.sport, "seq": 1000, "ack": said.seq + 1, "options": OFFERS[offer]}
        frames = side.exchange(segment(side, port, flags="SA", **answer))
        told.append([shown(frame, port) for frame in frames if shown(frame, port)])
        reset(side, frame)
    assert told[0] == told[1]


@pytest.mark.parametrize("offer", OFFERS)
def test_the_syn_ack_is_linuxes(sides: list[Any], offer: str) -> None:
    port, told = next(PORTS), []
    for side in sides:
        frames = side.exchange(segment(side, port, flags="S", seq=1000, options=OFFERS[offer]))
        (frame,) = [frame for frame in frames if shown(frame, port)]
        told.append(shown(frame, port))
        reset(side, frame)
    assert told[0] == told[1]


@pytest.mark.parametrize("offer", OFFERS)
def test_the_first_segments_are_as_large_as_linuxes(sides: list[Any], offer: str) -> None:
    """RFC 9293 section 3.7.1, MUST-16: what the peer's MSS leaves."""
    port, told = next(PORTS), []
    for side in sides:
        (frame,) = [
            frame
            for frame in side.exchange(segment(side, port, flags="S", seq=1000, options=OFFERS[offer]))
            if shown(frame, port)
        ]
        said = Ether(frame)[TCP]
        stamps = [("Timestamp", (1000, value[0])) for name, value in said.options if name == "Timestamp"]
        here = {"seq": 1001, "ack": said.seq + 1, "options": stamps}
        side.exchange(segment(side, port, flags="A", **here))
        while True:
            child, (_, peer) = side.call(side.server, "accept")
            if peer == port:
                break
        side.call(child, "send", bytes(2000))
        frames = [Ether(frame) for frame in side.exchange(None) if shown(frame, port)]
        told.append([len(packet[Raw].load) if Raw in packet else 0 for packet in frames][:1])
        side.exchange(segment(side, port, flags="R", seq=1001))
    assert told[0] == told[1]
