"""The repeater hub in MyHDL: the box that `hw.hub.wiring` describes."""

from collections.abc import Mapping, Sequence
from typing import Any

from myhdl import Signal

from hw.analogue import clock_recovery
from hw.analogue.backplane import Backplane
from hw.analogue.clock_recovery import ClockRecovery
from hw.analogue.crystal import Crystal
from hw.analogue.events import Clock
from hw.assembly import blocks, join
from hw.gate import opener
from hw.hub import wiring
from hw.hub.wiring import Oscillation, Repeater

Wires = dict[str, Any]


class Hub:
    """One hub, with as many ports as `cabled` tells whether a cable is at them.

    Each port is an AUI with its `link`, in `ports`; `core` has the core's wires. `blocks` go to the
    simulator.
    """

    def __init__(self, hub: Repeater, cabled: Sequence[bool]) -> None:
        self._hub = hub
        self._timing = wiring.timing(hub)
        self.core: Wires = _wires(wiring.CORE_CLOCKS, wiring.CORE_WIRES)
        linked = sum(bool(cable) << number for number, cable in enumerate(cabled))
        join(wiring.CORE_INSTANCES, self.core, wiring.core_straps(hub) | {"linked": linked})
        self.core_blocks = blocks(wiring.CORE_INSTANCES, self.core)
        self.ports = [_wires(wiring.PORT_CLOCKS, wiring.PORT_WIRES | {"link": link}) for link in cabled]
        self.blocks = [*self.core_blocks.values()]
        for port in self.ports:
            self.blocks += self._port(port)
        Backplane(self.core, self.ports)
        for oscillation in wiring.CORE_OSCILLATIONS:
            self._oscillate(oscillation, self.core)

    def _port(self, wires: Wires) -> list[Any]:
        join(wiring.PORT_INSTANCES, wires, wiring.port_straps(self._hub))
        for name in clock_recovery.PINS:
            wires.setdefault(name, Signal(False))
        ClockRecovery(wires, wires["port_bit_clk"], Clock())
        self._oscillate(wiring.PORT_OSCILLATION, wires)
        return [*blocks(wiring.PORT_INSTANCES, wires).values()]

    def _oscillate(self, oscillation: Oscillation, wires: Wires) -> None:
        """One of the clocks divided from the hub's crystal."""
        is_open, watched = opener(oscillation.gate, wires)
        period_fs = oscillation.half_bits * self._timing.half_bit_fs
        clock = wires[oscillation.clock]
        crystal = Crystal(clock, period_fs, self._timing.phase_ps, oscillation.residue, is_open, watched)
        self.blocks.append(crystal.beginning())


def _wires(clocks: Sequence[str], analogue: Mapping[str, int]) -> Wires:
    wires: Wires = {name: Clock() for name in clocks}
    return wires | {name: Signal(bool(initial)) for name, initial in analogue.items()}
