"""The arithmetic of clause 13: how long a path through repeaters may be (transmission system model 2).

Two stations must detect a collision between them while both still send: the *path delay value* (PDV) is the
round trip over the worst path, summed from the segments on it. And a repeater may begin a frame later than
the one before it, so the gap between them shrinks: the *path variability value* (PVV). Both are sums over
the segments of a path; what a segment adds depends on its medium, its length, and on whether it is at the
sender's end, at the receiver's, or between. Figures in bit times (BT, 100 ns): 802.3 clause 13.4.
"""

from collections.abc import Sequence
from typing import NamedTuple

MAX_DELAY_BT = 575.0
MARGIN_BT = 5.0
"""For what nobody has thought of (clause 13.4.1)."""
MAX_SHRINKAGE_BT = 49.0
MAX_SEGMENTS, MAX_REPEATERS, MAX_COAXES = 5, 4, 3
"""Model 1, the rule of 5, 4 and 3: who keeps it need not calculate."""
AUI_BT_PER_M = 0.1026
FREE_AUI_M = 2.0
"""Contained in the figures of a segment."""


class Medium(NamedTuple):
    """What a segment adds to the delay by its place and by its length, and to the shrinkage."""

    name: str
    left_bt: float
    mid_bt: float
    right_bt: float
    bt_per_m: float
    sends_bt: float
    """Shrinkage where the sender is."""
    passes_bt: float
    """Shrinkage between two repeaters."""


COAX = Medium("10BASE5", 11.75, 46.5, 169.5, 0.0866, 16.0, 11.0)
THIN_COAX = Medium("10BASE2", 11.75, 46.5, 169.5, 0.1026, 16.0, 11.0)
PAIR = Medium("10BASE-T", 15.25, 42.0, 165.0, 0.113, 10.5, 8.0)
COAXES = (COAX, THIN_COAX)


class Stretch(NamedTuple):
    """What a path has of a segment: its length there, and the AUI cables at its ends together."""

    medium: Medium
    metres: float
    aui_m: float = 0.0


def delays(path: Sequence[Stretch]) -> list[float]:
    """What each of two or more stretches adds to the PDV, in BT, from the sender to the receiver."""
    bases = [path[0].medium.left_bt, *(one.medium.mid_bt for one in path[1:-1]), path[-1].medium.right_bt]
    return [
        base + stretch.medium.bt_per_m * stretch.metres + AUI_BT_PER_M * max(0.0, stretch.aui_m - FREE_AUI_M)
        for base, stretch in zip(bases, path, strict=True)
    ]


def delay(path: Sequence[Stretch]) -> float:
    """The PDV of `path` (BT) with its margin; the larger one when its ends are of different media."""
    return MARGIN_BT + max(sum(delays(path)), sum(delays(path[::-1])))


def shrinkage(path: Sequence[Stretch]) -> float:
    """The PVV of `path` (BT); the larger of both directions. The receiver's segment adds nothing."""
    return max(_shrinkage(path), _shrinkage(path[::-1]))


def _shrinkage(path: Sequence[Stretch]) -> float:
    return path[0].medium.sends_bt + sum(stretch.medium.passes_bt for stretch in path[1:-1])
