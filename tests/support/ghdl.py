"""A circuit's converted VHDL in ghdl, in a bench that reads a file of levels and writes one."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench import Bench
from converted import files
from myhdl import Signal
from recorded import Inputs

from hw.modules import MODULES
from hw.ports import Direction, Port, signals

HALF_CYCLE_PS = 10
_BENCH = """\
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.textio.all;

entity bench is
end entity;

architecture bench of bench is
{signals}
    signal clock: std_logic := '0';
begin
    dut: entity work.{name} port map ({joints});
    process is
        file stimulus: text open read_mode is "stimulus";
        file seen: text open write_mode is "seen";
        variable row: line;
        variable levels: std_logic_vector({inputs} downto 0);
        procedure show is
        begin
            write(row, std_logic_vector'({outputs}));
            writeline(seen, row);
        end procedure;
    begin
        wait for {half_cycle} ps;
        show;
        while not endfile(stimulus) loop
            readline(stimulus, row);
            read(row, levels);
{assignments}
            clock <= '0';
            wait for {half_cycle} ps;
            clock <= '1';
            wait for {half_cycle} ps;
            show;
        end loop;
        wait;
    end process;
end architecture;
"""


def _pins(name: str) -> tuple[list[Port], list[Port]]:
    """Inputs without the clock, and outputs."""
    circuit = MODULES[name]
    inputs = [port for port in circuit.ports if port.direction is Direction.IN and port.name != circuit.clock]
    return inputs, [port for port in circuit.ports if port.direction is Direction.OUT]


def _row(ports: Iterable[Port], levels: Inputs) -> str:
    """Levels as one word, the first port on the left."""
    return "".join(f"{levels[port.name]:0{port.width}b}" for port in ports)


def in_myhdl(name: str, stimulus: Iterable[Inputs]) -> list[str]:
    """What the outputs show, as words of bits: before the first tick and after each."""
    circuit = MODULES[name]
    _, outputs = _pins(name)
    wires = signals(circuit.ports)
    clock = wires[circuit.clock] if circuit.clock else Signal(False)
    bench = Bench(circuit.block(**wires))

    def show() -> str:
        return _row(outputs, {port.name: int(wires[port.name]) for port in outputs})

    seen = [show()]
    for inputs in stimulus:
        for pin, value in inputs.items():
            wires[pin].next = value
        clock.next = False
        bench.run_for(HALF_CYCLE_PS)
        clock.next = True
        bench.run_for(HALF_CYCLE_PS)
        seen.append(show())
    return seen


def in_ghdl(name: str, stimulus: Iterable[Inputs], converted: Path, directory: Path) -> list[str]:
    """The same in ghdl; U and X are seen as such."""
    inputs, _ = _pins(name)
    (directory / "stimulus").write_text("".join(f"{_row(inputs, levels)}\n" for levels in stimulus))
    (directory / "bench.vhd").write_text(vhdl_bench(name))
    (package,) = converted.glob("pck_myhdl_*.vhd")
    sources = [str(package), *map(str, files(name, ".vhd", converted)), "bench.vhd"]
    for command in (["-a", "--std=08", *sources], ["-e", "--std=08", "bench"], ["-r", "--std=08", "bench"]):
        done = subprocess.run(
            ["ghdl", *command],
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    return (directory / "seen").read_text().splitlines()


def vhdl_bench(name: str) -> str:
    """The bench of circuit `name`."""
    circuit = MODULES[name]
    inputs, outputs = _pins(name)
    declared, assigned = [], []
    high = sum(port.width for port in inputs) - 1
    below = high
    for port in (*inputs, *outputs):
        kind, start = "std_logic", "'0'"
        if port.width > 1:
            kind, start = f"unsigned({port.width - 1} downto 0)", "(others => '0')"
        value = f" := {start}" if port in inputs else ""
        declared.append(f"    signal pin_{port.name}: {kind}{value};")
    for port in inputs:
        low = below - port.width + 1
        level = f"unsigned(levels({below} downto {low}))" if port.width > 1 else f"levels({below})"
        assigned.append(f"            pin_{port.name} <= {level};")
        below = low - 1
    joints = [f"{port.name} => pin_{port.name}" for port in (*inputs, *outputs)]
    if circuit.clock:
        joints.append(f"{circuit.clock} => clock")
    shown = [f"std_logic_vector(pin_{p.name})" if p.width > 1 else f"pin_{p.name}" for p in outputs]
    word = " & ".join(['std_logic_vector\'("")', *shown])  # or one bit alone would be no word
    return _BENCH.format(
        name=name,
        signals="\n".join(declared),
        joints=", ".join(joints),
        inputs=high,
        outputs=word,
        assignments="\n".join(assigned),
        half_cycle=HALF_CYCLE_PS,
    )
