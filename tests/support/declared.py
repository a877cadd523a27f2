"""Events as tests keep them, each held to its declaration."""

from journal.event import Event, FieldValue
from journal.kind import KINDS, EventKind


def declared(kind: type[EventKind], fields: dict[str, FieldValue]) -> tuple[str, str, dict[str, FieldValue]]:
    """Layer, kind and fields of what has been emitted."""
    assert not [*kind.faults(fields)]
    return kind.layer, kind.kind, fields


def check(event: Event) -> None:
    """The same for an event that is recorded."""
    kind = KINDS.get((event.layer, event.kind))
    assert kind is not None, f"{event.layer} {event.kind!r} is declared nowhere"
    assert not [*kind.faults(event.fields)]
    assert kind.sentence(event.fields)
