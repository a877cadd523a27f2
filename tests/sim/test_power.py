"""A host on a cable is switched off in the middle of a frame, and on again."""

import json
from pathlib import Path
from typing import Any

import pytest
from outage import OUTAGE

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.os.outcome import Ending, Outcome
from sim.scenario.loader import load

OFF_PS, ON_PS, STOP_PS = 1_760_000_000, 2_000_000_000_000, 3_000_000_000_000


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("outage")
    (folder / "outage.toml").write_text(OUTAGE)
    scenario = load(folder / "outage.toml", lambda command: find(command)[0].service)
    outcome = run(scenario, Options(folder, "auto", vcd=False))
    lines = (folder / "events.jsonl").read_text().splitlines()
    return folder, outcome, [json.loads(line) for line in lines]


Run = tuple[Path, Outcome, list[dict[str, Any]]]


def between(events: list[dict[str, Any]], begin: int, end: int, **fields: object) -> list[dict[str, Any]]:
    told = [{"ps": e["ps"], **{k: e[k] for k in ("where", "layer", "kind")}, **e["fields"]} for e in events]
    return [e for e in told if begin < e["ps"] < end and fields.items() <= e.items()]


def test_the_run_goes_on_and_comes_to_its_end(outage: Run) -> None:
    assert outage[1].ending is Ending.DONE and outage[1].succeeded


def test_the_frame_under_way_is_cut_off_at_that_instant(outage: Run) -> None:
    (left,) = between(outage[2], OFF_PS - 1, OFF_PS + 1, where="yellow")
    assert left["kind"] == "fragment" and 100 < left["bits"] < 1000


def test_a_host_without_power_says_nothing(outage: Run) -> None:
    events = outage[2]
    assert between(events, OFF_PS - 30_000_000, OFF_PS, where="server", kind="transmission begins")
    assert not between(events, OFF_PS, ON_PS, where="server", layer="driver")
    frames = between(events, OFF_PS, ON_PS, where="yellow", kind="frame")
    assert frames and {frame["source"] for frame in frames} == {"02:00:00:00:00:01"}


def test_its_services_begin_again_when_it_is_on(outage: Run) -> None:
    (started,) = between(outage[2], ON_PS, STOP_PS, where="server", kind="started")
    assert started["run"] == "web-server" and started["pid"] == 2


def test_the_half_open_connection_is_reset_when_its_other_end_speaks(outage: Run) -> None:
    events = outage[2]
    (ended,) = between(events, STOP_PS - 1, STOP_PS + 10**9, where="pc", kind="ended")
    assert ended["signal"] == "SIGTERM"
    frames = between(events, STOP_PS - 1, 4 * 10**12, where="yellow", kind="frame")
    first, *_, last = [frame["summary"] for frame in frames]
    assert "FIN" in first and "RST" in last, frames


def test_the_next_page_is_fetched(outage: Run) -> None:
    ended = between(outage[2], 4 * 10**12, 10**15, where="pc", kind="ended")
    assert [e["status"] for e in ended] == [0]
    assert not between(outage[2], ON_PS, 10**15, where="yellow", kind="fragment")
