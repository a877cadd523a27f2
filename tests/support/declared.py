"""Events as tests keep them, each held to its declaration."""

from journal.event import Event, FieldValue
from journal.kind import KINDS, EventKind

_RIGHT: set[tuple[object, ...]] = set()
"""Kinds with the names and types of fields that fit: values do not matter, and most events are alike."""


def declared(kind: type[EventKind], fields: dict[str, FieldValue]) -> tuple[str, str, dict[str, FieldValue]]:
    """Layer, kind and fields of what has been emitted."""
    shape = (kind, *fields, *map(type, fields.values()))
    if shape not in _RIGHT:
        assert not [*kind.faults(fields)]
        _RIGHT.add(shape)
    return kind.layer, kind.kind, fields


def check(event: Event) -> None:
    """The same for an event that is recorded."""
    kind = KINDS.get((event.layer, event.kind))
    assert kind is not None, f"{event.layer} {event.kind!r} is declared nowhere"
    declared(kind, event.fields)
    assert kind.sentence(event.fields)
