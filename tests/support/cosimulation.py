"""A circuit and its converted Verilog side by side: in MyHDL, and in Icarus under MyHDL's VPI bridge."""

import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from bench import Bench
from converted import files, pins, verilog_bench
from myhdl import Cosimulation, Signal

from hw.modules import MODULES
from hw.ports import Direction, signals
from hw.reset import RESET, gets_reset

HALF_CYCLE_PS = 10


def build_bridge(directory: Path) -> Path:
    """Compile the VPI module whose source comes with MyHDL; return the module's path."""
    source = {
        item.name: Path(str(item.locate())).resolve()
        for item in metadata.files("myhdl") or ()
        if item.parent.name == "icarus" and item.suffix == ".c"
    }
    command = ["iverilog-vpi", str(source["myhdl.c"]), str(source["myhdl_table.c"])]
    subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=120)
    return directory / "myhdl.vpi"


def compile_for_bridge(name: str, converted: Path, directory: Path) -> Path:
    """Compile a circuit's or box's Verilog in a bench that MyHDL drives; return the compiled file's path."""
    ports = pins(name)
    inputs = ", ".join(port.name for port in ports if port.direction is Direction.IN)
    outputs = ", ".join(port.name for port in ports if port.direction is Direction.OUT)
    bench = directory / "bench.v"
    bench.write_text(verilog_bench(name, f"initial begin $from_myhdl({inputs}); $to_myhdl({outputs}); end"))
    compiled = directory / f"{name}.vvp"
    command = ["iverilog", "-g2012", "-o", str(compiled), str(bench), *map(str, files(name, ".v", converted))]
    subprocess.run(command, check=True, timeout=60)
    return compiled


def bridged(compiled: Path, bridge: Path, ends: dict[str, Any]) -> Cosimulation:
    """What was compiled for the bridge, in Icarus, with signals at its pins."""
    return Cosimulation(["vvp", "-M", str(bridge.parent), "-m", bridge.stem, str(compiled)], **ends)


class Twins(Bench):
    """Circuit `name` twice, on the same input pins."""

    def __init__(self, name: str, compiled: Path, bridge: Path) -> None:
        circuit = MODULES[name]
        self.wires = signals(circuit.ports)
        self._verilog = {p.name: p.signal() for p in circuit.ports if p.direction is Direction.OUT}
        self._clock = self.wires[circuit.clock] if circuit.clock else Signal(False)
        reset = {RESET.name: Signal(False)} if gets_reset(circuit) else {}
        icarus = bridged(compiled, bridge, reset | self.wires | self._verilog)
        super().__init__(circuit.block(**self.wires), icarus)

    def tick(self, inputs: dict[str, int]) -> None:
        """Set `inputs` while the clock is low, then let it rise."""
        for name, value in inputs.items():
            self.wires[name].next = value
        self._clock.next = False
        self.run_for(HALF_CYCLE_PS)
        self._clock.next = True
        self.run_for(HALF_CYCLE_PS)

    def outputs(self) -> tuple[dict[str, int], dict[str, int]]:
        """What the pins show: in MyHDL, in Icarus."""
        return (
            {name: int(self.wires[name]) for name in self._verilog},
            {name: int(signal) for name, signal in self._verilog.items()},
        )
