"""What `thicknet run` prints: what matters, or all, or what is chosen of it; recorded is the same."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import sim.record.declarations  # noqa: F401 (every layer is known then)
from journal.kind import KINDS
from sim.cli import main
from sim.scenario.loader import load
from sim.scenario.shipped import scenario_path, scenario_titles

pytestmark = pytest.mark.usefixtures("on_compiled")

LINE = re.compile(r" *([\d ]+)\.(\d{3}) µs  (\S+) +(\S+) +(.*)")


def run(*options: str) -> Result:
    return CliRunner().invoke(main, ["run", "ping", "--no-vcd", *options])


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def timeline(result: Result) -> list[tuple[int, str, str, str]]:
    """Time in ns, place, layer and words of each line."""
    assert result.exit_code == 0, result.output
    found = [match for line in result.stdout.splitlines() if (match := LINE.fullmatch(line))]
    return [
        (int(us.replace(" ", "") + ns), where, layer, words)
        for us, ns, where, layer, words in map(re.Match.groups, found)
    ]


def test_by_default_what_matters_and_what_the_scenario_says_of_itself() -> None:
    result = run()
    assert result.stdout.startswith("pc does not know the station address of 192.168.1.20")
    lines = timeline(result)
    assert {layer for _, _, layer, _ in lines} == {"program", "icmp", "driver"}
    assert len(lines) < 20 < len(timeline(run("-v"))) >= 80


def test_it_changes_nothing_of_what_is_recorded() -> None:
    recorded = []
    for options in ((), ("-v",), ("--layer", "tcp"), ("-q",)):
        assert run(*options).exit_code == 0
        recorded.append(Path("runs/ping/events.jsonl").read_bytes())
    assert len(set(recorded)) == 1


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        (("--layer", "arp,mac"), lambda ns, where, layer, words: layer in ("arp", "mac")),
        (("--host", "server,yellow"), lambda ns, where, layer, words: where in ("server", "yellow")),
        (("--from", "1.2 ms"), lambda ns, where, layer, words: ns >= 1_200_000),
        (("--to", "1200us"), lambda ns, where, layer, words: ns < 1_200_000),
        (
            ("--grep", "echo re(quest|ply)"),
            lambda ns, where, layer, words: re.search("echo re(quest|ply)", words),
        ),
        (
            ("--layer", "icmp", "--host", "pc", "--from", "1ms", "--to", "2ms"),
            lambda ns, where, layer, words: (layer, where) == ("icmp", "pc") and 10**6 <= ns < 2 * 10**6,
        ),
    ],
)
def test_what_is_chosen_is_shown_and_nothing_else(
    options: tuple[str, ...], fits: Callable[[int, str, str, str], object]
) -> None:
    everything = timeline(run("-v"))
    chosen = timeline(run(*options))
    assert chosen == [line for line in everything if fits(*line)]
    assert 0 < len(chosen) < len(everything)


def test_json_of_what_is_chosen() -> None:
    events = [json.loads(line) for line in run("--json", "--layer", "icmp").stdout.splitlines()]
    assert [event.get("layer") for event in events] == ["icmp"] * 4 + [None]  # the last one is the summary


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--layer", "tpc"), 'tpc: there is no such layer; did you mean "tcp"?'),
        (("--host", "pc,yelow"), 'yelow: there is no such host, box or cable; did you mean "yellow"?'),
        (("--host", "zzz"), "zzz: there is no such host, box or cable; there are pc, server, yellow"),
        (
            ("--grep", "("),
            "--grep: ( is no regular expression: missing ), unterminated subpattern at position 0",
        ),
        (("--from", "2ms", "--to", "1ms"), "--to must be later than --from"),
        (("--from", "2"), '"2" has no unit; write a time such as "1 ms"'),
        (("--to", "-1ms"), "must not be negative"),
        (("-q", "-v"), "-q prints no timeline: leave it out, or the options that choose of one"),
        (("-q", "--layer", "tcp"), "-q prints no timeline"),
    ],
)
def test_what_cannot_be_chosen(options: tuple[str, ...], sentence: str) -> None:
    result = run(*options)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert not Path("runs").exists()


@pytest.mark.parametrize("name", scenario_titles())
def test_each_scenario_that_ships_says_what_to_look_for(name: str) -> None:
    lan = load(scenario_path(name), lambda command: False)
    lines = lan.look_for.splitlines()
    assert 2 <= len(lines) <= 6
    for layer in re.findall(r"--layer ([\w,]+)", lan.look_for):
        assert {*layer.split(",")} <= {known for known, _ in KINDS}
