"""Conversion of every circuit and box, in one fresh process.

Run as a script: `python converted.py DIRECTORY forwards|backwards`.
"""

import os
import subprocess
import sys
from pathlib import Path

from shared import made_once

from hw.boxes import BOXES, alone
from hw.convert import SUFFIXES
from hw.export import convert
from hw.modules import MODULES
from hw.ports import Direction, Port

NAMES = tuple(dict.fromkeys([*MODULES, *BOXES]))
"""All that `thicknet convert` knows."""


def pins(name: str) -> tuple[Port, ...]:
    """The declared ports of a circuit or box."""
    return (BOXES[name].box() if name in BOXES else alone(name)).pins


def files(name: str, suffix: str, directory: Path) -> list[Path]:
    """What `convert` wrote of a circuit or box, modules first."""
    parts = BOXES[name].box().circuits if name in BOXES else {}
    return [directory / (part + suffix) for part in dict.fromkeys([*parts, name])]


def converted() -> Path:
    """A directory with all of them in both languages, shared by all tests."""
    return made_once("converted", ("hw",), lambda directory: convert_all(directory, hash_seed=1))


def convert_all(directory: Path, hash_seed: int, order: str = "forwards") -> None:
    """Convert all to both languages into `directory`, in a fresh Python with `hash_seed`."""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, __file__, str(directory), order]
    subprocess.run(command, env=environment, check=True, timeout=120)


def verilog_bench(name: str, body: str) -> str:
    """A Verilog module with `name` as `dut`, its inputs as registers that start at 0, and `body`."""
    lines = ["module bench;"]
    for port in pins(name):
        kind, start = ("reg", " = 0") if port.direction is Direction.IN else ("wire", "")
        lines.append(f"{kind} [{port.width - 1}:0] {port.name}{start};")
    joints = ", ".join(f".{port.name}({port.name})" for port in pins(name))
    return "\n".join([*lines, f"{name} dut({joints});", body, "endmodule", ""])


def _main(directory: Path, order: str) -> None:
    """Forwards, boxes come first, and what they have brought is there; backwards all is written again."""
    forwards = order == "forwards"
    for name in sorted(NAMES, key=BOXES.__contains__, reverse=forwards):
        for hdl, suffix in SUFFIXES.items():
            made = files(name, suffix, directory)
            if not (forwards and all(file.exists() for file in made)):
                assert convert(name, hdl, directory) == made


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
