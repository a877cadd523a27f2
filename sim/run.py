"""One run: a scenario, an engine, a kernel with hosts and programs, and a recorder over all of it."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Network
from random import Random
from types import TracebackType
from typing import Literal

from driver.driver import Settings as DriverSettings
from sim.apps.registry import find
from sim.engine.choose import Hint, open_engine
from sim.engine.interface import Engine
from sim.events import Event, FieldValue
from sim.kernel.bus_owner import BusOwner, Processor
from sim.kernel.host import Host as SimulatedHost
from sim.kernel.kernel import Kernel
from sim.kernel.outcome import Outcome
from sim.kernel.process import Process
from sim.options import Options
from sim.record.recorder import Recorder
from sim.scenario.check import check
from sim.scenario.model import CableFault, Host, Program, Route, Scenario
from sim.scenario.plan import box
from stack.dns.resolver import Settings
from stack.parameters import Parameters

BATCH_PS = 1_000_000_000
"""Changes are drained to the recorders about once a simulated millisecond."""
LINGER_NS = 10_000
"""A driver's frame is sent when its last bit has left; by then it has arrived and been taken from the ring,
after 500 m of cable and an interrupt."""
DEFAULT_ROUTE = IPv4Network("0.0.0.0/0")


def run(scenario: Scenario, options: Options) -> Outcome:
    """Run `scenario` to its end and record it; whatever ends it, the recordings are complete.

    Raises as `Session` does.
    """
    with Session(scenario, options) as session:
        return session.kernel.run(scenario.until_ns)


class Session:
    """A scenario under way: its network, its programs and faults to come, and a recorder over all of it.

    A context manager; at its end the recordings are complete. `heard` gets every event of the software at
    once; `options.listeners` get all events, in order, when they are recorded.

    Raises ScenarioError when `scenario`, built in Python, breaks a rule, and EngineError when the engine that
    `options` asks for cannot be had.
    """

    def __init__(
        self, scenario: Scenario, options: Options, heard: Callable[[Event], None] = lambda event: None
    ) -> None:
        check(scenario, lambda command: find(command)[0].service)
        self.scenario = scenario
        self._engine = open_engine(options.engine, scenario, waves=options.vcd, tell=options.tell)
        self._recorder = Recorder(
            options.directory, scenario, self._engine.nets, vcd=options.vcd, listeners=options.listeners
        )
        self._heard = heard
        self._unplugged: set[str] = set()
        """Adapters whose AUI is unplugged."""
        self._sockets = {host.name: host.sockets for host in scenario.hosts}
        drain = _Drain(self._engine, self._recorder, Hint(options.engine, self._engine, options.tell))
        self.kernel = Kernel(self._engine, self._event, batch=drain, linger_ns=LINGER_NS)
        self.hosts: dict[str, SimulatedHost] = {}
        adapters = 0
        for host in scenario.hosts:
            self.hosts[host.name] = _add_host(self, host, adapters)
            adapters += len(host.adapters)
        for fault in scenario.faults:
            self.kernel.call_at(fault.at_ns, partial(self.strike, fault))
        for program in scenario.programs:
            self._schedule(program)

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.kernel.close()
        finally:
            self._recorder.changes(self._engine.changes())
            self._recorder.close(self._engine.now)
            self._engine.close()

    def spawn(self, host: str, command: str, *, at_ns: int, service: bool) -> Process:
        """Run a command line on a host from `at_ns` on. ValueError when there is no such program."""
        known, words = find(command)
        return self.hosts[host].spawn(words, known.main, at_ns=at_ns, service=service)

    def _schedule(self, program: Program) -> None:
        """Let `program` run at its time, and what is to become of it."""
        process = self.spawn(program.host, program.run, at_ns=program.at_ns, service=program.service)
        for ns, number in ((program.stop_ns, signal.SIGTERM), (program.kill_ns, signal.SIGKILL)):
            if ns is not None:
                self.kernel.call_at(ns, partial(self._signal, process, number))
        if program.restart_ns is not None:
            self.hosts[program.host].spawn(
                process.words,
                process.body,
                at_ns=program.restart_ns,
                service=program.service,
                replaces=process,
            )

    def _signal(self, process: Process, number: int) -> None:
        self.kernel.signal(process.latest, number)

    def strike(self, fault: CableFault) -> None:
        """Let a fault happen now, and tell it."""
        if fault.what in ("power off", "power on"):
            self._switch(fault)
            return
        if fault.what == "unplug":
            self._unplugged.add(fault.host)
        elif fault.what == "plug":
            self._unplugged.discard(fault.host)
        host = self.hosts.get(box(fault.host))  # none: a coax, or the port of a hub
        if host is None or host.on:  # whose host is off, is as if unplugged
            self._engine.apply(fault)
        self.kernel.emit(fault.host or fault.cable, "coax", fault.what, _place(fault))

    def flush(self) -> None:
        """Have everything recorded that happened before the present instant."""
        self._recorder.changes(self._engine.changes())
        self._recorder.flush(self._engine.now)

    def on_frame(
        self, adapter: str, direction: Literal["received", "sent"], frame: bytes, fcs: bytes
    ) -> None:
        """Record a frame that passes between driver and stack; `adapter` is one of `Scenario.adapters`."""
        self._recorder.frame(adapter, direction, self._engine.now, frame, fcs)

    def _switch(self, fault: CableFault) -> None:
        """A host without power drives nothing and hears nothing: for its cables it is unplugged."""
        host = self.hosts[fault.host]
        if host.on is (fault.what == "power on"):
            return
        for socket in self._sockets[host.name]:
            if socket not in self._unplugged:
                self._engine.apply(replace(fault, what="unplug" if host.on else "plug", host=socket))
        (host.switch_off if host.on else host.switch_on)()

    def _event(self, event: Event) -> None:
        self._heard(event)
        self._recorder.event(event)


def _place(fault: CableFault) -> dict[str, FieldValue]:
    if fault.what in ("open", "short"):
        return {"at_mm": fault.at_mm}
    return {"end": fault.end} if fault.what in ("terminator off", "terminator on") else {}


def _add_host(session: "Session", host: Host, first: int) -> SimulatedHost:
    """A host of the kernel's; its adapters are the engine's from number `first` on."""
    kernel = session.kernel
    # A router finds its ways itself (RFC 1812 section 5.2.7.2).
    parameters = Parameters(forwarding=host.forwarding, accept_redirects=not host.forwarding)
    simulated = kernel.add_host(host.name, Random(f"{session.scenario.seed}/{host.name}"), parameters)
    processor = Processor(kernel, host.processing_latency_ns)
    owners = []
    for number, (socket, adapter) in enumerate(zip(host.sockets, host.adapters, strict=True), start=first):
        settings = DriverSettings(
            full_duplex=adapter.duplex == "full",
            negotiate=adapter.duplex == "auto",
            flow_control=adapter.flow_control,
            station_address=adapter.station_address,
            promiscuous=adapter.promiscuous,
        )
        owner = BusOwner(
            kernel,
            kernel.engine,
            number,
            partial(_emit, kernel, socket),
            partial(session.on_frame, socket),
            settings,
            interrupt_latency_ns=host.interrupt_latency_ns,
            processor=processor,
            link_poll_ns=adapter.link_poll_ns,
        )
        kernel.connect_adapter(number, owner)
        owners.append(owner)
    simulated.set_up(partial(_configure, simulated, host, owners))
    return simulated


def _configure(simulated: SimulatedHost, host: Host, owners: Sequence[BusOwner]) -> None:
    """Interfaces, routes and name servers of a stack, as the scenario has them."""
    simulated.resolver.settings = Settings(tuple(map(str, host.nameservers)), host.search)
    interfaces = [
        simulated.attach(owner, adapter.address, adapter.name, mtu=adapter.mtu)
        for owner, adapter in zip(owners, host.adapters, strict=True)
    ]
    routes = [*host.routes]
    if host.gateway is not None:
        routes.append(Route(DEFAULT_ROUTE, host.gateway))
    for route in routes:
        near = [interface for interface in interfaces if route.via in interface.network]
        interface = max(near, key=lambda one: one.network.prefixlen)
        simulated.stack.routes.add(route.to, interface, route.via)


def _emit(kernel: Kernel, where: str, layer: str, kind: str, /, **fields: FieldValue) -> None:
    kernel.emit(where, layer, kind, fields)


class _Drain:
    """The kernel's batch hook: hands changes to the recorder now and then."""

    def __init__(self, engine: Engine, recorder: Recorder, hint: Hint) -> None:
        self._engine = engine
        self._recorder = recorder
        self._hint = hint
        self._next = BATCH_PS

    def __call__(self, now_ps: int) -> None:
        if now_ps >= self._next:
            self._next = now_ps + BATCH_PS
            self._recorder.changes(self._engine.changes())
            self._recorder.flush(now_ps)
            self._hint.look()
