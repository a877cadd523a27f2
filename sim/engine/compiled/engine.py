"""The compiled engine: the same boxes and cables, with every module verilated and the events in C++.

A LAN is built from the same pages as under MyHDL (`hw.adapter.wiring`, `hw.mau.wiring`, the scenario's taps):
nothing is elaborated, and a new topology compiles nothing. After that Python is called per bell, not per bit.
"""

import ctypes
from collections.abc import Mapping, Sequence
from ctypes import POINTER, byref, c_int, c_int64
from pathlib import Path
from typing import Any

import numpy as np

from driver.bus import Read, Write
from hw.adapter import wiring
from hw.adapter.wiring import Station
from hw.analogue import backplane, clock_recovery, transceiver, twisted_pair
from hw.analogue.events import SLOW_CLOCK
from hw.analogue.generator import Move, check
from hw.analogue.transceiver import Tolerances
from hw.assembly import Instance
from hw.hub import wiring as hub_wiring
from hw.hub.wiring import Oscillation, Repeater
from hw.mau import wiring as mau_wiring
from hw.mau.wiring import Oscillator
from hw.nets import PORT, Net, NetKind
from hw.switch.table import Entry, entries
from sim.engine import faults
from sim.engine.compiled import binding, switches
from sim.engine.compiled.builder import Box, Builder
from sim.engine.interface import Bell, BellKind, Changes
from sim.engine.probes import hub_probes, line_net, port_probes, probes
from sim.engine.station import (
    bridge,
    delay_ps,
    drive_mv,
    in_repeater,
    lines,
    mau_straps,
    pair_straps,
    repeater,
    station,
    tolerances,
)
from sim.scenario.model import Cable, CableFault, Coax, Hub, Scenario

REGISTER_OCTETS = 4
_KINDS = tuple(BellKind)
KERNEL_SOURCES = (Path(__file__).parent / "src" / "kernel.cpp",)
CIRCUITS = tuple(instance.circuit for instance in (*wiring.INSTANCES, *mau_wiring.INSTANCES))
"""The modules that every LAN is taken to be made of."""
HUB_CIRCUITS = tuple(
    instance.circuit for instance in (*hub_wiring.CORE_INSTANCES, *hub_wiring.PORT_INSTANCES)
)
JACK = {"aui_do": 1, "aui_do_active": 0, "aui_di": 1, "line_active": 0, "link": 1}
"""The wires of a signal generator at the end of a twisted pair, with their starting values."""
GENERATOR_PINS = ("aui_do", "aui_do_active", "line_active")
PULSE_CIRCUITS = tuple(instance.circuit for instance in mau_wiring.LINK_TEST)
SECONDS = ("second", "ageing_time")
AUI_PAIRS = ("aui_do", "aui_do_active", "aui_di", "aui_di_active")
NO_TWISTED_PAIR = (-1, -1, -1, -1)
"""Wires that an AUI does not have: `hw.analogue.pair.PairPins`."""


def circuits(scenario: Scenario) -> tuple[str, ...]:
    """The modules that `scenario`'s LAN is made of."""
    pulses = any(cable.pulses for cable in scenario.cables)
    kinds = (
        CIRCUITS,
        HUB_CIRCUITS if scenario.hubs else (),
        switches.CIRCUITS if scenario.switches else (),
        PULSE_CIRCUITS if pulses else (),
    )
    return tuple(dict.fromkeys(name for kind in kinds for name in kind))


class CompiledEngine:
    """`scenario`'s boxes and cables, from the `kernel`'s library and one library per module of `circuits`.

    With `waves`, every declared probe is recorded; without, only what captures and events are decoded from.
    """

    def __init__(
        self, scenario: Scenario, kernel: Path, libraries: Mapping[str, Path], *, waves: bool
    ) -> None:
        self._kernel = binding.load(kernel)
        self._lan = self._kernel.lan_create()
        self._builder = Builder(self._kernel, self._lan, libraries)
        self._adapters = [
            self._build_adapter(end, station(scenario, end), waves=waves) for end in scenario.adapters
        ]
        ends = {end: box.wires for end, box in zip(scenario.adapters, self._adapters, strict=True)}
        self._scenario = scenario
        self._segments = {coax.name: faults.segment(coax) for coax in scenario.coaxes}
        self._coaxes: dict[str, int] = {}
        self._pairs = {cable.name: number for number, cable in enumerate(scenario.cables)}
        for number, hub in enumerate(scenario.hubs):
            wired = repeater(hub, number, scenario.seed)
            ports = self._build_hub(hub, wired, scenario.cabled(hub), waves=waves)
            ends |= zip(hub.sockets, ports, strict=True)
        self._switches = []
        for number, switch in enumerate(scenario.switches):
            bridged = bridge(switch, number, scenario.seed)
            twin = switches.build(self._builder, switch, bridged, scenario.cabled(switch), waves=waves)
            self._switches.append(twin)
            ends |= zip(switch.sockets, twin.ports, strict=True)
        generators = {
            name: {wire: self._kernel.lan_wire(self._lan, initial) for wire, initial in JACK.items()}
            for name in scenario.generators
        }
        ends |= generators
        self._links = {end: wires["link"] for end, wires in ends.items()}
        drawn = lines(scenario)
        for coax in scenario.coaxes:
            self._coaxes[coax.name] = self._build_coax(coax, ends, drawn, scenario.seed, waves=waves)
            self._reroute(coax.name)
        for jack in generators.values():
            self._kernel.lan_generator(self._lan, *(jack[wire] for wire in GENERATOR_PINS))
        for cable in scenario.cables:
            self._build_cable(cable, ends, drawn)
        initial = (c_int64 * len(self._builder.nets))(*(net.initial for net in self._builder.nets))
        self._kernel.lan_begin(self._lan, initial, len(self._builder.nets))
        self._bells = POINTER(binding.Bell)()
        self.now = 0
        """Simulated time in ps."""

    @property
    def nets(self) -> Sequence[Net]:
        """The recorded nets."""
        return self._builder.nets

    def advance(self, limit: int) -> list[Bell]:
        """See `Engine.advance`."""
        count = self._kernel.lan_advance(self._lan, limit, byref(self._bells))
        self.now = self._kernel.lan_now(self._lan)
        bells = self._bells
        return [Bell(bells[n].adapter, _KINDS[bells[n].kind], bells[n].value) for n in range(count)]

    def submit(self, adapter: int, operation: Read | Write) -> None:
        """See `Engine.submit`."""
        write = isinstance(operation, Write)
        value = operation.value if isinstance(operation, Write) else 0
        self._kernel.lan_submit(self._lan, adapter, operation.register // REGISTER_OCTETS, write, value)

    def memory(self, adapter: int) -> memoryview:
        """See `Engine.memory`."""
        return memoryview(self._adapters[adapter].memory).cast("B")

    def table(self, switch: int) -> list[Entry]:
        """See `Engine.table`."""
        twin = self._switches[switch]
        second, ageing_time = (self._kernel.lan_value(self._lan, twin.core[name]) for name in SECONDS)
        return entries(bytes(twin.table), second, ageing_time)

    def apply(self, fault: CableFault) -> None:
        """See `Engine.apply`."""
        plugged = fault.what == "plug"
        if plugged or fault.what == "unplug":
            for host in faults.linked(self._scenario, fault.host):
                self._kernel.lan_drive(self._lan, self._links[host], plugged)
        cable = faults.strike(self._scenario, fault, self._segments)
        if cable in self._pairs:
            self._kernel.lan_plug(self._lan, self._pairs[cable], plugged)
        else:
            self._reroute(cable)

    def _reroute(self, coax: str) -> None:
        hops = self._segments[coax].hops()
        rows = [(sender, *hop) for sender, of_sender in enumerate(hops) for hop in of_sender]
        columns = [(c_int64 * len(rows))(*(row[place] for row in rows)) for place in range(5)]
        self._kernel.lan_reroute(self._lan, self._coaxes[coax], len(hops), *columns, len(rows))

    def play(self, generator: int, moves: Sequence[Move], start_ps: int | None) -> None:
        """See `Engine.play`."""
        check(moves, start_ps, self.now)
        column = c_int64 * len(moves)
        times, levels = column(*(ps for ps, _ in moves)), column(*(level for _, level in moves))
        triggered = start_ps is None
        self._kernel.lan_play(self._lan, generator, triggered, start_ps or 0, times, levels, len(moves))

    def changes(self) -> Changes:
        """See `Engine.changes`."""
        count = self._kernel.lan_settled_changes(self._lan)
        ps, net, value = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
        self._kernel.lan_take_changes(self._lan, ps.ctypes.data, net.ctypes.data, value.ctypes.data)
        return Changes(ps, net, value)

    def close(self) -> None:
        """See `Engine.close`."""
        if self._lan is not None:
            self._kernel.lan_destroy(self._lan)
            self._lan = None

    # -- building ----------------------------------------------------------------------------------

    def _build_adapter(self, end: str, wired: Station, *, waves: bool) -> Box:
        kernel, lan = self._kernel, self._lan
        adapter = Box()
        adapter.clocks = {name: kernel.lan_clock(lan) for name in wiring.CLOCKS}
        for name, initial in wiring.ANALOGUE_WIRES.items():
            adapter.wires[name] = kernel.lan_wire(lan, initial)
        for name, value in wiring.straps(wired).items():
            adapter.wires[name] = kernel.lan_wire(lan, value)
        self._builder.outputs(wiring.INSTANCES, adapter.wires)
        for instance in wiring.INSTANCES:
            adapter.modules[instance.circuit] = self._builder.module(instance, adapter.wires, adapter.clocks)
        wires = adapter.wires
        octets = wiring.HOST_MEMORY_OCTETS
        first = kernel.lan_memory(lan, octets, *(self._builder.wire(wires, name) for name in wiring.DMA_PINS))
        adapter.memory = ctypes.cast(first, POINTER(ctypes.c_uint8 * octets)).contents
        kernel.lan_bus(lan, *(self._builder.wire(wires, name) for name in wiring.BUS_PINS))
        for module in adapter.modules.values():
            kernel.lan_settle(lan, module)
        self._build_analogue(adapter, wired)
        self._builder.record(probes(waves=waves), adapter, wiring.ANALOGUE_WIRES, wiring.INSTANCES, end)
        return adapter

    def _build_analogue(self, adapter: Box, wired: Station) -> None:
        kernel, lan, wires, clocks = self._kernel, self._lan, adapter.wires, adapter.clocks
        self._builder.receiver(adapter, wired.carrier)
        timing = wiring.timing(wired)
        for bus in wiring.BUS_CLOCKS:
            gate = self._builder.gate(bus.gate, wires)
            output = (clocks[bus.clock], timing.bus_period_fs, timing.bus_phase_ps, bus.residue, gate)
            if bus.divisor:
                kernel.lan_divided_crystal(lan, *output, wires[bus.divisor])
            else:
                kernel.lan_crystal(lan, *output)
        self._builder.transmit_clocks(adapter, timing.half_bit_fs, timing.half_bit_phase_ps)

    def _build_coax(
        self,
        coax: Coax,
        ends: Mapping[str, dict[str, int]],
        drawn: Mapping[str, int],
        seed: int,
        *,
        waves: bool,
    ) -> int:
        kernel, lan = self._kernel, self._lan
        for number, tap in enumerate(coax.taps):
            box = ends[tap.host]
            level_net, mean_net = self._tap_nets(coax.name, number, recorded=waves or number == 0)
            mau = self._build_mau(box, mau_straps(tap), seed, drawn[tap.host])
            pins = self._build_path([box[name] for name in AUI_PAIRS], tolerances(tap), seed, drawn[tap.host])
            kernel.lan_tap(lan, *pins, mau["collision"], mau["jabber"], level_net, mean_net)
        for number, _ in enumerate(coax.generators_mm, len(coax.taps)):
            level_net, mean_net = self._tap_nets(coax.name, number, recorded=waves or number == 0)
            pins = [kernel.lan_wire(lan, initial) for initial in (1, 0, 1, 0, 0, 0)]
            kernel.lan_generator(lan, pins[0], pins[1], pins[3])
            kernel.lan_tap(lan, *pins, level_net, mean_net)
        return int(kernel.lan_coax(lan))

    def _build_path(self, aui: list[int], tolerances: Tolerances, seed: int, line: int) -> list[int]:
        """The wires of a cable's end: `aui`, those of its MAU, or what is behind a path with `tolerances`."""
        if tolerances == Tolerances():
            return aui
        kernel, lan = self._kernel, self._lan
        path = [kernel.lan_wire(lan, initial) for initial in (1, 0, 1, 0)]
        kernel.lan_transceiver(
            lan,
            *aui,
            *path,
            tolerances.transmit_loss,
            tolerances.receive_loss,
            tolerances.invalid_bit,
            tolerances.jitter_ns,
            seed,
            transceiver.line(line),
        )
        return path

    def _tap_nets(self, coax: str, number: int, *, recorded: bool) -> tuple[int, int]:
        """The numbers of a tap's two nets; -1 for those that are not recorded."""
        if not recorded:
            return -1, -1
        level_net, mean_net = len(self._builder.nets), len(self._builder.nets) + 1
        self._builder.nets.append(Net(coax, f"tap{number}", "level", NetKind.MILLIVOLT))
        self._builder.nets.append(Net(coax, f"tap{number}", "mean", NetKind.MILLIVOLT))
        return level_net, mean_net

    def _build_mau(
        self, box: Mapping[str, int], straps: Mapping[str, int], seed: int, line: int
    ) -> dict[str, int]:
        """The wires of a MAU on the AUI of the box with wires `box`, by name."""
        kernel, lan = self._kernel, self._lan
        wires = {name: box[outer] for name, outer in mau_wiring.AUI_PINS.items()}
        wires |= {name: kernel.lan_wire(lan, value) for name, value in straps.items()}
        self._build_mau_circuits(mau_wiring.INSTANCES, mau_wiring.oscillators(seed, line), wires)
        return wires

    def _build_mau_circuits(
        self, instances: tuple[Instance, ...], oscillators: Sequence[Oscillator], wires: dict[str, int]
    ) -> None:
        kernel, lan = self._kernel, self._lan
        clocks = {oscillator.clock: kernel.lan_clock(lan) for oscillator in oscillators}
        self._builder.outputs(instances, wires)
        for instance in instances:
            kernel.lan_settle(lan, self._builder.module(instance, wires, clocks))
        for oscillator in oscillators:
            gate = self._builder.gate(oscillator.gate, wires)
            clock = clocks[oscillator.clock]
            kernel.lan_crystal(lan, clock, oscillator.period_fs, oscillator.phase_ps, SLOW_CLOCK, gate)

    def _build_hub(
        self, hub: Hub, repeater: Repeater, cabled: list[bool], *, waves: bool
    ) -> list[dict[str, int]]:
        """The wires of its ports."""
        kernel, lan = self._kernel, self._lan
        linked = sum(link << number for number, link in enumerate(cabled))
        core_wires = hub_wiring.CORE_WIRES | hub_wiring.core_straps(repeater) | {"linked": linked}
        core = self._builder.modules(hub_wiring.CORE_INSTANCES, hub_wiring.CORE_CLOCKS, core_wires)
        port_wires = hub_wiring.PORT_WIRES | hub_wiring.port_straps(repeater)
        ports = [
            self._builder.modules(
                hub_wiring.PORT_INSTANCES, hub_wiring.PORT_CLOCKS, port_wires | {"link": int(link)}
            )
            for link in cabled
        ]
        for port in ports:
            pins = [self._builder.wire(port.wires, name) for name in clock_recovery.PINS]
            kernel.lan_clock_recovery(lan, *pins, port.clocks["port_bit_clk"], kernel.lan_clock(lan))
            self._oscillate(hub_wiring.PORT_OSCILLATION, repeater, port)
            kernel.lan_hub_port(lan, *(port.wires[name] for name in backplane.PORT_PINS))
        kernel.lan_backplane(lan, *(core.wires[name] for name in backplane.CORE_PINS))
        for oscillation in hub_wiring.CORE_OSCILLATIONS:
            self._oscillate(oscillation, repeater, core)
        self._builder.record(hub_probes(waves=waves), core, core_wires, hub_wiring.CORE_INSTANCES, hub.name)
        for number, port in enumerate(ports):
            wires = port_wires | {"link": int(cabled[number])}
            place = (hub.name, f"{PORT}{number + 1}")
            self._builder.record(port_probes(waves=waves), port, wires, hub_wiring.PORT_INSTANCES, *place)
        return [port.wires for port in ports]

    def _oscillate(self, oscillation: Oscillation, repeater: Repeater, box: Box) -> None:
        timing = hub_wiring.timing(repeater)
        period_fs = oscillation.half_bits * timing.half_bit_fs
        gate = self._builder.gate(oscillation.gate, box.wires)
        clock = box.clocks[oscillation.clock]
        self._kernel.lan_crystal(self._lan, clock, period_fs, timing.phase_ps, oscillation.residue, gate)

    def _build_cable(
        self, cable: Cable, ends: Mapping[str, dict[str, int]], drawn: Mapping[str, int]
    ) -> None:
        kernel, lan = self._kernel, self._lan
        pins = []
        for end in cable.ends:
            if cable.twisted_pair and end not in self._scenario.generators:
                mau = self._build_pair_mau(cable, ends[end], end, drawn[end])
                seed = self._scenario.seed
                pins.append([*self._build_path(mau[:4], tolerances(cable), seed, drawn[end]), *mau[4:]])
            else:
                received = "line_active" if cable.twisted_pair else "aui_di_active"
                names = ("aui_do", "aui_do_active", "aui_di", received)
                pins.append([*(ends[end][name] for name in names), *NO_TWISTED_PAIR])
        for end, one in zip(cable.ends, pins, strict=True):
            one += [end in cable.reversed, -1]
            if self._scenario.captured(cable):
                one[-1] = len(self._builder.nets)
                self._builder.nets.append(line_net(cable, end))
        kernel.lan_pair(lan, delay_ps(cable), drive_mv(cable), cable.heard, *map(_array, pins))

    def _build_pair_mau(self, cable: Cable, box: dict[str, int], end: str, line: int) -> list[int]:
        """The twin of `hw.mau.pair_box`: a MAU between the box with wires `box` and a cable; its pins."""
        kernel, lan, seed, pulses = self._kernel, self._lan, self._scenario.seed, cable.pulses
        repeater = in_repeater(self._scenario, end)
        wires = {
            name: self._builder.wire(box, outer, mau_wiring.PAIR_WIRES.get(name, 0))
            for name, outer in mau_wiring.pair_pins(box, repeater=repeater).items()
        }
        initial = mau_wiring.PAIR_WIRES | pair_straps(self._scenario, end)
        for name, value in initial.items():
            self._builder.wire(wires, name, value)
        instances = mau_wiring.pair_circuits(repeater=repeater, pulses=pulses)
        oscillators = mau_wiring.pair_oscillators(seed, line, repeater=repeater, pulses=pulses)
        self._build_mau_circuits(instances, oscillators, wires)
        if pulses or not cable.heard:
            kernel.lan_drive(lan, wires["link"], 0)
        if pulses:
            kernel.lan_drive(lan, wires["link_test"], 1)
        path = _array([wires[name] for name in twisted_pair.PINS])
        kernel.lan_twisted_pair(lan, path, pulses, seed, line)
        return [
            box["aui_do"],
            wires["td_active"],
            box["aui_di"],
            wires["line_active"],
            box.get("announce", -1),
            self._builder.wire(box, "partner_announces"),
            wires["line_sign"],
            wires["swap"],
        ]


def _array(wires: Sequence[int]) -> Any:
    return (c_int * len(wires))(*wires)
