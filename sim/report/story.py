"""The events of a run for the report: as columns, and when which end of a cable transmitted."""

from collections.abc import Mapping

from hw.adapter.recording import TransmissionBegins, TransmissionEnds
from hw.hub.recording import Collision, FrameRepeated, Repeats
from journal.event import Event
from journal.kind import KINDS, EventKind
from sim.record.frames import CoaxCollision
from sim.record.highlights import matters
from sim.record.timeline import sentence
from sim.report.strings import Strings

_PHY_PS = 4 * 100_000
"""From the MAC to the line: the PHY takes a nibble one nibble later (hw/phy/transmit.py)."""
_JAM_PS = 96 * 100_000
"""What a hub sends at least, once it has begun (802.3 clause 9.6.5): no event says when its jam ends."""


class Story:
    """Takes the events one by one. `ports` says how many ports each hub has."""

    def __init__(self, strings: Strings, ports: Mapping[str, int]) -> None:
        self._strings = strings
        self._ports = ports
        self.columns: dict[str, list[int]] = {name: [] for name in ("ps", "where", "layer", "text", "weight")}
        """`weight` is 2 for what matters, 1 for a line of the whole timeline, 0 for what has no line."""
        self.transmissions: list[list[int]] = []
        """End of a cable, begin and end (ps) of what it transmits; -1: that has not ended."""
        self.collisions: list[list[int]] = []
        """Where, and when (ps)."""
        self.last = 0
        self._open: dict[str, list[int]] = {}
        """Transmissions that have not ended."""

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        strings, columns = self._strings, self.columns
        self.last = event.ps
        kind = KINDS.get((event.layer, event.kind))
        weight = 0 if kind is not None and kind.quiet else 1 + matters(event)
        columns["ps"].append(event.ps)
        columns["where"].append(strings(event.where))
        columns["layer"].append(strings(event.layer))
        columns["text"].append(strings(sentence(event)))
        columns["weight"].append(weight)
        if kind in (CoaxCollision, Collision):
            self.collisions.append([strings(event.where), event.ps])
        if kind is TransmissionBegins:
            self._begin(event.where, event.ps + _PHY_PS)
        elif kind is TransmissionEnds:
            self._end(event.where, event.ps + _PHY_PS)
        elif kind in (Repeats, FrameRepeated, Collision):
            self._repeat(event, kind)

    def _repeat(self, event: Event, kind: type[EventKind] | None) -> None:
        """A hub sends what one port receives to the others; in a collision jam to all."""
        source = event.fields.get("port")
        for port in range(1, self._ports.get(event.where, 0) + 1):
            end = f"{event.where}.{port}"
            self._end(end, event.ps)
            if kind is Collision:
                self._begin(end, event.ps)
                self._end(end, event.ps + _JAM_PS)
            elif kind is Repeats and port != source:
                self._begin(end, event.ps)

    def _begin(self, end: str, ps: int) -> None:
        self._open[end] = begun = [self._strings(end), ps, -1]
        self.transmissions.append(begun)

    def _end(self, end: str, ps: int) -> None:
        if end in self._open:
            self._open.pop(end)[2] = ps
