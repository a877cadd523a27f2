"""Conversion to Verilog and VHDL, with what MyHDL's converter leaves to be desired put right.

It skips output ports when it writes starting values, so that an output register would be unknown for ever
in any simulator but its own; it writes constants from 2**31 up a bit too wide; and it fills memories by
nonblocking assignments in an initial block; and it lists what a process is sensitive to in the order of a
set. The emitted text is mended here, once, for everybody. Each port's declaration also gets its meaning as
a comment.

MyHDL numbers the parts of a circuit on from those that the process has elaborated before; here each
conversion counts from 0, so that the same bytes come out wherever it is called.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from myhdl import _block, _simulator

from hw import structure
from hw.boxes import BOXES
from hw.hierarchy import check
from hw.modules import MODULES, Circuit
from hw.ports import Direction, Port, signals

Hdl = Literal["verilog", "vhdl"]
SUFFIXES: dict[str, str] = {"verilog": ".v", "vhdl": ".vhd"}


def convert(name: str, hdl: Hdl, directory: Path) -> list[Path]:
    """Write the box or circuit `name`, in one file a module, into `directory`; return the files' paths.

    A box comes after the modules that it is made of, as an analyser of VHDL wants them. Raises OSError when
    that is impossible.
    """
    if name not in BOXES:
        return [convert_module(name, hdl, directory)]
    box = BOXES[name]
    modules = dict.fromkeys(instance.circuit for instance in box.instances)
    written = [convert_module(module, hdl, directory) for module in modules]
    if len(box.instances) > 1:
        top = directory / (name + SUFFIXES[hdl])
        text = structure.verilog(name, box) if hdl == "verilog" else structure.vhdl(name, box)
        top.write_text(text, encoding="utf-8")
        written.append(top)
    return written


def convert_module(name: str, hdl: Hdl, directory: Path) -> Path:
    """Write circuit `name` of `MODULES` into `directory` and return the file's path.

    For VHDL MyHDL's package of helper functions is written beside it. Raises OSError when that is impossible.
    """
    circuit = MODULES[name]
    path = directory / (name + SUFFIXES[hdl])
    with warnings.catch_warnings(), _counting_from_0():
        # A port that a circuit does not read, or reads as well as drives, is no news.
        warnings.simplefilter("ignore")
        block = circuit.block(**signals(circuit.ports))
        check(block)
        block.convert(
            hdl="Verilog" if hdl == "verilog" else "VHDL",
            path=str(directory),
            initial_values=True,
            no_myhdl_header=True,
            **({"testbench": False} if hdl == "verilog" else {}),
            name=name,
        )
    text = path.read_text(encoding="utf-8")
    mended = _mend_verilog(text, circuit) if hdl == "verilog" else _mend_vhdl(text, circuit)
    path.write_text(mended, encoding="utf-8")
    return path


@contextmanager
def _counting_from_0() -> Iterator[None]:
    """MyHDL numbers parts from 0, and afterwards on from where it was."""
    counts = [(part, part.calls) for part in _simulator._blocks if hasattr(part, "calls")]
    names = set(_block._name_set)
    for part, _ in counts:
        part.calls = 0
    _block._name_set.clear()
    try:
        yield
    finally:
        for part, count in counts:
            part.calls = count
        _block._name_set.clear()
        _block._name_set.update(names)


def _mend_verilog(text: str, circuit: Circuit) -> str:
    text = re.sub(r"\b(\d+)'h([0-9a-f]+)", _constant, text)
    text = re.sub(r"(?m)^(\s+\w+\[\w+\]) <= 0;(?=\n\s+end\nend\n)", r"\1 = 0;", text)
    text = re.sub(r"(?m)^(always @\()(.*)(\) begin: \w+)$", _sensitivity, text)
    for port in circuit.ports:
        text = re.sub(
            rf"(?m)^((?:input|output) (?:\[\d+:0\] )?{port.name};)$", rf"\1 // {_comment(port)}", text
        )
        if port.direction is Direction.OUT:
            text = re.sub(rf"(?m)^(reg (?:\[\d+:0\] )?{port.name});$", rf"\1 = {port.initial};", text)
    return _without_blank_runs(text)


def _constant(match: re.Match[str]) -> str:
    width, digits = int(match[1]), match[2]
    bits = int(digits, 16).bit_length()
    return f"{bits if bits >= 32 and width == bits + 1 else width}'h{digits}"


def _sensitivity(match: re.Match[str]) -> str:
    return match[1] + ", ".join(sorted(match[2].split(", "))) + match[3]


def _mend_vhdl(text: str, circuit: Circuit) -> str:
    text = re.sub(r"(?m)^(\w+: process \()(.*)(\) is)$", _sensitivity, text)
    for port in circuit.ports:
        value = ""
        if port.direction is Direction.OUT:
            value = f" := '{port.initial}'" if port.width == 1 else f' := "{port.initial:0{port.width}b}"'
        text = re.sub(
            rf"(?m)^(        {port.name}: (?:in|out|inout) [^;\n]+?)(;?)$",
            rf"\1{value}\2 -- {_comment(port)}",
            text,
        )
    literals = re.findall(r"\w+", " ".join(re.findall(r"(?s)type t_enum_\w+ is \((.*?)\);", text)))
    if literals:
        # VHDL does not tell a state from a port of the same letters.
        state = re.compile(rf"\b({'|'.join(literals)})\b")
        lines = (line.partition("--") for line in text.split("\n"))
        text = "\n".join(state.sub(r"s_\1", code) + dashes + comment for code, dashes, comment in lines)
    return _without_blank_runs(text)


def _comment(port: Port) -> str:
    return port.meaning.replace("\\", "")


def _without_blank_runs(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).lstrip("\n")
