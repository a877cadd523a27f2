"""The changes that the page shows at an instant are the rows that `thicknet show` prints there."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli import main
from sim.record.tables.registry import TABLES
from sim.report.payload import payload
from sim.report.strings import MOST, Strings


@pytest.fixture(scope="module")
def shown(web: Path) -> dict[str, Any]:
    return payload(web)


def on_the_page(shown: dict[str, Any], name: str, ps: int) -> list[tuple[str, list[Any]]]:
    """As the page does it: the last change of each row, times counted from the instant."""
    (table,) = (table for table in shown["tables"] if table["name"] == name)
    rows: dict[int, tuple[str, list[Any] | None]] = {}
    for when, place, number, values in table["changes"]:
        if when <= ps:
            rows[number] = shown["strings"][place], values
    signs = {"none": 0, "left": 1, "age": -1}
    clocks = [signs[column["clock"]] for column in table["columns"]]
    return [
        (
            place,
            [
                max(sign * (value - ps), 0) // 1000 if sign and value is not None else value
                for value, sign in zip(values, clocks, strict=True)
            ],
        )
        for place, values in rows.values()
        if values is not None
    ]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("ps", [0, 1_000_000_000, 1_900_000_000, 3_000_000_000])
def test_rows_at_an_instant_are_those_of_show(web: Path, shown: dict[str, Any], name: str, ps: int) -> None:
    words = ("show", str(web), name, "--at", f"{ps // 1000} ns", "--json")
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    printed = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    expected = [(row["where"], list(row["row"].values())) for row in printed]
    assert sorted(map(repr, on_the_page(shown, name, ps))) == sorted(map(repr, expected))


def test_a_text_is_cut_when_it_is_longer_than_the_most() -> None:
    strings = Strings()
    for length in (MOST, MOST + 1):
        strings("x" * length)
    whole, cut = strings.all()
    assert whole == "x" * MOST
    assert cut == "x" * MOST + "… (2,001 characters)"


def test_equal_texts_are_written_once() -> None:
    strings = Strings()
    assert [strings(text) for text in ("a", "b", "a")] == [0, 1, 0]
    assert strings.all() == ["a", "b"]
