"""Line rate: frames as close together as 802.3 allows, sent and received without a loss.

A frame takes 8 octets of preamble and SFD, its own, and a gap of 96 bit times: 14,880.95 frames of
64 octets a second, 812.74 of 1518.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import manual as m
from laboratory import DELAY_PS, Lab, Received, frame, one
from pattern import BIT_PS, moves, on_wire

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
RATES = ((64, 14_880.95), (1518, 812.74))


def test_T5_line_rate(engine: str, pick: Pick, measured: Measured) -> None:
    for length, rate in pick(RATES, RATES[:1]):
        send(engine, length, rate, pick(64_000 // length + 40, 3), measured)


def send(engine: str, length: int, rate: float, count: int, measured: Measured) -> None:
    """One station keeps its ring full; another on the same cable takes every frame."""
    with Lab(engine, positions_mm=(0, 500_000), generators_mm=(), waves=False) as lab:
        sender, receiver = lab.stations
        for station in lab.stations:
            station.bring_up()
        sent = [frame(receiver.address, length, fill=n) for n in range(count)]
        waiting, taken = 0, list[Received]()
        for done in range(count):
            while waiting < count and waiting < done + 32:
                sender.queue(sent[waiting][:-4])
                waiting += 1
            assert not sender.sent() & (m.UR | m.RL | m.LC | m.CS)
            taken += receiver.received()
        lab.run_for(1_000 * BIT_PS)
        taken += receiver.received()
        assert taken == [Received(octets, 0) for octets in sent]
        lab.look()
        starts = [ps for ps, mean in lab.log["yellow.tap0.mean"] if mean]
        assert len(starts) == count
        intervals = {after - before for before, after in pairwise(starts)}
    assert intervals == {(8 * (8 + length) + 96) * BIT_PS}
    assert round(1e12 / intervals.pop(), 2) == rate
    measured(f"{count:,} frames of {length} octets: {rate:,} a second, to the picosecond; none lost")


def test_R10_line_rate(engine: str, pick: Pick, measured: Measured) -> None:
    for length, rate in pick(RATES, RATES[:1]):
        receive(engine, length, rate, pick(12_800 // length + 8, 3), measured)


def receive(engine: str, length: int, rate: float, count: int, measured: Measured) -> None:
    """A generator leaves 96 bit times between frames."""
    with one(engine) as (lab, station):
        sent = [frame(station.address, length, fill=n) for n in range(count)]
        pattern = moves(("-" * 96).join(map(on_wire, sent)))
        start = lab.play(pattern)
        taken = list[Received]()
        while lab.now < start + pattern[-1][0] + DELAY_PS + 200 * BIT_PS:
            lab.wait(station, lab.now + 1_000 * BIT_PS)
            assert not station.acknowledge() & m.BUSY
            taken += station.received()
        assert taken == [Received(octets, 0) for octets in sent]
    measured(f"{count} frames of {length} octets at {rate:,} a second: none lost")
