"""One run: a scenario, an engine, a kernel with hosts and programs, and a recorder over all of it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Network
from types import TracebackType
from typing import Literal

from hw.switch.table import Entry
from sim.apps.registry import find
from sim.attach import Attachment
from sim.engine.choose import Hint, open_engine
from sim.engine.interface import Engine
from sim.events import Event, FieldValue
from sim.options import Options
from sim.os.kernel import Kernel
from sim.os.outcome import Outcome
from sim.os.process import Process
from sim.python import install
from sim.record.folder import host_directory, tidy_folder
from sim.record.recorder import Recorder
from sim.record.switch import knows
from sim.scenario.cabling import Cabling
from sim.scenario.check import check
from sim.scenario.model import CableFault, Program, Scenario
from sim.scenario.plan import box

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
        self._cabling = None if scenario.link else Cabling(scenario)
        self._engine = open_engine(
            options.engine,
            self._cabling.netlist if self._cabling else None,
            long=scenario.long,
            waves=options.vcd,
            tell=options.tell,
        )
        waves = options.vcd and scenario.link is None
        try:
            self._recorder = Recorder(
                options.directory, scenario, self._engine.nets, vcd=waves, listeners=options.listeners
            )
        except BaseException:
            self._engine.close()
            raise
        self._folder = options.directory
        self._heard = heard
        self._unplugged: set[str] = set()
        """Adapters whose AUI is unplugged."""
        self._sockets = {host.name: host.sockets for host in scenario.hosts}
        drain = _Drain(self._engine, self._recorder, Hint(options.engine, self._engine, options.tell))
        self.kernel = Kernel(self._engine, self._event, install, batch=drain, linger_ns=LINGER_NS)
        attachment = Attachment(self.kernel, scenario, self._on_frame)
        self.hosts = {host.name: attachment.add(host) for host in scenario.hosts}
        self._stations = attachment.stations
        for name, host in self.hosts.items():
            host.directory = host_directory(options.directory, name)
        for fault in scenario.faults:
            self.kernel.call_at(fault.at_ns, partial(self.strike, fault))
        for program in scenario.programs:
            self._schedule(program)

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with closing(self._engine):
            try:
                self.kernel.close()
            finally:
                self._recorder.changes(self._engine.changes())
                for switch, entries in self.tables():
                    for entry in entries:
                        self._recorder.event(knows(self._engine.now, switch, entry))
                self._recorder.close(self._engine.now)
        tidy_folder(self._folder)

    def tables(self) -> Iterator[tuple[str, list[Entry]]]:
        """The switches, each with the stations that it knows now."""
        for number, switch in enumerate(self.scenario.switches):
            assert self._cabling is not None  # a [link] has no switches
            yield switch.name, self._cabling.table(self._engine, number)

    def spawn(self, host: str, command: str, *, at_ns: int, service: bool) -> Process:
        """Run a command line on a host from `at_ns` on. ValueError when there is no such program.

        SIGINT ends it, as it ends what is no Python program, unless it says otherwise.
        """
        known, words = find(command)
        process = self.hosts[host].spawn(words, known.main, at_ns=at_ns, service=service)
        process.signals.handlers[signal.SIGINT] = signal.SIG_DFL
        return process

    def _schedule(self, program: Program) -> None:
        """Let `program` run at its time, and what is to become of it."""
        host = self.hosts[program.host]
        if program.main is None:
            process = self.spawn(program.host, program.run, at_ns=program.at_ns, service=program.service)
        else:
            process = host.spawn([program.run], program.main, at_ns=program.at_ns, service=program.service)
        for ns, number in ((program.stop_ns, signal.SIGTERM), (program.kill_ns, signal.SIGKILL)):
            if ns is not None:
                self.kernel.call_at(ns, partial(self._signal, process, number))
        if program.restart_ns is not None:
            host.spawn(
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
            self._apply(fault)
        layer = "cable" if fault.host else "coax"
        self.kernel.emit(fault.host or fault.cable, layer, fault.what, _place(fault))

    def flush(self) -> None:
        """Have everything recorded that happened before the present instant."""
        self._recorder.changes(self._engine.changes())
        self._recorder.flush(self._engine.now)

    def _on_frame(
        self, adapter: str, direction: Literal["received", "sent"], frame: bytes, fcs: bytes
    ) -> None:
        self._recorder.frame(adapter, direction, self._engine.now, frame, fcs)

    def _apply(self, fault: CableFault) -> None:
        if fault.host in self._stations:
            self._stations[fault.host].link_up = fault.what == "plug"
        elif self._cabling is not None:
            self._cabling.strike(self._engine, fault)

    def _switch(self, fault: CableFault) -> None:
        """A host without power drives nothing and hears nothing: for its cables it is unplugged."""
        host = self.hosts[fault.host]
        if host.on is (fault.what == "power on"):
            return
        for socket in self._sockets[host.name]:
            if socket not in self._unplugged:
                self._apply(replace(fault, what="unplug" if host.on else "plug", host=socket))
        (host.switch_off if host.on else host.switch_on)()

    def _event(self, event: Event) -> None:
        self._heard(event)
        self._recorder.event(event)


def _place(fault: CableFault) -> dict[str, FieldValue]:
    if fault.what in ("open", "short"):
        return {"at_mm": fault.at_mm}
    return {"end": fault.end} if fault.what in ("terminator off", "terminator on") else {}


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
