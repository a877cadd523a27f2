"""Kinds of events: their sentences, the page and the schema that are made from them, and what does not fit.

`PYTHONPATH=tests/support python tests/record/test_declarations.py` writes golden file, page and schema again.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from json_schema import fits

from driver.events import AddressWritten, FrameLost, LinkUp
from hw.adapter.recording import Backoff
from journal.event import Event, FieldValue
from journal.kind import KINDS, EventKind, Field, Octets, duration
from sim.python.events import Connected, Setsockopt
from sim.record import declarations
from stack.events import ArpRequestSent, IpDrop
from stack.tcp.events import Retransmission, SegmentReceived, SegmentSent

ROOT = Path(__file__).parents[2]
SENTENCES = Path(__file__).with_name("sentences.txt")
PAGE = ROOT / "docs/events.md"
SCHEMA = ROOT / "sim/record/events.schema.json"
SAMPLES: dict[str, FieldValue] = {
    "octets": 2920,
    "ns": 1_200_000_000,
    "ps": 1_003_132_281,
    "IPv4 address": "10.0.0.1",
    "address:port": "10.0.0.1:80",
    "MAC address": "02:00:00:00:00:01",
    "number of a port of the box, from 1": 3,
    "sequence number": 4_294_967_295,
}
"""By unit."""


def sample(field: Field) -> FieldValue:
    """A value for a field: its unit's, or one of its type."""
    if field.unit.name in SAMPLES:
        return SAMPLES[field.unit.name]
    return {int: 2, float: 0.5, str: f"({field.name})", bool: True}[field.types[0]]


def sentences() -> Iterator[str]:
    """Each kind with all its fields, and without optional ones where that makes another sentence."""
    for kind in declarations.kinds():
        full = {field.name: sample(field) for field in kind.declared}
        optional = [field.name for field in kind.declared if not field.required]
        found = {kind.sentence(full): None}
        for absent in (*([name] for name in optional), optional):
            with suppress(KeyError):  # these come together, or with an error
                found[kind.sentence({name: full[name] for name in full if name not in absent})] = None
        yield from (f"{kind.layer:<8} {kind.kind:<24} {words}" for words in found)


def test_sentences_are_those_of_the_golden_file() -> None:
    assert [*sentences()] == SENTENCES.read_text("utf-8").splitlines()


def test_page_and_schema_are_made_from_the_declarations() -> None:
    assert PAGE.read_text("utf-8") == declarations.page()
    assert SCHEMA.read_text("utf-8") == declarations.schema()


def shapes() -> dict[tuple[str, str], Any]:
    """By layer and kind, the schema of an event's fields."""
    found = {}
    for shape in json.loads(declarations.schema())["oneOf"]:
        properties = shape["properties"]
        found[properties["layer"]["const"], properties["kind"]["const"]] = properties["fields"]
    return found


def test_the_schema_has_every_kind_once_with_its_fields() -> None:
    found = shapes()
    assert found.keys() == {(kind.layer, kind.kind) for kind in declarations.kinds()}
    fields = found["tcp", "segment sent"]
    assert fields["properties"]["mss"] == {"type": ["integer", "null"], "description": "octets"}
    assert fields["required"] == [*fields["properties"]] and fields["additionalProperties"] is False
    assert found["program", "ended"]["required"] == ["program", "pid"]


def test_the_schema_refuses_what_is_not_declared() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    line = {
        "ps": 1,
        "where": "pc",
        "layer": "mac",
        "kind": "backoff",
        "fields": {"slots": 3, "collisions": 2},
    }
    assert fits(line, schema)
    assert not fits(line | {"kind": "news"}, schema)
    assert not fits(line | {"fields": {"slots": 3}}, schema)
    assert not fits(line | {"fields": {"slots": 3, "collisions": 2, "news": 1}}, schema)
    assert not fits(line | {"fields": {"slots": 3, "collisions": "2"}}, schema)
    assert not fits({name: line[name] for name in line if name != "ps"}, schema)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (
            ArpRequestSent,
            {"target": "10.0.0.1", "to": "ff:ff:ff:ff:ff:ff"},
            "asks everyone: who has 10.0.0.1?",
        ),
        (AddressWritten, {"mac": "m", "given": False}, "writes m into the MAC"),
        (
            LinkUp,
            {"full_duplex": True, "negotiated": True, "negotiates": True},
            "link is up, 10 Mb/s full duplex, as both ends have negotiated",
        ),
        (
            LinkUp,
            {"full_duplex": False, "negotiated": False, "negotiates": True},
            "link is up, 10 Mb/s half duplex: the other end does not negotiate",
        ),
        (
            LinkUp,
            {"full_duplex": True, "negotiated": False, "negotiates": False},
            "link is up, 10 Mb/s full duplex, set by hand",
        ),
        (LinkUp, {"full_duplex": False, "negotiated": False}, "link is up, 10 Mb/s half duplex"),
        (
            Setsockopt,
            {"fd": 3, "program": "p", "pid": 1, "option": "IP_ADD_MEMBERSHIP", "error": "ENOPROTOOPT"},
            "p asks for IP_ADD_MEMBERSHIP, which is not offered here: setsockopt() fails: ENOPROTOOPT",
        ),
        (Connected, {"address": "b", "local": "a"}, "connect() is done: a to b"),
        (Connected, {"program": "p", "error": "ETIMEDOUT"}, "connect() by p fails: ETIMEDOUT"),
        (IpDrop, {"reason": "no header"}, "drops a packet: no header"),
        (Backoff, {"slots": 1, "collisions": 1}, "backoff after collision 1: waits 1 slot time"),
    ],
)
def test_a_kind_chooses_its_words_by_its_fields(
    kind: type[EventKind], fields: dict[str, FieldValue], words: str
) -> None:
    assert kind.sentence(fields) == words


def test_rfc9293_3_1_an_acknowledgment_number_without_ack_means_nothing() -> None:
    segment = {"local": "10.0.0.1:80", "seq": 7, "ack": 0, "window": 9, "length": 0}
    assert (
        SegmentSent.sentence({**segment, "flags": "SYN", "mss": 1460})
        == "10.0.0.1:80 sends SYN seq 7 win 9 mss 1,460, 0 octets"
    )
    assert (
        SegmentReceived.sentence({**segment, "flags": "SYN ACK", "mss": None})
        == "10.0.0.1:80 receives SYN ACK seq 7 ack 0 win 9, 0 octets"
    )


def test_the_fields_of_an_event_have_types() -> None:
    fields = {"collisions": 16, "deferred": False, "reason": "excessive collisions"}
    lost = FrameLost.of(Event(0, "pc", "driver", "frame lost", fields))
    assert lost is not None
    assert (lost.collisions + 1, lost.reason) == (17, "excessive collisions")
    assert FrameLost.of(Event(0, "link", "link", "frame lost", {})) is None


def test_what_does_not_fit_a_declaration_is_named() -> None:
    assert [*Backoff.faults({"slots": True, "news": 1})] == [
        "mac 'backoff' lacks 'collisions'",
        "mac 'backoff': slots=True is not int",
        "mac 'backoff' has 'news', which is not declared",
    ]
    assert next(iter(SegmentSent.faults({}))).startswith("tcp 'segment sent' lacks")


def test_two_declarations_of_one_kind_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"tcp 'retransmission' is declared twice, by stack\.tcp\.events and "
    ):
        type("Other", (EventKind,), {"__module__": __name__}, layer="tcp", kind="retransmission")
    assert KINDS["tcp", "retransmission"] is Retransmission


def test_no_kind_is_left_out_of_page_and_schema() -> None:
    """Every emitter's module is listed: what is declared in the packages is on the page."""
    ours = ("hw.", "driver.", "stack.", "sim.")
    assert {kind for kind in KINDS.values() if kind.__module__.startswith(ours)} == {*declarations.kinds()}


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (267_316, "267.316 µs"),
        (200_000_000, "200 ms"),
        (1_234_000_000, "1.234 s"),
    ],
)
def test_times_are_in_the_largest_unit(ns: int, words: str) -> None:
    assert duration(ns) == words


def test_one_is_not_told_as_many() -> None:
    (unit,) = get_args(Octets)[1:]
    assert [unit.show(number) for number in (0, 1, 2920)] == ["0 octets", "1 octet", "2,920 octets"]


if __name__ == "__main__":
    SENTENCES.write_text("".join(f"{line}\n" for line in sentences()), "utf-8")
    PAGE.write_text(declarations.page(), "utf-8")
    SCHEMA.write_text(declarations.schema(), "utf-8")
