"""Netlists: what boxes are made of and how they are joined, as data that every engine interprets.

A *unit* is a piece of a box with names of its own for its wires: an adapter, a MAU, the core of a hub, one
of its ports. Its *parts* are joined by name: what is called alike at two parts is one wire. Modules are
circuits (`hw.modules`); the other parts are what is not a circuit (`hw.analogue`): crystals and dividers
with the gates that make them run, clock recovery, carrier sense, memories. *Cables* and the wiring inside a
box of several units (`Backplane`, `Fabric`) join units. A *netlist* has all of this, in the order in which
it is built.

Nothing here depends on MyHDL's simulator, and nothing here runs. An engine makes a wire of each name, a
module of each circuit, and the analogue parts in its own way (`sim.engine`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

from hw.analogue import carrier_sense, clock_recovery, twisted_pair
from hw.analogue.carrier_sense import Times
from hw.analogue.events import SLOW_CLOCK
from hw.analogue.segment import Hop
from hw.analogue.transceiver import Tolerances
from hw.gate import Gate, bit_of
from hw.modules import MODULES
from hw.nets import Net, NetKind
from hw.ports import Direction, Port

ONE_BIT = 1


class NetlistError(ValueError):
    """Parts that do not fit each other; `str` names the box, the wire and both ends."""


# -- parts of a unit --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One circuit, and wires that are called otherwise than its ports. A constant: two are the same when they
    are one object."""

    circuit: str
    renamed: Mapping[str, str] = field(default_factory=dict)

    def joints(self) -> Iterator[tuple[Port, str]]:
        """Each port of the circuit and the wire at it."""
        for port in MODULES[self.circuit].ports:
            yield port, self.renamed.get(port.name, port.name)

    @property
    def clock(self) -> str:
        """The wire at its clock port, "" for none."""
        name = MODULES[self.circuit].clock
        return self.renamed.get(name, name)


@dataclass(frozen=True, slots=True)
class Crystal:
    """A crystal with one output, which ticks while `gate` is open (`hw.analogue.crystal.Crystal`).

    `divisor` names the wire whose number the output is divided by, "" for none.
    """

    clock: str
    period_fs: int
    phase_ps: int
    gate: Gate
    residue: int = SLOW_CLOCK
    divisor: str = ""


@dataclass(frozen=True, slots=True)
class TransmitCrystal:
    """The 20 MHz crystal of a PHY, and its eighth for the MAC (`hw.analogue.crystal.TransmitCrystal`)."""

    half_bit_fs: int
    phase_ps: int
    bit_gate: Gate
    tx_gate: Gate
    bit_clk: str = "bit_clk"
    tx_clk: str = "tx_clk"


ENCODER = ("tx_en", "aui_do_active", "aui_do", "loopback", "phy_loopback", "phy_isolate")
"""Wires that tell whether a nibble may be encoded at once."""


@dataclass(frozen=True, slots=True)
class Divider:
    """A slow clock divided from the unit's transmit crystal (`hw.analogue.crystal.Divider`).

    `clock` ticks every `nibbles` ticks of tx_clk after `gate` has opened, the first time `lead` ticks sooner.
    """

    clock: str
    nibbles: int
    lead: int
    gate: Gate


@dataclass(frozen=True, slots=True)
class ClockRecovery:
    """The clock and the bits of what is received (`hw.analogue.clock_recovery`). `clk` may be "": for
    nobody."""

    bit_clk: str
    clk: str


@dataclass(frozen=True, slots=True)
class CarrierSense:
    """The PHY's comparators at the AUI (`hw.analogue.carrier_sense`)."""

    times: Times


@dataclass(frozen=True, slots=True)
class Memory:
    """Words of 32 bits behind a bus (`hw.analogue.memory`). `pins`: address, data to write, octets to
    write, write, strobe, data read, acknowledge, error."""

    octets: int
    pins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bus:
    """The processor's side of a Wishbone slave, and its interrupt line: what a driver works."""

    pins: tuple[str, ...] = ("s_adr", "s_dat_w", "s_we", "s_stb", "s_ack", "s_err", "s_dat_r", "irq")


@dataclass(frozen=True, slots=True)
class Transceiver:
    """The signal path of a MAU, between its AUI and what its cable is joined to (`hw.analogue.transceiver`).

    `aui` and `path` are each the data-out pair, whether it is driven, the data-in pair and whether that is.
    """

    aui: tuple[str, ...]
    path: tuple[str, ...]
    tolerances: Tolerances
    seed: int
    line: int


@dataclass(frozen=True, slots=True)
class TwistedPairPath:
    """The signal path of a 10BASE-T MAU (`hw.analogue.twisted_pair`). With `pulses` it sends link pulses."""

    pulses: bool
    seed: int
    line: int


@dataclass(frozen=True, slots=True)
class SignalGenerator:
    """An instrument that drives what no adapter would (`hw.analogue.generator`). `pins`: the data-out pair,
    whether it is driven, and whether something comes in, which may trigger it."""

    pins: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PowerUp:
    """What becomes of a wire in the instant in which time begins."""

    wire: str
    value: int


@dataclass(frozen=True, slots=True)
class Inner:
    """A register inside a circuit: `register`, or `part.register` when the circuit is made of parts."""

    circuit: str
    register: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A line that is recorded: always if events are decoded from it (`events`), else with a waveform.

    `source` is a wire, or a register inside a circuit, which has `width` bits, or `states` by their
    numbers. `port` is the line's place inside the box, "" for the unit's.
    """

    signal: str
    source: str | Inner
    port: str = ""
    events: bool = False
    width: int = ONE_BIT
    states: tuple[str, ...] = ()


def lines(*wires: str, port: str = "", events: bool = False) -> tuple[Probe, ...]:
    """Probes of `wires`, under their own names."""
    return tuple(Probe(wire, wire, port, events) for wire in wires)


Part = (
    Module
    | Crystal
    | TransmitCrystal
    | Divider
    | ClockRecovery
    | CarrierSense
    | Memory
    | Bus
    | Transceiver
    | TwistedPairPath
    | SignalGenerator
    | PowerUp
)


class Wire(NamedTuple):
    """Width in bits, and the value after power-up."""

    width: int
    initial: int


class Joint(NamedTuple):
    """A wire of a unit."""

    unit: "Unit"
    wire: str


class Unit:
    """A piece of a box: its parts, and the wires that they are joined by.

    `given` has the starting values of wires that no part of the unit drives: straps, and the ends of
    cables. `joined` names wires that are another unit's, and what they are called there. `box` and `port`
    are its place in records and messages. Raises NetlistError when parts do not fit.
    """

    def __init__(
        self,
        box: str,
        port: str,
        parts: Sequence[Part],
        given: Mapping[str, int],
        *,
        joined: Mapping[str, Joint] | None = None,
        probes: Sequence[Probe] = (),
    ) -> None:
        self.box = box
        self.port = port
        self.parts = tuple(parts)
        self.joined = joined or {}
        self.probes = probes
        self._given = given

    @property
    def name(self) -> str:
        """Where it is: `pc`, `hub.core`, `hub.port3`."""
        return f"{self.box}.{self.port}" if self.port else self.box

    @property
    def modules(self) -> tuple[Module, ...]:
        """Its circuits."""
        return tuple(part for part in self.parts if isinstance(part, Module))

    @cached_property
    def clocks(self) -> tuple[str, ...]:
        """Wires of which only the rising edge exists, in the order of the parts that make them tick."""
        return tuple(clock for part in self.parts for clock in _ticking(part))

    @cached_property
    def wires(self) -> Mapping[str, Wire]:
        """Its own wires by name, but for clocks."""
        ends = tuple(end for part in self.parts for end in _ends(part))
        try:
            fitted, undriven = _fit(self.modules, ends, self.clocks)
        except NetlistError as error:
            raise NetlistError(f"{self.name}: {error}") from None
        own = {name: wire for name, wire in fitted.items() if name not in self.joined}
        for name, value in self._given.items():
            if name not in self.joined:
                width = own[name].width if name in own else ONE_BIT
                if value >> width:
                    raise NetlistError(f"{self.name}: {value} does not fit the {width} bits of {name}")
                own[name] = Wire(width, value)
        missing = [
            f"{name} (for {end})"
            for name, end in undriven.items()
            if name not in self._given and name not in self.joined
        ]
        if missing:
            raise NetlistError(f"{self.name}: nothing drives {', '.join(missing)}")
        for name, (unit, outer) in self.joined.items():
            if name in fitted and fitted[name].width != unit.width(outer):
                raise NetlistError(
                    f"{self.name}: {name} has {fitted[name].width} bits, and it is joined to "
                    f"{unit.name}.{outer}, which has {unit.width(outer)}"
                )
        return own

    def joint(self, name: str) -> Joint:
        """Whose wire it is, and what it is called there."""
        return (
            self.joined[name].unit.joint(self.joined[name].wire) if name in self.joined else Joint(self, name)
        )

    def width(self, name: str) -> int:
        """The width of a wire in bits."""
        if name in self.joined:
            unit, outer = self.joined[name]
            return unit.width(outer)
        return self.wires[name].width

    def initial(self, name: str) -> int:
        """The value of a wire after power-up."""
        if name in self.joined:
            unit, outer = self.joined[name]
            return unit.initial(outer)
        return self.wires[name].initial

    def __contains__(self, wire: str) -> bool:
        return wire in self.wires or wire in self.joined

    def net(self, probe: Probe) -> Net:
        """The recorded net of one of its probes."""
        if isinstance(probe.source, Inner):
            kind, width, initial = (NetKind.STATE if probe.states else NetKind.VECTOR), probe.width, 0
        else:
            width, initial = self.width(probe.source), self.initial(probe.source)
            kind = NetKind.BIT if width == ONE_BIT else NetKind.VECTOR
        return Net(self.box, probe.port or self.port, probe.signal, kind, width, initial, probe.states)


# -- what joins units -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Backplane:
    """A hub's wires and line drivers between its ports and its core (`hw.hub.backplane`)."""

    core: Unit
    ports: tuple[Unit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Fabric:
    """A switch's wires between its ports and its core, and the packet memory (`hw.switch.fabric`): words of
    2**`place_bits` for each port, in buffers of 2**`index_bits` words."""

    core: Unit
    ports: tuple[Unit, ...]
    index_bits: int
    place_bits: int


@dataclass(frozen=True, slots=True, eq=False)
class Tap:
    """Where a MAU, or a signal generator, is clamped on a coax: its data-out pair, whether that is driven,
    its data-in pair and whether that is; its collision comparator, and what inhibits it."""

    unit: Unit
    pins: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Coax:
    """A 10BASE5 segment (`hw.analogue.coax`). `hops` are for each of its `taps` the paths of what that
    sends."""

    name: str
    taps: tuple[Tap, ...]
    hops: Sequence[Sequence[Hop]]

    def nets(self, tap: int) -> tuple[Net, Net]:
        """The recorded nets of a tap: level and mean."""
        place = f"tap{tap}"
        return (
            Net(self.name, place, "level", NetKind.MILLIVOLT),
            Net(self.name, place, "mean", NetKind.MILLIVOLT),
        )


@dataclass(frozen=True, slots=True, eq=False)
class PairEnd:
    """An end of a cable of two pairs: its `pins` in the order of `hw.analogue.pair.PairPins`, "" for those
    that it lacks; whether the wires of its receiving pair are swapped; the net of what it drives, if that
    is recorded."""

    unit: Unit
    pins: tuple[str, ...]
    reversed: bool = False
    net: Net | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A cable of two pairs (`hw.analogue.pair`). One that is not `heard` brings nothing."""

    name: str
    ends: tuple[PairEnd, PairEnd]
    delay_ps: int
    drive_mv: int
    heard: bool = True


Item = Unit | Backplane | Fabric | Coax | Pair


class Netlist:
    """A whole network: units and what joins them, in the order in which an engine builds them, and in which
    nets are numbered. Raises NetlistError when two units have one name, or a wire is recorded
    twice."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = tuple(items)
        self.units: dict[str, Unit] = {}
        """By their names."""
        for item in self.items:
            if isinstance(item, Unit):
                if item.name in self.units:
                    raise NetlistError(f"there are two units called {item.name}")
                self.units[item.name] = item
        recorded: set[Joint] = set()
        for unit in self.units.values():
            for probe in unit.probes:
                if isinstance(probe.source, str):
                    wire = unit.joint(probe.source)
                    if wire in recorded:
                        raise NetlistError(f"{unit.name}.{probe.source} is recorded twice")
                    recorded.add(wire)

    @property
    def adapters(self) -> list[Unit]:
        """The units with a bus, in the order in which an engine numbers them."""
        return [unit for unit in self.units.values() if any(isinstance(part, Bus) for part in unit.parts)]

    def circuits(self) -> tuple[str, ...]:
        """The circuits that it is made of, each once."""
        return tuple(dict.fromkeys(one.circuit for unit in self.units.values() for one in unit.modules))


# -- fitting parts together ---------------------------------------------------------------------------


class _End(NamedTuple):
    """A pin of a part that is not a circuit. `width` 0 is that of whoever else is there."""

    part: str
    wire: str
    drives: bool
    width: int = ONE_BIT


def _named(part: str, inputs: Sequence[str], outputs: Sequence[str]) -> tuple[_End, ...]:
    return tuple(
        _End(part, wire, drives) for drives, wires in ((False, inputs), (True, outputs)) for wire in wires
    )


_CARRIER_SENSE = _named("carrier sense", carrier_sense.INPUTS, carrier_sense.OUTPUTS)
_CLOCK_RECOVERY = _named("clock recovery", clock_recovery.INPUTS, clock_recovery.OUTPUTS)
_TWISTED_PAIR = _named("the signal path", twisted_pair.INPUTS, twisted_pair.OUTPUTS)
_SELECT_BITS = 4


def _ends(part: Part) -> Sequence[_End]:
    """The pins of a part that is not a circuit."""
    match part:
        case CarrierSense():
            return _CARRIER_SENSE
        case ClockRecovery():
            return _CLOCK_RECOVERY
        case TwistedPairPath():
            return _TWISTED_PAIR
        case Memory():
            adr, dat_w, sel, *strobes, dat_r, ack, err = part.pins
            given = [_End("memory", wire, drives=False, width=0) for wire in (adr, dat_w, *strobes)]
            driven = [_End("memory", dat_r, drives=True, width=0), *_named("memory", (), (ack, err))]
            return [*given, _End("memory", sel, drives=False, width=_SELECT_BITS), *driven]
        case Bus():
            adr, dat_w, we, stb, *answers = part.pins
            given = [_End("the bus", wire, drives=True, width=0) for wire in (adr, dat_w, we, stb)]
            return [*given, *(_End("the bus", wire, drives=False, width=0) for wire in answers)]
        case Transceiver():
            out, out_active, in_, in_active = part.aui
            to_cable, to_cable_active, from_cable, from_cable_active = part.path
            inputs = (out, out_active, from_cable, from_cable_active)
            return _named("the transceiver", inputs, (in_, in_active, to_cable, to_cable_active))
        case SignalGenerator():
            return _named("the generator", part.pins[2:], part.pins[:2])
        case Crystal():
            return [*_gate(part.gate), *(_End("crystal", wire, False, 0) for wire in (part.divisor,) if wire)]
        case TransmitCrystal():
            return [*_named("crystal", ENCODER, ()), *_gate(part.bit_gate), *_gate(part.tx_gate)]
        case Divider():
            return _gate(part.gate)
        case _:
            return ()


@cache
def _gate(gate: Gate) -> tuple[_End, ...]:
    wires = (*gate.levels, *(end for pair in gate.pairs for end in pair))
    return tuple(_End("a clock's gate", bit_of(wire)[0], drives=False, width=0) for wire in wires)


def _ticking(part: Part) -> tuple[str, ...]:
    """The clocks that a part makes tick."""
    match part:
        case Crystal() | Divider():
            return (part.clock,)
        case TransmitCrystal():
            return (part.bit_clk, part.tx_clk)
        case ClockRecovery():
            return (part.bit_clk, part.clk) if part.clk else (part.bit_clk,)
        case _:
            return ()


@cache
def _fit(
    modules: tuple[Module, ...], ends: tuple[_End, ...], clocks: tuple[str, ...]
) -> tuple[Mapping[str, Wire], Mapping[str, str]]:
    """The wires of parts, but for clocks, and those that nothing drives, with who listens to them.

    Cached, since a network has many units of one kind.
    """
    wires: dict[str, tuple[int, int, str]] = {}  # width, initial value, who says so
    drivers: dict[str, str] = {}
    listeners: dict[str, str] = {}

    def join(who: str, name: str, width: int, initial: int, *, drives: bool) -> None:
        if name in clocks:
            return
        known, _, other = wires.get(name, (0, 0, ""))
        if known and width and known != width:
            raise NetlistError(f"{name} has {known} bits at {other} and {width} at {who}")
        if drives:
            if name in drivers:
                raise NetlistError(f"{name} is driven by {drivers[name]} and by {who}")
            drivers[name] = who
        else:
            listeners.setdefault(name, who)
        if name not in wires or (width and not known) or drives:
            wires[name] = (width or known, initial, who)

    for module in modules:
        if module.clock and module.clock not in clocks:
            raise NetlistError(f"nothing makes {module.clock} tick, the clock of {module.circuit}")
        for port, wire in module.joints():
            drives = port.direction is Direction.OUT
            join(f"{module.circuit}.{port.name}", wire, port.width, port.initial, drives=drives)
    for part, wire, drives, width in ends:
        join(part, wire, width, wires.get(wire, (0, 0, ""))[1] if not drives else 0, drives=drives)
    return (
        {name: Wire(width or ONE_BIT, initial) for name, (width, initial, _) in wires.items()},
        {name: who for name, who in listeners.items() if name not in drivers},
    )
