"""When files were written, by the calendar of the host whose directory they are in.

The files of a host are files of the real machine, and whoever writes one gives it the real time. No simulated
time passes while a thread runs. So after each turn, and before a program asks, those that programs have open
for writing are looked at, and one that has another time than before is given the host's. One that was closed
is found by its path, also if it was renamed, but not by a second name of it (link(2)).
"""

from contextlib import suppress
from os import fstat, stat, utime  # the real ones, also when a program has asked
from time import time_ns

from sim.os.clock import HostClock

_TICK_NS = 50_000_000
"""The file system's clock is that much late at most: it goes by ticks of the real machine."""


class FileTimes:
    """The files that are open for writing, of all hosts."""

    def __init__(self) -> None:
        self.written: list[_File] = []
        """Those, and some that have just been closed."""

    def note(self, clock: HostClock, path: str, fd: int) -> None:
        """Take up the file `path`, absolute, that was opened as the real descriptor `fd`."""
        self.written.append(_File(clock, path, fd))

    def settle(self) -> None:
        """Give the host's time to what has been written since the last call."""
        self.written = [file for file in self.written if file.settle()]

    def accept(self) -> None:
        """The times that files have now are meant: somebody has set them."""
        for file in self.written:
            file.accept()

    def renamed(self, path: str, other: str) -> None:
        """`path` is going to be `other`; both are absolute."""
        self.settle()
        for file in self.written:
            if file.path == path:
                file.path = other


class _File:
    """A file, which may be closed and renamed, and whose descriptor may become another file's."""

    __slots__ = ("_clock", "_fd", "_node", "_time", "path")

    def __init__(self, clock: HostClock, path: str, fd: int) -> None:
        self._clock = clock
        self.path = path
        self._fd = fd
        state = fstat(fd)
        self._node = state.st_dev, state.st_ino
        was_changed = abs(time_ns() - state.st_mtime_ns) < _TICK_NS  # made, or cut, when it was opened
        self._time = -1 if was_changed else state.st_mtime_ns

    def settle(self) -> bool:
        """Whether it is still open."""
        is_open = self._set(self._fd)
        if not is_open:
            self._set(self.path)
        return is_open

    def accept(self) -> None:
        """The time that it has now is meant."""
        with suppress(OSError):
            self._time = fstat(self._fd).st_mtime_ns

    def _set(self, place: int | str) -> bool:
        """Set the time of what is at `place`, if it is this file and was written; whether it is this."""
        try:
            state = stat(place)  # noqa: PTH116 (of a descriptor, too)
        except OSError:
            return False
        if (state.st_dev, state.st_ino) != self._node:
            return False
        if state.st_mtime_ns != self._time:
            self._time = self._clock.wall
            utime(place, ns=(self._time, self._time))
        return True
