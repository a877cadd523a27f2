"""docs/tour.md walks the mission's rows in their order; each command runs, and prints what the page shows."""

import re
import shlex
from pathlib import Path

import pytest
from tour import PICTURES, blocks, output, pictures, rows

ROWS = rows()
MISSION = {1: 3, 2: 3, 3: 7, 4: 3, 5: 11, 6: 3}
"""How many rows each chapter of the mission has."""
LONG = ("6.3",)
LINES = 40
"""More are not read for a row."""
TIME = re.compile(r"^ *[\d ]+\.\d{3} µs +")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of all rows are."""
    return tmp_path_factory.mktemp("tour")


def plain(line: str) -> str:
    """Without the time, and with single spaces."""
    return " ".join(TIME.sub("", line).split())


def test_every_row_of_the_mission_is_there_in_its_order() -> None:
    assert list(ROWS) == [
        f"{chapter}.{row + 1}" for chapter, count in MISSION.items() for row in range(count)
    ]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_short(row: str) -> None:
    assert len(ROWS[row].splitlines()) <= LINES


def test_a_scenario_runs_before_its_run_is_looked_into() -> None:
    seen: set[str] = set()
    for command in (command for text in ROWS.values() for command in blocks(text, "sh")):
        words = shlex.split(command)
        if words[1] == "run":
            seen.add(f"runs/{words[2]}")
        assert {word for word in words if word.startswith("runs/")} <= seen, command


@pytest.mark.usefixtures("on_compiled")
@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=pytest.mark.slow if row in LONG else ()) for row in ROWS]
)
def test_row(row: str, folder: Path) -> None:
    commands = blocks(ROWS[row], "sh")
    assert commands, "a row has something to run"
    printed = {plain(line) for command in commands for line in output(folder, command).splitlines()}
    for line in blocks(ROWS[row], ""):
        pattern = ".*".join(re.escape(part.strip()) for part in plain(line).split("…"))
        assert any(re.fullmatch(pattern, text) for text in printed), line
    for picture in pictures(ROWS[row]):
        drawn = (folder / picture).read_bytes()
        assert drawn == (PICTURES / picture).read_bytes(), "python tests/support/tour.py draws them again"
