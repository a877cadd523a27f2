"""An adapter whose box runs in Icarus Verilog, with crystals, clock recovery, MAU and memory in MyHDL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cosimulation import bridged
from myhdl import Signal

from hw.adapter import wiring
from hw.adapter.adapter import Adapter
from hw.adapter.wiring import Station
from hw.analogue.events import Clock, _Listener, at, now, on_change
from hw.boxes import BOXES
from hw.gate import Gate, opener
from hw.ports import Direction

BOX = BOXES["adapter"]
HOLD_PS = 1
"""How long after its change an input reaches Icarus: a clock that rises in that instant is there first."""
LONGEST_STEP_PS = 4_000_000
"""The bridge counts a step in 32 bits of femtoseconds."""
SAMPLED_NEW = ("rx_bit", "rx_valid", "rx_violation")
"""What clock recovery shows before it lets the clock rise, in one step."""


class IcarusAdapter(Adapter):
    """As `Adapter`; its only block is the bridge to Icarus."""

    def __init__(self, station: Station, compiled: Path, bridge: Path) -> None:
        super().__init__(station)
        ends: dict[str, Any] = {}
        for pin in BOX.pins:
            if pin.name in wiring.CLOCKS:
                ends[pin.name] = _pulse(self.clocks[pin.name])
            elif pin.direction is Direction.OUT or pin.name in SAMPLED_NEW:
                ends[pin.name] = self.wires[pin.name]
            else:
                ends[pin.name] = _held(self.wires[pin.name])
        self._awake = False
        on_change(self.wires["s_stb"], self._wake)
        self.blocks = {"adapter": bridged(compiled, bridge, ends)}

    def _blocks(self) -> dict[str, Any]:
        for run in BOX.gates:
            self.wires[run] = Signal(False)
        return {}

    def _wake(self) -> None:
        """The first bus cycle; before it nothing has happened."""
        if not self._awake:
            self._awake = True
            _keep_awake()


def gate_of_box(gate: Gate, wires: dict[str, Any]) -> tuple[Callable[[], bool], list[Any]]:
    """As `hw.gate.opener`; of an Icarus adapter the box itself tells which clocks it needs."""
    (name,) = (name for name, other in BOX.gates.items() if other is gate)
    if name not in wires:
        return opener(gate, wires)
    run = wires[name]
    return lambda: bool(run), [run]


def _keep_awake() -> None:
    at(now() + LONGEST_STEP_PS, _keep_awake)


def _pulse(clock: Clock) -> Any:
    """A pin that rises with `clock` and falls a little later, when nobody looks."""
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
