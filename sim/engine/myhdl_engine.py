"""The reference engine: the circuits as they are written, in MyHDL's own simulator.

MyHDL's `run` ends at a time, not at an event, and takes its own end for the end of the simulation when
nothing is pending. So this engine always runs "for ever" and stops from inside: a waiter that suspends the
simulation after the last delta of its instant, planted at the limit and used by the bells. One event in the
far future keeps an idle simulation alive.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from myhdl import EnumItemType, Simulation, _simulator, _SuspendSimulation
from myhdl._simulator import _futureEvents
from myhdl._Waiter import _Waiter

from driver.bus import Read, Write
from hw.adapter.adapter import Adapter
from hw.analogue.coax import Coax, TapPins
from hw.analogue.events import at, now
from hw.analogue.generator import Move, SignalGenerator
from hw.analogue.pair import Pair, PairPins
from hw.analogue.transceiver import fit
from hw.hub.box import Hub
from hw.mau.box import Mau
from hw.mau.pair_box import PairMau
from hw.nets import PORT, Net, NetKind
from hw.switch.box import Switch
from hw.switch.table import Entry, entries
from sim.engine import faults
from sim.engine.interface import Bell, BellKind, Changes
from sim.engine.probes import (
    Inner,
    Probe,
    hub_probes,
    line_net,
    port_probes,
    probes,
    switch_port_probes,
    switch_probes,
)
from sim.engine.station import (
    bridge,
    delay_ps,
    drive_mv,
    in_repeater,
    lines,
    mau_straps,
    modes,
    pair_straps,
    repeater,
    station,
    tolerances,
)
from sim.scenario.model import Cable, CableFault, Scenario

FAR_FUTURE_PS = 1 << 100
REGISTER_OCTETS = 4


class _Stop(_Waiter):  # type: ignore[misc]
    """Suspends the simulation when the instant in which it wakes has settled.

    There is one exception for all suspensions: a new one each time would be caught in a cycle with its
    traceback, and garbage is not collected during a run.
    """

    def __init__(self) -> None:
        super().__init__(None)
        self.suspension = _SuspendSimulation("bell")

    def next(self, waiters: Any, actives: Any, exc: list[BaseException]) -> None:
        if not exc:
            exc.append(self.suspension)


class _Bell(_Waiter):  # type: ignore[misc]
    """Calls a function whenever a signal changes; suspends the simulation if the function says so."""

    def __init__(self, signal: Any, function: Callable[[], bool], stop: _Stop) -> None:
        super().__init__(None)
        self._stop = stop
        self._list = signal._eventWaiters
        self._function = function
        self._list.append(self)

    def next(self, waiters: Any, actives: Any, exc: list[BaseException]) -> None:
        self._list.append(self)
        if self._function():
            self._stop.next(waiters, actives, exc)


class MyhdlEngine:
    """`scenario`'s boxes and cables in MyHDL. With `waves`, every declared probe is recorded; without, only
    what captures and events are decoded from."""

    def __init__(self, scenario: Scenario, *, waves: bool) -> None:
        self._signals_before = len(_simulator._signals)
        self._nets: list[Net] = []
        self._log: list[tuple[int, int, int]] = []
        self._last: list[int] = []
        self._bells: list[Bell] = []
        self._stop = _Stop()
        self._generators: list[SignalGenerator] = []
        self._scenario = scenario
        self._segments = {coax.name: faults.segment(coax) for coax in scenario.coaxes}
        self._coaxes: dict[str, Coax] = {}
        self._hubs: list[Hub] = []
        self._switches: list[Switch] = []
        self._pairs: dict[str, Pair] = {}
        self._pair_maus: list[PairMau] = []
        self._adapters = [Adapter(station(scenario, end)) for end in scenario.adapters]
        blocks: list[Any] = []
        ends: dict[str, dict[str, Any]] = {}
        for end, adapter in zip(scenario.adapters, self._adapters, strict=True):
            ends[end] = adapter.wires
            blocks += (*adapter.blocks.values(), *adapter.beginnings)
            for probe in probes(waves=waves):
                self._probe(dataclasses.replace(probe.net, box=end), _find(adapter, probe.source))
        for number, hub in enumerate(scenario.hubs):
            box = Hub(repeater(hub, number, scenario.seed), scenario.cabled(hub))
            self._hubs.append(box)
            blocks += box.blocks
            ends |= zip(hub.sockets, box.ports, strict=True)
            self._record_hub(hub.name, box, waves=waves)
        for number, switch in enumerate(scenario.switches):
            bridged = Switch(bridge(switch, number, scenario.seed), modes(switch), scenario.cabled(switch))
            self._switches.append(bridged)
            blocks += bridged.blocks
            ends |= zip(switch.sockets, bridged.ports, strict=True)
            self._record_switch(switch.name, bridged, waves=waves)
        drawn = lines(scenario)
        for coax in scenario.coaxes:
            taps = []
            for tap in coax.taps:
                mau = Mau(ends[tap.host], mau_straps(tap), scenario.seed, drawn[tap.host])
                blocks += mau.blocks
                taps.append(fit(mau.tap, tolerances(tap), scenario.seed, drawn[tap.host]))
            generators = [SignalGenerator() for _ in coax.generators_mm]
            self._generators += generators
            taps += [generator.tap for generator in generators]
            self._coaxes[coax.name] = self._coax(coax.name, taps, waves=waves)
        for name in scenario.generators:
            self._generators.append(SignalGenerator())
            ends[name] = self._generators[-1].jack
        for cable in scenario.cables:
            blocks += self._build_cable(cable, ends, drawn)
        self._links = {end: wires["link"] for end, wires in ends.items()}
        for number, adapter in enumerate(self._adapters):
            self._wire_bells(number, adapter)
        self._last = [net.initial for net in self._nets]
        self._simulation = Simulation(*blocks)
        self._closed = False
        at(FAR_FUTURE_PS, _nothing)
        for joined in self._pairs.values():
            joined.power_up()
        for pair_mau in self._pair_maus:
            pair_mau.power_up()
        self._run_to(0)

    @property
    def now(self) -> int:
        """Simulated time in ps."""
        return now()

    @property
    def nets(self) -> Sequence[Net]:
        """The recorded nets."""
        return self._nets

    def advance(self, limit: int) -> list[Bell]:
        """See `Engine.advance`."""
        self._run_to(limit)
        bells = sorted(self._bells)
        self._bells.clear()
        return bells

    def submit(self, adapter: int, operation: Read | Write) -> None:
        """See `Engine.submit`."""
        wires = self._adapters[adapter].wires
        wires["s_adr"].next = operation.register // REGISTER_OCTETS
        write = isinstance(operation, Write)
        wires["s_we"].next = write
        if isinstance(operation, Write):
            wires["s_dat_w"].next = operation.value
        wires["s_stb"].next = True

    def memory(self, adapter: int) -> memoryview:
        """See `Engine.memory`."""
        return memoryview(self._adapters[adapter].memory.octets)

    def table(self, switch: int) -> list[Entry]:
        """See `Engine.table`."""
        box = self._switches[switch]
        return entries(bytes(box.table.octets), int(box.core["second"]), int(box.core["ageing_time"]))

    def apply(self, fault: CableFault) -> None:
        """See `Engine.apply`."""
        plugged = fault.what == "plug"
        if plugged or fault.what == "unplug":
            for host in faults.linked(self._scenario, fault.host):
                self._links[host].next = plugged
        cable = faults.strike(self._scenario, fault, self._segments)
        if cable in self._pairs:
            self._pairs[cable].plug(plugged)
        else:
            self._coaxes[cable].reroute(self._segments[cable].hops())

    def play(self, generator: int, moves: Sequence[Move], start_ps: int | None) -> None:
        """See `Engine.play`."""
        self._generators[generator].play(moves, start_ps)

    def changes(self) -> Changes:
        """See `Engine.changes`."""
        log = self._log
        log.sort(key=_instant_and_net)  # stable: of several values in one instant the last stays last
        settled: list[tuple[int, int, int]] = []
        last = self._last
        for index, (ps, net, value) in enumerate(log):
            if index + 1 < len(log) and log[index + 1][0] == ps and log[index + 1][1] == net:
                continue
            if last[net] != value:
                last[net] = value
                settled.append((ps, net, value))
        log.clear()
        return Changes.of(settled)

    def close(self) -> None:
        """See `Engine.close`."""
        if not self._closed:
            self._closed = True
            self._simulation.quit()
            del _simulator._signals[self._signals_before :]

    def _run_to(self, limit: int) -> None:
        entry = (limit, self._stop)
        _futureEvents.append(entry)
        self._simulation.run(None, quiet=1)
        self._stop.suspension.__traceback__ = None
        if self._bells and entry in _futureEvents:
            _futureEvents.remove(entry)

    def _probe(self, declared: Net, signal: Any) -> None:
        """Record `signal` from MyHDL's own hook for traced signals: no wake, no waiter."""
        net = len(self._nets)
        log = self._log
        value = signal._val
        if isinstance(value, EnumItemType):
            initial = value._index

            def record() -> None:
                log.append((_simulator._time, net, signal._val._index))
        elif isinstance(value, bool):
            initial = int(value)

            def record() -> None:
                log.append((_simulator._time, net, 1 if signal._val else 0))
        else:
            initial = int(value)

            def record() -> None:
                log.append((_simulator._time, net, signal._val._val))

        self._nets.append(dataclasses.replace(declared, initial=initial))
        signal._tracing = 1
        signal._printVcd = record

    def _coax(self, name: str, taps: list[TapPins], *, waves: bool) -> Coax:
        log = self._log
        recorded: dict[int, tuple[int, int]] = {}
        for tap in range(len(taps) if waves else 1):
            recorded[tap] = (len(self._nets), len(self._nets) + 1)
            self._nets.append(Net(name, f"tap{tap}", "level", NetKind.MILLIVOLT))
            self._nets.append(Net(name, f"tap{tap}", "mean", NetKind.MILLIVOLT))

        def on_level(tap: int, level: int, mean: int) -> None:
            nets = recorded.get(tap)
            if nets is not None:
                ps = _simulator._time
                log.append((ps, nets[0], level))
                log.append((ps, nets[1], mean))

        return Coax(self._segments[name].hops(), taps, on_level)

    def _record_hub(self, name: str, hub: Hub, *, waves: bool) -> None:
        for probe in hub_probes(waves=waves):
            net = dataclasses.replace(probe.net, box=name)
            if isinstance(probe.source, str):
                self._probe(net, hub.core[probe.source])
            else:
                self._probe(net, hub.core_blocks[probe.source.circuit].sigdict[probe.source.register])
        for number, port in enumerate(hub.ports, start=1):
            for probe in port_probes(waves=waves):
                assert isinstance(probe.source, str)
                net = dataclasses.replace(probe.net, box=name, port=f"{PORT}{number}")
                self._probe(net, port[probe.source])

    def _record_switch(self, name: str, switch: Switch, *, waves: bool) -> None:
        for probe in switch_probes(waves=waves):
            self._probe_wire(dataclasses.replace(probe.net, box=name), probe, switch.core)
        for number, port in enumerate(switch.ports, start=1):
            for probe in switch_port_probes(waves=waves):
                net = dataclasses.replace(probe.net, box=name, port=f"{PORT}{number}")
                self._probe_wire(net, probe, port)

    def _probe_wire(self, net: Net, probe: Probe, wires: Mapping[str, Any]) -> None:
        assert isinstance(probe.source, str)
        self._probe(net, wires[probe.source])

    def _build_cable(
        self, cable: Cable, ends: Mapping[str, dict[str, Any]], drawn: Mapping[str, int]
    ) -> list[Any]:
        """Join two boxes; the blocks of the MAUs that it takes."""
        maus: list[PairMau] = []
        pins = []
        for end in cable.ends:
            if cable.twisted_pair and end not in self._scenario.generators:
                mau = PairMau(
                    ends[end],
                    pair_straps(self._scenario, end),
                    self._scenario.seed,
                    drawn[end],
                    repeater=in_repeater(self._scenario, end),
                    pulses=cable.pulses,
                    heard=cable.heard,
                )
                maus.append(mau)
                pins.append(fit(mau.pins, tolerances(cable), self._scenario.seed, drawn[end]))
            else:
                received = "line_active" if cable.twisted_pair else "aui_di_active"
                names = ("aui_do", "aui_do_active", "aui_di", received)
                pins.append(PairPins(*(ends[end][name] for name in names)))
        told = cable.ends if self._scenario.captured(cable) else ()
        self._pairs[cable.name] = Pair(
            delay_ps(cable),
            pins,
            [end in cable.reversed for end in cable.ends],
            [self._record_line(cable, end) for end in told],
            drive_mv(cable),
            heard=cable.heard,
        )
        self._pair_maus += maus
        return [block for mau in maus for block in mau.blocks]

    def _record_line(self, cable: Cable, end: str) -> Callable[[int], None]:
        """Who takes what `end` drives into `cable`."""
        log, net = self._log, len(self._nets)
        self._nets.append(line_net(cable, end))
        return lambda mv: log.append((_simulator._time, net, mv))

    def _wire_bells(self, number: int, adapter: Adapter) -> None:
        """The bus handshake ends here: a strobe raised and lowered by the kernel in one delta would hang."""
        wires = adapter.wires
        ack, err = wires["s_ack"], wires["s_err"]
        stb, data, irq = wires["s_stb"], wires["s_dat_r"], wires["irq"]

        def done() -> bool:
            if ack or err:
                stb.next = False
                value = 0 if wires["s_we"] else int(data)
                self._bells.append(Bell(number, BellKind.DONE, value))
                return True
            return False

        def interrupt() -> bool:
            self._bells.append(Bell(number, BellKind.IRQ, int(irq)))
            return True

        _Bell(ack, done, self._stop)
        _Bell(err, done, self._stop)
        _Bell(irq, interrupt, self._stop)


def _find(adapter: Adapter, source: str | Inner) -> Any:
    """The signal of a probe."""
    if isinstance(source, str):
        return adapter.wires[source]
    block = adapter.blocks[source.circuit]
    *parts, register = source.register.split(".")
    for part in parts:
        block = next(sub for sub in block.subs if getattr(sub, "func", None) and sub.func.__name__ == part)
    return block.sigdict[register]


def _nothing() -> None:
    """The event that keeps an idle simulation alive."""


def _instant_and_net(entry: tuple[int, int, int]) -> tuple[int, int]:
    return entry[0], entry[1]
