"""The C face of a circuit's library, around what Verilator generates.

A tick does not lower the clock: half of the work would be to find out that nothing happens. The clock stays
high, and the generated flag that remembers its last level is cleared, so that the next evaluation sees an
edge. Nor does it go through `eval()`, whose frame costs more than most circuits do (docs/decisions.md): it
calls the function inside. That one first brings the combinational logic behind the inputs up to date, then
runs the clocked processes, then the logic behind the registers.

The library's handle of an instance is its root, the object with the registers and the ports.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.engine.compiled.toolchain import GET_VERILATOR, BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hw.modules import Circuit

PREFIX = "Model"
"""What Verilator calls the class that it writes."""

_FACE = """\
#define API extern "C" __attribute__((visibility("default")))
using Root = {prefix}___024root;

namespace {{
VerilatedContext context;
template <class T> constexpr int bytes() {{
    static_assert(sizeof(T) <= 8, "a port or probe of more than 64 bits");
    return sizeof(T);
}}
}}

API void* thicknet_create() {{
    auto* model = new {prefix}(&context);
    model->eval();
    return model->rootp;
}}
API void thicknet_destroy(void* handle) {{ delete static_cast<Root*>(handle)->vlSymsp->__Vm_modelp; }}
API void thicknet_settle(void* handle) {{ {prefix}___024root___eval(static_cast<Root*>(handle)); }}
API void thicknet_tick(void* handle) {{
    auto* root = static_cast<Root*>(handle);
    {edge}
    {prefix}___024root___eval(root);
}}
"""

_TABLE = """\
API void* thicknet_{what}(void* handle, int number) {{
    [[maybe_unused]] auto* root = static_cast<Root*>(handle);
    switch (number) {{
{addresses}    default: return nullptr;
    }}
}}
API int thicknet_{what}_bytes(int number) {{
    switch (number) {{
{sizes}    default: return 0;
    }}
}}
"""


def mark_probes(name: str, probes: Iterable[str], verilog: str) -> tuple[str, list[str]]:
    """Circuit `name`'s Verilog with its probes marked, so that Verilator keeps them, and their names."""
    registers = []
    for probe in probes:
        # MyHDL numbers instances: `link.state` is emitted as link0_state or link0_1_state.
        *instances, register = probe.split(".")
        pattern = "".join(rf"{instance}\d+(?:_\d+)*_" for instance in instances) + register
        found = re.findall(rf"(?m)^reg (?:\[\d+:0\] )?({pattern})\b", verilog)
        if len(found) != 1:
            raise BuildError(f"circuit {name} has {len(found)} registers that could be its probe {probe}")
        registers.append(found[0])
        verilog = re.sub(
            rf"(?m)^(reg (?:\[\d+:0\] )?{found[0]})\b", r"\1 /*verilator public_flat_rd*/", verilog
        )
    return verilog, registers


def face(name: str, circuit: Circuit, probes: list[str]) -> str:
    """The C++ of the library's functions; LAST_CLOCK in it waits for `complete`."""
    names = [port.name for port in circuit.ports]
    inner = [f"{name}__DOT__{probe}" for probe in probes]
    edge = f"root->{circuit.clock} = 1;\n    root->LAST_CLOCK = 0;" if circuit.clock else ""
    return (
        _FACE.format(prefix=PREFIX, edge=edge) + _table("port", names, circuit.clock) + _table("probe", inner)
    )


def complete(name: str, face: str, header: str) -> str:
    """The library's functions, with LAST_CLOCK as Verilator's header for the root calls it."""
    found = re.findall(r"\b__Vtrig\w*prev\w*(?=;)", header)
    if len(found) != int("LAST_CLOCK" in face):
        raise BuildError(
            f"this Verilator wrote code of an unknown shape for {name}, with {len(found)} flags for its "
            f"clock's last level; thicknet is tested with 5.48 ({GET_VERILATOR})"
        )
    return face.replace("LAST_CLOCK", "".join(found))


def _table(what: str, members: list[str], hidden: str = "") -> str:
    shown = [(number, member) for number, member in enumerate(members) if member != hidden]
    return _TABLE.format(
        what=what,
        addresses="".join(f"    case {number}: return &root->{member};\n" for number, member in shown),
        sizes="".join(
            f"    case {number}: return bytes<decltype(Root::{member})>();\n" for number, member in shown
        ),
    )
