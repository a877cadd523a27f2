"""Which events of a timeline are shown: by layer, place, time and words."""

import re
from dataclasses import dataclass

from journal.event import Event
from sim.record.timeline import sentence


@dataclass(frozen=True, slots=True)
class Selection:
    """A condition on events; what is not given holds for all. True of those that fulfil all of it."""

    layers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Hosts, boxes, cables. That of a router or a box is that of its adapters and ports, too."""
    from_ps: int = 0
    to_ps: int | None = None
    """The first instant that is not shown."""
    pattern: re.Pattern[str] | None = None
    """To be found in the sentence, or the place."""

    def __call__(self, event: Event) -> bool:
        """Whether the event is shown."""
        if event.ps < self.from_ps or (self.to_ps is not None and event.ps >= self.to_ps):
            return False
        if self.layers and event.layer not in self.layers:
            return False
        if self.places and event.where not in self.places and _box(event.where) not in self.places:
            return False
        return self.pattern is None or self.pattern.search(f"{event.where} {sentence(event)}") is not None


def _box(place: str) -> str:
    return place.partition(".")[0]
