"""Deference, rows H1 to H4: when a station that waits begins, to the bit.

Gaps are from the end of the last bit on the cable to the first bit of the station. After a reception they are
96 bit times and what two flip-flops and the grid of nibbles take, at most 8; after an own frame 96 exactly.
"""

from collections.abc import Callable
from typing import Any

import manual as m
import pytest
from laboratory import DELAY_PS, Lab, Station, address, frame, one
from pattern import BIT_PS, HEAD, bits, moves

from hw.analogue.carrier_sense import Times

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
MINE = frame(address(9), fill=3)[:-4]
PASSING = HEAD + bits(frame(address(8), 100))
"""A frame for somebody else."""
ALLOWANCE = 8


def start_after(lab: Lab, station: Station, cells: str, ask_at: int) -> tuple[float, int]:
    """While a generator says `cells`, the station gets a frame in bit `ask_at`.

    Return when it begins, in bit times from the end of the last cell, and the frame's status.
    """
    lab.run_for(1_000 * BIT_PS + 61_000 * (len(cells) + ask_at))  # in any phase of the station's clocks
    lab.forget()
    begin = lab.play(moves(cells))
    lab.run_to(begin + ask_at * BIT_PS)
    station.queue(MINE)
    status = station.sent()
    (burst,) = station.bursts()
    assert bits(MINE) in burst.bits
    return (burst.start - begin - DELAY_PS - len(cells) * BIT_PS) / BIT_PS, status


def test_H1_no_transmission_while_there_is_carrier(engine: str, pick: Pick, measured: Measured) -> None:
    gaps = []
    with one(engine) as (lab, station):
        for ask_at in pick(range(0, len(PASSING), 7), (0, 500)):
            gap, status = start_after(lab, station, PASSING, ask_at)
            gaps.append(gap)
            assert status & m.DF
        assert all(96 <= gap <= 96 + ALLOWANCE for gap in gaps)
        # Carrier is a level: a signal without an edge, or with code violations, is one too.
        for cells in pick(("H" * 900, "L" * 900, "HL" * 450, "10" * 40 + "HHLL0" * 100), ("L" * 300,)):
            assert 96 <= start_after(lab, station, cells, 100)[0] <= 96 + ALLOWANCE
        lab.run_for(1_000 * BIT_PS)
        station.queue(MINE)
        station.queue(MINE)
        assert not station.sent() & m.DF, "nobody to defer to"
        assert not station.sent() & m.DF, "a gap of its own"
    measured(
        f"{len(gaps)} frames waited for the end of carrier and {min(gaps):.1f} to {max(gaps):.1f} BT more"
    )


@pytest.mark.parametrize("carrier", [Times(0, 160), Times(400, 400)])
def test_H1_with_other_times_of_carrier_sense(engine: str, pick: Pick, carrier: Times) -> None:
    with one(engine, carrier=carrier) as (lab, station):
        for ask_at in pick(range(0, len(PASSING), 40), (500,)):
            assert 96 <= start_after(lab, station, PASSING, ask_at)[0] <= 96 + ALLOWANCE


def after_pulse(engine: str, starts: Any, lengths: Any) -> list[float]:
    """Gaps after a frame, and a pulse of carrier `start` bit times after it: from the end of the pulse."""
    with one(engine) as (lab, station):
        return [
            start_after(lab, station, PASSING + "-" * start + "1" * length, 500)[0]
            for start in starts
            for length in lengths
        ]


def test_H2_pulse_in_part_1(engine: str, pick: Pick, measured: Measured) -> None:
    gaps = after_pulse(engine, pick(range(16, 61), (16, 60)), pick((2, 3, 10, 64, 300), (3,)))
    assert all(96 <= gap <= 96 + ALLOWANCE for gap in gaps)
    measured(
        f"pulses from 16 to 60 BT after the frame: {min(gaps):.1f} to {max(gaps):.1f} BT after the pulse"
    )


def test_H2_pulse_at_the_very_beginning(engine: str, pick: Pick, measured: Measured) -> None:
    gaps = after_pulse(engine, pick(range(3, 16), range(6, 13)), pick((2, 3, 10, 64, 300), (3,)))
    assert all(96 <= gap <= 96 + ALLOWANCE for gap in gaps)
    measured(f"pulses from 3 to 15 BT after the frame: {min(gaps):.1f} to {max(gaps):.1f} BT after the pulse")


def test_H3_carrier_in_part_2(engine: str, pick: Pick, measured: Measured) -> None:
    gaps = []
    with one(engine) as (lab, station):
        for start in pick(range(68, 91), (68, 90)):  # over before 96
            for length in pick((2, 3), (3,)):
                pulse = "-" * start + "1" * length
                gaps.append(start_after(lab, station, PASSING + pulse, 500)[0] + len(pulse))
    assert all(96 <= gap <= 96 + ALLOWANCE for gap in gaps)
    measured(
        f"pulses from 68 to 90 BT after the frame: begins {min(gaps):.1f} to {max(gaps):.1f} BT after it"
    )


def test_H3_a_frame_that_begins_in_part_2_is_collided_with(
    engine: str, pick: Pick, measured: Measured
) -> None:
    with one(engine) as (lab, station):
        for start in pick(range(66, 92, 5), (80,)):
            lab.run_for(1_000 * BIT_PS)
            lab.forget()
            begin = lab.play(moves(PASSING + "-" * start + "10" * 60))
            lab.run_to(begin + 500 * BIT_PS)
            station.queue(MINE)
            assert m.retries(station.sent()) == 1
            fragment, _ = station.bursts()
            gap = (fragment.start - begin - DELAY_PS) / BIT_PS - len(PASSING)
            assert 96 <= gap <= 96 + ALLOWANCE
            assert len(fragment.bits) == 96
    measured("a frame that begins there is collided with: 96 bits")


def test_H4_pulse_after_own_frame(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        sent = 64 + 8 * (len(MINE) + 4)
        for start in pick(range(4, 90), (10, 40)):
            for length in pick((1, 3), (3,)):
                lab.run_for(1_000 * BIT_PS)
                lab.forget()
                lab.collide(sent + start, "1" * length)
                station.queue(MINE)
                station.queue(MINE)
                assert not m.retries(station.sent())
                lab.hush()
                assert not m.retries(station.sent())
                first, second = station.bursts()
                assert second.start - first.end_of_bits == 96 * BIT_PS, start
    measured("pulses from 4 to 89 BT after an own frame: the next one begins after 96 BT exactly")
