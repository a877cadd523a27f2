"""A program that sends as fast as it may: its cable sets the pace, and its frames are what a run costs.

No time is measured here. What is counted is frames on the cable, and events, which are what a run spends its
time and its disk on.
"""

import socket
from collections import Counter

import pytest

from sim import Lan

pytestmark = pytest.mark.usefixtures("on_compiled")

OCTETS = 1000
FRAME_NS = (8 + 14 + 20 + 8 + OCTETS + 4 + 12) * 800
BEGIN_NS, UNTIL_NS = 1_000_000, 61_000_000
BUFFERED = 93
"""Datagrams of this size that a socket's send buffer takes (tests/stack/test_send_memory.py)."""
TAPS = [{"at": "0 m", "host": "pc"}, {"at": "500 m", "host": "server"}]


def _pour() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        while True:
            sock.sendto(bytes(OCTETS), ("192.168.1.20", 9))


def _drain() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 9))
        while True:
            sock.recv(OCTETS)


def test_an_endless_loop_of_sendto_is_bound_by_its_cable() -> None:
    lan = Lan(until=f"{UNTIL_NS} ns")
    for name, address in (("pc", "192.168.1.10/24"), ("server", "192.168.1.20/24")):
        lan.host(name, address=address)
    lan.coax("yellow", length="500 m", taps=TAPS)
    lan.program("server", _drain, service=True)
    lan.program("pc", _pour, at=f"{BEGIN_NS} ns")
    run = lan.run(check=False)
    counts = Counter((event.where, event.layer, event.kind) for event in run.events)
    frames = counts["yellow", "coax", "frame"]
    whole = (UNTIL_NS - BEGIN_NS) // FRAME_NS
    assert whole - 2 <= frames <= whole + 2, "the cable is saturated; ARP is there, too"
    sent = counts["pc", "socket", "sendto"]
    assert frames - 2 <= sent <= frames + BUFFERED + 1, "a call for a frame, and what the buffer holds"
    assert not [kind for _, _, kind in counts if "drop" in kind]
    assert counts["server", "socket", "recv"] >= frames - 4, "none of them is lost"
    assert len(run.events) < 30 * frames
