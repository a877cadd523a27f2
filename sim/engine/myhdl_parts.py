"""What the parts of a netlist are in MyHDL: signals, blocks, and the analogue parts of `hw.analogue`."""

from collections.abc import Callable, Sequence
from functools import singledispatchmethod
from typing import Any

from myhdl import Signal, modbv

from hw import netlist, parts
from hw.analogue.carrier_sense import CarrierSense
from hw.analogue.clock_recovery import ClockRecovery
from hw.analogue.coax import Coax, TapPins
from hw.analogue.crystal import Crystal, Divider, TransmitCrystal
from hw.analogue.defects import CONTROLS, Controls, Defects
from hw.analogue.events import SLOW_CLOCK, Clock
from hw.analogue.generator import SignalGenerator
from hw.analogue.memory import PINS, HostMemory
from hw.analogue.pair import Pair, PairPins
from hw.analogue.transceiver import Ends, Transceiver
from hw.analogue.twisted_pair import TwistedPairPath
from hw.gate import Gate, opener
from hw.hierarchy import check, inner
from hw.hub.backplane import Backplane
from hw.modules import MODULES
from hw.netlist import Unit
from hw.parts import Inner, Probe
from hw.switch.fabric import Fabric


class Assembly:
    """Builds parts. `blocks` go to the simulator; afterwards, when time begins, `power_up` is called.

    MyHDL's simulation forgets what was planned before it was made, hence the second step.
    """

    def __init__(self) -> None:
        self.wires: dict[Unit, dict[str, Any]] = {}
        """Signals by unit and name, those of other units and the clocks included."""
        self.blocks: list[Any] = []
        self.generators: list[SignalGenerator] = []
        self.coaxes: dict[str, Coax] = {}
        self.pairs: dict[str, Pair] = {}
        self.memories: dict[Unit, HostMemory] = {}
        self.buses: list[dict[str, Any]] = []
        """Of each adapter, in their order: its bus by the names of its pins."""
        self.circuits: dict[Unit, dict[str, Any]] = {}
        """MyHDL's blocks by unit and by the name of the circuit; of several of one circuit the first."""
        self._checked: set[str] = set()
        self._transmit: dict[Unit, TransmitCrystal] = {}
        self._beginnings: list[Callable[[], None]] = []

    def unit(self, unit: Unit) -> None:
        """Build a unit: its wires, then its parts."""
        wires: dict[str, Any] = {name: Clock() for name in unit.clocks}
        for name, wire in unit.wires.items():
            wires[name] = _signal(*wire)
        for name, (other, outer) in unit.joined.items():
            wires[name] = self.wires[other][outer]
        self.wires[unit] = wires
        self.modules(unit)
        for part in unit.parts:
            self.part(part, unit)

    def modules(self, unit: Unit) -> None:
        """Build the circuits of a unit."""
        wires = self.wires[unit]
        made = self.circuits[unit] = {}
        for module in unit.modules:
            pins = {port.name: wires[wire] for port, wire in module.joints()}
            block = MODULES[module.circuit].block(**pins)
            if module.circuit not in self._checked:
                check(block)
                self._checked.add(module.circuit)
            made.setdefault(module.circuit, block)
            self.blocks.append(block)

    def gate(self, gate: Gate, unit: Unit) -> tuple[Callable[[], bool], list[Any]]:
        """The gate of a clock, and the signals at whose changes it is asked."""
        return opener(gate, self.wires[unit])

    def source(self, probe: Probe, unit: Unit) -> Any:
        """The signal of a probe."""
        if not isinstance(probe.source, Inner):
            return self.wires[unit][probe.source]
        return inner(self.circuits[unit][probe.source.circuit], probe.source.register)

    def power_up(self) -> None:
        """Time begins."""
        for begin in self._beginnings:
            begin()

    # -- parts of a unit ----------------------------------------------------------------------------

    @singledispatchmethod
    def part(self, part: Any, unit: Unit) -> None:
        """Build one part."""
        raise TypeError(f"{unit.name}: the MyHDL engine knows no part {type(part).__name__}")

    @part.register
    def _(self, part: parts.Module, unit: Unit) -> None:
        """Built by `modules`, with all others of its unit."""

    @part.register
    def _(self, part: parts.Crystal, unit: Unit) -> None:
        is_open, watched = self.gate(part.gate, unit)
        wires = self.wires[unit]
        divisor = wires[part.divisor] if part.divisor else 1
        clock = wires[part.clock]
        crystal = Crystal(clock, part.period_fs, part.phase_ps, part.residue, is_open, watched, divisor)
        self._beginnings.append(crystal.power_up)

    @part.register
    def _(self, part: parts.TransmitCrystal, unit: Unit) -> None:
        wires = self.wires[unit]
        bit_open, _ = self.gate(part.bit_gate, unit)
        tx_open, watched = self.gate(part.tx_gate, unit)
        clocks = wires[part.bit_clk], wires[part.tx_clk]
        self._transmit[unit] = TransmitCrystal(
            *clocks, part.half_bit_fs, part.phase_ps, bit_open, tx_open, watched
        )

    @part.register
    def _(self, part: parts.Divider, unit: Unit) -> None:
        is_open, watched = self.gate(part.gate, unit)
        clock = self.wires[unit][part.clock]
        Divider(clock, self._transmit[unit], part.nibbles, part.lead, SLOW_CLOCK, is_open, watched)

    @part.register
    def _(self, part: parts.ClockRecovery, unit: Unit) -> None:
        wires = self.wires[unit]
        clk = wires[part.clk] if part.clk else Clock()
        recovery = ClockRecovery(wires, wires[part.bit_clk], clk, running=part.running)
        self._beginnings.append(recovery.power_up)

    @part.register
    def _(self, part: parts.CarrierSense, unit: Unit) -> None:
        CarrierSense(self.wires[unit], part.times)

    @part.register
    def _(self, part: parts.Memory, unit: Unit) -> None:
        wires = self.wires[unit]
        pins = {name: wires[wire] for name, wire in zip(PINS, part.pins, strict=True)}
        self.memories[unit] = HostMemory(part.octets, **pins)

    @part.register
    def _(self, part: parts.Bus, unit: Unit) -> None:
        self.buses.append({name: self.wires[unit][name] for name in part.pins})

    @part.register
    def _(self, part: parts.Transceiver, unit: Unit) -> None:
        wires = self.wires[unit]
        aui, path = (Ends(*(wires[name] for name in side)) for side in (part.aui, part.path))
        Transceiver(aui, path, part.tolerances, part.seed, part.line)

    @part.register
    def _(self, part: parts.Defects, unit: Unit) -> None:
        wires = self.wires[unit]
        aui, path = (Ends(*(wires[name] for name in side)) for side in (part.aui, part.path))
        Defects(aui, path, Controls(*(wires[name] for name in CONTROLS)), part.seed, part.line)

    @part.register
    def _(self, part: parts.TwistedPairPath, unit: Unit) -> None:
        path = TwistedPairPath(self.wires[unit])
        if part.pulses:
            self._beginnings.append(lambda: path.send_pulses(part.seed, part.line))

    @part.register
    def _(self, part: parts.SignalGenerator, unit: Unit) -> None:
        self.generators.append(SignalGenerator(*(self.wires[unit][name] for name in part.pins)))

    @part.register
    def _(self, part: parts.PowerUp, unit: Unit) -> None:
        wire = self.wires[unit][part.wire]

        def begin() -> None:
            wire.next = part.value

        self._beginnings.append(begin)

    # -- what joins units ---------------------------------------------------------------------------

    def backplane(self, item: netlist.Backplane) -> None:
        """Join a hub's core and ports."""
        ports = [self.wires[port] for port in item.ports]
        self.blocks += Backplane(self.wires[item.core], ports).blocks

    def fabric(self, item: netlist.Fabric) -> None:
        """Join a switch's core and ports."""
        ports = [self.wires[port] for port in item.ports]
        self.blocks += Fabric(self.wires[item.core], ports).blocks

    def coax(self, item: netlist.Coax, on_level: Callable[[int, int, int], None]) -> None:
        """A segment; `on_level` gets what its taps see."""
        taps = [TapPins(*(self.wires[tap.unit][name] for name in tap.pins)) for tap in item.taps]
        self.coaxes[item.name] = Coax(item.hops, taps, on_level)

    def pair(self, item: netlist.Pair, on_level: Sequence[Callable[[int], None]]) -> None:
        """A cable of two pairs; `on_level` get what its ends drive, if that is recorded."""
        ends = [
            PairPins(*(self.wires[end.unit][name] if name else None for name in end.pins))
            for end in item.ends
        ]
        reversed_at = [end.reversed for end in item.ends]
        made = Pair(item.delay_ps, ends, reversed_at, on_level, item.drive_mv, heard=item.heard)
        self.pairs[item.name] = made
        self._beginnings.append(made.power_up)


def _signal(width: int, initial: int) -> Any:
    return Signal(bool(initial)) if width == 1 else Signal(modbv(initial)[width:])
