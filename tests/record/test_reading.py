"""`events.jsonl` read again: what no run can have written is a sentence that names its line."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.event import Event
from sim.record.json_lines import json_line, read_event
from sim.record.reading import ReadingError, events

WHOLE = {"ps": 5, "where": "pc", "layer": "mac", "kind": "backoff", "fields": {"slots": 3, "collisions": 2}}
SCALARS = st.none() | st.booleans() | st.integers(-(1 << 64), 1 << 64) | st.text()
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.text(), SCALARS | NUMBERS), st.integers(0, 1 << 64), st.text())
def test_what_is_written_is_read(
    fields: dict[str, int | float | str | bool | None], ps: int, text: str
) -> None:
    event = Event(ps, text, "layer", text, fields)
    assert read_event(json_line(event)) == event


@pytest.mark.parametrize(
    ("part", "value"),
    [
        *(("ps", value) for value in (None, "1", 1.5, True, -1, 1 << 101)),
        *((name, value) for name in ("where", "layer", "kind") for value in (None, 3, ["a"], {})),
        *(("fields", value) for value in (None, [], "x", 3)),
        *(("fields", {"x": value}) for value in ([], {}, 1 << 101, -(1 << 101))),
        *(("fields", {"slots": value, "collisions": 2}) for value in ("3", None, 3.0, True)),
        ("more", 1),
    ],
)
def test_another_type_is_no_event(part: str, value: object) -> None:
    read_event(json.dumps(WHOLE))
    with pytest.raises(ValueError, match=r"\w"):
        read_event(json.dumps(WHOLE | {part: value}))


@pytest.mark.parametrize(
    "line",
    ["", "[]", "3", "{", "[" * 100_000, '{"ps": ' + "9" * 5_000 + "}", '{"ps": NaN}', json.dumps(WHOLE)[:-2]],
    ids=lambda line: line[:12],
)
def test_the_sentence_names_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "events.jsonl").write_text(f"{json.dumps(WHOLE)}\n{line}\n")
    read = events(tmp_path)
    assert next(read).kind == "backoff"
    with pytest.raises(ReadingError, match=r"events\.jsonl:2: is no event"):
        next(read)


@given(st.binary(max_size=200))
def test_octets_are_events_or_a_sentence(octets: bytes) -> None:
    with suppress(ValueError):
        read_event(octets)


def test_an_older_version_s_event_lacks_a_field_and_is_read() -> None:
    assert read_event(json.dumps(WHOLE | {"fields": {"slots": 3}})).fields == {"slots": 3}
