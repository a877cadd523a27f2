"""The clock of a computer: what its own crystal makes of true time.

True time is the kernel's, in which everything happens and is recorded. A crystal is off by some parts per
million, and all that a computer measures is off with it: its clocks run fast or slow, its timers come early
or late. Its clock is a function of true time, and exact: floor(t * (10^9 + ppb) / 10^9) ns, with the error in
parts per billion. Nothing is added up, so no rounding grows.
"""

from collections.abc import Callable

from sim.os.timers import Clock, Timer

EPOCH_NS = 1_767_225_600_000_000_000
"""When a run begins in the simulated world, if nothing is set: 2026-01-01 00:00:00 UTC."""

_BILLION = 1_000_000_000


class HostClock:
    """The clock of one host: it counts from the beginning of the run (`sim.os.timers.Clock`).

    `ppb` is the crystal's error in parts per billion. `offset_ns` is what the calendar clock was off when the
    run began, which was at `epoch_ns`; it reaches nothing else.
    """

    def __init__(self, true: Clock, ppb: int = 0, offset_ns: int = 0, epoch_ns: int = EPOCH_NS) -> None:
        self._true = true
        self._rate = _BILLION + ppb
        self._calendar = epoch_ns + offset_ns

    @property
    def now(self) -> int:
        """Nanoseconds since the beginning of the run."""
        return self._true.now * self._rate // _BILLION

    @property
    def wall(self) -> int:
        """Nanoseconds since 1970-01-01 00:00:00 UTC."""
        return self._calendar + self.now

    def step(self, by_ns: int) -> None:
        """Set the calendar clock forward or back; what counts time does not notice (clock_settime(2))."""
        self._calendar += by_ns

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` when this clock reads `deadline` (ns), or as soon as possible after that."""
        timer = self._true.call_at(-(-deadline * _BILLION // self._rate), callback)
        timer.deadline = deadline
        return timer
