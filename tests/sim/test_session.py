"""A session closes its engine whatever becomes of the recording: MyHDL runs one simulation at a time."""

from dataclasses import replace
from pathlib import Path

import pytest

from journal.event import Event
from sim.api.network import run
from sim.api.options import Options
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.shipped import scenario_path


@pytest.fixture(scope="module")
def short() -> Scenario:
    """The shipped ping, which ends as soon as its drivers have begun."""
    return replace(load(scenario_path("ping"), lambda command: False), until_ns=1_000)


def is_free(scenario: Scenario, folder: Path) -> bool:
    """Whether the next run finds MyHDL's simulator free."""
    return run(scenario, Options(folder, "myhdl", vcd=False)).succeeded


def test_a_recorder_that_cannot_open_leaves_no_engine_behind(short: Scenario, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").mkdir()
    with pytest.raises(IsADirectoryError):
        run(short, Options(tmp_path, "myhdl", vcd=False))
    assert is_free(short, tmp_path / "next")


def test_a_recorder_that_cannot_close_leaves_no_engine_behind(short: Scenario, tmp_path: Path) -> None:
    def refuse(event: Event) -> None:
        raise BrokenPipeError("nobody reads")

    with pytest.raises(BrokenPipeError):
        run(short, Options(tmp_path, "myhdl", vcd=False, listeners=(refuse,)))
    assert is_free(short, tmp_path / "next")
