"""Descriptors as numbers: what lies behind one, and what close(2) and dup(2) do to it.

Several numbers of a process may stand for one socket; it is closed with the last of them.
"""

import errno
import heapq
import operator
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.os.process import Descriptor, Process


_FIRST = 2_000_001
"""Above those that the stack gives its sockets."""


class Numbers:
    """The descriptors of a host that are not its stack's: of socket pairs and duplicates."""

    def __init__(self) -> None:
        self._next = _FIRST
        self._free: list[int] = []
        """A heap of those below `_next`."""

    def take(self) -> int:
        """The lowest free one."""
        if self._free:
            return heapq.heappop(self._free)
        self._next += 1
        return self._next - 1

    def give_back(self, fd: int) -> None:
        """It is free again; one of the stack's is not meant."""
        if fd >= _FIRST:
            heapq.heappush(self._free, fd)


def number(value: Any) -> int:  # noqa: ANN401 (whatever a program takes for a descriptor)
    """`value` as a descriptor; TypeError or ValueError if it cannot be one."""
    fd = operator.index(value)
    if fd < 0:
        raise ValueError("negative file descriptor")
    return fd


def behind(process: "Process", fd: int) -> "Descriptor":
    """What `fd` stands for; OSError EBADF."""
    try:
        return process.descriptors[fd]
    except KeyError:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None


def duplicate(process: "Process", fd: int) -> int:
    """dup(2): one more number for what is behind `fd`."""
    descriptor = behind(process, fd)
    process.need_descriptors(1)
    copy = process.host.numbers.take()
    process.descriptors[copy] = descriptor
    process.copies[descriptor] = process.copies.get(descriptor, 0) + 1
    return copy


def close(process: "Process", fd: int) -> None:
    """close(2): give the number back; what it stood for is closed if it has no other."""
    descriptor = process.descriptors.pop(fd)
    process.host.numbers.give_back(fd)
    left = process.copies.pop(descriptor, 0)
    if left > 1:
        process.copies[descriptor] = left - 1
    if not left:
        descriptor.close(process.kernel.now)
