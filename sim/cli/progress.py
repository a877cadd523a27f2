"""A sign of life on a terminal, while a run prints nothing: how far simulated time has come.

It is redrawn by the run itself, when an event comes, twice a second at most. In a pipe there is none.
"""

import time
from collections.abc import Callable
from typing import TextIO

from journal.event import Event
from sim.os.outcome import seconds

_INTERVAL_S = 0.5
_MILLISECOND = 1_000_000


class Progress:
    """A listener that keeps one line of `stream` up to date. `until_ns` is the run's end, if known."""

    def __init__(
        self, stream: TextIO, until_ns: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._until_ns = until_ns
        self._clock = clock
        self._next = clock() + _INTERVAL_S
        self._drawn = 0
        """Columns that are in use."""

    def __call__(self, event: Event) -> None:
        """Take note of how late it is."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _INTERVAL_S
        ns = event.ps // 1000
        text = f"{seconds(ns - ns % _MILLISECOND)} of simulated time"
        if self._until_ns:
            text += f", {min(100 * ns // self._until_ns, 100)} %"
        self._draw(text)

    def above(self, tell: Callable[[Event], object]) -> Callable[[Event], None]:
        """`tell`, which prints, without the line of the progress in what it prints."""

        def shown(event: Event) -> None:
            self.clear()
            tell(event)

        return shown

    def clear(self) -> None:
        """Take the line away, before something else is printed."""
        if self._drawn:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._drawn))
        self._stream.flush()
        self._drawn = len(text)
