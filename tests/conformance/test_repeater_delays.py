"""Delays of repeaters, rows D11 and D12: one hub, and four of them with five segments in a row."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from closet import HEAD, PREAMBLE, SFD, Closet
from pattern import BIT_PS, bits

from sim.scenario.model import Hub

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
OCTETS = Random(9).randbytes(64)
FRAME = HEAD + bits(OCTETS)
START_PS = 50 * BIT_PS
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
        assert delay + 0.2 <= min(begins) <= max(begins) <= delay + 1.4
        assert max(begins) - min(begins) <= 1
        told.append(f"{min(begins):.1f} to {max(begins):.1f}")
    measured(f"start of jam: {', '.join(told)} BT after the second sender (jam_delay 5, 7, 10)")
