"""The scenario `too-long`: what clause 13's limit is for, and what a run says of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main


def test_only_the_network_that_is_too_long_loses_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stations collide in both; where the way is too long, they detect it after 512 bits have been sent."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["run", "too-long", "--engine", "compiled", "--json"])
    assert done.exit_code == 0, done.output[-2000:]
    *lines, last = done.stdout.splitlines()
    summary = json.loads(last)["summary"]
    assert [warning.split(":")[0] for warning in summary["warnings"]] == [
        "north to south by b1, b2, b3, b4, b5, b6, b7, b8, b9"
    ] * 2
    assert all(sentence in done.stderr for sentence in summary["warnings"])
    hosts = summary["hosts"]
    for station in ("west", "east"):
        assert hosts[station]["collisions"] > 0
        assert hosts[station].keys() == {"collisions", "attempts"}
    assert hosts["north"]["lost (late collision)"] == 1
    told = [event for event in map(json.loads, lines) if event["where"] == "north"]
    begun = next(event["ps"] for event in told if event["kind"] == "transmission begins")
    heard = next(event["ps"] for event in told if event["kind"] == "collision detected")
    assert 512 < (heard - begun) / 100_000 < 576, "bit times into a frame of 576"
