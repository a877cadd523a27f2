"""Conversion to Verilog and VHDL, with what MyHDL's converter leaves to be desired put right.

It skips output ports when it writes starting values, so that an output register would be unknown forever in
any simulator but its own; it writes constants from 2**31 up a bit too wide; it fills memories by
nonblocking assignments in an initial block; and it lists what a process is sensitive to in the order of a
set. The emitted text is corrected here, once, for all circuits. Each port's declaration also gets its
meaning as a comment.

MyHDL numbers the parts of a circuit on from those that the process has elaborated before; here each
conversion counts from 0, so that the same bytes come out wherever it is called.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

from myhdl import EnumType, _block, _simulator

from hw.hierarchy import check
from hw.modules import Circuit
from hw.ports import Direction, Port, signals
from hw.reset import gets_reset, in_verilog, in_vhdl

Hdl = Literal["verilog", "vhdl"]
STRAP = "strap: "
"""In the meaning of a pin that never changes."""
BIG_MEMORY = 4096
"""Words."""
SUFFIXES: dict[str, str] = {"verilog": ".v", "vhdl": ".vhd"}


def convert_module(
    name: str, circuit: Circuit, hdl: Hdl, directory: Path, made: str = "", *, reset: bool = False
) -> Path:
    """Write `circuit` into `directory`, as module `name`, and return the file's path.

    `made` is the command that does so, if it is not that for the circuit alone. With `reset` it gets that
    input (`hw.reset`).

    For VHDL MyHDL's package of helper functions is written beside it. Raises OSError when that is impossible.
    """
    path = directory / (name + SUFFIXES[hdl])
    with warnings.catch_warnings(), _counting_from_0():
        # A port that a circuit does not read, or reads as well as drives, needs no warning.
        warnings.simplefilter("ignore")
        block = circuit.block(**signals(circuit.ports))
        check(block)
        with _states_by_name(block) as states:
            block.convert(
                hdl="Verilog" if hdl == "verilog" else "VHDL",
                path=str(directory),
                initial_values=True,
                no_myhdl_header=True,
                **({"testbench": False} if hdl == "verilog" else {}),
                name=name,
            )
    text = path.read_text(encoding="utf-8")
    mended = _mend_verilog(text, circuit, states) if hdl == "verilog" else _mend_vhdl(text, circuit)
    if reset and gets_reset(circuit):
        mended = in_verilog(mended) if hdl == "verilog" else in_vhdl(mended)
    function = circuit.block.func
    source = function.__module__.replace(".", "/") + ".py"
    made = f"{made or f'thicknet convert {name}'} --hdl {hdl}"
    meaning = (function.__doc__ or "").split("\n")[0]
    path.write_text(header(name, meaning, made, source, circuit.ports, hdl) + mended, encoding="utf-8")
    return path


def header(name: str, meaning: str, made: str, source: str, ports: Iterable[Port], hdl: Hdl) -> str:
    """What stands above a converted module: what it is, of which version, how it was made, its clocks and
    straps."""
    ports = list(ports)
    clocks = [f"    {port.name}: {_comment(port)}" for port in ports if port.is_clock]
    straps = [port.name for port in ports if STRAP in port.meaning]
    lines = [
        f"{name}: {meaning}",
        f"Of thicknet {version('thicknet')}. SPDX-License-Identifier: MIT",
        f"Made from {source} by: {made}",
        *(["Clocks, of which the rising edge counts:", *clocks] if clocks else ["It has no clock."]),
        *(["Straps, to be tied to a level; what depends on one that is open is unknown:"] if straps else []),
        *wrap(", ".join(straps), 100, initial_indent="    ", subsequent_indent="    "),
    ]
    dashes = "//" if hdl == "verilog" else "--"
    return "".join(f"{dashes} {line}\n" for line in lines) + "\n"


@contextmanager
def _states_by_name(block: Any) -> Iterator[dict[str, str]]:
    """Let MyHDL write the states of the circuits in `block` by name into Verilog; those that it has written,
    with their values."""
    written: dict[str, str] = {}
    with ExitStack() as patches:
        for function in {part.func: None for part in _circuits(block)}:
            for machine in function.__globals__.values():
                if isinstance(machine, EnumType):
                    prefix = function.__module__.rpartition(".")[2].upper()
                    kind = type(getattr(machine, machine._names[0]))
                    patches.callback(setattr, kind, "_toVerilog", kind._toVerilog)
                    kind._toVerilog = _namer(prefix, kind._toVerilog, written)
        yield written


def _namer(prefix: str, literal: Any, written: dict[str, str]) -> Any:
    def name(item: Any, dontcare: bool = False) -> str:
        known = f"{prefix}_{item._name}"
        written[known] = literal(item)
        return known

    return name


def _circuits(block: Any) -> Iterator[Any]:
    yield block
    for part in block.subs:
        if isinstance(part, _block._Block):
            yield from _circuits(part)


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


def _mend_verilog(text: str, circuit: Circuit, states: Mapping[str, str]) -> str:
    text = re.sub(r"\b(\d+)'h([0-9a-f]+)", _constant, text)
    text = re.sub(r"(?m)^(\s+\w+\[\w+\]) <= 0;(?=\n\s+end\nend\n)", r"\1 = 0;", text)
    text = re.sub(r"(?ms)^initial begin: INITIALIZE_\w+\n.*?i<(\d+);.*?^end$", _zeros, text)
    text = re.sub(r"(?m)^(always @\()(.*)(\) begin: \w+)$", _sensitivity, text)
    for port in circuit.ports:
        text = re.sub(
            rf"(?m)^((?:input|output) (?:\[\d+:0\] )?{port.name};)$", rf"\1 // {_comment(port)}", text
        )
        if port.direction is Direction.OUT:
            text = re.sub(rf"(?m)^(reg (?:\[\d+:0\] )?{port.name});$", rf"\1 = {port.initial};", text)
    named = [f"localparam {name} = {value};\n" for name, value in states.items()]
    text = re.sub(r"(?m)^(?=input|output)", "".join(named) + "\n", text, count=1)
    return _without_blank_runs(text)


def _zeros(match: re.Match[str]) -> str:
    """The zeros of a memory, which a synthesiser would unroll if it is big; block RAM has them by itself."""
    return match[0] if int(match[1]) < BIG_MEMORY else f"`ifndef SYNTHESIS\n{match[0]}\n`endif"


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
        # VHDL does not distinguish a state from a port of the same letters.
        state = re.compile(rf"\b({'|'.join(literals)})\b")
        lines = (line.partition("--") for line in text.split("\n"))
        text = "\n".join(state.sub(r"s_\1", code) + dashes + comment for code, dashes, comment in lines)
    return _without_blank_runs(text)


def _comment(port: Port) -> str:
    return port.meaning.replace("\\", "")


def _without_blank_runs(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).lstrip("\n")
