"""What README.md and the pages for users (docs/running.md, scenarios.md, programs.md) show is so."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.apps.registry import PROGRAMS
from sim.cli import main
from sim.scenario.keys import declared, names
from sim.scenario.shipped import scenario_titles
from sim.scenario.tables.cable import CableKeys
from sim.scenario.tables.coax import CoaxKeys, TapKeys
from sim.scenario.tables.fault import FaultKeys
from sim.scenario.tables.host import HostKeys
from sim.scenario.tables.hub import HubKeys
from sim.scenario.tables.link import LinkKeys, LinkPairKeys
from sim.scenario.tables.program import ProgramKeys
from sim.scenario.tables.switch import SwitchKeys

pytestmark = pytest.mark.usefixtures("on_compiled")

ROOT = Path(__file__).parent.parent.parent


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


README, RUNNING, SCENARIOS, ALL_PROGRAMS = map(
    page, ("README.md", "docs/running.md", "docs/scenarios.md", "docs/programs.md")
)


def blocks(text: str, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


SHELL = [line for text in (README, RUNNING) for block in blocks(text, "sh") for line in block.splitlines()]
INLINE = re.findall(r"`(thicknet (?:run|check|shell|scenarios)[^`]*)`", README)
COMMANDS = [*dict.fromkeys(command for command in (*SHELL, *INLINE) if "lan.toml" not in command)]


def test_there_are_commands() -> None:
    assert {"make demo", "make test", "thicknet run collision", "thicknet shell ping"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("thicknet ")])
def test_command(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "command", [*[c for c in COMMANDS if c.startswith("make ")], "make tools", "make docs"]
)
def test_make_knows_the_target(command: str) -> None:
    subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("text", "arguments"), [(README, ("run", "-q", "--no-vcd")), (SCENARIOS, ("check",))]
)
def test_a_scenario_that_is_shown_is_good(
    text: str, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lan.toml").write_text(blocks(text, "toml")[0], encoding="utf-8")
    command, *options = arguments
    result = CliRunner().invoke(main, [command, "lan.toml", *options])
    assert result.exit_code == 0, result.output


def without_time(lines: str) -> set[str]:
    return {line.partition("µs")[2] for line in lines.splitlines()}


def test_the_timeline_shown_is_the_one_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (shown,) = blocks(README, "")
    printed = CliRunner().invoke(main, ["run", "web", "--no-vcd", "-v"]).output
    assert without_time(shown) <= without_time(printed)
    assert "$(BIN)/thicknet run web -v\n" in page("Makefile")


def test_scenarios_that_are_named_ship() -> None:
    named = re.findall(r"thicknet (?:run|check|shell) ([\w-]+)`", README)
    assert named and set(named) <= set(scenario_titles())


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_is_shown_with_its_options(name: str) -> None:
    with pytest.raises(ValueError, match="usage: ") as complaint:
        PROGRAMS[name].arguments(["--no-such-option"])
    usage = str(complaint.value).partition("usage: ")[2]
    rows = [row for row in ALL_PROGRAMS.splitlines() if re.search(rf"`{name}[ `]", row)]
    assert rows, f"docs/programs.md has no row for {name}"
    assert all(f"{option}" in rows[-1] for option in re.findall(r"--?[\w-]+", usage)), usage


SECTIONS: list[tuple[str, type, tuple[str, ...]]] = [
    ("## `[[host]]`", HostKeys, ("name",)),
    ("## `[[coax]]`", CoaxKeys, ("name", "length", "taps")),
    ("## `[[coax]]`", TapKeys, ()),
    ("## `[[hub]]`", HubKeys, ("name", "ports")),
    ("## `[[switch]]`", SwitchKeys, ("name", "ports")),
    ("## `[[cable]]`", CableKeys, ("name", "length", "ends")),
    ("## `[link]`", LinkKeys, ()),
    ("## `[link]`", LinkPairKeys, ()),
    ("## `[[program]]`", ProgramKeys, ("host", "run")),
    ("## `[[fault]]`", FaultKeys, ("at", "what")),
]


def rows(section: str) -> dict[str, str]:
    """The default of each key that the tables of a section show."""
    text = SCENARIOS.partition(f"{section}")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .* \| ?(.*?) ?\|$", text, re.MULTILINE)
    return {key: default for keys, default in found for key in re.findall(r"\w+", keys)}


@pytest.mark.parametrize(("section", "table", "given"), SECTIONS)
def test_each_key_of_a_scenario_is_shown_with_its_default(
    section: str, table: type, given: tuple[str, ...]
) -> None:
    shown = rows(section)
    for name in given:
        assert shown[name] == "–", name
    for name, (_, key) in declared(table).items():
        assert name in shown, f"docs/scenarios.md does not show {name} under {section}"
        plain = shown[name].replace("`", "")
        assert plain == "–" or key.default in plain, f"{section} {name}: {key.default}, not {plain}"


def test_no_key_is_shown_that_is_not_there() -> None:
    for section in {section for section, _, _ in SECTIONS}:
        known = [
            name for other, table, given in SECTIONS if other == section for name in (*given, *names(table))
        ]
        assert set(rows(section)) <= set(known), section
