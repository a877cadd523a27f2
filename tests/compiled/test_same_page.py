"""Mission row 5.6: a page over a coax, a repeater hub and a switching hub, and what each station received."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main


def test_on_a_switch_a_third_station_hears_only_what_is_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "same-page", "--engine", "compiled", "--no-vcd", "--json"])
    assert done.exit_code == 0, done.output[-2000:]
    *lines, last = done.stdout.splitlines()
    heard = json.loads(last)["summary"]["heard"]
    told = [event for event in map(json.loads, lines) if event["layer"] == "driver"]
    sent = {
        lan: sum(event["where"].startswith(lan) and event["kind"] == "frame sent" for event in told)
        for lan in ("coax", "hub", "switch")
    }
    assert sent["coax"] > 10
    for lan in ("coax", "hub"):
        assert heard[f"{lan}-other"] == {"own": 1, "others": sent[lan] - 1}, (
            "all, and ARP's question is for all"
        )
    assert heard["switch-other"] == {"own": 1, "others": 0}
    for lan in sent:
        assert heard[f"{lan}-pc"]["others"] == heard[f"{lan}-server"]["others"] == 0
        own = [heard[f"{lan}-{who}"]["own"] for who in ("pc", "server")]
        assert sum(own) == sent[lan]


def test_the_summary_shows_it_as_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "same-page", "--engine", "compiled", "--no-vcd", "-q"])
    table = done.stdout[done.stdout.index("frames received  for itself") :].splitlines()[1:10]
    names = [row.split()[0] for row in table]
    assert names == sorted(names)
    assert len(set(names)) == 9
    assert {row.split()[0]: row.split()[2] for row in table}["switch-other"] == "0"
