"""`thicknet check`, and the same warnings before a run and behind it: a bad network runs all the same."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main

pytestmark = pytest.mark.usefixtures("on_compiled")

LONG = """\
title = "A patch cable too long"
until = "1 us"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[hub]]
name = "hub"
ports = 4
[[cable]]
name = "drop"
length = "101 m"
ends = ["pc", "hub.1"]
"""
SENTENCE = "warning: drop is 101 m long; 10BASE-T may have 100 m"


@pytest.fixture
def lan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lan.toml").write_text(LONG)
    return "lan.toml"


def thicknet(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_check_tells_figures_and_warnings_and_does_not_judge(lan: str) -> None:
    result = thicknet("check", lan)
    assert (result.exit_code, result.stdout) == (0, SENTENCE + "\n")
    result = thicknet("check", "hub-collision")
    assert result.exit_code == 0
    assert "  round trip with 5 BT of margin: 207.85 BT, at most 575\n" in result.stdout


def test_check_of_a_network_without_repeaters() -> None:
    assert thicknet("check", "web").stdout == (
        "no path goes through a repeater, and every cable is short enough\n"
    )


def test_check_for_a_machine(lan: str) -> None:
    record = json.loads(thicknet("check", lan, "--json").stdout)
    assert record["warnings"] == [SENTENCE.removeprefix("warning: ")]
    assert record["paths"] == []


def test_a_bad_scenario_is_no_warning(lan: str) -> None:
    Path(lan).write_text(LONG.replace('"hub.1"', '"hub.5"'))
    result = thicknet("check", lan)
    assert result.exit_code == 2
    assert result.stderr == 'lan.toml:12: cable.ends: there is no port "hub.5"; "hub" has 1 to 4\n'


def test_a_run_begins_with_the_warnings_and_its_summary_has_them(lan: str) -> None:
    result = thicknet("run", lan, "--no-vcd", "--engine", "myhdl")
    assert (result.exit_code, result.stderr) == (0, SENTENCE + "\n")
    assert SENTENCE in result.stdout.splitlines()[-3:]


def test_quiet_and_for_a_machine(lan: str) -> None:
    result = thicknet("run", lan, "--no-vcd", "-q", "--engine", "myhdl")
    assert (result.exit_code, result.stderr) == (0, "")
    assert SENTENCE in result.stdout.splitlines()[-4:]
    last = thicknet("run", lan, "--no-vcd", "--json").stdout.splitlines()[-1]
    assert json.loads(last)["summary"]["warnings"] == [SENTENCE.removeprefix("warning: ")]
