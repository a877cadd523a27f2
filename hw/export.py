"""What `thicknet convert` writes: modules, a list of their files, and for Verilog a testbench."""

from dataclasses import dataclass
from pathlib import Path

from hw import structure, testbench
from hw.boxes import BOXES, PORTS, alone
from hw.convert import SUFFIXES, Hdl, convert_module, header
from hw.modules import MODULES


@dataclass(frozen=True, slots=True)
class Export:
    """The files, and the commands that run the testbench, each by the name of its simulator."""

    files: list[Path]
    commands: dict[str, str]


def convert(name: str, hdl: Hdl, directory: Path, ports: int = PORTS) -> list[Path]:
    """Write the box or circuit `name`, in one file a module, into `directory`; return the files' paths.

    A box comes after the modules that it is made of, as an analyser of VHDL wants them. Raises OSError when
    that is impossible.
    """
    if name not in BOXES:
        return [convert_module(name, MODULES[name], hdl, directory, reset=True)]
    box = BOXES[name].box(ports)
    made = f"thicknet convert {name}" + (f" --ports {ports}" if BOXES[name].most_ports else "")
    written = [
        convert_module(module, circuit, hdl, directory, made if circuit.has_bundles else "", reset=True)
        for module, circuit in box.circuits.items()
    ]
    if len(box.instances) > 1:
        top = directory / (name + SUFFIXES[hdl])
        text = structure.verilog(name, box) if hdl == "verilog" else structure.vhdl(name, box)
        head = header(name, box.meaning, f"{made} --hdl {hdl}", "hw/boxes.py", box.pins, hdl)
        top.write_text(head + text, encoding="utf-8")
        written.append(top)
    return written


def export(name: str, hdl: Hdl, directory: Path, ports: int = PORTS) -> Export:
    """Write the box or circuit `name` into `directory`. Raises OSError when that is impossible."""
    sources = convert(name, hdl, directory, ports)
    listed = directory / f"{name}.f"
    listed.write_text("".join(f"{path.name}\n" for path in sources), encoding="utf-8")
    if hdl != "verilog":
        return Export([*sources, listed], {})
    box = BOXES[name].box(ports) if name in BOXES else alone(name)
    steps = list(testbench.random_steps(box))
    bench = testbench.write(name, testbench.pins_of(box), steps, directory)
    icarus = f"iverilog -g2012 -o {name}.vvp -c {name}.f {name}_tb.v && vvp -n {name}.vvp"
    build = f"verilator --binary --timing -CFLAGS -std=c++20 -f {name}.f {name}_tb.v --top-module {name}_tb"
    verilator = f"{build} && obj_dir/V{name}_tb"
    return Export(
        [*sources, listed, *bench],
        {
            tool: f"cd {directory} && {command}"
            for tool, command in (("Icarus", icarus), ("Verilator", verilator))
        },
    )
