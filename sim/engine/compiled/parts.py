"""What the parts of a netlist are in the compiled engine: numbers of wires, clocks, gates and modules of a
LAN in C++."""

from collections.abc import Mapping, Sequence
from ctypes import c_int, c_int64, c_uint8
from functools import cache, singledispatchmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hw import netlist, parts
from hw.analogue import carrier_sense, clock_recovery, defects, twisted_pair
from hw.analogue.events import SLOW_CLOCK
from hw.gate import Gate, bit_of
from hw.hub import backplane
from hw.modules import MODULES
from hw.netlist import Unit
from hw.parts import Inner, Module
from hw.ports import Direction
from hw.switch import fabric

if TYPE_CHECKING:
    from hw.nets import Net

NOBODY = -1
"""The number of a wire, a clock or a net that is not there."""


class Form(NamedTuple):
    """A circuit as `lan_module` wants it: its clock, the kinds of its ports, and the wires at all but the
    clock's."""

    clock: str
    ports: bytes
    wires: tuple[str, ...]


class Assembly:
    """Builds parts in the LAN `lan` of the `kernel`'s library, with one library per circuit. `nets` are
    recorded."""

    def __init__(self, kernel: Any, lan: Any, libraries: Mapping[str, Path]) -> None:
        self.kernel = kernel
        self.lan = lan
        self._libraries = libraries
        self.nets: list[Net] = []
        self.wires: dict[Unit, dict[str, int]] = {}
        """Numbers of wires by unit and name, those of other units included."""
        self.coaxes: dict[str, int] = {}
        self.pairs: dict[str, int] = {}
        self.memories: dict[Unit, Any] = {}
        self._clocks: dict[Unit, dict[str, int]] = {}
        self._modules: dict[tuple[Unit, str], int] = {}
        self._transmit: dict[Unit, int] = {}

    def unit(self, unit: Unit, *, waves: bool) -> None:
        """Build a unit: its wires, its parts, and what is recorded of it."""
        kernel, lan = self.kernel, self.lan
        initial = [wire.initial for wire in unit.wires.values()]
        first = kernel.lan_wires(lan, len(initial), (c_int64 * len(initial))(*initial))
        wires = dict(zip(unit.wires, range(first, first + len(initial)), strict=True))
        wires |= {name: self.wires[other][outer] for name, (other, outer) in unit.joined.items()}
        self.wires[unit] = wires
        self._clocks[unit] = {name: int(kernel.lan_clock(lan)) for name in unit.clocks}
        modules = [self._module(module, unit) for module in unit.modules]
        for module in modules:
            kernel.lan_settle(lan, module)
        for part in unit.parts:
            self.part(part, unit)
        for probe in unit.probes:
            if waves or probe.events:
                self._record(probe, unit)

    def _module(self, module: Module, unit: Unit) -> int:
        """One circuit on its wires. OSError when its library cannot be loaded."""
        kernel, lan = self.kernel, self.lan
        form = _form(module)
        numbers = self.pins(unit, form.wires)
        path = str(self._libraries[module.circuit]).encode()
        clock = self._clocks[unit][form.clock] if form.clock else NOBODY
        number = int(kernel.lan_module(lan, path, clock, form.ports, numbers))
        if number < 0:
            raise OSError(kernel.lan_error(lan).decode())
        self._modules.setdefault((unit, module.circuit), number)
        return number

    def _record(self, probe: parts.Probe, unit: Unit) -> None:
        kernel, lan, source = self.kernel, self.lan, probe.source
        if isinstance(source, Inner):
            place = MODULES[source.circuit].probes.index(source.register)
            kernel.lan_probe(lan, self._modules[unit, source.circuit], place, len(self.nets))
        else:
            kernel.lan_record(lan, self.wires[unit][source], len(self.nets))
        self.nets.append(unit.net(probe))

    def pins(self, unit: Unit, names: Sequence[str]) -> Any:
        """The numbers of wires of a unit, for C; "" is none."""
        wires = self.wires[unit]
        return (c_int * len(names))(*(wires[name] if name else NOBODY for name in names))

    def gate(self, gate: Gate, unit: Unit) -> int:
        """The gate of a clock."""
        wires = self.wires[unit]
        levels = [number for name in gate.levels for number in _bit(name, wires)]
        pairs = [number for pair in gate.pairs for name in pair for number in _bit(name, wires)]
        columns = (c_int * len(levels))(*levels), (c_int * len(pairs))(*pairs)
        return int(self.kernel.lan_gate(self.lan, len(gate.levels), columns[0], len(gate.pairs), columns[1]))

    # -- parts of a unit ----------------------------------------------------------------------------

    @singledispatchmethod
    def part(self, part: Any, unit: Unit) -> None:
        """Build one part."""
        raise TypeError(f"{unit.name}: the compiled engine knows no part {type(part).__name__}")

    @part.register
    def _(self, part: parts.Module, unit: Unit) -> None:
        """Built before all others of its unit."""

    @part.register
    def _(self, part: parts.Crystal, unit: Unit) -> None:
        wires, clock = self.wires[unit], self._clocks[unit][part.clock]
        divisor = wires[part.divisor] if part.divisor else NOBODY
        gate = self.gate(part.gate, unit)
        grid = part.period_fs, part.phase_ps, part.residue
        self.kernel.lan_crystal(self.lan, clock, *grid, gate, divisor)

    @part.register
    def _(self, part: parts.TransmitCrystal, unit: Unit) -> None:
        clocks = self._clocks[unit]
        self._transmit[unit] = self.kernel.lan_transmit_crystal(
            self.lan,
            clocks[part.bit_clk],
            clocks[part.tx_clk],
            part.half_bit_fs,
            part.phase_ps,
            self.gate(part.bit_gate, unit),
            self.gate(part.tx_gate, unit),
            self.pins(unit, parts.ENCODER),
        )

    @part.register
    def _(self, part: parts.Divider, unit: Unit) -> None:
        clock, gate = self._clocks[unit][part.clock], self.gate(part.gate, unit)
        count = part.nibbles, part.lead, SLOW_CLOCK
        self.kernel.lan_divider(self.lan, clock, self._transmit[unit], *count, gate)

    @part.register
    def _(self, part: parts.ClockRecovery, unit: Unit) -> None:
        clocks = self._clocks[unit]
        clk = clocks[part.clk] if part.clk else self.kernel.lan_clock(self.lan)
        pins = self.pins(unit, clock_recovery.PINS)
        self.kernel.lan_clock_recovery(self.lan, pins, clocks[part.bit_clk], clk, part.running)

    @part.register
    def _(self, part: parts.CarrierSense, unit: Unit) -> None:
        pins = self.pins(unit, carrier_sense.PINS)
        self.kernel.lan_carrier_sense(self.lan, pins, part.times.on_ns, part.times.off_ns)

    @part.register
    def _(self, part: parts.Memory, unit: Unit) -> None:
        self.memories[unit] = octets = (c_uint8 * part.octets)()
        self.kernel.lan_memory(self.lan, octets, part.octets, self.pins(unit, part.pins))

    @part.register
    def _(self, part: parts.Bus, unit: Unit) -> None:
        self.kernel.lan_bus(self.lan, self.pins(unit, part.pins))

    @part.register
    def _(self, part: parts.Transceiver, unit: Unit) -> None:
        pins, allowed = self.pins(unit, (*part.aui, *part.path)), part.tolerances
        losses = allowed.transmit_loss, allowed.receive_loss, allowed.invalid_bit
        self.kernel.lan_transceiver(self.lan, pins, *losses, allowed.jitter_ns, part.seed, part.line)

    @part.register
    def _(self, part: parts.Defects, unit: Unit) -> None:
        pins = self.pins(unit, (*part.aui, *part.path, *defects.CONTROLS))
        self.kernel.lan_defects(self.lan, pins, part.seed, part.line)

    @part.register
    def _(self, part: parts.TwistedPairPath, unit: Unit) -> None:
        pins = self.pins(unit, twisted_pair.PINS)
        self.kernel.lan_twisted_pair(self.lan, pins, part.pulses, part.seed, part.line)

    @part.register
    def _(self, part: parts.SignalGenerator, unit: Unit) -> None:
        self.kernel.lan_generator(self.lan, self.pins(unit, part.pins))

    @part.register
    def _(self, part: parts.PowerUp, unit: Unit) -> None:
        self.kernel.lan_drive(self.lan, self.wires[unit][part.wire], part.value)

    # -- what joins units ---------------------------------------------------------------------------

    def backplane(self, item: netlist.Backplane) -> None:
        """Join a hub's core and ports."""
        for port in item.ports:
            self.kernel.lan_hub_port(self.lan, self.pins(port, backplane.PORT_PINS))
        self.kernel.lan_backplane(self.lan, self.pins(item.core, backplane.CORE_PINS))

    def fabric(self, item: netlist.Fabric) -> None:
        """Join a switch's core and ports."""
        for port in item.ports:
            self.kernel.lan_switch_port(self.lan, self.pins(port, fabric.PORT_PINS))
        pins = self.pins(item.core, fabric.CORE_PINS)
        self.kernel.lan_fabric(self.lan, pins, item.index_bits, item.place_bits)

    def coax(self, item: netlist.Coax, *, waves: bool) -> None:
        """A segment, and what is recorded of its taps: of all with a waveform, else of the first."""
        for number, tap in enumerate(item.taps):
            level = mean = NOBODY
            if waves or number == 0:
                level, mean = len(self.nets), len(self.nets) + 1
                self.nets += item.nets(number)
            self.kernel.lan_tap(self.lan, self.pins(tap.unit, tap.pins), level, mean)
        self.coaxes[item.name] = int(self.kernel.lan_coax(self.lan))

    def pair(self, item: netlist.Pair) -> None:
        """A cable of two pairs, and what its ends drive, if that is recorded."""
        ends = []
        for end in item.ends:
            net = NOBODY
            if end.net is not None:
                net = len(self.nets)
                self.nets.append(end.net)
            ends += [self.pins(end.unit, end.pins), end.reversed, net]
        self.pairs[item.name] = len(self.pairs)
        self.kernel.lan_pair(self.lan, item.delay_ps, item.drive_mv, item.heard, *ends)


def _bit(name: str, wires: Mapping[str, int]) -> tuple[int, int]:
    wire, bit = bit_of(name)
    return wires[wire], bit


@cache
def _form(module: Module) -> Form:
    """What there is to say of every instance."""
    circuit = MODULES[module.circuit]
    letters, wires = "", []
    for port, wire in module.joints():
        if port.name == circuit.clock:
            letters += "c"
        else:
            letters += "o" if port.direction is Direction.OUT else "i"
            wires.append(wire)
    return Form(module.clock, letters.encode(), tuple(wires))
