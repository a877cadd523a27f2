"""Socket pairs: two connected ends inside one process, without a network between them.

The same face as a socket of the stack, as far as a pair needs one (Linux: AF_UNIX stream sockets).
"""

import errno
import os
import socket

from stack.waitqueue import WaitQueue

_CAPACITY = 212_992
"""Octets that wait unread, Linux's default (net.core.wmem_default)."""


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class PipeEnd:
    """One end. Made by `pair`."""

    family = socket.AF_UNIX
    type = socket.SOCK_STREAM
    protocol = 0

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.readers = WaitQueue()
        self.writers = WaitQueue()
        self._received = bytearray()
        self._end_of_file = False
        self._can_send = True
        self._peer: PipeEnd | None = None

    def join(self, peer: "PipeEnd") -> None:
        """Make `peer` the other end."""
        self._peer = peer

    def readable(self) -> bool:
        """Whether octets or the end of file wait."""
        return bool(self._received) or self._end_of_file

    def writable(self) -> bool:
        """Whether a write would not block (it may fail)."""
        return not self._can_send or self._peer is None or self._peer.room() > 0

    def exceptional(self) -> bool:
        """Never."""
        return False

    def room(self) -> int:
        """Octets that the peer may still send."""
        return _CAPACITY - len(self._received)

    def send(self, data: bytes, now: int) -> int:
        """Queue as much as there is room for."""
        if not self._can_send or self._peer is None:
            raise _error(errno.EPIPE)
        taken = data[: self._peer.room()]
        if data and not taken:
            raise _error(errno.EAGAIN)
        self._peer.take(taken)
        return len(taken)

    def take(self, data: bytes) -> None:
        """Octets from the peer."""
        self._received += data
        self.readers.wake()

    def recv(self, size: int, now: int, *, peek: bool = False) -> bytes:
        """Up to `size` octets; empty at the end of file."""
        if not self.readable():
            raise _error(errno.EAGAIN)
        data = bytes(self._received[:size])
        if not peek:
            del self._received[:size]
            if self._peer is not None:
                self._peer.writers.wake()
        return data

    def recvfrom(self, size: int, now: int, *, peek: bool = False) -> tuple[bytes, str]:
        """As `recv`; an unnamed peer's address is empty."""
        return self.recv(size, now, peek=peek), ""

    def shutdown(self, how: int, now: int) -> None:
        """End one direction or both."""
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            self._can_send = False
            if self._peer is not None:
                self._peer.finish()
        if how in (socket.SHUT_RD, socket.SHUT_RDWR):
            self.finish()

    def finish(self) -> None:
        """No octets will follow."""
        self._end_of_file = True
        self.readers.wake()
        self.writers.wake()

    def close(self, now: int) -> None:
        """Leave: the peer reads to the end, and cannot write."""
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.abandon()

    def abandon(self) -> None:
        """The peer has closed."""
        self._peer = None
        self.finish()

    def getsockname(self) -> str:
        """Unnamed."""
        return ""

    def getpeername(self) -> str:
        """Unnamed."""
        if self._peer is None:
            raise _error(errno.ENOTCONN)
        return ""

    def setsockopt(self, level: int, option: int, value: int | bytes, now: int) -> None:
        """Accepted and without effect."""

    def waits_for_more(self, size: int | None) -> bool:
        """Never: there is no SO_RCVLOWAT here."""
        return False

    def receive_timeout(self) -> int | None:
        """None: there is no SO_RCVTIMEO here."""
        return None

    def send_timeout(self) -> int | None:
        """None: there is no SO_SNDTIMEO here."""
        return None

    def getsockopt(self, level: int, option: int, now: int | None = None) -> int:
        """The type; 0 for all else."""
        return int(self.type) if option == socket.SO_TYPE else 0


def pair(first: int, second: int) -> tuple[PipeEnd, PipeEnd]:
    """Two joined ends with these descriptors."""
    one, other = PipeEnd(first), PipeEnd(second)
    one.join(other)
    other.join(one)
    return one, other
