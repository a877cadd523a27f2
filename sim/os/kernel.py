"""The kernel: owns time, decides who runs, and stands outside the engines.

One loop. Every thread that can run does, first in, first out; when all are blocked, the engine is
asked to advance to the next software deadline, and stops before it if an adapter rings. Order within
one instant: the hardware settles; bells by adapter, DONE before IRQ; timers by deadline and serial
number; then threads. Nothing polls: a blocked thread is in the queues of what it waits for and nowhere
else, and costs nothing until one of them is woken or its deadline comes.

Software time is `ceil(ps / 1000)` ns, so that software never acts before its cause; a timer of d ns
fires at exactly 1000·d ps.

The kernel knows nothing of the library that programs call: it is given the function that directs that library
to it (`sim.python.install`).
"""

import gc
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from random import Random
from types import TracebackType

from journal.event import Event, FieldValue
from journal.kind import EventKind
from sim.engine.interface import Engine
from sim.os import deadlock
from sim.os.breakpoints import breakpoints
from sim.os.clock import HostClock
from sim.os.deadlock import PATIENCE_NS
from sim.os.device import Device
from sim.os.file_times import FileTimes
from sim.os.garbage import NEW, YOUNG, collect, collection_is_due
from sim.os.host import Host
from sim.os.lent import Lent
from sim.os.outcome import Ending, Outcome, Programs
from sim.os.process import Process, Thread, current
from sim.os.processor import Processor
from sim.os.strand import without_running_loop
from sim.os.streams import RedirectedStreams
from sim.os.system import Runnable
from sim.os.timers import Timer, Timers
from sim.os.watchdog import Watchdog
from stack.parameters import Parameters
from stack.protocol import IpProtocol

PROCESSOR_LIMIT_S = 10.0
"""Real processor time that a program may use between two system calls."""


class Kernel:
    """A running network: hosts, their programs, and simulated time. (`sim.os.system.System`)

    `install` is called first. `on_event` gets every software event, in time order, and is never called
    inside a program. `batch` is called with the engine's time (ps) each time the engine has advanced, before
    the events of that instant, so that what the hardware did can be recorded first. When all is done the run
    goes on for `linger_ns`, for what is still on the cable. Every host has `protocols` over IP. Use it as a
    context manager, or call `close`: programs still running are ended then.
    """

    def __init__(
        self,
        engine: Engine,
        on_event: Callable[[Event], None],
        install: Callable[[], None],
        *,
        batch: Callable[[int], None] = lambda now_ps: None,
        linger_ns: int = 0,
        protocols: Sequence[type[IpProtocol]] = (),
        processor_limit_s: float = PROCESSOR_LIMIT_S,
    ) -> None:
        install()
        self.engine = engine
        self.hosts: list[Host] = []
        self.names: dict[str, str] = {}
        self.lent = Lent()
        self._streams = RedirectedStreams()
        self.file_times = FileTimes()
        self.programs = Programs()
        self.protocols = protocols
        self.turns = 0
        self.wakes = 0
        """How many blocked threads were made ready: the cost of waking, for tests and benchmarks."""
        self._on_event = on_event
        self._events: list[Event] = []
        self._batch = batch
        self._watchdog = Watchdog(self, processor_limit_s)
        self._timers = Timers()
        self._ready: deque[Runnable] = deque()
        self._adapters: dict[int, Device] = {}
        self._serial = 0
        self._linger_ns = linger_ns
        self._ends_at: int | None = None
        """When the run is over, if nothing begins until then."""
        self._closing = False
        """Whether only connections that no program holds any more keep it from its end."""
        self._started = False
        self._closed = False
        self._interrupted = False
        self._stuck: tuple[Process, Ending] | None = None
        self._last_progress = 0
        self._patient_until = PATIENCE_NS
        self._outside_until = 0
        """When the last thing happens that somebody does from outside."""

    # -- time and events ---------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Simulated time in ns, as software sees it."""
        return -(-self.engine.now // 1000)

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` at `deadline` (ns), or as soon as possible if that has passed."""
        return self._timers.call_at(deadline, callback)

    def emit(self, where: str, kind: type[EventKind], fields: dict[str, FieldValue]) -> None:
        """Hand an event of this instant to the recorders."""
        if not self._closed:
            self._events.append(Event(self.engine.now, where, kind.layer, kind.kind, fields))

    def _flush(self) -> None:
        """Give the events away from here: inside a program, a recorder's own print would be the program's."""
        if not self._events:
            return
        self.lent.take_back()
        events, self._events = self._events, []
        for event in events:
            self._on_event(event)

    def progress(self) -> None:
        """Note that something moved that an awaited program may be waiting for."""
        self._last_progress = self.now
        self._patient_until = self._last_progress + PATIENCE_NS

    def act_at(self, ns: int, act: Callable[[], None]) -> None:
        """Let something be done from outside at `ns`, such as a repair: until then nobody waits in vain."""
        self._outside_until = max(self._outside_until, ns)
        self.call_at(ns, act)

    # -- building the network ----------------------------------------------------------------------

    def add_host(
        self,
        name: str,
        random: Random,
        parameters: Parameters = Parameters(),  # noqa: B008 (it is frozen)
        clock: HostClock | None = None,
        processor: Processor | None = None,
    ) -> Host:
        """A new host; `random` seeds its stack (port numbers, initial sequence numbers).

        Without a `clock` it has true time, and without a `processor` it answers at once.
        """
        clock = clock or HostClock(self)
        host = Host(self, name, random, parameters, clock, processor or Processor(clock))
        self.hosts.append(host)
        return host

    def connect_adapter(self, adapter: int, device: Device) -> None:
        """Pass the bells of the engine's adapter number `adapter` on to `device`."""
        self._adapters[adapter] = device

    def next_serial(self) -> int:
        """A number not given before: identities that do not depend on memory addresses."""
        self._serial += 1
        return self._serial

    # -- processes ---------------------------------------------------------------------------------

    def make_ready(self, thread: Runnable) -> None:
        """Append `thread` to the run queue."""
        self.wakes += 1
        self._ready.append(thread)

    def signal(self, process: Process, number: int) -> None:
        """kill(2) from outside: what it causes at once is recorded at once."""
        process.signal(number, wanted=True)
        self._flush()

    def kill(self, process: Process) -> None:
        """End `process` now, as SIGKILL does."""
        self.signal(process, signal.SIGKILL)

    def _processes(self) -> Iterator[Process]:
        return (process for host in self.hosts for process in host.processes)

    # -- running -----------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """End the run at the next opportunity (Ctrl-C). May be called from a signal handler or thread."""
        self._interrupted = True

    @property
    def interrupted(self) -> bool:
        """Whether `interrupt` was called."""
        return self._interrupted

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def stuck(self, thread: Thread, ending: Ending, why: str) -> None:
        """The watchdog's verdict: `thread` does not come back. Its process fails and the run ends."""
        if self._stuck is None:
            self._stuck = thread.process, ending
            thread.process.failure = why

    def run(self, until_ns: int | None = None, over: Callable[[], bool] | None = None) -> Outcome:
        """Let simulated time pass until the run's end or `until_ns`, whichever comes first.

        A network that has nothing but services has no end of its own: it runs to `until_ns`. With `over`,
        asked at each instant, the run's end is when that says so. It may be called again and goes on.
        Garbage collection is off meanwhile: it would close sockets at times that no seed decides.
        """
        __tracebackhide__ = True
        if current() is not None:
            raise RuntimeError("a simulated program cannot run a simulation")
        with ExitStack() as stack:
            collects = gc.isenabled()
            if collects:
                gc.disable()
                stack.callback(gc.enable)
            stack.enter_context(without_running_loop())
            stack.enter_context(self._streams)
            stack.enter_context(breakpoints())
            stack.enter_context(self._watchdog)
            stack.enter_context(self.lent)
            if not self._started:
                self._started = True
                for host in self.hosts:
                    host.start()
            try:
                ending = self._loop(until_ns, over)
            except KeyboardInterrupt:  # a second Ctrl-C, while the engine computes
                self._interrupted = False
                ending = Ending.INTERRUPTED
            finally:
                process = next((process for process in self._processes() if process.threads), None)
                if collects and process is not None and collection_is_due():
                    collect(process, NEW)  # before Python does it, in the real world
                self._flush()
            waiting = deadlock.waiting(self._processes()) if ending is Ending.DEADLOCK else ()
        self._watchdog.pass_on()
        return Outcome(
            ending,
            self._last_progress if ending is Ending.DEADLOCK else self.now,
            tuple(self.programs.failures),
            waiting,
            ended_ns=self.programs.ended_ns,
            closing=self._closing,
        )

    def _loop(self, until_ns: int | None, over: Callable[[], bool] | None) -> Ending:
        self._ends_at = None
        while True:
            while self._ready and not (self._interrupted or self._stuck is not None):
                self._ready.popleft().take_turn()
                if self.file_times.written:
                    self.file_times.settle()
            self._flush()
            if self._stuck is not None:
                (process, ending), self._stuck = self._stuck, None
                process.finish()  # its other threads, too
                return ending
            if self._interrupted:
                self._interrupted = False
                return Ending.INTERRUPTED
            if over is not None and over():
                return Ending.DONE
            endless = not self.programs.began and until_ns is not None
            if over or self.programs.awaited or endless:
                self._ends_at = None
                self._closing = False
            elif self._busy():
                self._ends_at = None
                self._closing |= any(host.stack.busy() for host in self.hosts)
            elif self._ends_at is None:
                self._ends_at = self.now + self._linger_ns
            if self._ends_at is not None and self.now >= self._ends_at:
                return Ending.DONE
            limit = self._patient_until if self._ends_at is None else self._ends_at
            deadline = self._timers.next_deadline()
            if deadline is not None:
                limit = min(limit, deadline)
            if until_ns is not None:
                limit = min(limit, until_ns)
            bells = self.engine.advance(max(limit * 1000, self.engine.now))
            self._batch(self.engine.now)
            for bell in bells:
                self._adapters[bell.adapter].bell(bell.kind, bell.value)
            self._timers.fire(self.engine.now // 1000)
            self._flush()
            if self._ready:
                continue
            if until_ns is not None and self.engine.now >= until_ns * 1000:
                return Ending.UNTIL
            if self.now >= self._patient_until:
                self._patient_until = self.now + PATIENCE_NS
                hopeless = self.now >= self._outside_until and deadlock.is_deadlock(self._processes())
                if self.programs.awaited and hopeless:
                    return Ending.DEADLOCK

    def _busy(self) -> bool:
        return any(host.busy() for host in self.hosts)

    def close(self) -> None:
        """End every program that still runs. Nothing is recorded any more. Idempotent."""
        if self._closed:
            return
        self._closed = True
        with without_running_loop(), self._streams, self._watchdog, self.lent:
            process = None
            for process in self._processes():
                if not process.ended:
                    process.abandon()
            if process is not None:
                collect(process, YOUNG)
        self._watchdog.pass_on()
        for host in self.hosts:
            host.local.clean()

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
