"""What the signal path of a MAU may do to a signal: lose its first bits, and shake its edges.

A transceiver's path is a wire, but for four tolerances (clause 8). Its transmitter may swallow the first 2
bits of a transmission and its receiver the first 5 of what it receives, which only the preamble pays for; the
bit behind them may be invalid; and its edges may be off by some nanoseconds. A path with such `Tolerances`
stands between the AUI and the comparators of `hw.analogue.coax`; a MAU without any is joined directly, and
pays nothing.

What is lost is silence, not a wrong level: while its transmitter swallows bits the MAU drives no current,
mean included, and while its receiver does the data-in pair is idle, so that carrier and data come late
together; they end as they would. An invalid bit is a cell without an edge, low. The collision comparator is
beside the path and not delayed.

Jitter is uniform and drawn per edge, from the run's chance. An edge may come early because the path has a
steady delay (clause 8 allows half a bit), and edges never pass each other: half bits are 50 ns.

The same stands between a MAU of 10BASE-T (clause 14 has the same losses) and its pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from hw.analogue.chance import chance
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_change, on_grid

BIT_PS = 100_000
STEADY_DELAY_PS = 25_600
"""Of a transmitter with jitter; a whole number of steps of the grid, as jitter is."""
STEP_PS = 16


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Of one MAU: bits lost in front of what is sent and received, the most that an edge sent is off, and
    whether the first bit that passes is invalid."""

    transmit_loss: int = 0
    receive_loss: int = 0
    jitter_ns: int = 0
    invalid_bit: bool = False


def line(box: int) -> int:
    """Where the MAU of the box that draws its chance on line `box` draws its jitter: beyond all boxes."""
    return 1 << 56 | box


class Ends(NamedTuple):
    """One side of a signal path: the data-out pair and whether it is driven, the data-in pair and whether
    it is."""

    aui_do: Any
    aui_do_active: Any
    aui_di: Any
    aui_di_active: Any


class Transceiver:
    """The path between `aui`, the MAU's side, and `path`, the cable's. Draws its chance on `line`."""

    def __init__(self, aui: Ends, path: Ends, tolerances: Tolerances, seed: int, line: int) -> None:
        _Transmitter(aui, path, tolerances, partial(chance, seed, line))
        _Receiver(aui, path, tolerances)


class _Opening:
    """The start-up of one direction: nothing passes, an invalid bit, all. Each stage calls `changed`."""

    def __init__(self, lost: int, invalid_bit: bool, changed: Callable[[], None]) -> None:
        self._lost_ps = lost * BIT_PS
        self._invalid_ps = BIT_PS if invalid_bit else 0
        self._changed = changed
        self._active = False
        self._open_ps = self._valid_ps = 0

    def passes(self, ps: int, *, active: bool) -> tuple[bool, bool]:
        """Whether the direction passes what it is given, and whether as it is."""
        if active and not self._active:
            self._open_ps = ps + self._lost_ps
            self._valid_ps = self._open_ps + self._invalid_ps
            if self._lost_ps:
                at(self._open_ps, self._changed)
            if self._invalid_ps:
                at(self._valid_ps, self._changed)
        self._active = active
        return active and ps >= self._open_ps, ps >= self._valid_ps


class _Transmitter:
    """From the data-out pair to the cable's driver; `draw` gives the chance of an edge by its number."""

    def __init__(self, aui: Ends, path: Ends, tolerances: Tolerances, draw: Callable[[int], int]) -> None:
        self._aui = aui
        self._path = path
        self._opening = _Opening(tolerances.transmit_loss, tolerances.invalid_bit, self._changed)
        self._jitter_steps = tolerances.jitter_ns * 1000 // STEP_PS
        self._draw = draw
        self._state = (True, False)
        self._edges = 0
        on_change(aui.aui_do, self._changed)
        on_change(aui.aui_do_active, self._changed)

    def _changed(self) -> None:
        ps = on_grid(now(), BIT_CLOCK)
        passes, valid = self._opening.passes(ps, active=bool(self._aui.aui_do_active))
        state = (bool(self._aui.aui_do and valid) or not passes, passes)
        if state == self._state:
            return
        self._state = state
        if not self._jitter_steps:
            self._drive(*state)
            return
        steps = self._draw(self._edges) % (2 * self._jitter_steps + 1) - self._jitter_steps
        self._edges += 1
        at(ps + STEADY_DELAY_PS + steps * STEP_PS, partial(self._drive, *state))

    def _drive(self, level: bool, active: bool) -> None:
        self._path.aui_do.next = level
        self._path.aui_do_active.next = active


class _Receiver:
    """From the comparators to the data-in pair."""

    def __init__(self, aui: Ends, path: Ends, tolerances: Tolerances) -> None:
        self._aui = aui
        self._path = path
        self._opening = _Opening(tolerances.receive_loss, tolerances.invalid_bit, self._changed)
        on_change(path.aui_di, self._changed)
        on_change(path.aui_di_active, self._changed)

    def _changed(self) -> None:
        ps = on_grid(now(), CABLE)
        passes, valid = self._opening.passes(ps, active=bool(self._path.aui_di_active))
        self._aui.aui_di.next = bool(self._path.aui_di and valid) or not passes
        self._aui.aui_di_active.next = passes
