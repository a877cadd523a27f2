"""One event of any layer, on one clock: what the timeline prints and `events.jsonl` keeps."""

from collections.abc import Mapping
from dataclasses import dataclass

FieldValue = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, stamped with the instant at which it was decided.

    `where` is a host, one of its adapters, a box or a cable. `layer` and `kind` say what happened; which
    fields an event of that kind has is declared beside its emitter (`journal.kind`, docs/events.md).
    """

    ps: int
    where: str
    layer: str
    kind: str
    fields: Mapping[str, FieldValue]
