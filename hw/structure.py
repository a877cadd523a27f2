"""A box as text: its modules as instances, its wires by name, and the gates of its clocks.

The modules themselves are files of their own (`hw.convert`).
"""

from collections.abc import Iterable, Iterator

from hw.boxes import Box, End, Instance, Run
from hw.ports import Direction, Port


def verilog(name: str, box: Box) -> str:
    """Box `name` in Verilog, in the style of the converted modules."""
    lines = ["`timescale 1ns/10ps", "", f"module {name} ("]
    lines += _separated(f"    {pin.name}" for pin in box.pins)
    lines += [");", f"// {box.meaning}", ""]
    lines += [f"{pin.direction.value} {_range(pin)}{pin.name}; // {pin.meaning}" for pin in box.pins]
    lines += ["", *(f"wire {_range(wire)}{wire.name}; // {wire.meaning}" for wire in box.wires)]
    for instance, label in _labelled(box):
        lines += ["", f"{instance.module} {label} ("]
        lines += _separated(f"    .{port.name}({_verilog(end)})" for port, end in instance.joints)
        lines += [");"]
    lines.append("")
    for run in box.runs:
        lines += [f"assign {_verilog(run.output)} =", *_chain(_verilog_terms(run), " |")]
    lines += [f"assign {wire.name} = {wire.width}'d{level};" for wire, level in box.tied]
    lines += [f"wire unused = &{{1'b0, {', '.join(box.unused)}}};"] if box.unused else []
    return "\n".join([*lines, "", "endmodule", ""])


def vhdl(name: str, box: Box) -> str:
    """Box `name` in VHDL-2008."""
    lines = ["library IEEE;", "use IEEE.std_logic_1164.all;", "use IEEE.numeric_std.all;", ""]
    lines += [f"entity {name} is", "    port ("]
    ends = [";"] * (len(box.pins) - 1) + [""]
    modes = {Direction.IN: "in", Direction.OUT: "out"}
    lines += [
        f"        {pin.name}: {modes[pin.direction]} {_type(pin)}{end} -- {pin.meaning}"
        for pin, end in zip(box.pins, ends, strict=True)
    ]
    lines += ["    );", f"end entity {name};", f"-- {box.meaning}", ""]
    lines += [f"architecture structure of {name} is", ""]
    lines += [f"signal {wire.name}: {_type(wire)}; -- {wire.meaning}" for wire in box.wires]
    lines += ["", "begin"]
    for instance, label in _labelled(box):
        lines += ["", f"{label}: entity work.{instance.module} port map ("]
        lines += _separated(f"    {port.name} => {_vhdl(end)}" for port, end in instance.joints)
        lines += [");"]
    lines.append("")
    for run in box.runs:
        lines += [f"{_vhdl(run.output)} <=", *_chain(_vhdl_terms(run), " or")]
    lines += [f"{wire.name} <= {_vhdl_level(wire, level)};" for wire, level in box.tied]
    return "\n".join([*lines, "", "end architecture structure;", ""])


def _labelled(box: Box) -> Iterator[tuple[Instance, str]]:
    """The instances, each with a name of its own."""
    for place, instance in enumerate(box.instances):
        before = sum(other.module == instance.module for other in box.instances[:place])
        yield instance, f"{instance.module}_{before}"


def _separated(items: Iterable[str]) -> list[str]:
    """One a line, with commas between them."""
    return ",\n".join(items).split("\n")


def _chain(terms: Iterable[str], operator: str) -> list[str]:
    """One a line, with operators between them."""
    return (f"{operator}\n".join(f"    {term}" for term in terms) + ";").split("\n")


def _range(port: Port) -> str:
    return "" if port.width == 1 else f"[{port.width - 1}:0] "


def _type(port: Port) -> str:
    return "std_logic" if port.width == 1 else f"unsigned({port.width - 1} downto 0)"


def _verilog(end: End) -> str:
    if end.width == end.of:
        return end.wire
    return f"{end.wire}[{_bits(end, ':')}]"


def _vhdl(end: End) -> str:
    if end.width == end.of:
        return end.wire
    return f"{end.wire}({_bits(end, ' downto ')})"


def _vhdl_level(wire: Port, level: int) -> str:
    return f"'{level}'" if wire.width == 1 else f'"{level:0{wire.width}b}"'


def _bits(end: End, to: str) -> str:
    return str(end.first) if end.width == 1 else f"{end.first + end.width - 1}{to}{end.first}"


def _verilog_terms(run: Run) -> Iterator[str]:
    for level in run.levels:
        yield _verilog(level) if level.width == 1 else f"(|{_verilog(level)})"
    for one, other in run.pairs:
        yield f"({_verilog(one)} ^ {_verilog(other)})"


def _vhdl_terms(run: Run) -> Iterator[str]:
    for level in run.levels:
        yield _vhdl(level) if level.width == 1 else f"(or {_vhdl(level)})"
    for one, other in run.pairs:
        yield f"({_vhdl(one)} xor {_vhdl(other)})"
