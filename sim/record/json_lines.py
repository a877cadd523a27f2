"""An event as one line of JSON, the form of `events.jsonl` and of `thicknet run --json`."""

import json
import math

from journal.event import Event, FieldValue
from journal.kind import KINDS

_LARGEST = 1 << 100
"""In ps, more than any run lasts; no field has a larger number."""
_encode = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` makes one for each call


def json_line(event: Event) -> str:
    """Return the line, its end included: the time first, then where, layer, kind, and the fields."""
    record = {"ps": event.ps, "where": event.where, "layer": event.layer, "kind": event.kind}
    return _encode({**record, "fields": dict(event.fields)}) + "\n"


def read_event(line: str | bytes) -> Event:
    """The event that `json_line` wrote as `line`. ValueError for what it cannot have written.

    So whoever reads a run may rely on the types of what is there. Declared fields may be absent: an older
    version has recorded the event.
    """
    try:
        event = Event(**json.loads(line))
    except (TypeError, RecursionError) as error:  # other keys, or brackets without end
        raise ValueError(str(error)) from None
    if type(event.ps) is not int or not 0 <= event.ps <= _LARGEST:
        raise ValueError("ps is no instant")
    if not all(type(one) is str for one in (event.where, event.layer, event.kind)):
        raise ValueError("where, layer and kind are not all text")
    if type(event.fields) is not dict:
        raise ValueError("fields is no object")
    kind = KINDS.get((event.layer, event.kind))
    for name, value in event.fields.items():
        field = None if kind is None else kind.by_name.get(name)
        if not (_is_plain(value) if field is None else _is_plain(value) and field.fits(value)):
            raise ValueError(f"{name} is {value!r:.40}")
    return event


def _is_plain(value: FieldValue) -> bool:
    """Whether it is a value of a field, and a number is one that any unit can show."""
    if type(value) is int:
        return -_LARGEST <= value <= _LARGEST
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (str, bool)
