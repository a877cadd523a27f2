"""Every command of README.md does what it says there."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


def test_there_are_commands() -> None:
    assert {"make demo", "make test", "thicknet run collision"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("thicknet ")])
def test_command(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", [*[c for c in COMMANDS if c.startswith("make ")], "make tools"])
def test_make_knows_the_target(command: str) -> None:
    subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_the_scenario_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, *_ = blocks("toml")
    monkeypatch.chdir(tmp_path)
    Path("lan.toml").write_text(scenario, encoding="utf-8")
    result = CliRunner().invoke(main, ["run", "lan.toml", "-q", "--no-vcd"])
    assert result.exit_code == 0, result.output


def without_time(lines: str) -> set[str]:
    return {line.partition("µs")[2] for line in lines.splitlines()}


def test_the_timeline_shown_is_the_one_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (shown,) = blocks("")
    told = CliRunner().invoke(main, ["run", "web", "--no-vcd"]).output
    assert without_time(shown) <= without_time(told)
    assert "$(BIN)/thicknet run web\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).is_file(), target
