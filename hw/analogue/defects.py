"""A broken MAU, or noise on its cable: wrong bits, a deaf receiver, a babbling transmitter.

It stands in the signal path of a MAU, behind that of `hw.analogue.transceiver` if there is one, and only
where a scenario asks for it. Four wires control it, and may change at any time:

- `error_rate`: the probability of a received bit to be wrong, times 2^32. Noise inverts what the comparator
  makes of the line for `error_burst` bit times. It begins a tenth of a bit time after a bit cell: then the
  edge in the middle of the cell is inverted, and the others are where a receiver does not look;
- `deaf`: nothing is received;
- `babbling`: the transmitter sends a preamble that has no end, whatever its station wants.

Whether a bit is wrong is drawn for each bit cell of each signal, from the run's chance, `LOOK_AHEAD` cells at
once.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from hw.analogue.chance import chance
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_change, on_grid
from hw.analogue.transceiver import BIT_PS, Ends

RATE_BITS, BURST_BITS = 32, 16
LOOK_AHEAD = 1_024
OFFSET_PS = 10_000
"""From the beginning of a bit cell to that of the noise."""


class Controls(NamedTuple):
    """The wires that break it."""

    error_rate: Any
    error_burst: Any
    deaf: Any
    babbling: Any


CONTROLS = Controls._fields


def threshold(rate: float) -> int:
    """`error_rate` for a probability from 0 to 1."""
    return min(round(rate * (1 << RATE_BITS)), (1 << RATE_BITS) - 1)


def line(box: int) -> int:
    """Where the MAU of the box that draws its chance on line `box` draws its errors: beyond all boxes."""
    return 1 << 57 | box


class Defects:
    """Those between `aui`, the MAU's side, and `path`, the cable's. Draws its chance on `line`."""

    def __init__(self, aui: Ends, path: Ends, controls: Controls, seed: int, line: int) -> None:
        _Transmitter(aui, path, controls.babbling)
        _Receiver(aui, path, controls, lambda number: chance(seed, line, number) >> (64 - RATE_BITS))


class _Transmitter:
    """From the data-out pair to the cable's driver."""

    def __init__(self, aui: Ends, path: Ends, babbling: Any) -> None:
        self._aui = aui
        self._path = path
        self._babbling = babbling
        self._babbles = False
        self._spells = 0
        """Of babbling: the edges of an earlier one are void."""
        self._level = True
        for wire in (aui.aui_do, aui.aui_do_active, babbling):
            on_change(wire, self._changed)

    def _changed(self) -> None:
        if not self._babbling:
            self._babbles = False
            self._path.aui_do.next = bool(self._aui.aui_do)
            self._path.aui_do_active.next = bool(self._aui.aui_do_active)
        elif not self._babbles:
            self._babbles = True
            self._spells += 1
            self._path.aui_do_active.next = True
            self._toggle(self._spells)

    def _toggle(self, spell: int) -> None:
        """An edge in the middle of each bit cell and none between: 1, 0, 1, 0."""
        if self._babbles and spell == self._spells:
            self._level = not self._level
            self._path.aui_do.next = self._level
            at(on_grid(now(), BIT_CLOCK) + BIT_PS, partial(self._toggle, spell))


class _Receiver:
    """From the comparators to the data-in pair; `draw` gives the chance of a bit cell by its number."""

    def __init__(self, aui: Ends, path: Ends, controls: Controls, draw: Callable[[int], int]) -> None:
        self._aui = aui
        self._path = path
        self._controls = controls
        self._draw = draw
        self._cells = 0
        self._signals = 0
        """Counts those that begin: what was drawn for an earlier one is void."""
        self._active = False
        self._wrong = False
        for wire in (path.aui_di, path.aui_di_active, controls.deaf):
            on_change(wire, self._changed)

    def _changed(self) -> None:
        active = bool(self._path.aui_di_active) and not self._controls.deaf
        if active != self._active:
            self._active = active
            self._wrong = False
            self._signals += 1
            if active and self._controls.error_rate:
                self._look_ahead(on_grid(now(), CABLE) + OFFSET_PS // 16 * 16)
        self._show()

    def _show(self) -> None:
        self._aui.aui_di.next = bool(self._path.aui_di) != self._wrong or not self._active
        self._aui.aui_di_active.next = self._active

    def _look_ahead(self, ps: int) -> None:
        """Draw for the cells from that in which noise would begin at `ps`."""
        for cell in range(LOOK_AHEAD):
            self._cells += 1
            if self._draw(self._cells) < int(self._controls.error_rate):
                at(ps + cell * BIT_PS, partial(self._noise, self._signals))
                return
        at(ps + (LOOK_AHEAD - 1) * BIT_PS, partial(self._go_on, self._signals))

    def _go_on(self, signal: int) -> None:
        """Draw for the cells after this one, if the signal is still the same."""
        if signal == self._signals:
            self._look_ahead(now() + BIT_PS)

    def _noise(self, signal: int) -> None:
        """It begins now, and lasts for some bits."""
        if signal == self._signals:
            self._wrong = True
            self._show()
            at(now() + int(self._controls.error_burst) * BIT_PS, partial(self._over, signal))

    def _over(self, signal: int) -> None:
        if signal == self._signals:
            self._wrong = False
            self._show()
            self._go_on(signal)
