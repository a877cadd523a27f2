"""The standard streams as descriptors 0, 1 and 2: standard input is at its end, output becomes lines."""

import errno
import os
import stat
from typing import TextIO

from sim.os.inside import Inside, os_error


class StandardInput(Inside):
    """Descriptor 0: nothing is typed, so it is at its end."""

    mode = stat.S_IFIFO | 0o600
    access = os.O_RDONLY

    def readable(self) -> bool:
        return True

    def recv(self, size: int, now: int) -> bytes:
        """The end of file."""
        return b""

    def send(self, data: bytes, now: int) -> int:
        """EBADF: it is open for reading only."""
        raise os_error(errno.EBADF)

    def close(self, now: int) -> None:
        """Nothing depends on it."""


class StandardOutput(Inside):
    """Descriptors 1 and 2: what is written becomes lines of `stream`."""

    mode = stat.S_IFIFO | 0o600
    access = os.O_WRONLY

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def writable(self) -> bool:
        return True

    def recv(self, size: int, now: int) -> bytes:
        """EBADF: it is open for writing only."""
        raise os_error(errno.EBADF)

    def send(self, data: bytes, now: int) -> int:
        """All of it."""
        return self._stream.buffer.write(data)

    def close(self, now: int) -> None:
        """The stream stays: `sys.stdout` writes to it still."""
