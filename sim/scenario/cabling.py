"""The netlist of a scenario, and what faults and tables mean for it: the one place that knows both.

Adapters, hubs and switches come first, in the order of the file, then what joins them: coaxes with their
MAUs, then cables. Instruments of tests (`Scenario.generators`) are units like others.
"""

from collections.abc import Iterator
from functools import partial

from hw.adapter.netlist import Station, adapter
from hw.analogue import pair, twisted_pair
from hw.analogue.carrier_sense import Times
from hw.analogue.defects import threshold
from hw.analogue.segment import LINES, Segment
from hw.analogue.transceiver import Tolerances
from hw.hub import netlist as hub_netlist
from hw.hub.netlist import Repeater
from hw.kinds import Site, chance_line, kinds, ports_of_box
from hw.mau.netlist import AUI, Noise, mau, noisy_aui, pair_mau
from hw.netlist import Coax, Item, Netlist, Pair, PairEnd, Tap, Unit
from hw.nets import Net, NetKind
from hw.parts import SignalGenerator
from hw.substitute import substitute
from hw.switch import netlist as switch_netlist
from hw.switch.netlist import Bridge, PortMode
from hw.switch.table import Entry, entries
from sim.engine.interface import Engine
from sim.scenario import model
from sim.scenario.faults import DEFECTS, CableFault
from sim.scenario.model import Hub, Scenario, Switch

BIT_NS = 100
SECOND_NS = 1_000_000_000
PAUSE_ROOM = 20
"""Short frames that may come while a PAUSE frame waits for a long one, and those on the way."""
TAP_GENERATOR = {
    "aui_do": 1,
    "aui_do_active": 0,
    "aui_di": 1,
    "aui_di_active": 0,
    "collision": 0,
    "jabber": 0,
}
PAIR_GENERATOR = {"aui_do": 1, "aui_do_active": 0, "aui_di": 1, "line_active": 0, "link": 1}
"""Wires of a signal generator on a coax, and at the end of a twisted pair."""


class Cabling:
    """The network of `scenario`, whose `netlist` an engine builds, and what happens to its cables."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._ends: dict[str, Unit] = {}
        """The unit at each place for a cable."""
        self._draws: dict[str, int] = {}
        """Where the box there draws its chance."""
        self._maus: dict[str, Unit] = {}
        """The MAU at each place for a cable; at an AUI crossover, the noise on it."""
        self._unplugged: set[str] = set()
        self._breakable = scenario.breakable()
        self._deaf: set[str] = set()
        """Ends whose receivers are broken."""
        self._cores: list[Unit] = []
        self._segments = {coax.name: _segment(coax) for coax in scenario.coaxes}
        self._taps = {
            tap.host: (coax.name, number) for coax in scenario.coaxes for number, tap in enumerate(coax.taps)
        }
        self.netlist = Netlist([*self._boxes(), *self._coaxes(), *self._pairs()])

    def strike(self, engine: Engine, fault: CableFault) -> None:
        """Let a fault of the cabling, or its repair, happen now: on the whole cable at once.

        It must be good (`sim.scenario.check`), and none of a host itself.
        """
        if fault.what in ("plug", "unplug"):
            (self._unplugged.discard if fault.what == "plug" else self._unplugged.add)(fault.host)
            self._join(engine, fault.host)
        elif fault.what in DEFECTS:
            self._break(engine, fault)
        else:
            _happen(self._segments[fault.cable], fault)
            engine.reroute(fault.cable, self._segments[fault.cable].hops())

    def _join(self, engine: Engine, end: str) -> None:
        """Have a cable plugged in at `end`, or not."""
        if end in self._taps:
            cable, tap = self._taps[end]
            plugged = end not in self._unplugged
            (self._segments[cable].plug if plugged else self._segments[cable].unplug)(tap)
            engine.drive(self._ends[end], "link", plugged)
            engine.reroute(cable, self._segments[cable].hops())
        else:
            pair = self._cable_at(end)
            engine.plug(pair.name, plugged=self._unplugged.isdisjoint(pair.ends))
            self._show_links(engine, pair)

    def _show_links(self, engine: Engine, cable: model.Cable) -> None:
        """What both ends know of the link.

        With link pulses they find out, and a cable over which nothing comes has none to lose.
        """
        if cable.pulses or not cable.heard:
            return
        plugged = self._unplugged.isdisjoint(cable.ends)
        for end in cable.ends:
            engine.drive(self._ends[end], "link", plugged and end not in self._deaf)

    def _break(self, engine: Engine, fault: CableFault) -> None:
        """What happens in a MAU, or on the cable in front of it."""
        mau, on = self._maus[fault.host], fault.what.endswith(" on")
        if fault.what.startswith("noise"):
            engine.drive(mau, "error_rate", threshold(fault.rate))
            engine.drive(mau, "error_burst", fault.burst)
        elif fault.what.startswith("babble"):
            engine.drive(mau, "babbling", on)
        else:
            (self._deaf.discard if on else self._deaf.add)(fault.host)
            engine.drive(mau, "deaf", not on)
            if fault.host not in self._taps:
                self._show_links(engine, self._cable_at(fault.host))

    def table(self, engine: Engine, switch: int) -> list[Entry]:
        """The address table of a switch, by its place in the scenario: what its memory holds now."""
        core = self._cores[switch]
        second, ageing_time = engine.value(core, "second"), engine.value(core, "ageing_time")
        return entries(bytes(engine.octets(core)), second, ageing_time)

    def _cable_at(self, end: str) -> model.Cable:
        return next(cable for cable in self._scenario.cables if end in cable.ends)

    # -- building ----------------------------------------------------------------------------------

    def _boxes(self) -> Iterator[Item]:
        scenario = self._scenario
        for end, one in scenario.adapters.items():
            self._draws[end] = int.from_bytes(one.mac, "big")
            self._ends[end] = adapter(end, _station(scenario, end))
            yield self._ends[end]
        for number, hub in enumerate(scenario.hubs):
            items = hub_netlist.hub(hub.name, _repeater(hub, number, scenario.seed), scenario.cabled(hub))
            self._sockets(hub, items, partial(hub_netlist.line, number))
            yield from items
        for number, switch in enumerate(scenario.switches):
            bridge = _bridge(switch, number, scenario.seed)
            items = switch_netlist.switch(switch.name, bridge, _modes(switch), scenario.cabled(switch))
            self._cores.append(self._sockets(switch, items, partial(switch_netlist.line, number)))
            yield from items

        for number, other in enumerate(scenario.boxes):
            site = Site(other.name, number, scenario.seed, scenario.cabled(other), dict(other.keys))
            items = [*kinds()[other.kind].netlist(site)]
            ports = ports_of_box(items, other.ports)
            for place, (socket, port) in enumerate(zip(other.sockets, ports, strict=True), start=1):
                self._ends[socket] = port
                self._draws[socket] = chance_line(number, place)
            yield from items

    def _sockets(self, box: Hub | Switch, items: list[Item], line: "partial[int]") -> Unit:
        """Have the ports of `box` at hand; its core."""
        core, *ports = (item for item in items if isinstance(item, Unit))
        for number, (socket, port) in enumerate(zip(box.sockets, ports, strict=True), start=1):
            self._ends[socket] = port
            self._draws[socket] = line(number)
        return core

    def _coaxes(self) -> Iterator[Item]:
        for coax in self._scenario.coaxes:
            taps = []
            for tap in coax.taps:
                unit, clamped = mau(
                    self._ends[tap.host],
                    self._scenario.seed,
                    self._draws[tap.host],
                    sqe_test=tap.tests,
                    tolerances=Tolerances(
                        tap.transmit_loss, tap.receive_loss, tap.jitter_ns, tap.invalid_bit
                    ),
                    noise=self._noise(tap.host, tap),
                )
                self._maus[tap.host] = unit
                taps.append(clamped)
                yield unit
            for number, _ in enumerate(coax.generators_mm, len(taps)):
                generator = Unit(
                    coax.name,
                    f"tap{number}",
                    [SignalGenerator(("aui_do", "aui_do_active", "aui_di_active"))],
                    TAP_GENERATOR,
                )
                taps.append(Tap(generator, (*AUI, "collision", "jabber")))
                yield generator
            yield Coax(coax.name, tuple(taps), self._segments[coax.name].hops())

    def _pairs(self) -> Iterator[Item]:
        scenario = self._scenario
        for name in scenario.generators:
            generator = SignalGenerator(("aui_do", "aui_do_active", "line_active"))
            self._ends[name] = Unit(name, "", [generator], PAIR_GENERATOR)
            yield self._ends[name]
        for cable in scenario.cables:
            ends = []
            for end in cable.ends:
                joined = self._pair_end(cable, end)
                if isinstance(joined[0], Unit):
                    yield joined[0]
                ends.append(joined[1])
            yield Pair(cable.name, (ends[0], ends[1]), _delay_ps(cable), _drive_mv(cable), cable.heard)

    def _noise(self, end: str, where: model.Tap | model.Cable) -> Noise | None:
        """What is wrong at first with the signal path at an `end`, if it may break."""
        if end not in self._breakable:
            return None
        return Noise(where.bit_errors or 0.0, where.error_burst)

    def _repeats(self, end: str) -> bool:
        """Whether `end` is the port of a repeater, whose MAUs are part of it."""
        sockets = [hub.sockets for hub in self._scenario.hubs]
        sockets += [one.sockets for one in self._scenario.boxes if kinds()[one.kind].repeater]
        return any(end in those for those in sockets)

    def _pair_end(self, cable: model.Cable, end: str) -> tuple[Unit | None, PairEnd]:
        """A cable's end, and the MAU that it takes there."""
        behind = self._ends[end]
        unit, at, seed = None, behind, self._scenario.seed
        pins: tuple[str, ...] = (*AUI, "", "", "", "")
        if cable.twisted_pair and end not in self._scenario.generators:
            one = self._scenario.adapters.get(end)
            unit, joined = pair_mau(
                behind,
                seed,
                self._draws[end],
                repeater=self._repeats(end),
                pulses=cable.pulses,
                heard=cable.heard,
                correct_polarity=one is None or one.polarity_correction,
                sqe_test=one is not None,
                tolerances=Tolerances(cable.transmit_loss, cable.receive_loss),
                noise=self._noise(end, cable),
            )
            self._maus[end] = unit
            at, pins = joined.unit, joined.pins
        elif not cable.twisted_pair and (noise := self._noise(end, cable)) is not None:
            unit, joined = noisy_aui(behind, seed, self._draws[end], noise)
            self._maus[end] = unit
            at, pins = joined.unit, joined.pins
        elif cable.twisted_pair:
            pins = ("aui_do", "aui_do_active", "aui_di", "line_active", "", "", "", "")
        net = Net(cable.name, end, "line", NetKind.MILLIVOLT) if self._scenario.captured(cable) else None
        return unit, PairEnd(at, pins, end in cable.reversed, net)


def _happen(segment: Segment, fault: CableFault) -> None:
    """What a fault of a coax does to its segment."""
    match fault.what:
        case "open":
            segment.open(fault.at_mm)
        case "short":
            segment.short(fault.at_mm)
        case "repair":
            segment.repair()
        case "terminator on":
            segment.terminate(fault.at_mm if fault.end is None else fault.end)
        case "terminator off":
            segment.unterminate(fault.at_mm if fault.end is None else fault.end)


def _segment(coax: model.Coax) -> Segment:
    """The cable of a coax: MAUs, then signal generators."""
    positions = [*(tap.at_mm for tap in coax.taps), *coax.generators_mm]
    return Segment(coax.length_mm, positions, coax.terminators, coax.extra_terminators_mm, LINES[coax.type])


def _station(scenario: Scenario, end: str) -> Station:
    """What differs between adapters, of the one that is `end` of a cable."""
    adapter = scenario.adapters[end]
    return Station(
        adapter.mac,
        adapter.crystal_ppm,
        scenario.seed,
        late_retry=adapter.late_collision_retry,
        late_from_sfd=adapter.late_collision_origin == "sfd",
        negotiates=scenario.twisted_pair(end) is not None,
        carrier=Times(adapter.carrier_on_ns, adapter.carrier_off_ns),
        running=adapter.receive_clock_runs,
        circuits=tuple((module, substitute(module, block)) for module, block in adapter.circuits),
    )


def _repeater(hub: Hub, number: int, seed: int) -> Repeater:
    """`hub`, the one with this `number`, in a run with this seed."""
    return Repeater(
        number,
        seed,
        hub.crystal_ppm,
        start_delay=hub.start_delay_ns // BIT_NS,
        jam_delay=hub.jam_delay_ns // BIT_NS,
        transmit_limit=hub.jabber_lockup_ns // BIT_NS,
        collision_limit=hub.collision_limit,
        clean_time=hub.clean_time_ns // BIT_NS,
        long_collision=hub.long_collision_ns // BIT_NS,
        send_only=hub.reconnection == "alternative",
    )


def _bridge(switch: Switch, number: int, seed: int) -> Bridge:
    """`switch`, the one with this `number`, in a run with this seed."""
    return Bridge(
        number,
        seed,
        switch.crystal_ppm,
        ageing_s=switch.ageing_ns // SECOND_NS,
        cut_through=switch.cut_through,
        addresses=switch.addresses,
        buffers=switch.buffers,
        pause_above=max(switch.buffers - PAUSE_ROOM, 0),
        resume_at=max(switch.buffers - PAUSE_ROOM, 0) // 3,
    )


def _modes(switch: Switch) -> list[PortMode]:
    """The duplex modes of the ports of `switch`."""
    rest = ("auto",) * (switch.ports - len(switch.duplex))
    return [PortMode(duplex == "auto", duplex == "full") for duplex in (*switch.duplex, *rest)]


def _drive_mv(cable: model.Cable) -> int:
    """What there is on a pair that is driven."""
    return twisted_pair.DRIVE_MV if cable.twisted_pair else pair.DRIVE_MV


def _delay_ps(cable: model.Cable) -> int:
    """From the box at one end to that at the other; a twisted pair has a MAU at each."""
    if not cable.twisted_pair:
        return pair.propagation_ps(cable.length_mm)
    return twisted_pair.propagation_ps(cable.length_mm) + 2 * cable.mau_delay_ns * 1000
