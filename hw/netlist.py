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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from hw.analogue.segment import Hop
from hw.fitting import NetlistError, Wire, ends_of, fit, ticking
from hw.nets import Net, NetKind
from hw.parts import ONE_BIT, Bus, Inner, Module, Part, Probe


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
        return tuple(clock for part in self.parts for clock in ticking(part))

    @cached_property
    def wires(self) -> Mapping[str, Wire]:
        """Its own wires by name, but for clocks."""
        ends = tuple(end for part in self.parts for end in ends_of(part))
        try:
            fitted, undriven = fit(self.modules, ends, self.clocks)
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
    """A cable of two pairs (`hw.analogue.pair`). One that is not `heard` carries nothing to the other end."""

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
