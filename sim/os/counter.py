"""A counter in a descriptor (eventfd(2)): writes add to it, a read takes it, and waits while it is zero."""

import errno
import sys

from sim.os.inside import Inside, os_error

_OCTETS = 8
_LARGEST = 2**64 - 2


class Counter(Inside):
    """One eventfd; as a `semaphore` it is taken one by one."""

    mode = 0o600

    def __init__(self, value: int, *, semaphore: bool) -> None:
        super().__init__()
        self._value = value
        self._semaphore = semaphore

    def readable(self) -> bool:
        return self._value > 0

    def writable(self) -> bool:
        return self._value < _LARGEST

    def recv(self, size: int, now: int) -> bytes:
        """The counter in 8 octets; EAGAIN at zero."""
        if size < _OCTETS:
            raise os_error(errno.EINVAL)
        if not self._value:
            raise os_error(errno.EAGAIN)
        taken = 1 if self._semaphore else self._value
        self._value -= taken
        self.writers.wake()
        return taken.to_bytes(_OCTETS, sys.byteorder)

    def send(self, data: bytes, now: int) -> int:
        """Add the number in the first 8 octets; EAGAIN if the sum is too large."""
        added = int.from_bytes(data[:_OCTETS], sys.byteorder)
        if len(data) < _OCTETS or added > _LARGEST:
            raise os_error(errno.EINVAL)
        if self._value + added > _LARGEST:
            raise os_error(errno.EAGAIN)
        self._value += added
        if added:
            self.readers.wake()
        return _OCTETS

    def close(self, now: int) -> None:
        """Nothing depends on it."""
