"""Writes circuits' Verilog and the C++ around it: `python -m sim.engine.compiled.generate NAME DIRECTORY …`.

A process of its own: MyHDL keeps what it elaborates, several circuits are converted side by side, and a run
that finds its libraries in the cache elaborates nothing. To import MyHDL and the circuits takes ten times as
long as to convert one.
"""

import sys
from pathlib import Path

from hw.convert import convert_module
from hw.kinds import find_circuit
from hw.ports import JoinError
from sim.engine.compiled import wrapper
from sim.engine.compiled.toolchain import BuildError


def generate(name: str, directory: Path) -> None:
    """Write NAME.v, its probes marked, and face.cpp (`wrapper.face`) into `directory`."""
    circuit = find_circuit(name)
    if not circuit.verilog:
        convert_module(name, circuit, "verilog", directory)
    path = directory / f"{name}.v"
    verilog = circuit.verilog or path.read_text(encoding="utf-8")
    marked, probes = wrapper.mark_probes(name, circuit.probes, verilog)
    path.write_text(marked, encoding="utf-8")
    (directory / "face.cpp").write_text(wrapper.face(name, circuit, probes), encoding="utf-8")


if __name__ == "__main__":
    try:
        for name, directory in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
            generate(name, Path(directory))
    except (BuildError, JoinError) as error:
        sys.exit(f"error: {error}")
