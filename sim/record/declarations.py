"""All kinds of events of a run, as a page (docs/events.md) and as a JSON schema for `events.jsonl`.

    python -m sim.record.declarations page | schema

Both are made from the declarations beside the emitters (`journal.kind`). The schema describes one line of
the file; the package carries it as `sim/record/events.schema.json`.
"""

import json
import sys
from types import NoneType

import driver.events
import hw.adapter.recording
import hw.hub.recording
import hw.phy.recording
import hw.switch.recording
import sim.events
import sim.os.events
import sim.python.events
import sim.record.frames
import stack.devices.events
import stack.dns.events
import stack.events
import stack.tcp.events
from journal.kind import EventKind, Field

DECLARING = (
    sim.os.events,
    sim.python.events,
    stack.events,
    stack.tcp.events,
    stack.dns.events,
    driver.events,
    hw.adapter.recording,
    hw.phy.recording,
    hw.hub.recording,
    hw.switch.recording,
    sim.record.frames,
    sim.events,
    stack.devices.events,
)
"""The modules that declare them, from the top down."""
_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean", NoneType: "null"}
_HEAD = """\
# Events

A run writes each event as one line of `events.jsonl`, a JSON object:

```json
{"ps": 1003132281, "where": "pc", "layer": "mac", "kind": "backoff", "fields": {"slots": 3, "collisions": 2}}
```

`ps` is simulated time in picoseconds, `where` the host, adapter, box or cable. Events come in the order of
time; of one instant, causes come before effects. Each kind is declared once, beside the code that emits it
(`journal.kind`); this page and `sim/record/events.schema.json`, a JSON schema of one line, are made from
the declarations by `python -m sim.record.declarations`.

The sentence is what the timeline shows, with fields in braces; a kind marked *quiet* has no line there. A
field with a question mark may be absent.
"""


def kinds() -> list[type[EventKind]]:
    """All kinds, in the order of their declarations."""
    return [
        value
        for module in DECLARING
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, EventKind) and value.kind
        if value.__module__ == module.__name__
    ]


def page() -> str:
    """docs/events.md."""
    layers: dict[str, list[type[EventKind]]] = {}
    for kind in kinds():
        layers.setdefault(kind.layer, []).append(kind)
    parts = [_HEAD]
    for layer, of_layer in layers.items():
        parts.append(f"\n## {layer}\n\n| kind | sentence | fields |\n| --- | --- | --- |\n")
        parts += [
            f"| {kind.kind}{' *(quiet)*' if kind.quiet else ''} | {kind.__doc__} "
            f"| {', '.join(map(_described, kind.declared))} |\n"
            for kind in of_layer
        ]
    return "".join(parts)


def _described(field: Field) -> str:
    unit = f", {field.unit.name}" if field.unit.name else ""
    return f"`{field.name}`{'' if field.required else '?'} ({field.type_name}{unit})"


def schema() -> str:
    """The JSON schema of one line of `events.jsonl`."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of events.jsonl",
        "type": "object",
        "required": ["ps", "where", "layer", "kind", "fields"],
        "properties": {
            "ps": {"type": "integer", "description": "simulated time in ps"},
            "where": {"type": "string"},
        },
    }
    shapes = ",\n".join(json.dumps(_shape(kind)) for kind in kinds())
    return f'{json.dumps(head)[:-1]}, "oneOf": [\n{shapes}\n]}}\n'


def _shape(kind: type[EventKind]) -> dict[str, object]:
    fields = {
        field.name: {"type": [_TYPES[one] for one in field.types]}
        | ({"description": field.unit.name} if field.unit.name else {})
        for field in kind.declared
    }
    return {
        "description": kind.__doc__,
        "properties": {
            "layer": {"const": kind.layer},
            "kind": {"const": kind.kind},
            "fields": {
                "type": "object",
                "properties": fields,
                "required": [field.name for field in kind.declared if field.required],
                "additionalProperties": False,
            },
        },
    }


if __name__ == "__main__":
    print({"page": page, "schema": schema}[sys.argv[1]](), end="")
