"""Octets that arrive out of order, kept until the gaps between them close.

One class serves both reassemblies: fragments of an IP datagram (offsets from 0) and segments of a
TCP stream (unwrapped sequence numbers). Pieces are disjoint and sorted; they are not joined before
they are taken, so that nothing is copied twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Intervals:
    """A set of integers, the octets' positions, with an octet for each."""

    __slots__ = ("_pieces", "_starts", "octets")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._pieces: list[bytes] = []
        self.octets = 0
        """Number of octets held."""

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any position in [start, end) is held."""
        at = bisect_left(self._starts, end)
        return at > 0 and self._end(at - 1) > start and end > start

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
        return b"".join(run)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """The held runs as [start, end), in order, none touching the next."""
        start = end = None
        for first, piece in zip(self._starts, self._pieces, strict=True):
            if first != end:
                if start is not None and end is not None:
                    yield start, end
                start = first
            end = first + len(piece)
        if start is not None and end is not None:
            yield start, end

    def __bool__(self) -> bool:
        return bool(self._starts)

    def _end(self, at: int) -> int:
        return self._starts[at] + len(self._pieces[at])
