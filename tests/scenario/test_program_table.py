"""`[[program]]`: its keys and its rules."""

from pathlib import Path

import pytest
from scenario_file import GOOD, read, spoilt

BAD = [
    # what is replaced, by what, line of the complaint, its key, words in its sentence
    ('host = "server"\nrun', 'host = "web"\nrun', 25, "program.host", 'no host "web"'),
    ('run = "web-server"', 'run = "web-sever"', 26, "program.run", 'no program "web-sever"'),
    ('run = "web-server"', "", 24, "program.run", "missing"),
    ('at = "1.5 ms"', 'at = "1.5 ns"', 31, "program.at", "finer than 1 ns"),
    ('at = "1.5 ms"', 'at = "-1 ms"', 31, "program.at", "negative"),
    ("service = true", "service = 1", 32, "program.service", "must be true or false"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), BAD, ids=[f"{b[3]}: {b[4]}" for b in BAD])
def test_bad_input_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    spoilt(tmp_path, old, new, line, key, words)


def test_what_becomes_of_a_program(tmp_path: Path) -> None:
    keys = 'at = "1.5 ms"\nstop = "2 s"\nkill = "3 s"\nrestart = "3 s"'
    (program,) = [one for one in read(tmp_path, GOOD.replace('at = "1.5 ms"', keys)).programs if one.at_ns]
    assert (program.stop_ns, program.kill_ns, program.restart_ns) == (2 * 10**9, 3 * 10**9, 3 * 10**9)


@pytest.mark.parametrize("key", ["stop", "kill", "restart"])
def test_nothing_becomes_of_a_program_before_it_begins(tmp_path: Path, key: str) -> None:
    text = f'at = "1.5 ms"\n{key} = "1.5 ms"'
    spoilt(tmp_path, 'at = "1.5 ms"', text, 32, f"program.{key}", 'must be later than "at"')


@pytest.mark.parametrize("key", ["stop", "kill"])
def test_a_program_begins_once_more_after_its_end(tmp_path: Path, key: str) -> None:
    text = f'at = "1.5 ms"\nrestart = "1 s"\n{key} = "1.1 s"'
    spoilt(tmp_path, 'at = "1.5 ms"', text, 33, f"program.{key}", 'not be later than "restart"')
