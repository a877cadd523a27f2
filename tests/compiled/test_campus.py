"""The scenario `campus`: coax, hubs, switches and a router under web, names and pings at once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main

STATIONS = 14
"""Twelve hosts, and the router's two adapters."""


def test_everything_arrives_and_what_is_lost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "campus", "--engine", "compiled", "--json"])
    assert done.exit_code == 0, done.output[-2000:]
    *lines, last = done.stdout.splitlines()
    summary = json.loads(last)["summary"]
    assert (summary["ending"], summary["warnings"], summary["failures"]) == ("done", [], [])
    assert len(summary["heard"]) == STATIONS
    assert not [
        trouble for troubles in summary["hosts"].values() for trouble in troubles if "lost" in trouble
    ]
    on_switches = ("cleo", "dan", "eva", "finn", "files")
    assert all(summary["heard"][station]["others"] == 0 for station in on_switches)
    events = [json.loads(line) for line in lines]
    full = {one["where"]: one["fields"]["full_duplex"] for one in events if one["kind"] == "link up"}
    assert {station for station, mode in full.items() if mode} == {*on_switches, "gw.eth1"}
    printed = [one["fields"]["text"] for one in events if one["kind"] == "output"]
    assert sum("200 OK" in line for line in printed) == 4
