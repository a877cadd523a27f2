"""The switching hub in MyHDL: the box that `hw.switch.wiring` describes."""

from collections.abc import Sequence
from typing import Any

from myhdl import Signal, intbv

from hw.adapter.adapter import receiver, transmit_clocks
from hw.analogue.carrier_sense import TIMES
from hw.analogue.crystal import Crystal
from hw.analogue.events import Clock
from hw.analogue.fabric import Fabric
from hw.analogue.memory import WHOLE_WORD, HostMemory
from hw.assembly import blocks, join
from hw.gate import opener
from hw.switch import wiring
from hw.switch.sizes import PLACE_BITS, WORD_BITS
from hw.switch.wiring import Bridge, Oscillation, PortMode

Wires = dict[str, Any]


class Switch:
    """One switch, with a port for each of `modes`; `links` tells which have somebody at the other end.

    Each port is an AUI with its `link`, in `ports`; `core` has the core's wires, `table` is the memory of the
    address table. `blocks` go to the simulator.
    """

    def __init__(self, bridge: Bridge, modes: Sequence[PortMode], links: Sequence[bool]) -> None:
        self._bridge = bridge
        self._timing = wiring.timing(bridge)
        self.core: Wires = {name: Clock() for name in wiring.CORE_CLOCKS}
        self.core |= {name: Signal(bool(initial)) for name, initial in wiring.CORE_WIRES.items()}
        self.core["t_sel"] = Signal(intbv(WHOLE_WORD)[4:])
        join(wiring.CORE_INSTANCES, self.core, wiring.core_straps(bridge, links))
        self.core_blocks = blocks(wiring.CORE_INSTANCES, self.core)
        self.blocks = [*self.core_blocks.values()]
        self.ports: list[Wires] = []
        self.port_blocks: list[dict[str, Any]] = []
        for number, (mode, link) in enumerate(zip(modes, links, strict=True), start=1):
            self._port(wiring.port_straps(bridge, number, mode, link=link))
        self.fabric = Fabric(self.core, self.ports, index_bits=WORD_BITS, place_bits=PLACE_BITS)
        pins = {f"m_{name.removeprefix('t_')}": self.core[name] for name in wiring.TABLE_PINS}
        self.table = HostMemory(wiring.table_octets(bridge), **pins)
        for oscillation in wiring.CORE_OSCILLATIONS:
            self._oscillate(oscillation, self.core)

    def _port(self, straps: dict[str, int]) -> None:
        clocks = {name: Clock() for name in wiring.PORT_CLOCKS}
        wires: Wires = clocks | {name: Signal(bool(initial)) for name, initial in wiring.PORT_WIRES.items()}
        join(wiring.PORT_INSTANCES, wires, straps)
        made = blocks(wiring.PORT_INSTANCES, wires)
        self.port_blocks.append(made)
        self.blocks += made.values()
        receiver(wires, clocks, straps, TIMES)
        transmit_clocks(wires, clocks, self._timing.half_bit_fs, self._timing.phase_ps)
        for oscillation in wiring.PORT_OSCILLATIONS:
            self._oscillate(oscillation, wires)
        self.ports.append(wires)

    def _oscillate(self, oscillation: Oscillation, wires: Wires) -> None:
        """One of the clocks divided from the switch's crystal."""
        is_open, watched = opener(oscillation.gate, wires)
        period_fs = oscillation.ticks * self._timing.tick_fs
        clock = wires[oscillation.clock]
        crystal = Crystal(clock, period_fs, self._timing.phase_ps, oscillation.residue, is_open, watched)
        self.blocks.append(crystal.beginning())
