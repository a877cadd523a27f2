"""The electrical state of a 10BASE5 cable: the paths from each sender to each tap, and their losses.

A MAU drives a current into a cable of 50 ohm that goes both ways, so 25 ohm. What it sends is a mean (DC) and
a swing around it; on the way the mean loses by the loop's resistance and the swing by the skin effect, flat
at its value for 10 MHz. A terminator takes up what arrives. Where one is missing, and at both sides of an
open, a wave comes back as it went (+1); from a short it comes back inverted (-1), and neither lets anything
pass. So a path is the direct one or one by way of a *bounce*, and its loss is that of its length.

Echoes are followed for three bounces. That is exact where one end of the piece of cable is terminated (there
is one bounce only); where neither is, the levels that remain are on the side of squelch and collision
threshold where they belong, but for their size, which in a real transceiver its supply would limit.
"""

from collections.abc import Sequence
from math import exp
from typing import Literal, NamedTuple

End = Literal["left", "right"]

DELAY_FS_PER_MM = 4_330
"""0.77 c: 4.33 ns/m (clause 8.4.1)."""
MEAN_MV = -1_025
"""-41 mA into 25 ohm; clause 8.3.1 has -37 to -45 mA."""
SWING_MV = 1_025
"""The data, around the mean: at the sender the cable is between 0 and -2.05 V."""
LOOP_MILLIOHM_PER_M = 10
"""Clause 8.4.1: core, screen and connectors together."""
LOSS_DB_PER_KM = 17
"""Clause 8.4.1: at most 8.5 dB for 500 m, at 10 MHz."""
IMPEDANCE_OHM = 50
BOUNCES = 3
OPEN, SHORT, TERMINATED = 1, -1, 0
"""Coefficients of reflection."""


class Hop(NamedTuple):
    """A path from a sender to `tap`: its delay, and the sender's mean and swing where it ends."""

    delay_ps: int
    tap: int
    mean_mv: int
    swing_mv: int


def propagation_ps(distance_mm: int) -> int:
    """How long a level takes over `distance_mm` of coax, in ps."""
    return distance_mm * DELAY_FS_PER_MM // 1000


class Segment:
    """A cable of `length_mm` with MAUs at `positions_mm`, and what has become of it."""

    def __init__(self, length_mm: int, positions_mm: Sequence[int], terminators: Sequence[End]) -> None:
        self._length_mm = length_mm
        self._positions_mm = tuple(positions_mm)
        self._terminators = set(terminators)
        self._unplugged: set[int] = set()
        self._breaks: dict[int, int] = {}
        """Coefficient by position."""

    def unplug(self, tap: int) -> None:
        """Take the AUI off the MAU at `tap`, which then neither sends nor receives."""
        self._unplugged.add(tap)

    def plug(self, tap: int) -> None:
        """Put it back."""
        self._unplugged.discard(tap)

    def open(self, at_mm: int) -> None:
        """Cut the cable through."""
        self._breaks[at_mm] = OPEN

    def short(self, at_mm: int) -> None:
        """Join core and screen."""
        self._breaks[at_mm] = SHORT

    def repair(self) -> None:
        """Mend all opens and shorts."""
        self._breaks.clear()

    def terminate(self, end: End) -> None:
        """Screw the terminator on."""
        self._terminators.add(end)

    def unterminate(self, end: End) -> None:
        """Take the terminator off."""
        self._terminators.discard(end)

    def hops(self) -> list[list[Hop]]:
        """For each tap the paths of what it sends, nearest first."""
        return [self._hops_of(sender) for sender in range(len(self._positions_mm))]

    def _hops_of(self, sender: int) -> list[Hop]:
        if sender in self._unplugged:
            return []
        piece = self._piece(self._positions_mm[sender])
        hops = []
        for tap, position in enumerate(self._positions_mm):
            if tap not in self._unplugged and self._piece(position) == piece:
                paths = _paths(self._positions_mm[sender], position, *piece)
                hops += [_hop(tap, distance, sign) for distance, sign in paths]
        return sorted(hops)

    def _piece(self, position_mm: int) -> tuple[int, int, int, int]:
        """The ends of the piece of cable at a position, and their coefficients of reflection."""
        left, at_left = 0, TERMINATED if "left" in self._terminators else OPEN
        for at_mm, coefficient in sorted(self._breaks.items()):
            if position_mm <= at_mm:
                return left, at_mm, at_left, coefficient
            left, at_left = at_mm, coefficient
        return left, self._length_mm, at_left, TERMINATED if "right" in self._terminators else OPEN


def _paths(
    sender: int, tap: int, left: int, right: int, at_left: int, at_right: int
) -> list[tuple[int, int]]:
    """(length in mm, sign) of the direct path and of those by way of bounces."""
    paths = [(abs(sender - tap), 1)]
    for leftwards in (True, False):
        at, travelled, sign = sender, 0, 1
        for _ in range(BOUNCES):
            end = left if leftwards else right
            sign *= at_left if leftwards else at_right
            if not sign:
                break
            travelled += abs(at - end)
            at = end
            paths.append((travelled + abs(at - tap), sign))
            leftwards = not leftwards
    return paths


def _hop(tap: int, distance_mm: int, sign: int) -> Hop:
    metres = distance_mm / 1000
    mean = exp(-LOOP_MILLIOHM_PER_M / 1000 * metres / (2 * IMPEDANCE_OHM))
    swing = 10 ** (-LOSS_DB_PER_KM * metres / 1000 / 20)
    return Hop(propagation_ps(distance_mm), tap, round(MEAN_MV * mean) * sign, round(SWING_MV * swing) * sign)
