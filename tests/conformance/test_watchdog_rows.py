"""What MAC and MAU watch over, row H14: long deferral."""

from collections.abc import Callable
from typing import Any

import manual as m
from laboratory import Lab, Station, address, frame, one
from pattern import BIT_PS, bits

from hw.analogue.generator import HIGH, IDLE

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
MINE = frame(address(9), fill=3)[:-4]
MOST_DEFERRAL = 24_288


def defer(lab: Lab, station: Station, bit_times: int) -> int:
    """Keep a frame from beginning for so many bit times after it was handed over; return its status."""
    lab.run_for(1_000 * BIT_PS)
    lab.forget()
    lab.play([(0, HIGH)])
    lab.run_for(100 * BIT_PS)
    station.queue(MINE)
    lab.engine.play(0, [(0, IDLE)], lab.now + (bit_times - 96) * BIT_PS)
    return station.sent()


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
