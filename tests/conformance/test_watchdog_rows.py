"""What MAC and MAU watch over, rows H5, H14 and H16: the SQE test, long deferral, jabber."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import manual as m
import pytest
from laboratory import MS, Lab, Station, address, frame, one
from pattern import BIT_PS, bits

from hw.analogue.generator import HIGH, IDLE

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
MINE = frame(address(9), fill=3)[:-4]
MOST_DEFERRAL = 24_288


def defer(lab: Lab, station: Station, bit_times: int) -> int:
    """Keep a frame from beginning for this many bit times after it was handed over; return its status."""
    lab.run_for(1_000 * BIT_PS)
    lab.forget()
    lab.play([(0, HIGH)])
    lab.run_for(100 * BIT_PS)
    station.queue(MINE)
    lab.engine.play(0, [(0, IDLE)], lab.now + (bit_times - 96) * BIT_PS)
    return station.sent()


def signals(lab: Lab) -> list[tuple[int, int]]:
    """When control in went on and off."""
    lab.look()
    told = lab.log["s0.mau.aui_ci"]
    assert [value for _, value in told] == [1, 0] * (len(told) // 2)
    return [(on, off) for (on, _), (off, _) in zip(told[::2], told[1::2], strict=True)]


def test_H5_sqe_test(engine: str, pick: Pick, measured: Measured) -> None:
    delays, lengths = [], []
    for seed in pick(range(1, 9), (1,)):
        with one(engine, seed=seed) as (lab, station):
            frames = pick(6, 2)
            for length in range(frames):
                station.queue(MINE + bytes(length))
            for _ in range(frames):
                assert not station.sent() & (m.LC | m.RL | m.CS | 15 << m.RTRY_SHIFT), "it is no collision"
            bursts = station.bursts()
            lab.run_for(50 * BIT_PS)
            told = signals(lab)
            assert len(told) == len(bursts) == frames
            for burst, (on, off) in zip(bursts, told, strict=True):
                delays.append((on - burst.end_of_bits) / BIT_PS)
                lengths.append((off - on) / BIT_PS)
            # Nor is it carrier that would begin the gap again.
            gaps = {after.start - before.end_of_bits for before, after in pairwise(bursts)}
            assert gaps == {96 * BIT_PS}
    assert all(6 <= delay <= 16 for delay in delays)
    assert all(5 <= length <= 15 for length in lengths)
    measured(
        f"{len(delays)} frames: CI on {min(delays):.1f} to {max(delays):.1f} BT after the last bit for "
        f"{min(lengths):.0f} BT; no collision is reported, and the gap is 96 BT"
    )


def test_H14_excessive_deferral(engine: str, pick: Pick, measured: Measured) -> None:
    around = pick(range(-40, 120, 8), (-40, 112))
    with one(engine) as (lab, station):
        flagged = []
        for extra in around:
            status = defer(lab, station, MOST_DEFERRAL + extra)
            flagged.append(bool(status & m.ED))
            assert status & m.DF
            assert len(station.bursts()) == (0 if status & m.ED else 1), "it is given up, or sent"
            source = station.acknowledge()
            assert not source & m.TXB or not status & m.ED
        # What the descriptor's way to the MAC takes does not count.
        boundary = around[flagged.index(True)]
        assert flagged == sorted(flagged)
        assert 0 <= boundary <= 112
    with one(engine, m.EXDFREN) as (lab, station):
        for bit_times in pick((MOST_DEFERRAL + 120, 10 * MOST_DEFERRAL), (MOST_DEFERRAL + 120,)):
            assert not defer(lab, station, bit_times) & m.ED
            (burst,) = station.bursts()
            assert bits(MINE) in burst.bits
    measured(
        f"held back for less than 24,288 + {boundary} BT from the hand-over: sent; longer: given up, ED; "
        "with EXDFREN: sent after 242,880 BT"
    )


@pytest.mark.parametrize("engine", ["compiled"])
def test_H16_jabber(engine: str, measured: Measured) -> None:
    """A frame of 65,535 octets takes 52.4 ms when MAXFL does not stop it."""
    cut, freed = [], []
    for seed in (1, 2):
        with one(engine, m.HUGEN, seed=seed) as (lab, station):
            station.queue(b"", length=61_000)
            assert not station.sent() & (m.LC | m.CS), "48.8 ms are allowed"
            lab.run_for(2 * MS)
            lab.forget()
            station.queue(b"", length=65_535)
            assert station.sent() & m.LC
            lab.run_for(2 * MS)
            lab.look()
            *_, (jabbered, active) = lab.log["s0.adapter.aui_do_active"]
            assert not active
            (begin, _), (end, mean) = lab.log["yellow.tap0.mean"]
            assert mean == 0, "it is off the cable"
            (told, value) = lab.log["s0.mau.aui_ci"][-1]
            assert value == 1
            assert 0 <= told - end <= 16 * BIT_PS
            cut.append((end - begin) / MS)
            lab.run_for(800 * MS)
            lab.look()
            free, value = lab.log["s0.mau.aui_ci"][-1]
            assert value == 0
            freed.append((free - jabbered) / MS)
            lab.forget()
            station.queue(MINE)
            assert not station.sent() & (m.LC | m.RL | m.CS | m.ED)
            lab.look()
            assert lab.log["yellow.tap0.mean"], "it reaches the cable again"
    assert all(20 <= ms <= 150 for ms in cut)
    assert all(250 <= ms <= 750 for ms in freed)
    measured(
        f"48.8 ms are sent; of 52.4 ms, off the cable and CI on after {min(cut):.1f} to {max(cut):.1f} ms, "
        f"free after {min(freed):.0f} to {max(freed):.0f} ms of silence"
    )
