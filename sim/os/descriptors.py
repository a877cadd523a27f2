"""Descriptors: the table that a process owns, and what close(2), dup(2) and fcntl(2) do to it.

Several numbers of a table may stand for one socket or pipe; it is closed with the last of them. Whether it
blocks is its own, for all its numbers; whether it is inherited is each number's.
"""

import errno
import heapq
import operator
import os
from collections.abc import Iterator
from typing import Any, Protocol

from sim.os.timers import Clock
from stack.waitqueue import WaitQueue

_FIRST = 2_000_001
"""Above those that the stack gives its sockets."""

LIMITS = (1024, 1_048_576)
"""How many descriptors a process may have, and up to how many it may ask for (Linux under systemd)."""


class Descriptor(Protocol):
    """What lies behind a descriptor: a socket of the stack, or what is inside the computer (`Inside`)."""

    readers: WaitQueue
    writers: WaitQueue

    def readable(self) -> bool:
        """Whether a read would not block."""

    def writable(self) -> bool:
        """Whether a write would not block."""

    def poll(self) -> int:
        """What poll(2) reports, whether asked for or not (`stack.poll`)."""

    def close(self, now: int) -> None:
        """Give the descriptor back."""


class Numbers:
    """The descriptors of a host that are not its stack's: of pipes, AF_UNIX sockets and duplicates."""

    def __init__(self) -> None:
        self._next = _FIRST
        self._free: list[int] = []
        """A heap of those below `_next`."""
        self._shared: dict[int, int] = {}
        """How many tables have a number in addition to the first, if any do (dup2)."""

    def take(self) -> int:
        """The lowest free one."""
        if self._free:
            return heapq.heappop(self._free)
        self._next += 1
        return self._next - 1

    def claim(self, fd: int) -> None:
        """A table has `fd`, whether it was free or not; one of the stack's is not meant."""
        if fd >= self._next:
            self._free.extend(range(self._next, fd))  # above all others: it is a heap still
            self._next = fd + 1
        elif fd in self._free:
            self._free.remove(fd)
            heapq.heapify(self._free)
        elif fd >= _FIRST:
            self._shared[fd] = self._shared.get(fd, 0) + 1

    def give_back(self, fd: int) -> None:
        """A table has it no more; one of the stack's is not meant."""
        if fd in self._shared:
            self._shared[fd] -= 1
            if not self._shared[fd]:
                del self._shared[fd]
        elif fd >= _FIRST:
            heapq.heappush(self._free, fd)

    def is_near(self, fd: int, limit: int) -> bool:
        """Whether `fd` is one that a table of `limit` descriptors may have."""
        return fd < self._next + limit

    def clear(self) -> None:
        """All are free: the host was switched off."""
        self._next = _FIRST
        self._free.clear()
        self._shared.clear()


def number(value: Any) -> int:  # noqa: ANN401 (whatever a program takes for a descriptor)
    """`value` as a descriptor; TypeError or ValueError if it cannot be one."""
    fd = operator.index(value)
    if fd < 0:
        raise ValueError("negative file descriptor")
    return fd


class Descriptors:
    """The table of one process, on a host that gives its `numbers`."""

    def __init__(self, numbers: Numbers, clock: Clock) -> None:
        self.limits = LIMITS
        self._numbers = numbers
        self._clock = clock
        self._table: dict[int, Descriptor] = {}
        self._copies: dict[Descriptor, int] = {}
        """How many numbers stand for a descriptor in addition to the first, if any do."""
        self._nonblocking: set[Descriptor] = set()
        """Those with O_NONBLOCK."""
        self._inheritable: set[int] = set()
        """Numbers without FD_CLOEXEC."""

    def __contains__(self, fd: object) -> bool:
        return fd in self._table

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._table))

    def __len__(self) -> int:
        return len(self._table)

    def get(self, fd: int) -> Descriptor | None:
        """What `fd` stands for, or None."""
        return self._table.get(fd)

    def behind(self, fd: int) -> Descriptor:
        """What `fd` stands for; OSError EBADF."""
        try:
            return self._table[fd]
        except KeyError:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None

    def need(self, count: int) -> None:
        """OSError EMFILE if there may not be `count` more (RLIMIT_NOFILE)."""
        if len(self._table) + count > self.limits[0]:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    def add(self, fd: int, descriptor: Descriptor) -> None:
        """Let `fd`, a number that is taken, stand for `descriptor`."""
        self._table[fd] = descriptor

    def enter(self, descriptor: Descriptor) -> int:
        """A number that the stack does not give, for `descriptor`; EMFILE."""
        self.need(1)
        fd = self._numbers.take()
        self._table[fd] = descriptor
        return fd

    def duplicate(self, fd: int) -> int:
        """dup(2): one more number for what is behind `fd`."""
        descriptor = self.behind(fd)
        copy = self.enter(descriptor)
        self._copies[descriptor] = self._copies.get(descriptor, 0) + 1
        return copy

    def duplicate_to(self, fd: int, copy: int) -> None:
        """dup2(2): `copy` stands for what is behind `fd`; what it stood for is closed. EBADF."""
        descriptor = self.behind(fd)
        if fd == copy:
            return
        if copy < 0 or not self._numbers.is_near(copy, self.limits[0]):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if copy in self._table:
            self._forget(copy)
        else:
            self._numbers.claim(copy)
        self._table[copy] = descriptor
        self._copies[descriptor] = self._copies.get(descriptor, 0) + 1

    # -- flags -------------------------------------------------------------------------------------

    def blocks(self, descriptor: Descriptor) -> bool:
        """Whether its calls wait: O_NONBLOCK is not set."""
        return descriptor not in self._nonblocking

    def set_blocking(self, descriptor: Descriptor, blocking: bool) -> None:
        """Set or clear O_NONBLOCK."""
        if blocking:
            self._nonblocking.discard(descriptor)
        else:
            self._nonblocking.add(descriptor)

    def inheritable(self, fd: int) -> bool:
        """Whether FD_CLOEXEC is not set; without exec nothing depends on it."""
        return fd in self._inheritable

    def set_inheritable(self, fd: int, inheritable: bool) -> None:
        """Set or clear FD_CLOEXEC."""
        if inheritable:
            self._inheritable.add(fd)
        else:
            self._inheritable.discard(fd)

    # -- the end -----------------------------------------------------------------------------------

    def is_shared(self, descriptor: Descriptor) -> bool:
        """Whether several numbers stand for `descriptor`."""
        return descriptor in self._copies

    def close(self, fd: int) -> None:
        """close(2): give the number back; what it stood for is closed if it has no other."""
        self._forget(fd)
        self._numbers.give_back(fd)

    def _forget(self, fd: int) -> None:
        descriptor = self._table.pop(fd)
        self._inheritable.discard(fd)
        left = self._copies.pop(descriptor, 0)
        if left > 1:
            self._copies[descriptor] = left - 1
        if not left:
            self._nonblocking.discard(descriptor)
            descriptor.close(self._clock.now)

    def between(self, low: int, high: int) -> list[int]:
        """The numbers from `low` up to `high`, which is not one of them."""
        return sorted(fd for fd in self._table if low <= fd < high)

    def close_all(self) -> None:
        """Close what is left, in the order of the numbers."""
        for fd in sorted(self._table):
            self.close(fd)

    def drop_all(self) -> None:
        """Forget all without closing anything: the power is gone."""
        self._table.clear()
