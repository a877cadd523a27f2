"""What `thicknet convert` writes: modules, a list of their files, and for Verilog a testbench."""

from dataclasses import dataclass
from pathlib import Path

from hw import testbench
from hw.boxes import BOXES, PORTS, alone
from hw.convert import Hdl, convert


@dataclass(frozen=True, slots=True)
class Export:
    """The files, and the commands that run the testbench, each by the name of its simulator."""

    files: list[Path]
    commands: dict[str, str]


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
