"""A folder that lacks something: what can be shown is shown, and one sentence says what is missing."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from sim.report.payload import payload


def report(folder: Path) -> Result:
    return CliRunner().invoke(main, ["report", str(folder)])


@pytest.fixture
def folder(web: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(web, tmp_path / "web"))


def test_a_whole_run_lacks_nothing_and_its_report_is_small(web: Path) -> None:
    shown = payload(web)
    assert shown["missing"] == []
    assert shown["manifest"]["scenario"] == "web"
    assert shown["end"] == shown["manifest"]["ended"]["ps"]
    assert (web / "report.html").stat().st_size < 3_000_000


def test_the_same_folder_gives_the_same_report(web: Path, folder: Path) -> None:
    assert report(folder).exit_code == 0
    assert (folder / "report.html").read_bytes() == (web / "report.html").read_bytes()


def test_an_older_run_has_no_description(folder: Path) -> None:
    (folder / "run.json").unlink()
    shown = payload(folder)
    assert shown["manifest"] is None
    [sentence] = shown["missing"]
    assert "run.json" in sentence
    assert shown["events"]["ps"]
    assert report(folder).exit_code == 0


def test_a_killed_run_has_no_end(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text())
    del record["ended"]
    (folder / "run.json").write_text(json.dumps(record))
    events = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(events[: len(events) // 2])
    for name in ("pc", "server", "yellow"):
        capture = folder / f"{name}.pcapng"
        capture.write_bytes(capture.read_bytes()[:-30])
    shown = payload(folder)
    [sentence] = shown["missing"]
    assert "killed" in sentence
    assert shown["end"] == shown["events"]["ps"][-1]
    assert shown["frames"]["ns"]


def test_a_folder_without_captures_has_no_frames(folder: Path) -> None:
    for capture in folder.glob("*.pcapng"):
        capture.unlink()
    shown = payload(folder)
    assert shown["frames"]["ns"] == []
    assert shown["ladders"] == []


def test_a_folder_without_a_run_is_a_sentence(tmp_path: Path) -> None:
    result = report(tmp_path)
    assert result.exit_code == 2
    assert "holds no run" in result.output
    assert not (tmp_path / "report.html").exists()


def test_a_file_that_is_no_capture_is_named_and_the_others_are_shown(folder: Path) -> None:
    (folder / "yellow.pcapng").write_bytes(bytes(range(256)) * 4)
    shown = payload(folder)
    [sentence] = shown["missing"]
    assert "yellow.pcapng: is no capture of a run" in sentence
    assert len(shown["ladders"][1]["arrows"]) == 9
    assert report(folder).exit_code == 0


@pytest.mark.parametrize("words", [["report"], ["show", "sockets"], ["show", "tcp"], ["show"]])
def test_an_event_of_an_older_version_with_fewer_fields_is_passed_over(
    folder: Path, words: list[str]
) -> None:
    lines = (folder / "events.jsonl").read_text().splitlines()
    for layer, kind in sorted({(one["layer"], one["kind"]) for one in map(json.loads, lines)}):
        event = {"ps": 0, "where": "pc", "layer": layer, "kind": kind, "fields": {}}
        lines.insert(0, json.dumps(event))
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
    command, *what = words
    result = CliRunner().invoke(main, [command, str(folder), *what])
    assert result.exit_code == 0, result.output
