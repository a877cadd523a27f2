"""What a descriptor of something inside one computer has in common: no packet ever leaves it.

Pipes, AF_UNIX sockets, counters and the standard streams have the face of the stack's sockets as far as the
calls of `sim.python` need it, so one table and one way to wait serve them all.
"""

import os

from stack.poll import POLLIN, POLLOUT
from stack.waitqueue import WaitQueue


def os_error(number: int) -> OSError:
    """The OSError of an errno."""
    return OSError(number, os.strerror(number))


class Inside:
    """Base of these. Each says when it can be read and written, and what `send` and `recv` do."""

    mode = 0
    """File type and permissions, as fstat(2) gives them."""
    access = os.O_RDWR
    """How it is open: for fcntl(F_GETFL)."""

    def __init__(self) -> None:
        self.readers = WaitQueue()
        self.writers = WaitQueue()

    def readable(self) -> bool:
        """Whether a read would not block."""
        return False

    def writable(self) -> bool:
        """Whether a write would not block (it may fail)."""
        return False

    def poll(self) -> int:
        """What poll(2) reports, whether asked for or not (`stack.poll`)."""
        return self.ended() | (POLLIN if self.readable() else 0) | (POLLOUT if self.writable() else 0)

    def ended(self) -> int:
        """POLLERR, POLLHUP: what poll(2) reports without being asked."""
        return 0

    def unread(self) -> int:
        """Octets that can be read now: ioctl(FIONREAD)."""
        return 0

    def wake(self) -> None:
        """Something has changed for all who wait."""
        self.readers.wake()
        self.writers.wake()
