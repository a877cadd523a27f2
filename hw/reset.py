"""The reset input of what is converted, which no circuit has in a simulation.

In a simulated network registers begin with their starting values, and clocks stand still when nothing
happens: a reset would need them to run. Outside, each converted module with a clock gets an input `reset`. It
is synchronous: at each rise of the module's clock at which it is high, all registers of the module take their
starting values, and so its state machines their first states. Memories keep what is in them, and the register
that reads one, which is part of it in a block RAM, its word.

The text is extended process by process: where a process ends, the registers that it assigns are assigned
once more under `reset`, and the last assignment counts. A circuit with a `reset` of its own stays as it is.
"""

import re
from collections.abc import Iterable

from hw.modules import Circuit
from hw.ports import Direction, Port

RESET = Port("reset", Direction.IN, 1, "synchronous reset: registers take their starting values")


def exported_ports(circuit: Circuit) -> tuple[Port, ...]:
    """The ports of the module that `circuit` is converted to."""
    return (RESET, *circuit.ports) if gets_reset(circuit) else circuit.ports


def gets_reset(circuit: Circuit) -> bool:
    """Whether conversion adds the input to `circuit`: it has a clock, and no such port of its own."""
    return bool(circuit.clock) and all(port.name != RESET.name for port in circuit.ports)


def in_verilog(text: str) -> str:
    """The module in `text` with a reset."""
    values = dict(re.findall(r"(?m)^reg (?:\[\d+:0\] )?(\w+) = ([^;]+);", text))
    memories = re.findall(r"(?m)^reg \[\d+:0\] (\w+) \[0:", text)
    text = re.sub(r"(?m)^(module \w+ \(\n)", r"\1    reset,\n", text, count=1)
    text = re.sub(r"(?m)^(?=input )", f"input reset; // {RESET.meaning}\n", text, count=1)

    def extend(match: re.Match[str]) -> str:
        names = _assigned(match[0], r"\[", memories)
        lines = [f"        {name} <= {values[name]};\n" for name in names if name in values]
        return f"{match[1]}    if (reset) begin\n{''.join(lines)}    end\nend\n" if lines else match[0]

    extended = re.sub(r"(?ms)^(always @\(posedge \w+\) begin: \w+\n.*?)^end\n", extend, text)
    # In a module that is nothing but memory there is nothing to reset.
    return (
        extended if extended != text else text.replace("\nendmodule", "\nwire unused = reset;\n\nendmodule")
    )


def in_vhdl(text: str) -> str:
    """The entity in `text` with a reset."""
    kinds = r"(?:std_logic|unsigned\([^)]*\)|t_enum_\w+)"
    values = dict(re.findall(rf"(?m)^signal (\w+): {kinds} := ([^;]+);", text))
    memories = re.findall(r"(?m)^signal (\w+): t_array_\w+", text)
    values |= dict(re.findall(rf"(?m)^        (\w+): (?:out|inout) {kinds} := ([^;\s]+)", text))
    text = re.sub(
        r"(?m)^(    port \(\n)", rf"\1        reset: in std_logic := '0'; -- {RESET.meaning}\n", text, count=1
    )

    def extend(match: re.Match[str]) -> str:
        names = _assigned(match[0], r"\(", memories)
        lines = [f"            {name} <= {values[name]};\n" for name in names if name in values]
        if not lines:
            return match[0]
        return f"{match[1]}        if bool(reset) then\n{''.join(lines)}        end if;\n{match[2]}"

    process = r"(?ms)^(\w+: process \(\w+\) is\n.*?)^(    end if;\nend process \w+;\n)"
    return re.sub(process, extend, text)


def _assigned(process: str, index: str, memories: Iterable[str]) -> list[str]:
    """The names that a process assigns, each once, in the order of the text; none if it is a memory's."""
    if any(re.search(rf"\b{memory}\b", process) for memory in memories):
        return []
    return list(dict.fromkeys(re.findall(rf"(?m)^\s+(\w+)(?:{index}.*?)? <= ", process)))
