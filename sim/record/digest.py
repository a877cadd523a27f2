"""The short story of a run: what matters of it, and of what comes again and again how often it came.

A call over a busy hub is tens of thousands of events, of which a dozen say what became of it. The first few
of each kind at each place have their line, the others are counted. What programs print is always shown.
"""

from collections.abc import Callable

from journal.event import Event
from sim.os.events import Output
from sim.record.highlights import matters
from sim.record.printable import printable
from sim.record.timeline import clock

ROOM = 3
"""Lines of one kind at one place."""
_COLLISIONS = {("coax", "collision"), ("hub", "collision"), ("hub", "receive collision")}
"""They matter to who looks at a network, if not to who looks for what a program did wrong."""


class Digest:
    """A listener that gives what matters of a run to `show`."""

    def __init__(self, show: Callable[[Event], object]) -> None:
        self._show = show
        self._counts: dict[tuple[str, str, str], int] = {}
        """How often, by place, layer and kind."""
        self._last: dict[tuple[str, str, str], int] = {}
        """And when last (ps), of those that have no line."""

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        if (event.layer, event.kind) not in _COLLISIONS and not matters(event):
            return
        if (event.layer, event.kind) == (Output.layer, Output.kind):
            self._show(event)
            return
        key = event.where, event.layer, event.kind
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] <= ROOM:
            self._show(event)
        else:
            self._last[key] = event.ps

    def rest(self) -> list[str]:
        """A line for each kind of which more came than was shown."""
        lines = []
        for key, ps in self._last.items():
            where, layer, kind = key
            more = f'{self._counts[key] - ROOM:,} more of "{kind}" ({layer})'
            lines.append(printable(f"{where}: {more}, the last at {clock(ps).strip()}"))
        return lines
