"""`thicknet bench`: every row that is declared is printed and written. No figure is tested."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import fresh_simulator
from click.testing import CliRunner

from sim.bench import builds, cable, campus, command, goals, icarus, packets, software
from sim.bench.results import ABSENT
from sim.cli import main

DECLARED = [
    *((goal.what,) for goal in goals.GOALS),
    *(cable.name(load) for load in cable.LOADS),
    *((row,) for module in (cable, campus, icarus, packets, builds, software) for row in module.ROWS),
]
STANDS_BEFORE, STANDS_AFTER = "# By hand\n\n", "\n\nAfter it.\n"


@pytest.fixture(autouse=True)
def _simulator() -> Iterator[None]:
    with fresh_simulator():
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one of tests/compiled, so that a run of all tests compiles once."""
    base = tmp_path_factory.getbasetemp()
    parallel = "PYTEST_XDIST_WORKER" in os.environ  # each worker has a directory of its own in the run's
    return (base.parent if parallel else base) / "compiled-cache"


def document(tmp_path: Path) -> Path:
    path = tmp_path / "performance.md"
    path.write_text(f"{STANDS_BEFORE}{command.BEGIN}\nold figures\n{command.END}{STANDS_AFTER}")
    return path


def cells(text: str) -> list[tuple[str, ...]]:
    """The rows of all Markdown tables."""
    lines = (line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---"))
    return [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in lines]


def bench(*words: str) -> str:
    result = CliRunner(env={"COLUMNS": "400"}).invoke(main, ["bench", "--effort", "smoke", *words])
    assert result.exit_code == 0, result.output
    return result.output


def begins(rows: list[tuple[str, ...]], declared: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [row for row in rows if row[: len(declared)] == declared]


@pytest.mark.slow
@pytest.mark.needs("g++", "iverilog")
def test_every_declared_row_is_printed_and_written(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(cache))
    path = document(tmp_path)
    printed = bench("--write", str(path))
    text = path.read_text()
    assert text.startswith(STANDS_BEFORE) and text.endswith(STANDS_AFTER)
    assert "old figures" not in text
    rows = cells(text)
    columns = [tuple(re.split(" {2,}", line.strip())) for line in printed.splitlines()]
    for declared in DECLARED:
        assert begins(rows, declared), declared
        assert begins(columns, declared), declared
    for load in cable.LOADS:
        (row,) = begins(rows, cable.name(load))
        assert row[len(cable.name(load))] != ABSENT, "the compiled engine was not measured"
    for row in icarus.ROWS:  # or else Icarus and the libraries disagree about some output
        assert begins(rows, (row,))[0][1] != ABSENT, text
    assert re.search(r"Python 3\.\d+\.\d+, myhdl \S+, Verilator .*\d+\.\d+\.\d+", text)


@pytest.mark.slow
def test_without_a_compiler_it_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CXX", "no-such-compiler")
    path = document(tmp_path)
    bench("--write", str(path))
    text = path.read_text()
    assert "CXX=no-such-compiler is no command" in text
    rows = cells(text)
    for declared in DECLARED:
        assert begins(rows, declared), declared
    myhdl = len(cable.COLUMNS) - 2
    measured = [begins(rows, cable.name(load))[0][myhdl] for load in cable.LOADS if load.stations == 2]
    assert any(cell != ABSENT for cell in measured)


def test_a_document_without_a_place_for_the_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("mine\n")
    result = CliRunner().invoke(main, ["bench", "--effort", "smoke", "--write", str(path)])
    assert result.exit_code == 2
    assert "has no place for the tables" in result.output
    assert path.read_text() == "mine\n"
