"""How a box is recorded: who reads its events off its nets, and who counts them for a summary.

Circuits emit no events (docs/decisions.md): what happens is decoded from the changes of recorded nets, for
all engines alike. A kind of box has a `Recording` beside its circuits. The recorder makes each decoder once
for a box, offers it every net of that box, and gives it the changes of the nets that it takes, in the order
of time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from hw.nets import Net
from journal.event import Event, FieldValue
from journal.kind import EventKind

Take = Callable[[int, int], None]
"""Takes a change of one net: (ps, value)."""


class Decoder:
    """The events of one box."""

    def __init__(self, box: str) -> None:
        self.box = box
        self.events: list[Event] = []
        """In the order of time; their owner takes them away."""

    def line(self, net: Net) -> Take | None:
        """Who takes the changes of `net`; None if nothing is decoded from it."""
        raise NotImplementedError

    def settle(self) -> None:
        """All changes up to now have come: judge those of the last instant together."""

    def report(self, ps: int, kind: type[EventKind], **fields: FieldValue) -> None:
        """Add an event."""
        self.events.append(Event(ps, self.box, kind.layer, kind.kind, fields))


class Counts(Protocol):
    """What the boxes of one kind counted, from their events."""

    def __call__(self, event: Event) -> None:
        """Count one event of the layer."""

    def lines(self) -> list[str]:
        """A line for each port, or table, that has something to show."""

    def record(self) -> Mapping[str, Mapping[str, int | bool]]:
        """The same for a machine, by `hub.3`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Of one kind of box. `counts` are of the events of `layer`."""

    decoders: tuple[Callable[[str], Decoder], ...]
    layer: str = ""
    counts: Callable[[], Counts] | None = None
