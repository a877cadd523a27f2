"""Pipes (pipe(7)): octets in one direction between two ends, with Linux's capacity.

A write of at most PIPE_BUF octets goes in whole or not at all. Without writers the reader finds the end of
file behind what is left; without readers a write fails with EPIPE.
"""

import errno
import os
import stat

from sim.os.inside import Inside, os_error
from stack.poll import POLLERR, POLLHUP

CAPACITY = 65_536
PIPE_BUF = 4096


class ReadEnd(Inside):
    """Where the octets come out."""

    mode = stat.S_IFIFO | 0o600
    access = os.O_RDONLY

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._writer: WriteEnd | None = WriteEnd(self)

    @property
    def writer(self) -> "WriteEnd":
        """The other end of a new pipe."""
        assert self._writer is not None
        return self._writer

    @property
    def room(self) -> int:
        """Octets that may still be written."""
        return CAPACITY - len(self._held)

    def readable(self) -> bool:
        return bool(self._held)  # the end of file is POLLHUP alone

    def ended(self) -> int:
        return POLLHUP if self._writer is None else 0

    def unread(self) -> int:
        return len(self._held)

    def recv(self, size: int, now: int) -> bytes:
        """Up to `size` octets; empty at the end of file; EAGAIN. None at all can be had at any time."""
        if size and not self._held and self._writer is not None:
            raise os_error(errno.EAGAIN)
        data = bytes(self._held[:size])
        del self._held[:size]
        if self._writer is not None:
            self._writer.writers.wake()
        return data

    def send(self, data: bytes, now: int) -> int:
        """EBADF: it is open for reading only."""
        raise os_error(errno.EBADF)

    def take(self, data: bytes) -> None:
        """Octets from the writer."""
        self._held += data
        self.readers.wake()

    def writer_closed(self) -> None:
        """Nothing will follow."""
        self._writer = None
        self.wake()

    def close(self, now: int) -> None:
        """Whoever writes from now on fails."""
        if self._writer is not None:
            self._writer.reader_closed()


class WriteEnd(Inside):
    """Where they go in. Made by `ReadEnd`."""

    mode = stat.S_IFIFO | 0o600
    access = os.O_WRONLY

    def __init__(self, reader: ReadEnd) -> None:
        super().__init__()
        self._reader: ReadEnd | None = reader

    def writable(self) -> bool:
        return self._reader is None or self._reader.room >= PIPE_BUF

    def ended(self) -> int:
        return POLLERR if self._reader is None else 0

    def unread(self) -> int:
        return 0 if self._reader is None else self._reader.unread()

    def recv(self, size: int, now: int) -> bytes:
        """EBADF: it is open for writing only."""
        raise os_error(errno.EBADF)

    def send(self, data: bytes, now: int) -> int:
        """Octets taken; EAGAIN, EPIPE. None at all can be sent at any time."""
        if not data:
            return 0
        if self._reader is None:
            raise os_error(errno.EPIPE)
        least = len(data) if len(data) <= PIPE_BUF else 1
        if self._reader.room < least:
            raise os_error(errno.EAGAIN)
        taken = data[: self._reader.room]
        self._reader.take(taken)
        return len(taken)

    def reader_closed(self) -> None:
        """Nobody will read any more."""
        self._reader = None
        self.wake()

    def close(self, now: int) -> None:
        """The reader finds the end of file behind what it has not read yet."""
        if self._reader is not None:
            self._reader.writer_closed()
