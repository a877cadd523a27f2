"""docs/tour.md as commands: each row's, and what they print; run this file to draw the page's pictures again.

Runs go into one folder, each scenario once; a command that looks into a run has it made first.
"""

import os
import re
import shlex
import shutil
import tempfile
from functools import cache
from pathlib import Path

from click.testing import CliRunner

from sim.cli import main

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/tour.md"
PICTURES = ROOT / "docs/pictures"
MAY_FAIL = ("closed-port", "no-time-wait", "icmp")
"""Scenarios of which a program fails: that is what they show."""
_ROW = re.compile(r"^### (\d\.\d+) [^\n]*\n(.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def rows() -> dict[str, str]:
    """The text of each row, by its number."""
    return dict(_ROW.findall(PAGE.read_text(encoding="utf-8")))


def blocks(row: str, language: str) -> list[str]:
    """The lines of a row's blocks in `language`."""
    found = [block for name, block in _BLOCK.findall(row) if name == language]
    return [line for block in found for line in block.splitlines() if line]


@cache
def output(folder: Path, command: str) -> str:
    """What `command` prints in `folder`."""
    name, *words = shlex.split(command)
    assert name == "thicknet", command
    for run in re.findall(r"runs/([\w-]+)", command):
        output(folder, f"thicknet run {run}")
    here = Path.cwd()
    os.chdir(folder)
    try:
        done = CliRunner().invoke(main, words)
    finally:
        os.chdir(here)
    failing = words[0] == "run" and words[1] in MAY_FAIL
    assert done.exit_code == int(failing), f"{command}\n{done.output[-2000:]}"
    return done.output


def pictures(row: str) -> dict[str, str]:
    """The command that makes each picture of a row."""
    drawn = {re.findall(r"--svg (\S+)", line)[0]: line for line in blocks(row, "sh") if "--svg" in line}
    shown = re.findall(r"\(pictures/(\S+)\)", row)
    assert list(drawn) == shown
    return drawn


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        for text in rows().values():
            for file, line in pictures(text).items():
                output(Path(directory), line)
                shutil.copy(Path(directory) / file, PICTURES / file)
