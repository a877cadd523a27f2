"""Delays of repeaters, rows D11 and D12: one hub, and four of them with five segments in a row."""

from collections.abc import Callable
from random import Random
from typing import Any

from closet import HEAD, PREAMBLE, SFD, Closet
from pattern import BIT_PS, bits

from sim.scenario.model import Hub

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
OCTETS = Random(9).randbytes(64)
FRAME = HEAD + bits(OCTETS)
START_PS = 50 * BIT_PS
FOUR = tuple(Hub(name, 2, ppm) for name, ppm in (("a", 100), ("b", -100), ("c", 100), ("d", -100)))
"""Their crystals differ as much as they may. Five segments of 100 m."""
LEAST_GAP_BT = 96 - 49
START_BUDGET_BT, JAM_BUDGET_BT = 14.5, 15.5
"""From pair to pair: hubs of the time, 1,450 and 1,550 ns."""


def test_D11_start(engine: str, pick: Pick, measured: Measured) -> None:
    """From the first edge on the pair of one port to that on another's; a MAU's squelch is 2 BT of it."""
    told = []
    for delay in pick((8, 11, 13), (11,)):
        found = []
        for phase in range(8):
            with Closet(engine, Hub("a", 3, start_delay_ns=delay * 100)) as lab:
                start = START_PS + phase * 12_800
                lab.settle(lab.send("a.1", FRAME, start))
                (burst,) = lab.sent("a.2")
                found.append((burst.start - start) / BIT_PS)
                assert burst.bits[-len(FRAME) + 62 :] == FRAME[62:]
        assert max(found) <= START_BUDGET_BT
        assert delay + 0.4 <= min(found) <= max(found) <= delay + 1.6
        assert max(found) - min(found) <= 1
        told.append(f"{min(found):.1f} to {max(found):.1f}")
    measured(f"start of a frame: {', '.join(told)} BT from pair to pair (start_delay 8, 11, 13)")


def test_D11_jam(engine: str, pick: Pick, measured: Measured) -> None:
    told = []
    for delay in pick((5, 7, 10), (5,)):
        begins = []
        for phase in range(8):
            with Closet(engine, Hub("a", 3, jam_delay_ns=delay * 100)) as lab:
                second = START_PS + 30 * BIT_PS + phase * 12_800
                lab.send("a.1", FRAME[:300], START_PS)
                end = lab.send("a.2", HEAD, second)
                lab.settle(max(end, START_PS + 300 * BIT_PS))
                (jam,) = lab.sent("a.1")
                begins.append((jam.start - second) / BIT_PS)
        assert max(begins) <= JAM_BUDGET_BT
        assert delay - 0.6 <= min(begins) <= max(begins) <= delay + 1.5
        assert max(begins) - min(begins) <= 2
        told.append(f"{min(begins):.1f} to {max(begins):.1f}")
    measured(f"start of jam: {', '.join(told)} BT after the second sender (jam_delay 5, 7, 10)")


def test_D12_gap_shrinkage(engine: str, pick: Pick, measured: Measured) -> None:
    """Of two frames 96 BT apart; their preambles are as short or as long as they may be."""
    tails = [SFD + bits(OCTETS[:length]) for length in (64, 33)]
    preambles = (PREAMBLE, PREAMBLE[-38:], PREAMBLE + "10" * 4)
    least = 96.0
    for seed in pick(range(1, 9), (1,)):
        for first, second in pick(
            [(p, q) for p in preambles for q in preambles], [(preambles[1], preambles[2])]
        ):
            with Closet(engine, *FOUR, seed=seed) as lab:
                lab.settle(lab.send("a.1", first + tails[0] + "-" * 96 + second + tails[1], START_PS))
                one, other = lab.sent("d.2")
                assert [burst.bits.partition(SFD)[2] for burst in (one, other)] == [t[2:] for t in tails]
                least = min(least, (other.start - one.end_of_bits) / BIT_PS)
    assert least >= LEAST_GAP_BT
    measured(f"four hubs in a row, ±100 ppm: a gap of 96 BT shrinks by {96 - least:.1f} BT at most")
