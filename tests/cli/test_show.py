"""`thicknet show`: a run that is over, without running it again; also one that was killed."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main

pytestmark = pytest.mark.usefixtures("on_compiled")


def thicknet(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    """A run folder, what the run printed of its timeline by default, and what with -v."""
    folder = tmp_path_factory.mktemp("show") / "ping"
    printed = []
    for options in ((), ("-v",)):
        result = thicknet("run", "ping", "--no-vcd", "-o", str(folder), *options)
        assert result.exit_code == 0, result.output
        printed.append([line for line in result.stdout.splitlines() if " µs  " in line])
    return folder, printed[0], printed[1]


Ran = tuple[Path, list[str], list[str]]


def test_the_story_and_all_events_are_what_the_run_printed(ran: Ran) -> None:
    folder, story, events = ran
    assert thicknet("show", str(folder)).stdout.splitlines() == story
    assert thicknet("show", str(folder), "events").stdout.splitlines() == events


def test_the_same_options_choose(ran: Ran) -> None:
    folder, _, events = ran
    shown = thicknet("show", str(folder), "events", "--layer", "icmp", "--host", "pc").stdout.splitlines()
    assert shown == [line for line in events if "  pc        icmp  " in line]
    assert len(shown) == 2


def test_frames_are_what_passed_the_cables(ran: Ran) -> None:
    shown = thicknet("show", str(ran[0]), "frames").stdout.splitlines()
    assert len(shown) == 4 and all("  yellow    coax     " in line for line in shown)


def test_json_is_what_is_recorded(ran: Ran) -> None:
    recorded = (ran[0] / "events.jsonl").read_text()
    assert thicknet("show", str(ran[0]), "events", "--json").stdout == recorded


def test_a_run_that_was_killed_is_shown_as_far_as_it_came(ran: Ran, tmp_path: Path) -> None:
    whole = (ran[0] / "events.jsonl").read_bytes()
    (tmp_path / "events.jsonl").write_bytes(whole[:3000])
    result = thicknet("show", str(tmp_path), "events", "--json")
    assert result.exit_code == 0
    assert result.stdout.encode() == whole[: whole.rindex(b"\n", 0, 3000) + 1]


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        (None, (), "holds no run: events.jsonl: No such file or directory"),
        ("broken\n", (), "events.jsonl:1: is no event"),
        ('{"ps": 1}\n', (), "events.jsonl:1: is no event"),
        ("", ("--layer", "tpc"), 'tpc: there is no such layer; did you mean "tcp"?'),
        (
            '{"ps": 1, "where": "pc.eth0", "layer": "mac", "kind": "jam", "fields": {}}\n',
            ("--host", "pcc"),
            'pcc: there is no such host, box or cable; did you mean "pc"?',
        ),
    ],
)
def test_what_cannot_be_shown(
    text: str | None, options: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "events.jsonl").write_text(text)
    result = thicknet("show", str(tmp_path), *options)
    assert result.exit_code == 2
    assert sentence in result.stderr
