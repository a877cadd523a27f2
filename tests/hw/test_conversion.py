"""Circuits and boxes leave Python as declared (docs/architecture.md, "How circuits are written").

Judged by Icarus Verilog and ghdl, which also know which names are keywords of their languages.
"""

import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import pytest
from converted import NAMES, convert_all, files, pins, verilog_bench
from myhdl._block import block_decorator

import hw
from hw.boxes import BOXES, End
from hw.modules import MODULES
from hw.ports import Direction, Port
from hw.reset import RESET, gets_reset

CYCLES = 1000
Pins = set[tuple[str, str, int]]

every_one = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def converted_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("converted")
    convert_all(directory, hash_seed=2, order="backwards")
    return directory


def declared(name: str) -> Pins:
    return {(port.name, port.direction.value, port.width) for port in pins(name)}


def run(command: list[str], directory: Path) -> str:
    """The command's words, which must not be those of a failure."""
    done = subprocess.run(
        command,
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def bits(end: End) -> list[tuple[str, int]]:
    return [(end.wire, bit) for bit in range(end.first, end.first + end.width)]


def sources() -> Iterator[ModuleType]:
    for found in walk_packages(hw.__path__, "hw."):
        yield import_module(found.name)


def test_every_circuit_is_known() -> None:
    """What is a circuit falls under the tests of this file."""
    found = [
        value for source in sources() for value in vars(source).values() if isinstance(value, block_decorator)
    ]
    assert {circuit.func for circuit in found} == {circuit.block.func for circuit in MODULES.values()}


def test_every_box_is_known() -> None:
    described = {
        folder
        for _, folder, *file in (source.__name__.split(".") for source in sources())
        if file == ["netlist"]
    }
    assert described == set(BOXES)


@pytest.mark.parametrize("name", BOXES)
def test_every_wire_of_a_box_is_driven_once_or_is_an_input(name: str) -> None:
    """Bit by bit: a wire may be a bundle, of which each port has a slice."""
    box = BOXES[name].box()
    joints = [joint for instance in box.instances for joint in instance.joints]
    driven = [bit for port, end in joints if port.direction is Direction.OUT for bit in bits(end)]
    read = {bit for port, end in joints if port.direction is Direction.IN for bit in bits(end)}
    inputs, outputs = (
        {(pin.name, bit) for pin in box.pins if pin.direction is direction for bit in range(pin.width)}
        for direction in (Direction.IN, Direction.OUT)
    )
    runs = [bit for run in box.runs for bit in bits(run.output)]
    driven += [(wire.name, bit) for wire, _ in box.tied for bit in range(wire.width)]
    read |= {(name, 0) for name in box.unused if name in {pin.name for pin in box.pins}}
    assert len(set(driven)) == len(driven)
    assert read - set(driven) == inputs
    assert outputs - set(driven) == set(runs)
    assert len(set(runs)) == len(runs)


@every_one
def test_verilog_has_the_declared_ports(name: str, converted: Path) -> None:
    text = (converted / f"{name}.v").read_text()
    head = re.search(rf"module {name} \((.*?)\);", text, re.DOTALL)
    assert head is not None
    listed = re.findall(r"\w+", head[1])
    found = re.findall(r"^(input|output) (?:\[(\d+):0\] )?(\w+);", text, re.MULTILINE)
    assert {(port, direction, int(high or 0) + 1) for direction, high, port in found} == declared(name)
    assert sorted(listed) == sorted(port for _, _, port in found)


@every_one
def test_vhdl_has_the_declared_ports(name: str, converted: Path) -> None:
    text = (converted / f"{name}.vhd").read_text()
    entity = re.search(rf"entity {name} is(.*?)end entity", text, re.DOTALL)
    assert entity is not None
    found = re.findall(
        r"^\s+(\w+): (in|out|inout) (?:std_logic|unsigned\((\d+) downto 0\))", entity[1], re.MULTILINE
    )
    directions = {"in": "input", "out": "output", "inout": "output"}
    assert {(port, directions[mode], int(high or 0) + 1) for port, mode, high in found} == declared(name)


@pytest.mark.parametrize("name", MODULES)
def test_clock_is_an_input(name: str) -> None:
    if MODULES[name].clock:
        assert (MODULES[name].clock, Direction.IN.value, 1) in declared(name)


@pytest.mark.slow
@every_one
def test_two_processes_write_the_same_bytes(name: str, converted: Path, converted_again: Path) -> None:
    for suffix in (".v", ".vhd"):
        assert (converted / (name + suffix)).read_bytes() == (converted_again / (name + suffix)).read_bytes()


@pytest.mark.needs("iverilog")
@every_one
def test_icarus_compiles_without_warning(name: str, converted: Path, tmp_path: Path) -> None:
    said = run(
        ["iverilog", "-g2012", "-Wall", "-o", "out", *map(str, files(name, ".v", converted))], tmp_path
    )
    assert [line for line in said.splitlines() if "timescale" not in line] == []


@pytest.mark.needs("ghdl")
@every_one
def test_ghdl_analyses_and_elaborates_the_vhdl(name: str, converted: Path, tmp_path: Path) -> None:
    (package,) = converted.glob("pck_myhdl_*.vhd")
    run(["ghdl", "-a", "--std=08", str(package), *map(str, files(name, ".vhd", converted))], tmp_path)
    run(["ghdl", "-e", "--std=08", name], tmp_path)


@pytest.mark.needs("iverilog", "vvp")
@every_one
def test_icarus_alone_shows_no_unknown_output(name: str, converted: Path, tmp_path: Path) -> None:
    """MyHDL's bridge turns x into a number; plain Icarus does not. A box's clocks are random too."""
    clock = MODULES[name].clock if name in MODULES else ""
    still = (clock, RESET.name) if name in BOXES or gets_reset(MODULES[name]) else (clock,)
    inputs = [p for p in pins(name) if p.direction is Direction.IN and p.name not in still]
    outputs = [p.name for p in pins(name) if p.direction is Direction.OUT]
    show = f'$display("{" ".join(["%b"] * len(outputs))}", {", ".join(outputs)});'
    draw = " ".join(_draw(p, place) for place, p in enumerate(inputs))
    rise, fall = (f"{clock} = {level};" if clock else "" for level in (1, 0))
    body = f"""
        integer seed = 1, i;
        initial begin
            #1 {show}
            for (i = 0; i < {CYCLES}; i = i + 1) begin
                {draw} #1 {show} {rise} #1 {show} {fall} #1 {show}
            end
        end"""
    (tmp_path / "bench.v").write_text(verilog_bench(name, body))
    run(["iverilog", "-g2012", "-o", "bench", "bench.v", *map(str, files(name, ".v", converted))], tmp_path)
    said = run(["vvp", "-n", "bench"], tmp_path).split("\n")[:-1]
    assert len(said) == 3 * CYCLES + 1
    assert all(set(line) <= set("01 ") for line in said)
    assert len(set(said)) > 1


def _draw(port: Port, place: int) -> str:
    """A random value. Small numbers are frequent; single bits are mostly high for a while."""
    if port.width > 1:
        shift = f"({{$random(seed)}} >> 12) % {port.width}"
        return f"{port.name} = {{$random(seed), $random(seed)}}; {port.name} = {port.name} >> {shift};"
    return f"{port.name} = ({{$random(seed)}} >> 20) % 8 < ((i / 64 >> {place % 3}) % 2 ? 7 : 4);"
