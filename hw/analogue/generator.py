"""A signal generator on a coax tap or a twisted pair: an instrument, for what no adapter would ever send.

Noise, half frames, a jam at a chosen bit, a frame whose edges jitter: a pattern is a list of moves, each a
time and what it drives from then on, `LOW`, `HIGH` or `IDLE`. A pattern begins at a given instant, or
each time that carrier appears there (the trigger of a bench instrument), not counting while it is
being played. A new pattern ends the one before. A coax is driven as any MAU drives it. At the end of a
twisted pair there is no MAU, so no squelch and no loopback: `IDLE` is silence, and its link is always good.
"""

from collections.abc import Sequence
from typing import Any

from hw.analogue.events import BIT_CLOCK, at, now, on_change, on_grid

LOW = 0
HIGH = 1
IDLE = 2

Move = tuple[int, int]
"""Picoseconds from the pattern's beginning, rounded down to the grid, and the level from then on."""

LEAST_PS = 32
"""Moves, and a pattern's beginning and its first move, are at least this far apart: two steps of the grid."""


def check(moves: Sequence[Move], start_ps: int | None, now_ps: int) -> None:
    """Refuse a pattern that cannot be played, with a ValueError."""
    before = 0 if start_ps is None else now_ps - start_ps
    for ps, level in moves:
        if ps < before + LEAST_PS:
            raise ValueError(
                f"the move at {ps} ps comes less than {LEAST_PS} ps after the one before or the present"
            )
        if level not in (LOW, HIGH, IDLE):
            raise ValueError(f"a signal generator drives LOW, HIGH or IDLE, not {level}")
        before = ps


class SignalGenerator:
    """One signal generator: it drives a data-out pair, and may be triggered by what comes in."""

    def __init__(self, aui_do: Any, aui_do_active: Any, carrier: Any) -> None:
        self._aui_do = aui_do
        self._aui_do_active = aui_do_active
        self._carrier = carrier
        self._moves: Sequence[Move] = ()
        self._begin_ps = 0
        self._place = 0
        """In the moves; at their end nothing is being played."""
        self._triggered = False
        self._pattern = 0
        """Counts the patterns: a move that was planned for an earlier one is void."""
        on_change(carrier, self._trigger)

    def play(self, moves: Sequence[Move], start_ps: int | None) -> None:
        """Play `moves` from `start_ps` on; from None: each time that carrier appears."""
        check(moves, start_ps, now())
        self._pattern += 1
        self._moves = tuple(moves)
        self._place = len(moves)
        self._triggered = start_ps is None
        if start_ps is not None:
            self._begin(start_ps)

    def _trigger(self) -> None:
        if self._triggered and self._carrier and self._place == len(self._moves):
            self._begin(now())

    def _begin(self, ps: int) -> None:
        self._begin_ps = ps
        self._place = 0
        self._plan()

    def _plan(self) -> None:
        if self._place == len(self._moves):
            return
        pattern = self._pattern

        def move() -> None:
            if pattern == self._pattern:
                level = self._moves[self._place][1]
                self._aui_do_active.next = level != IDLE
                self._aui_do.next = level != LOW
                self._place += 1
                self._plan()

        at(on_grid(self._begin_ps + self._moves[self._place][0], BIT_CLOCK), move)
