"""The reference engine: the circuits as they are written, in MyHDL's own simulator.

MyHDL's `run` ends at a time, not at an event, and takes its own end for the end of the simulation when
nothing is pending. So this engine always runs "for ever" and stops from inside: a waiter that suspends the
simulation after the last delta of its instant, planted at the limit and used by the bells. One event in the
far future keeps an idle simulation alive.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from myhdl import EnumItemType, Simulation, _simulator, _SuspendSimulation
from myhdl._simulator import _futureEvents
from myhdl._Waiter import _Waiter

from driver.bus import Read, Write
from hw.analogue.events import at, now
from hw.analogue.generator import Move
from hw.analogue.segment import Hop
from hw.netlist import Backplane, Coax, Fabric, Netlist, Pair, Unit
from hw.nets import Net
from sim.engine.interface import Bell, BellKind, Changes
from sim.engine.myhdl_parts import Assembly

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
    """The network of `netlist` in MyHDL. With `waves`, every declared probe is recorded; without, only what
    captures and events are decoded from. `assembly` builds the parts."""

    def __init__(self, netlist: Netlist, *, waves: bool, assembly: Assembly | None = None) -> None:
        self._signals_before = len(_simulator._signals)
        self._nets: list[Net] = []
        self._log: list[tuple[int, int, int]] = []
        self._bells: list[Bell] = []
        self._stop = _Stop()
        self._closed = False
        self._adapters = netlist.adapters
        self.assembly = assembly or Assembly()
        for item in netlist.items:
            self._build(item, waves=waves)
        for number, wires in enumerate(self.assembly.buses):
            self._wire_bells(number, wires)
        self._last = [net.initial for net in self._nets]
        self._simulation = Simulation(*self.assembly.blocks)
        at(FAR_FUTURE_PS, _nothing)
        self.assembly.power_up()
        self._run_to(0)

    def _build(self, item: Any, *, waves: bool) -> None:
        """Build one item of the netlist, and have it recorded."""
        match item:
            case Unit():
                self.assembly.unit(item)
                for probe in item.probes:
                    if waves or probe.events:
                        self._probe(item.net(probe), self.assembly.source(probe, item))
            case Backplane():
                self.assembly.backplane(item)
            case Fabric():
                self.assembly.fabric(item)
            case Coax():
                self.assembly.coax(item, self._on_level(item, waves=waves))
            case Pair():
                nets = [end.net for end in item.ends if end.net is not None]
                self.assembly.pair(item, [self._on_line(net) for net in nets])
            case _:
                raise TypeError(f"the MyHDL engine knows no {type(item).__name__}")

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
        wires = self.assembly.buses[adapter]
        wires["s_adr"].next = operation.register // REGISTER_OCTETS
        write = isinstance(operation, Write)
        wires["s_we"].next = write
        if isinstance(operation, Write):
            wires["s_dat_w"].next = operation.value
        wires["s_stb"].next = True

    def memory(self, adapter: int) -> memoryview:
        """See `Engine.memory`."""
        return self.octets(self._adapters[adapter])

    def octets(self, unit: Unit) -> memoryview:
        """See `Engine.octets`."""
        return memoryview(self.assembly.memories[unit].octets)

    def value(self, unit: Unit, wire: str) -> int:
        """See `Engine.value`."""
        return int(self.assembly.wires[unit][wire])

    def drive(self, unit: Unit, wire: str, value: int) -> None:
        """See `Engine.drive`."""
        self.assembly.wires[unit][wire].next = value

    def plug(self, cable: str, *, plugged: bool) -> None:
        """See `Engine.plug`."""
        self.assembly.pairs[cable].plug(plugged)

    def reroute(self, coax: str, hops: Sequence[Sequence[Hop]]) -> None:
        """See `Engine.reroute`."""
        self.assembly.coaxes[coax].reroute(hops)

    def play(self, generator: int, moves: Sequence[Move], start_ps: int | None) -> None:
        """See `Engine.play`."""
        self.assembly.generators[generator].play(moves, start_ps)

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

    def _on_level(self, coax: Coax, *, waves: bool) -> Callable[[int, int, int], None]:
        """Who takes what the taps of `coax` see: of all with a waveform, else of the first."""
        log = self._log
        recorded: dict[int, tuple[int, int]] = {}
        for tap in range(len(coax.taps) if waves else 1):
            recorded[tap] = len(self._nets), len(self._nets) + 1
            self._nets += coax.nets(tap)

        def on_level(tap: int, level: int, mean: int) -> None:
            nets = recorded.get(tap)
            if nets is not None:
                ps = _simulator._time
                log.append((ps, nets[0], level))
                log.append((ps, nets[1], mean))

        return on_level

    def _on_line(self, net: Net) -> Callable[[int], None]:
        """Who takes what an end of a cable of two pairs drives."""
        log, number = self._log, len(self._nets)
        self._nets.append(net)
        return lambda mv: log.append((_simulator._time, number, mv))

    def _wire_bells(self, number: int, wires: dict[str, Any]) -> None:
        """The bus handshake ends here: a strobe raised and lowered by the kernel in one delta would hang."""
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


def _nothing() -> None:
    """The event that keeps an idle simulation alive."""


def _instant_and_net(entry: tuple[int, int, int]) -> tuple[int, int]:
    return entry[0], entry[1]
