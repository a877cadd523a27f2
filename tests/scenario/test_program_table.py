"""`[[program]]`: its keys and its rules."""

from pathlib import Path

import pytest
from scenario_file import spoilt

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
