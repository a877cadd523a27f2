"""What the receiver reports in SACK options (RFC 2018 section 4, RFC 2883): the runs it holds behind a gap.

The first block is the one that holds the segment which came last, the others follow as they were
last touched; so each run is reported several times, and a lost acknowledgment loses nothing. Text that
came twice is reported once, in front of all (D-SACK).
"""

from itertools import chain, islice

from stack.intervals import Intervals

BLOCKS = 4
"""As many blocks as fit into an option list without timestamps; with them, three."""


class SackReport:
    """For one connection. Numbers are unwrapped."""

    def __init__(self) -> None:
        self._touched: list[int] = []
        self.duplicate: tuple[int, int] | None = None
        """Text that came again, not reported yet."""

    def arrived(self, start: int) -> None:
        """Text from `start` on has come and stays behind a gap."""
        if start in self._touched:
            self._touched.remove(start)
        self._touched.insert(0, start)
        # Older arrivals in the same runs are of no use; a few spare ones make up for those.
        del self._touched[4 * BLOCKS :]

    def blocks(self, held: Intervals, count: int) -> list[tuple[int, int]]:
        """At most `count` blocks for the acknowledgment that goes now."""
        blocks: list[tuple[int, int]] = []
        if self.duplicate is not None:
            blocks.append(self.duplicate)
            self.duplicate = None
        if not held:
            self._touched.clear()
            return blocks
        touched = (run for start in self._touched if (run := held.run(start)) is not None)
        runs: list[tuple[int, int]] = []
        for run in chain(touched, islice(held.ranges(), count)):
            if len(blocks) + len(runs) == count:
                break
            if run not in runs:
                runs.append(run)
        return blocks + runs
