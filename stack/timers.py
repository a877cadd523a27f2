"""The timers of one stack: a heap of deadlines that forgives timers which move.

TCP pushes its retransmission timer into the future with every acknowledgment and hardly ever lets
it expire. So arming later only writes the deadline into the timer; the entry in the heap, which
still bears the earlier time, is corrected when it comes to the top. A timer holds at most one valid
entry, and a stopped timer's entry is thrown away at the top too.
"""

from collections.abc import Callable
from heapq import heappop, heappush, heapreplace


class Timer:
    """A deadline and what to do then. `deadline` is None while the timer is stopped."""

    __slots__ = ("_expire", "_heap", "_queued", "_serial", "deadline")

    def __init__(self, timers: "Timers", expire: Callable[[], None]) -> None:
        self.deadline: int | None = None
        self._expire = expire
        self._heap = timers.heap
        self._queued: int | None = None
        self._serial = timers.next_serial()

    def arm(self, deadline: int) -> None:
        """Expire at `deadline` (ns), whatever was set before."""
        self.deadline = deadline
        if self._queued is None or deadline < self._queued:
            self._queued = deadline
            heappush(self._heap, (deadline, self._serial, self))

    def stop(self) -> None:
        """Do not expire."""
        self.deadline = None

    def retire(self) -> None:
        """Never expire again, and let go of the owner, who holds this timer: nobody collects garbage in
        cycles while a simulation runs."""
        self.deadline = None
        self._expire = _nobody

    def __lt__(self, other: "Timer") -> bool:
        return False  # only equal entries of one timer get here: arm(9), arm(5), arm(9)

    def settle(self, entry: int) -> bool:
        """Whether the heap's top entry, which bears `entry`, is this timer's deadline; if not, mend."""
        if entry == self._queued == self.deadline:
            return True
        if entry == self._queued and self.deadline is not None:
            self._queued = self.deadline
            heapreplace(self._heap, (self.deadline, self._serial, self))
            return False
        if entry == self._queued:
            self._queued = None
        heappop(self._heap)
        return False

    def expire(self) -> None:
        """Called by `Timers` with this timer's true entry at the top of the heap."""
        heappop(self._heap)
        self._queued = self.deadline = None
        self._expire()


def _nobody() -> None:
    raise AssertionError("a retired timer has expired")


class Timers:
    """All timers of a stack. Equal deadlines expire in the order in which the timers were made."""

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Timer]] = []
        self._serial = 0

    def next_serial(self) -> int:
        """A number for a new timer."""
        self._serial += 1
        return self._serial

    def next_deadline(self) -> int | None:
        """The earliest deadline, None when no timer is armed."""
        heap = self.heap
        while heap:
            deadline, _, timer = heap[0]
            if timer.settle(deadline):
                return deadline
        return None

    def run(self, now: int) -> None:
        """Expire all that are due at `now`, also those that become due by doing so."""
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            self.heap[0][2].expire()
