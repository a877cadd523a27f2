"""Software deadlines: a heap ordered by deadline and serial number, so that equal ones fire in the order set.

A cancelled timer stays in the heap until it comes up or until cancelled ones are the greater part:
cancelling is what deadlines mostly do, and it must cost nothing.
"""

import heapq
from collections.abc import Callable
from typing import Protocol

_COMPACT_FROM = 64


class Timer:
    """A callback to come. Made by `Timers.call_at`."""

    __slots__ = ("_timers", "callback", "deadline")

    def __init__(self, timers: "Timers", deadline: int, callback: Callable[[], None]) -> None:
        self._timers = timers
        self.deadline = deadline
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget the callback. Harmless when it has already run."""
        if self.callback is not None:
            self.callback = None
            self._timers.cancelled()


class Timers:
    """All timers of a kernel, in ns."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Timer]] = []
        self._serial = 0
        self._dead = 0

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """Add a timer."""
        timer = Timer(self, deadline, callback)
        self._serial += 1
        heapq.heappush(self._heap, (deadline, self._serial, timer))
        return timer

    def cancelled(self) -> None:
        """Count one more dead timer, and sweep them out when they outnumber the living."""
        self._dead += 1
        if self._dead >= _COMPACT_FROM and 2 * self._dead > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._dead = 0

    def next_deadline(self) -> int | None:
        """The earliest deadline, or None."""
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
            self._dead -= 1
        return self._heap[0][0] if self._heap else None

    def fire(self, now: int) -> None:
        """Run every timer with a deadline <= `now`, those included that the callbacks add."""
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            timer = heapq.heappop(self._heap)[2]
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()

    def __len__(self) -> int:
        """How many entries the heap holds, dead ones included."""
        return len(self._heap)


class Clock(Protocol):
    """Simulated time, as the kernel keeps it."""

    @property
    def now(self) -> int:
        """Simulated time in ns."""

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` at `deadline` (ns), or as soon as possible if that has passed."""
