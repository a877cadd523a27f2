"""Events of the analogue parts, on the MyHDL simulator's own queue.

A generator wake costs MyHDL 3-6 us and a pending `delay` cannot be taken back. The analogue parts
need neither: they ask to be called at a time (`at`) or when a signal changes (`on_change`). Both
use the two hooks that MyHDL's own delayed signals use: an entry of the future-event list has an
`apply` method that gives back waiters, and a waiter has a `next` method. The package is pinned for it.

Times lie on a grid of 16 ps, and each kind of source has its own residue on the grid, so that edges of
two sources never coincide and the order of evaluation cannot matter.
"""

from collections.abc import Callable
from typing import Any

from myhdl import _simulator
from myhdl._Signal import _Signal
from myhdl._Waiter import _Waiter

BIT_CLOCK = 0
"""Residue of the transmit crystal (20 MHz and 2.5 MHz)."""
RECEIVE_CLOCK = 2
"""Residue of the receive clock while it runs on after the last line edge."""
BUS_CLOCK = 4
SLOW_CLOCK = 6
CABLE = 9
"""Residue of levels that arrive by cable, and of the receive clock recovered from them."""

GRID_BITS = 4


def on_grid(ps: int, residue: int) -> int:
    """`ps` rounded down to the 16 ps grid, plus `residue`."""
    return (ps >> GRID_BITS << GRID_BITS) + residue


class _Call:
    """An entry of MyHDL's future-event list that calls a function."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function

    def apply(self) -> tuple[()]:
        self._function()
        return ()


def at(ps: int, function: Callable[[], None]) -> None:
    """Call `function` at `ps`, which must not have passed; what it assigns takes effect at `ps`."""
    _simulator._futureEvents.append((ps, _Call(function)))


class _Listener(_Waiter):  # type: ignore[misc]
    """A waiter that never leaves the list it waits in."""

    __slots__ = ("_function", "_list")

    def __init__(self, waiters: list[_Waiter], function: Callable[[], None]) -> None:
        super().__init__(None)
        self._list = waiters
        self._function = function
        waiters.append(self)

    def next(self, waiters: list[_Waiter], actives: Any, exc: Any) -> None:
        self._list.append(self)
        self._function()


def on_change(signal: Any, function: Callable[[], None]) -> None:
    """Call `function` whenever `signal` has changed, for the rest of the simulation."""
    _Listener(signal._eventWaiters, function)


class _Once(_Waiter):  # type: ignore[misc]
    """A waiter that leaves the list when it is called."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], None]) -> None:
        super().__init__(None)
        self._function = function

    def next(self, waiters: list[_Waiter], actives: Any, exc: Any) -> None:
        self._function()


def on_next_change(signal: Any, function: Callable[[], None]) -> None:
    """Call `function` when `signal` has changed, once."""
    signal._eventWaiters.append(_Once(function))


class Clock(_Signal):  # type: ignore[misc]
    """A clock of which only the rising edge exists: `tick` is one.

    Flip-flops use one edge, so the falling one would cost a wake and an assignment that nothing needs: at
    20 MHz that is 13 of MyHDL's microseconds per bit time. Its value reads False forever.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(False)

    def tick(self) -> None:
        """Rise now; what was assigned in the same step is seen by those who wake."""
        _simulator._siglist.append(self)

    def _update(self) -> list[_Waiter]:
        waiters: list[_Waiter] = self._posedgeWaiters[:]
        del self._posedgeWaiters[:]
        return waiters


def now() -> int:
    """Simulated time in ps."""
    return _simulator._time  # type: ignore[no-any-return]
