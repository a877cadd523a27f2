"""An event as one line of JSON, the form of `events.jsonl` and of `thicknet run --json`."""

import json

from journal.event import Event

_encode = json.JSONEncoder(ensure_ascii=False).encode  # `json.dumps` makes one for each call


def json_line(event: Event) -> str:
    """Return the line, its end included: the time first, then where, layer, kind, and the fields."""
    record = {"ps": event.ps, "where": event.where, "layer": event.layer, "kind": event.kind}
    return _encode({**record, "fields": dict(event.fields)}) + "\n"


def read_event(line: str | bytes) -> Event:
    """The event that `json_line` wrote as `line`."""
    return Event(**json.loads(line))
