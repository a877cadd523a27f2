"""What a lone sender reaches, by the frames that its driver has in flight and the time of its interrupts.

A frame of 64 octets takes 57.6 us with its preamble, and the gap after it 9.6. With several frames in flight
the next one is in the adapter when the first ends. With one the cable is idle from the frame's end until the
handler, `interrupt_latency` later, has given the adapter the next: that is a host of 1988.
"""

import socket
from itertools import pairwise

import pytest

from sim import Lan

FRAME_NS, GAP_NS = 57_600, 9_600
LATENCY_NS = 50_000
SOFTWARE_NS = 10_000
"""At most: from a frame's end to the interrupt, the handler's bus cycles, the copy into the adapter."""
TAPS = [{"at": "0 m", "host": "pc"}, {"at": "500 m", "host": "server"}]
COUNT = 8


def _send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for _ in range(COUNT):
            sock.sendto(bytes(18), ("192.168.1.255", 9))  # nobody to ask for by ARP


def between_frames(engine: str, **keys: int) -> set[int]:
    """From the beginning of each frame on the cable to the next, ns."""
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24", interrupt_latency=f"{LATENCY_NS} ns", **keys)
    lan.host("server", address="192.168.1.20/24")
    lan.coax("yellow", length="500 m", taps=TAPS)
    lan.program("pc", _send, at="1 ms")
    run = lan.run(engine=engine)
    begun = [event.ps for event in run.events if (event.layer, event.kind) == ("coax", "frame")]
    assert len(begun) == COUNT
    return {(later - earlier) // 1000 for earlier, later in pairwise(begun)}


@pytest.mark.parametrize("engine", ["myhdl", "compiled"])
def test_with_several_frames_in_flight_the_cable_is_never_idle(engine: str) -> None:
    assert between_frames(engine) == {FRAME_NS + GAP_NS}


@pytest.mark.parametrize("engine", ["myhdl", "compiled"])
def test_with_one_frame_in_flight_each_waits_for_an_interrupt(engine: str) -> None:
    periods = between_frames(engine, frames_in_flight=1)
    least = FRAME_NS + LATENCY_NS
    assert least > FRAME_NS + GAP_NS  # so the interrupt decides, not the gap
    assert all(least < period < least + SOFTWARE_NS for period in periods), periods
