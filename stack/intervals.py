"""Octets that arrive out of order, kept until the gaps between them close.

One class serves both reassemblies: fragments of an IP datagram (offsets from 0) and segments of a
TCP stream (unwrapped sequence numbers). Pieces are disjoint and sorted; they are not joined before
they are taken, so that nothing is copied twice. Where one run of pieces ends and the next begins is
kept beside them, so that a question costs the same with one gap and with thousands.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Intervals:
    """A set of integers, the octets' positions, with an octet for each."""

    __slots__ = ("_pieces", "_run_ends", "_run_starts", "_starts", "octets")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[bytes] = []
        self._run_starts: list[int] = []
        self._run_ends: list[int] = []
        self.octets = 0
        """Number of octets held."""

    @property
    def runs(self) -> int:
        """Number of runs, with a gap before each."""
        return len(self._run_starts)

    @property
    def end(self) -> int:
        """The position after the last octet held, 0 without any."""
        return self._run_ends[-1] if self._run_ends else 0

    def run(self, position: int) -> tuple[int, int] | None:
        """The run [start, end) that holds `position`."""
        at = bisect_right(self._run_starts, position) - 1
        if at < 0 or self._run_ends[at] <= position:
            return None
        return self._run_starts[at], self._run_ends[at]

    def overlap(self, start: int, end: int) -> tuple[int, int] | None:
        """The first part of [start, end) that is held, None if nothing is."""
        at = bisect_right(self._run_ends, start)
        if at == len(self._run_starts) or (first := max(self._run_starts[at], start)) >= end:
            return None
        return first, min(self._run_ends[at], end)

    def matches(self, start: int, data: bytes) -> bool:
        """Whether [start, start + len(data)) is one piece, or a part of one, with the same octets."""
        at = bisect_right(self._starts, start) - 1
        if at < 0:
            return False
        offset = start - self._starts[at]
        return self._pieces[at][offset : offset + len(data)] == data

    def add(self, start: int, data: bytes) -> int:
        """Keep `data` from position `start` on; what is held already wins. Returns the octets gained."""
        gained = 0
        end = start + len(data)
        at = max(bisect_right(self._starts, start) - 1, 0)
        cursor = start
        while cursor < end:
            if at < len(self._starts) and self._end(at) <= cursor:
                at += 1
            elif at < len(self._starts) and self._starts[at] <= cursor:
                cursor = self._end(at)
                at += 1
            else:
                stop = min(end, self._starts[at]) if at < len(self._starts) else end
                self._starts.insert(at, cursor)
                self._pieces.insert(at, data[cursor - start : stop - start])
                gained += stop - cursor
                cursor = stop
                at += 1
        self.octets += gained
        if gained:
            self._join(start, end)
        return gained

    def take(self, start: int) -> bytes:
        """Remove and return the run of octets that begins at `start` (empty when that one is missing).

        Anything held below `start` is dropped.
        """
        run: list[bytes] = []
        cursor = start
        used = 0
        for first, piece in zip(self._starts, self._pieces, strict=True):
            if first > cursor:
                break
            used += 1
            self.octets -= len(piece)
            if first + len(piece) > cursor:
                run.append(piece[cursor - first :])
                cursor = first + len(piece)
        del self._starts[:used], self._pieces[:used]
        done = bisect_right(self._run_starts, cursor)
        del self._run_starts[:done], self._run_ends[:done]
        return b"".join(run)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """The held runs as [start, end), in order, none touching the next."""
        return zip(self._run_starts, self._run_ends, strict=True)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def _join(self, start: int, end: int) -> None:
        first = bisect_left(self._run_ends, start)
        last = bisect_right(self._run_starts, end)
        if first < last:
            start = min(start, self._run_starts[first])
            end = max(end, self._run_ends[last - 1])
        self._run_starts[first:last] = [start]
        self._run_ends[first:last] = [end]

    def _end(self, at: int) -> int:
        return self._starts[at] + len(self._pieces[at])
