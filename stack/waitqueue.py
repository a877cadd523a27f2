"""Those who wait for a socket: the seam between the stack, which never blocks, and programs, which do.

Each socket has one queue of those waiting to read and one of those waiting to write
(docs/architecture.md). The stack only calls `wake`; what a waiter is, its owner knows.
"""

from typing import Protocol


class Waiter(Protocol):
    """Something that waits: a blocked process of the simulation."""

    def wake(self) -> None:
        """The queue has news; look again."""


class WaitQueue:
    """Waiters in order of arrival. Waking empties the queue: whoever still waits must add itself again."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[Waiter] = []

    def add(self, waiter: Waiter) -> None:
        """Append `waiter`."""
        self._waiters.append(waiter)

    def discard(self, waiter: Waiter) -> None:
        """Remove `waiter` if it is in the queue (its deadline passed, or another queue woke it)."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def wake(self) -> None:
        """Wake all, first in, first out."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()
