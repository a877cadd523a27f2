"""A running network: a scenario, an engine, a kernel with hosts and programs, and a recorder over all of it.

Time stands still but for the calls that let it pass (`run`, `run_for`, `run_until`, `step`). Between two of
them one reads tables and nets, begins programs, and pulls cables: what is done from outside happens at the
present instant. `thicknet run`, the shell and `sim.Lan.run` are made of this class.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Literal, Unpack, overload

from hw.switch.recording import knows
from hw.switch.table import Entry
from journal.event import Event
from sim.api.faults import Faults
from sim.api.host import Host, running
from sim.api.job import Job
from sim.api.levels import Levels
from sim.api.match import Match
from sim.api.options import Options
from sim.api.programs import Programs
from sim.api.run import Run, RunError, sentences
from sim.api.steering import Steering
from sim.api.tables import Tables
from sim.apps.registry import find
from sim.attach import Attachment
from sim.engine.choose import Hint, open_engine
from sim.os.deadlock import waiting
from sim.os.host import Host as SimulatedHost
from sim.os.kernel import Kernel
from sim.os.outcome import Ending, Outcome
from sim.protocols import installed
from sim.python import install
from sim.record.folder import host_directory, tidy_folder
from sim.record.manifest import write_manifest
from sim.record.recorder import Recorder
from sim.record.survey import ended, survey
from sim.scenario.cabling import Cabling
from sim.scenario.check import check, fault_now
from sim.scenario.faults import CableFault, FaultKind
from sim.scenario.model import Scenario
from sim.scenario.quantities import time_ns
from sim.scenario.tables.fault import FaultKeys

BATCH_PS = 1_000_000_000
"""Changes are drained to the recorders about once a simulated millisecond."""
LINGER_NS = 10_000
"""A driver's frame is sent when its last bit has left; by then it has arrived and been taken from the ring,
after 500 m of cable and an interrupt."""

Listener = Callable[[Event], object]
__tracebackhide__ = True  # pytest shows the line of the test


def run(scenario: Scenario, options: Options) -> Outcome:
    """Run `scenario` to its end and record it; whatever ends it, the recordings are complete.

    Raises as `Network` does.
    """
    with Network(scenario, options) as network:
        return network.run()


class Network(Steering):
    """A network that runs and is recorded: of `Lan.start`, or `Network(load("ping"), Options(folder))`.

    A context manager: at its end, or when `close` is called, its programs are ended and the recordings are
    complete. `jobs` are those of the scenario's programs, by their number, where results are wanted.

    Raises ScenarioError when `scenario`, built in Python, breaks a rule, EngineError when the engine that
    `options` asks for is not available, and ProtocolError when another package's protocol is none.
    """

    def __init__(
        self, scenario: Scenario, options: Options, jobs: Mapping[int, Job[Any]] | None = None
    ) -> None:
        self._plan = check(scenario, lambda command: find(command)[0].service)
        protocols = installed()
        self.scenario = scenario
        """What was built."""
        self._recorded = Run(options.directory)
        self._listeners: list[Listener] = [*options.listeners]
        self._at_once: list[Listener] = []
        self._passing = False
        """Whether time passes."""
        self._closed = False
        self._manifest = survey(scenario)
        self._cabling = None if scenario.link else Cabling(scenario)
        self._engine = open_engine(
            options.engine,
            self._cabling.netlist if self._cabling else None,
            long=scenario.long,
            waves=options.vcd,
            tell=options.tell,
        )
        try:
            self._recorder = Recorder(
                options.directory,
                scenario,
                self._engine.nets,
                vcd=options.vcd and scenario.link is None,
                extent=options.extent,
                tell=options.tell,
                listeners=(self._tell,),
            )
            write_manifest(options.directory, self._manifest)
        except BaseException:
            self._engine.close()
            raise
        self._levels = Levels(self._engine.nets)
        self._hint = Hint(options.engine, self._engine, options.tell)
        self._next_batch = BATCH_PS
        self.kernel = Kernel(
            self._engine,
            self._event,
            install,
            batch=self._batch,
            linger_ns=LINGER_NS,
            protocols=protocols,
        )
        """The simulated operating system under the hosts, for instruments."""
        attachment = Attachment(self.kernel, scenario, self._on_frame)
        self._computers = {host.name: attachment.add(host) for host in scenario.hosts}
        self._faults = Faults(scenario, self._strike, self.kernel, self._computers, attachment)
        for name, host in self._computers.items():
            host.directory = host_directory(options.directory, name)
        self._tables = Tables(scenario, self._plan, self._cabling, self._engine, self._levels, self._recorder)
        self._programs = Programs(self.kernel, self._computers, self._wait)
        for fault in scenario.faults:
            self.kernel.act_at(fault.at_ns, partial(self._faults.strike, fault))
        for number, program in enumerate(scenario.programs):
            self._programs.schedule(program, None if jobs is None else jobs.get(number))

    def __enter__(self) -> "Network":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the programs and complete the recordings. Idempotent."""
        if self._closed:
            return
        self._closed = True
        with closing(self._engine):
            try:
                self.kernel.close()
            finally:
                self._take()
                for switch, entries in self._tables.addresses().items():
                    for entry in entries:
                        self._recorder.event(knows(self._engine.now, switch, entry))
                self._recorder.close(self._engine.now)
                end = ended(getattr(self._recorded, "outcome", None), self._engine.now)
                write_manifest(self._recorded.folder, replace(self._manifest, ended=end))
        tidy_folder(self._recorded.folder)

    # -- time --------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Simulated time in ns."""
        return self.kernel.now

    def run(self) -> Outcome:
        """Let time pass until every program that is no service has ended, or the scenario's `until`."""
        outcome = self.advance(self.scenario.until_ns)
        self._recorded.outcome = replace(outcome, running=running(self.hosts.values()))
        return self._recorded.outcome

    def run_for(self, time: str) -> None:
        """Let this much time pass, such as `"1 ms"`, whatever the programs do. Raises as `run_until` does."""
        self._pass(self.now + _not_negative(time), lambda: False)

    @overload
    def run_until(self, what: str) -> None: ...
    @overload
    def run_until(self, what: Match, *, within: str = ...) -> Event: ...
    @overload
    def run_until(self, what: Callable[[], bool], *, within: str = ...) -> None: ...
    def run_until(self, what: str | Match | Callable[[], bool], *, within: str = "60 s") -> Event | None:
        """Let time pass until an instant, such as `"2 s"`, an event, which is returned, or a condition.

        A condition is asked at each instant at which software or an adapter has something to do. An event of
        the hardware is noticed then, too: `Event.ps` says when it was, which may be a little before `now`.
        TimeoutError if neither comes `within` that time; RunError if a program computes without end;
        KeyboardInterrupt for Ctrl-C.
        """
        if isinstance(what, str):
            ns = time_ns(what)
            if ns < self.now:
                raise ValueError(f"{what} has passed: it is {self.now} ns, and time goes forward only")
            self._pass(ns, lambda: False)
            return None
        limit = self.now + _not_negative(within)
        if isinstance(what, Match):
            return self._until_event(what, limit, within)
        if not self._pass(limit, what):
            raise TimeoutError(f"the condition was not true within {within}{self._waiting()}")
        return None

    def step(self) -> None:
        """Let time pass to the next instant at which software or an adapter has something to do."""
        asked = 0

        def over() -> bool:
            nonlocal asked
            asked += 1
            return asked > 1

        self._pass(None, over)

    def advance(self, until_ns: int | None = None, over: Callable[[], bool] | None = None) -> Outcome:
        """Let time pass until the network's end, `until_ns`, or, asked at each instant, `over`.

        What the other calls are made of: it raises for nothing that programs do, and returns how it ended.
        """
        self._open()
        if self._passing:
            raise RuntimeError("time passes already: a listener cannot let more of it pass")
        self._passing = True
        try:
            outcome = self.kernel.run(until_ns, over)
        finally:
            self._passing = False
        self._recorded.outcome = outcome
        return outcome

    def _pass(self, until_ns: int | None, over: Callable[[], bool]) -> bool:
        """As `advance`, but programs that wait for ever end nothing; whether it was `over` in time."""
        while (outcome := self.advance(until_ns, over)).ending is Ending.DEADLOCK:
            if until_ns is None:  # a step
                break
        if outcome.ending is Ending.INTERRUPTED:
            raise KeyboardInterrupt
        if outcome.ending in (Ending.SPINNING, Ending.STUCK):
            raise RunError(sentences(outcome))
        return outcome.ending is Ending.DONE or over()

    def _until_event(self, wanted: Match, limit: int, within: str) -> Event:
        wanted.check()
        found: list[Event] = []

        def listen(event: Event) -> None:
            if wanted(event):
                found.append(event)

        def over() -> bool:
            self._take()
            self._recorder.flush(self._engine.now)
            return bool(found)

        self.flush()  # what has happened is not meant
        self._listeners.append(listen)
        self._at_once.append(listen)
        try:
            if not self._pass(limit, over):
                raise TimeoutError(f"no {wanted} within {within}{self._waiting()}")
        finally:
            self._listeners.remove(listen)
            self._at_once.remove(listen)
        return found[0]

    def _wait(self, condition: Callable[[], bool], within: str) -> None:
        self.run_until(condition, within=within)

    def _waiting(self) -> str:
        """Who waits for what, for a sentence on a time that has run out."""
        processes = [process for host in self._computers.values() for process in host.processes]
        return "".join(f"; {sentence}" for sentence in waiting(processes))

    # -- hosts and programs ------------------------------------------------------------------------------

    @property
    def hosts(self) -> dict[str, Host]:
        """All computers, by name, in the order of the scenario."""
        return {name: self.host(name) for name in self._computers}

    def host(self, name: str) -> Host:
        """One computer. ValueError, with their names, if there is none of that name."""
        if name not in self._computers:
            raise ValueError(f'there is no host "{name}"; hosts: {", ".join(self._computers)}')
        return Host(self._computers[name], self._begin, self.act)

    def _begin(self, host: SimulatedHost, job: Job[Any], service: bool | None) -> None:
        self._open()
        self._programs.begin(host, job, service)

    def act(self, act: Callable[[], object]) -> None:
        """Do something in the simulation, at this instant; from a listener, as soon as it has returned."""
        self._open()
        done = False

        def acting() -> None:
            nonlocal done
            act()
            done = True

        self.kernel.call_at(self.now, acting)
        while not (done or self._passing):  # Ctrl-C, too, ends an advance
            self.advance(over=lambda: done)

    # -- faults ------------------------------------------------------------------------------------------

    def fault(self, what: FaultKind, **keys: Unpack[FaultKeys]) -> None:
        """Let any fault of a scenario file happen now. ValueError, a sentence, when it cannot."""
        fault = fault_now(what, keys, self.now, self._plan)
        self.act(partial(self._faults.strike, fault))
        if not self._passing:  # what the hardware makes of it belongs to this instant
            self.advance(self.now)

    # -- what one can look at ----------------------------------------------------------------------------

    @property
    def recorded(self) -> Run:
        """The recordings up to now: events, captures, printed lines."""
        if not self._closed:
            self.flush()
            self._recorder.sync()
        return self._recorded

    def listen(self, listener: Listener, wanted: Match | None = None, *, at_once: bool = False) -> None:
        """Call `listener` with each event from now on, or with those that are `wanted`.

        Events come in the order of time, when they are recorded, about once a simulated millisecond. With
        `at_once` they come at the instant at which they happen, and are those of the software only: the
        hardware's are decoded later.
        """
        self.flush()  # what has happened is not meant
        if wanted is not None:
            wanted.check()

        def filtered(event: Event) -> None:
            if wanted is None or wanted(event):
                listener(event)

        (self._at_once if at_once else self._listeners).append(filtered)

    def probe(self, net: str) -> int | str:
        """The present level of a recorded net, such as `"pc.adapter.tx_en"`: a number, in mV on a cable.

        Of a state machine it is the name of the state. KeyError, with names that are near, when no such net
        is recorded; a network begun with `waves=True` records more of them.
        """
        self._open()
        self._take()
        return self._levels.read(net)

    def tables(self) -> dict[str, list[Entry]]:
        """The address table of each switch: station, port, age."""
        self._open()
        return self._tables.addresses()

    def counters(self, name: str) -> dict[str, int]:
        """The counters of an adapter (`"pc"`, `"gw.eth0"`), a port of a switch (`"switch.1"`), or a cable."""
        self._open()
        for host in self.scenario.hosts:
            for socket, adapter in zip(host.sockets, host.adapters, strict=True):
                if socket == name:
                    return self.host(host.name).counters(adapter.name)
        self.flush()
        return self._tables.counters(name)

    def flush(self) -> None:
        """Have everything recorded that has happened up to now."""
        self._open()
        self._take()
        self._recorder.flush(self._engine.now + 1)

    def _open(self) -> None:
        if self._closed:
            raise RuntimeError("the network is closed: its programs are ended, and its recordings complete")

    def _strike(self, fault: CableFault) -> None:
        """What a fault means for the hardware."""
        if self._cabling is not None:
            self._cabling.strike(self._engine, fault)

    def _take(self) -> None:
        """Hand the engine's changes to the recorder."""
        batch = self._engine.changes()
        if len(batch):  # columns cost something even when they are empty
            self._levels.changes(batch)
            self._recorder.changes(batch)

    def _batch(self, now_ps: int) -> None:
        """The kernel's batch hook: hands changes to the recorder now and then."""
        if now_ps >= self._next_batch:
            self._next_batch = now_ps + BATCH_PS
            self.kernel.lent.take_back()  # listeners are not the program that ran last
            self._take()
            self._recorder.flush(now_ps)
            self._hint.look()

    def _on_frame(
        self, adapter: str, direction: Literal["received", "sent"], frame: bytes, fcs: bytes
    ) -> None:
        self._recorder.frame(adapter, direction, self._engine.now, frame, fcs)

    def _event(self, event: Event) -> None:
        """Take an event of the software, when it happens."""
        if event.layer == "program":
            self._programs.event(event)
        for listener in tuple(self._at_once):
            listener(event)
        self._recorder.event(event)

    def _tell(self, event: Event) -> None:
        """Take any event, when it is recorded."""
        for listener in tuple(self._listeners):
            listener(event)


def _not_negative(time: str) -> int:
    ns = time_ns(time)
    if ns < 0:
        raise ValueError("time goes forward only")
    return ns
