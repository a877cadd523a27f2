"""The LAN adapter in MyHDL: the box that `hw.adapter.wiring` describes."""

from collections.abc import Mapping
from typing import Any

from myhdl import Signal

from hw.adapter import wiring
from hw.adapter.wiring import Station
from hw.analogue import carrier_sense, clock_recovery
from hw.analogue.carrier_sense import CarrierSense, Times
from hw.analogue.clock_recovery import ClockRecovery
from hw.analogue.crystal import Crystal, Divider, TransmitCrystal
from hw.analogue.events import SLOW_CLOCK, Clock
from hw.analogue.memory import HostMemory
from hw.assembly import blocks, join
from hw.gate import opener


class Adapter:
    """One adapter. Its pins and wires are in `wires`, by name; `blocks`, by circuit, and `beginnings`, of its
    crystals, go to the simulator."""

    def __init__(self, station: Station) -> None:
        self.clocks = {name: Clock() for name in wiring.CLOCKS}
        self.wires: dict[str, Any] = dict(self.clocks)
        for name, initial in wiring.ANALOGUE_WIRES.items():
            self.wires[name] = Signal(bool(initial))
        join(wiring.INSTANCES, self.wires, wiring.straps(station))
        self.blocks = self._blocks()
        dma = {name: self.wires[name] for name in wiring.DMA_PINS}
        self.memory = HostMemory(wiring.HOST_MEMORY_OCTETS, **dma)
        receiver(self.wires, self.clocks, {}, station.carrier)
        self._crystals(station)

    def _blocks(self) -> dict[str, Any]:
        return blocks(wiring.INSTANCES, self.wires)

    def _crystals(self, station: Station) -> None:
        timing = wiring.timing(station)
        self.beginnings: list[Any] = []
        for bus in wiring.BUS_CLOCKS:
            is_open, watched = opener(bus.gate, self.wires)
            divisor = self.wires[bus.divisor] if bus.divisor else 1
            output = self.clocks[bus.clock]
            crystal = Crystal(
                output, timing.bus_period_fs, timing.bus_phase_ps, bus.residue, is_open, watched, divisor
            )
            self.beginnings.append(crystal.beginning())
        transmit_clocks(self.wires, self.clocks, timing.half_bit_fs, timing.half_bit_phase_ps)


def receiver(
    wires: dict[str, Any], clocks: Mapping[str, Clock], straps: Mapping[str, int], carrier: Times
) -> None:
    """The analogue half of a receiver behind the AUI of `wires`; `straps`: its wires that nobody drives."""
    for name in (*carrier_sense.PINS, *clock_recovery.PINS):
        wires.setdefault(name, Signal(bool(straps.get(name, 0))))
    CarrierSense(wires, carrier)
    ClockRecovery(wires, clocks["rx_bit_clk"], clocks["rx_clk"])


def transmit_clocks(
    wires: Mapping[str, Any], clocks: Mapping[str, Clock], half_bit_fs: int, phase_ps: int
) -> None:
    """The crystal of MAC and PHY with these `wires`, and the slow clocks that are divided from it."""
    bit_open, _ = opener(wiring.BIT_GATE, wires)
    tx_open, tx_watched = opener(wiring.TX_GATE, wires)
    transmit = TransmitCrystal(
        clocks["bit_clk"], clocks["tx_clk"], half_bit_fs, phase_ps, bit_open, tx_open, tx_watched
    )
    for division in wiring.DIVISIONS:
        is_open, watched = opener(division.gate, wires)
        clock = clocks[division.clock]
        Divider(clock, transmit, division.nibbles, division.lead, SLOW_CLOCK, is_open, watched)
