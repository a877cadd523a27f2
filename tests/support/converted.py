"""Conversion of every circuit, each in a process that has elaborated nothing before.

Run as a script: `python converted.py DIRECTORY`. It forks once per circuit and language, because MyHDL's
inner names depend on the history of the process.
"""

import os
import subprocess
import sys
from pathlib import Path

from hw.convert import SUFFIXES, convert_module
from hw.modules import MODULES
from hw.ports import Direction


def convert_all(directory: Path, hash_seed: int) -> Path:
    """Convert every circuit to both languages into `directory`, in a fresh Python with `hash_seed`."""
    directory.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    subprocess.run([sys.executable, __file__, str(directory)], env=environment, check=True, timeout=120)
    return directory


def verilog_bench(name: str, body: str) -> str:
    """A Verilog module with circuit `name` as `dut`, its inputs as registers that start at 0, and `body`."""
    lines = ["module bench;"]
    for port in MODULES[name].ports:
        kind, start = ("reg", " = 0") if port.direction is Direction.IN else ("wire", "")
        lines.append(f"{kind} [{port.width - 1}:0] {port.name}{start};")
    pins = ", ".join(f".{port.name}({port.name})" for port in MODULES[name].ports)
    return "\n".join([*lines, f"{name} dut({pins});", body, "endmodule", ""])


def _main(directory: Path) -> None:
    for name in MODULES:
        for hdl in SUFFIXES:
            child = os.fork()
            if child == 0:
                convert_module(name, "verilog" if hdl == "verilog" else "vhdl", directory)
                os._exit(0)
            if os.waitpid(child, 0)[1] != 0:
                sys.exit(f"{name} does not convert to {hdl}")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
