"""An adapter whose box runs in Icarus Verilog, with crystals, clock recovery, MAU and memory in MyHDL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cosimulation import bridged
from myhdl import Signal

from hw.adapter.netlist import RESET_GATE, SLOW_GATES, TX_GATE
from hw.analogue.events import Clock, _Listener, at, now, on_change
from hw.boxes import BOXES
from hw.gate import Gate
from hw.netlist import Unit
from hw.ports import Direction
from hw.reset import RESET
from sim.engine.myhdl_parts import Assembly

BOX = BOXES["adapter"]
HOLD_PS = 1
"""How long after its change an input reaches Icarus: a clock that rises in that instant is there first."""
LONGEST_STEP_PS = 4_000_000
"""The bridge counts a step in 32 bits of femtoseconds."""
SAMPLED_NEW = ("rx_bit", "rx_valid", "rx_violation")
"""What clock recovery shows before it lets the clock rise, in one step."""


class IcarusAssembly(Assembly):
    """As `Assembly`, but the circuits of the first adapter are the bridge to Icarus."""

    def __init__(self, compiled: Path, bridge: Path) -> None:
        super().__init__()
        self._compiled = compiled
        self._bridge = bridge
        self.icarus: Unit | None = None

    def unit(self, unit: Unit) -> None:
        super().unit(unit)
        if unit is not self.icarus:
            return
        wires = self.wires[unit]
        ends: dict[str, Any] = {}
        for pin in BOX.box().pins:
            if pin.name == RESET.name:
                ends[pin.name] = Signal(False)
            elif pin.name in unit.clocks:
                ends[pin.name] = _pulse(wires[pin.name])
            elif pin.direction is Direction.OUT or pin.name in SAMPLED_NEW:
                ends[pin.name] = wires[pin.name]
            else:
                ends[pin.name] = _held(wires[pin.name])
        self._awake = False
        on_change(wires["s_stb"], self._wake)
        self.blocks.append(bridged(self._compiled, self._bridge, ends))

    def modules(self, unit: Unit) -> None:
        if self.icarus is None:
            self.icarus = unit
            self.wires[unit] |= {run: Signal(False) for run in BOX.gates}
        else:
            super().modules(unit)

    def gate(self, gate: Gate, unit: Unit) -> tuple[Callable[[], bool], list[Any]]:
        """Of the adapter in Icarus, the box itself shows which clocks it needs; the slow ones are inside."""
        if unit is not self.icarus:
            return super().gate(gate, unit)
        if gate in (RESET_GATE, *SLOW_GATES):
            return lambda: False, []
        runs = [name for name, other in BOX.gates.items() if other is gate]
        (name,) = ["tx_run"] if gate is TX_GATE else runs
        run = self.wires[unit][name]
        return lambda: bool(run), [run]

    def _wake(self) -> None:
        """The first bus cycle; before it nothing has happened."""
        if not self._awake:
            self._awake = True
            _keep_awake()


def _keep_awake() -> None:
    at(now() + LONGEST_STEP_PS, _keep_awake)


def _pulse(clock: Clock) -> Any:
    """A pin that rises with `clock` and falls a little later, when nothing looks."""
    pin = Signal(False)

    def fall() -> None:
        pin.next = False

    def rise() -> None:
        pin.next = True
        at(now() + HOLD_PS, fall)

    _Listener(clock._posedgeWaiters, rise)
    return pin


def _held(wire: Any) -> Any:
    """A pin that follows `wire` after HOLD_PS."""
    pin = Signal(wire.val)

    def follow() -> None:
        pin.next = wire

    def later() -> None:
        at(now() + HOLD_PS, follow)

    on_change(wire, later)
    return pin
