"""The SACK scoreboard (RFC 6675 sections 3 and 4): which octets above SND.UNA the peer has, which are lost.

A pure object in unwrapped sequence numbers; `una` is HighACK + 1, `nxt` is HighData + 1. The sent
octets fall into runs that are SACKed and gaps before, between and behind them, and all octets of a
gap share one fate, so that the RFC's sums over octets are sums over gaps.
"""

from bisect import bisect_left, bisect_right

LOST_AFTER = 3
"""DupThresh: this many SACKed runs above a gap mean that it is lost (RFC 6675 section 2)."""


class Scoreboard:
    """Disjoint SACKed runs [start, end) in order; none touches the next."""

    def __init__(self, mss: int) -> None:
        self.mss = mss
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.octets = 0
        """SACKed octets."""

    @property
    def highest(self) -> int:
        """The number after the highest SACKed octet, 0 without any."""
        return self._ends[-1] if self._ends else 0

    def update(self, una: int, nxt: int, blocks: list[tuple[int, int]]) -> bool:
        """Update() of section 4; whether a block reported something new. Impossible blocks are ignored."""
        self.forget(una)
        before = self.octets
        for start, end in blocks:
            if una < start < end <= nxt:
                self._add(start, end)
        return self.octets > before

    def forget(self, una: int) -> None:
        """Everything below `una` is acknowledged."""
        done = bisect_right(self._ends, una)
        self.octets -= sum(self._ends[:done]) - sum(self._starts[:done])
        del self._starts[:done], self._ends[:done]
        if self._starts and self._starts[0] < una:
            self.octets -= una - self._starts[0]
            self._starts[0] = una

    def clear(self) -> None:
        """Believe nothing: the receiver may have dropped what it reported (RFC 2018 section 8)."""
        self._starts.clear()
        self._ends.clear()
        self.octets = 0

    def skip(self, sequence: int) -> int:
        """The first number from `sequence` on that is not SACKed."""
        at = bisect_right(self._starts, sequence) - 1
        return self._ends[at] if at >= 0 and self._ends[at] > sequence else sequence

    def gap_end(self, sequence: int, nxt: int) -> int:
        """Where the gap that holds `sequence` ends."""
        at = bisect_right(self._starts, sequence)
        return self._starts[at] if at < len(self._starts) else nxt

    def is_lost(self, sequence: int) -> bool:
        """IsLost(): enough has arrived above `sequence`, which is not SACKed itself."""
        return sequence < self._lost_below()

    def lost(self, una: int) -> int:
        """Octets that are lost, sent again or not."""
        return self.missing(una, self._lost_below())

    def pipe(self, una: int, nxt: int, retransmitted: int) -> int:
        """SetPipe(): octets that are still in the network. What lies below `retransmitted` was sent twice."""
        not_lost = self.missing(max(self._lost_below(), una), nxt)
        return not_lost + self.missing(una, min(retransmitted, nxt))

    def next_lost(self, una: int, nxt: int, retransmitted: int) -> int | None:
        """Rule (1) of NextSeg(): the first lost octet that was not sent again yet."""
        start = self.skip(max(una, retransmitted))
        return start if start < self._lost_below() else None

    def next_doubtful(self, una: int, nxt: int, retransmitted: int) -> int | None:
        """Rule (3): the same below the highest SACKed octet, lost or not."""
        start = self.skip(max(una, retransmitted))
        return start if start < self.highest else None

    def missing(self, start: int, end: int) -> int:
        """Octets of [start, end) that are not SACKed."""
        if start >= end:
            return 0
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        sacked = sum(self._ends[first:last]) - sum(self._starts[first:last])
        if first < last:  # what of the first and of the last run lies outside
            sacked -= max(start - self._starts[first], 0) + max(self._ends[last - 1] - end, 0)
        return end - start - sacked

    def _lost_below(self) -> int:
        """Every gap below is lost, none above: enough has arrived from this number on."""
        octets = 0
        for above, (start, end) in enumerate(
            zip(reversed(self._starts), reversed(self._ends), strict=True), 1
        ):
            octets += end - start
            if above >= LOST_AFTER or octets > (LOST_AFTER - 1) * self.mss:
                return start
        return 0

    def _add(self, start: int, end: int) -> None:
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self.octets += end - start - (sum(self._ends[first:last]) - sum(self._starts[first:last]))
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
