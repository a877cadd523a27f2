"""Which registers of a circuit in the place of one of ours are recorded: those that are like ours."""

from pathlib import Path

import pytest

from hw.modules import MODULES
from hw.substitute import substitute
from sim.scenario.circuits import find

SOURCE = """
from typing import Annotated
from myhdl import Signal, always, block, enum, intbv
from hw.mac import receive
from hw.ports import Sig, of
Pin = Annotated[Sig, of(receive.mac_receive)]
State = enum("IDLE", "BUSY")

@block
def _my__receive({}):
    state = {}

    @always(rx_clk.posedge)
    def step():
        if rx_dv:
            state.next = {}

    return step
"""
PORTS = ", ".join(f"{port.name}: Pin" for port in MODULES["mac_receive"].ports)


@pytest.mark.parametrize(
    ("register", "value", "probes"),
    [
        ("Signal(receive.State.IDLE)", "receive.State.DATA", ("state",)),
        ("Signal(State.IDLE)", "State.BUSY", ()),
        ("Signal(intbv(0)[3:])", "1", ()),
    ],
)
def test_states_are_compared(tmp_path: Path, register: str, value: str, probes: tuple[str, ...]) -> None:
    """And the name is one for Verilator, whatever the block is called."""
    source = SOURCE.format(PORTS, register, value)
    (tmp_path / "mine.py").write_text(source)
    name = substitute("mac_receive", find(f"{tmp_path / 'mine.py'}:_my__receive"))
    circuit = MODULES.pop(name)
    substitute.cache_clear()
    assert circuit.probes == probes
    assert "__" not in name
    assert f"module {name} (" in circuit.verilog
