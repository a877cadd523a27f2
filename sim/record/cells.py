"""Where the middles of bit cells are: the decoder's clock, edge by edge or many edges at once.

The middle of the next cell is expected where the last middles say on average, so that it follows a crystal
that is off and does not follow jitter. An edge near it is a middle, one well before it the boundary of two
cells, which says nothing. `add` takes one middle; `follow` sorts a whole stretch of edges into middles and
boundaries and comes to the same: it guesses from the distances between edges, each half a cell or a whole
one, and believes the guess as far as every edge is where the average of the middles before it wants it.
"""

from collections import deque

import numpy as np

from sim.engine.interface import Column

BIT_PS = 100_000
"""Bit time at 10 Mb/s."""
HALF_PS = BIT_PS // 2
WINDOW_PS = 25_000
"""An edge this near the expected middle is a middle; a cell boundary is 50 ns away, less jitter."""
AVERAGED = 32
"""Of jitter uniform within ±18 ns the average keeps 1.8 ns; of 200 ppm it is 0.3 ns late."""
KEPT = 40
"""Middles that are remembered: a text row may still change for an FCS and seven bits more."""
_AHEAD = [BIT_PS * n * (n + 1) // 2 for n in range(AVERAGED + 1)]
"""The sum of the distances of `n` middles in a row to the one after them."""
_AHEADS = np.array(_AHEAD)
_YOUNG_EDGES = 4 * AVERAGED
"""A stretch in which the average still grows is kept short: to divide each by its own number takes long."""
_LONG_PS = 75_000
"""Between half a cell and a whole one."""


class Cells:
    """The middles of one sender's cells so far."""

    def __init__(self) -> None:
        self.recent: deque[int] = deque(maxlen=KEPT)
        """The last middles (ps)."""
        self.expected = 0
        """The next one (ps), once there has been one."""
        self._averaged = 0
        self._sum = 0

    def clear(self) -> None:
        """Forget all: another sender, or no cells until now."""
        self.recent.clear()
        self._averaged = self._sum = 0

    def add(self, ps: int) -> None:
        """The edge at `ps` was a middle."""
        if self._averaged < AVERAGED:
            self._averaged += 1
        else:
            self._sum -= self.recent[-AVERAGED]
        self._sum += ps
        self.recent.append(ps)
        self.expected = (self._sum + _AHEAD[self._averaged]) // self._averaged

    def follow(self, edges: Column) -> tuple[int, Column]:
        """Take a stretch of edges, or its beginning, up to the first that is not where the guess has it.

        Return how many were taken, and which of them are middles (indices).
        """
        averaged = self._averaged
        if not averaged or not len(edges):
            return 0, np.empty(0, np.int64)
        if averaged < AVERAGED:
            edges = edges[:_YOUNG_EDGES]
        base = self.recent[-1]
        places = edges - base
        short = np.empty(len(places), np.bool_)
        short[0] = places[0] < _LONG_PS
        np.less(places[1:] - places[:-1], _LONG_PS, out=short[1:])
        odd = np.bitwise_xor.accumulate(short.view(np.uint8)).view(np.bool_)  # half a cell behind a middle
        middles = np.flatnonzero(~odd)
        sums = np.zeros(averaged + len(middles) + 1, np.int64)
        sums[1 : averaged + 1] = [ps - base for ps in list(self.recent)[-averaged:]]
        at = places[middles]
        sums[averaged + 1 :] = at
        np.cumsum(sums, out=sums)
        if averaged == AVERAGED:
            expected = (sums[AVERAGED:] - sums[:-AVERAGED] + _AHEAD[AVERAGED]) // AVERAGED
        else:
            ends = np.arange(averaged, len(sums))
            counts = np.minimum(ends, AVERAGED)
            expected = (sums[ends] - sums[ends - counts] + _AHEADS[counts]) // counts
        taken = len(places)
        off = np.flatnonzero(np.abs(at - expected[:-1]) > WINDOW_PS)
        if len(off):
            taken = int(middles[off[0]])
        boundaries = np.flatnonzero(odd)
        # In front of a boundary there are as many middles as edges less boundaries.
        late = places[boundaries] >= expected[boundaries - np.arange(len(boundaries))] - WINDOW_PS
        if late.any():
            taken = min(taken, int(boundaries[np.argmax(late)]))
        middles = middles[: np.searchsorted(middles, taken)]
        for ps in edges[middles[-KEPT:]].tolist():
            self.recent.append(ps)
        averaged = self._averaged = min(averaged + len(middles), AVERAGED)
        self._sum = sum(list(self.recent)[-averaged:])
        self.expected = (self._sum + _AHEAD[averaged]) // averaged
        return taken, middles
