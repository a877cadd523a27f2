"""The electrical state of a coax cable: the paths from each sender to each tap, and their losses.

A MAU drives a current into a cable of 50 ohm that goes both ways, so 25 ohm. What it sends is a mean (DC) and
a swing around it; on the way the mean loses by the loop's resistance and the swing by the skin effect, flat
at its value for 10 MHz. A terminator at an end takes up what arrives. Where one is missing, and at both sides
of an open, a wave comes back as it went (+1); from a short it comes back inverted (-1), and neither lets
anything pass. A terminator between the ends is one too many: the cable behind it and the terminator are
25 ohm together, so that -1/3 of a wave comes back and 2/3 passes. A path is the direct one or one by way of
such *junctions*; its loss is that of its length, times the coefficients on the way.

Echoes are followed for three bounces. That is exact where one end of the piece of cable is terminated (there
is one bounce only); where neither is, the levels that remain are on the side of squelch and collision
threshold where they belong, but for their size, which in a real transceiver its supply would limit.
"""

from collections.abc import Iterator, Sequence
from math import exp
from typing import Literal, NamedTuple

End = Literal["left", "right"]
CoaxType = Literal["10BASE5", "10BASE2"]


class Line(NamedTuple):
    """What a type of coax does to a signal."""

    delay_fs_per_mm: int
    loop_milliohm_per_m: int
    """Core, screen and connectors together."""
    loss_db_per_km: float
    """At 10 MHz."""


LINES: dict[CoaxType, Line] = {
    # 0.77 c; 8.5 dB for 500 m (clause 8.4.1).
    "10BASE5": Line(4_330, 10, 17),
    # 0.65 c: the 0.1026 bit times there and back of clause 13's table; 8.5 dB for 185 m (clause 10.5.1).
    "10BASE2": Line(5_130, 50, 45.9),
}
MEAN_MV = -1_025
"""-41 mA into 25 ohm; clause 8.3.1 has -37 to -45 mA."""
SWING_MV = 1_025
"""The data, around the mean: at the sender the cable is between 0 and -2.05 V."""
IMPEDANCE_OHM = 50
BOUNCES = 3


class Hop(NamedTuple):
    """A path from a sender to `tap`: its delay, and the sender's mean and swing where it ends."""

    delay_ps: int
    tap: int
    mean_mv: int
    swing_mv: int


class Junction(NamedTuple):
    """A place where a wave meets something else than cable, and what comes back of it, and what passes."""

    at_mm: int
    back: float
    passing: float


def propagation_ps(distance_mm: int, line: Line = LINES["10BASE5"]) -> int:
    """How long a level takes over `distance_mm` of coax, in ps."""
    return distance_mm * line.delay_fs_per_mm // 1000


class Segment:
    """A cable of `length_mm` with MAUs at `positions_mm`, and what has become of it.

    `extra_mm` are the places of terminators that are too many.
    """

    def __init__(
        self,
        length_mm: int,
        positions_mm: Sequence[int],
        terminators: Sequence[End],
        extra_mm: Sequence[int] = (),
        line: Line = LINES["10BASE5"],
    ) -> None:
        self._length_mm = length_mm
        self._positions_mm = tuple(positions_mm)
        self._terminators = set(terminators)
        self._extra_mm = set(extra_mm)
        self._line = line
        self._unplugged: set[int] = set()
        self._breaks: dict[int, int] = {}
        """Coefficient of reflection by position."""

    def unplug(self, tap: int) -> None:
        """Take the AUI off the MAU at `tap`, which then neither sends nor receives."""
        self._unplugged.add(tap)

    def plug(self, tap: int) -> None:
        """Put it back."""
        self._unplugged.discard(tap)

    def open(self, at_mm: int) -> None:
        """Cut the cable through."""
        self._breaks[at_mm] = 1

    def short(self, at_mm: int) -> None:
        """Join core and screen."""
        self._breaks[at_mm] = -1

    def repair(self) -> None:
        """Mend all opens and shorts."""
        self._breaks.clear()

    def terminate(self, at: End | int) -> None:
        """Screw a terminator on: at an end, or where it is one too many."""
        self._extra_mm.add(at) if isinstance(at, int) else self._terminators.add(at)

    def unterminate(self, at: End | int) -> None:
        """Take it off."""
        self._extra_mm.discard(at) if isinstance(at, int) else self._terminators.discard(at)

    def hops(self) -> list[list[Hop]]:
        """For each tap the paths of what it sends, nearest first."""
        junctions = self._junctions()
        return [self._hops_of(sender, junctions) for sender in range(len(self._positions_mm))]

    def _junctions(self) -> list[Junction]:
        between = {at_mm: Junction(at_mm, -1 / 3, 2 / 3) for at_mm in self._extra_mm}
        between |= {at_mm: Junction(at_mm, back, 0) for at_mm, back in self._breaks.items()}
        return [
            Junction(0, 0 if "left" in self._terminators else 1, 0),
            *(between[at_mm] for at_mm in sorted(between)),
            Junction(self._length_mm, 0 if "right" in self._terminators else 1, 0),
        ]

    def _hops_of(self, sender: int, junctions: Sequence[Junction]) -> list[Hop]:
        if sender in self._unplugged:
            return []
        at_mm = self._positions_mm[sender]
        pieces: list[list[int]] = [[] for _ in junctions[1:]]
        for tap, position_mm in enumerate(self._positions_mm):
            if tap not in self._unplugged:
                pieces[_piece(position_mm, junctions)].append(tap)
        own = _piece(at_mm, junctions)
        hops = [self._hop(tap, abs(self._positions_mm[tap] - at_mm), 1) for tap in pieces[own]]
        for piece, from_mm, travelled_mm, factor in _rays(at_mm, own, junctions):
            for tap in pieces[piece]:
                distance_mm = travelled_mm + abs(self._positions_mm[tap] - from_mm)
                hops.append(self._hop(tap, distance_mm, factor))
        return sorted(hops)

    def _hop(self, tap: int, distance_mm: int, factor: float) -> Hop:
        metres = distance_mm / 1000
        mean = exp(-self._line.loop_milliohm_per_m / 1000 * metres / (2 * IMPEDANCE_OHM))
        swing = 10 ** (-self._line.loss_db_per_km * metres / 1000 / 20)
        delay_ps = propagation_ps(distance_mm, self._line)
        return Hop(delay_ps, tap, round(MEAN_MV * mean * factor), round(SWING_MV * swing * factor))


def _piece(position_mm: int, junctions: Sequence[Junction]) -> int:
    """The number of the piece of cable that a position is on; a junction belongs to the piece on its left."""
    return next(n for n, junction in enumerate(junctions[1:]) if position_mm <= junction.at_mm)


def _rays(sender_mm: int, own: int, junctions: Sequence[Junction]) -> Iterator[tuple[int, int, int, float]]:
    """What goes through a piece of cable after a junction: the piece, where it entered, how far it had come
    (mm), and what is left of it, without losses of the cable. What goes through `own` first is not among it.
    """
    ahead: list[tuple[int, bool, int, int, float, int]] = [
        (own, leftwards, sender_mm, 0, 1.0, 0) for leftwards in (True, False)
    ]
    while ahead:
        piece, leftwards, from_mm, travelled_mm, factor, bounces = ahead.pop()
        number = piece if leftwards else piece + 1
        at_mm, back, passing = junctions[number]
        travelled_mm += abs(from_mm - at_mm)
        onward = []
        if back and bounces < BOUNCES:
            onward.append((piece, not leftwards, at_mm, travelled_mm, factor * back, bounces + 1))
        if passing:
            beyond = piece - 1 if leftwards else piece + 1
            onward.append((beyond, leftwards, at_mm, travelled_mm, factor * passing, bounces))
        for one, _, entered_mm, come_mm, rest, _ in onward:
            yield one, entered_mm, come_mm, rest
        ahead += onward
