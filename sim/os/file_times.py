"""When files were written, by the calendar of the host whose directory they are in.

The files of a host are files of the real machine, and whoever writes one gives it the real time. No simulated
time passes while a thread runs. So after each turn, and before a program asks, those that programs have open
for writing are looked at, and one that has another time than before is given the host's.
"""

from os import fstat, stat, utime  # the real ones, also when a program has asked

from sim.os.clock import HostClock


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


class _File:
    """A file, which may be closed and renamed, and whose descriptor may become another file's."""

    __slots__ = ("_clock", "_fd", "_node", "_path", "_time")

    def __init__(self, clock: HostClock, path: str, fd: int) -> None:
        self._clock = clock
        self._path = path
        self._fd = fd
        state = fstat(fd)
        self._node = state.st_dev, state.st_ino
        self._time = -1

    def settle(self) -> bool:
        """Whether it is still open."""
        is_open = self._set(self._fd)
        if not is_open:
            self._set(self._path)
        return is_open

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
