"""What is typed at the prompt, and what is printed before the next one."""

import subprocess
from pathlib import Path

import pytest
from shell_lines import COMMAND, LINK, shell


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("link.toml").write_text(LINK)
    return tmp_path


def test_in_a_timeline_what_programs_print_is_in_its_place_and_once() -> None:
    text = shell("timeline on", "browse http://server/").output
    order = ["fails: ECONNREFUSED", "Connection refused", "browse ends with status 1", "failed: pc: browse"]
    assert [text.count(words) for words in order] == [1] * 4
    assert sorted(order, key=text.index) == order


def test_all_events_come_before_the_next_line_is_read(here: Path) -> None:
    """Somebody waits at the other end of the pipe, and types only what the events suggest."""
    with subprocess.Popen(
        [*COMMAND, "link.toml"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("timeline on\nbrowse http://server/\n")
        process.stdin.flush()
        while not (line := process.stdout.readline()).startswith("failed: "):
            last = line
        process.stdin.close()
    assert "browse ends with status 1" in last


def test_what_a_hand_does_to_the_hardware_is_seen_before_the_next_line(here: Path) -> None:
    """Cause before effect, and both in the instant in which they are."""
    Path("pair.toml").write_text(
        LINK.replace(
            '[link]\ndelay = "1 us"\n', '[[cable]]\nname = "a"\nlength = "10 m"\nends = ["pc", "server"]\n'
        )
    )
    lines = shell("step 1 us", "timeline on", "pc# unplug", scenario="pair.toml").output.splitlines()
    place = lines.index("pc$ pc# unplug")
    assert lines[place + 1].endswith("its cable is unplugged")
    assert lines[place + 2].endswith("the link has failed")


def test_a_line_may_be_pasted_with_its_prompt() -> None:
    result = shell("pc$ hosts", "pc$ server$ ping -c 1 pc", "pc$ pc$ ps", "pc$ server# unplug", "pc$ time")
    assert result.exit_code == 0, result.output
    assert "PING pc (192.168.1.10)" in result.output
    assert result.output.count("192.168.1.20/24 (eth0)") == 1


def test_without_a_switch_there_are_no_tables() -> None:
    assert "there is no switch: only a switch has an address table\n" in shell("tables").output


def test_help_of_a_program() -> None:
    result = shell("browse --help")
    assert result.exit_code == 0
    assert "usage: browse [--post CHARACTERS] [--timeout SECONDS] URL\n" in result.output
    assert "fetch a page and the images it refers to" in result.output
