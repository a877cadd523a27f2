"""The kernel: owns time, decides who runs, and stands outside the engines (DESIGN.md rules 4–6, section 4).

One loop. Every thread that can run does, first in, first out; when all are blocked, the engine is
asked to advance to the next software deadline, and stops before it if an adapter rings. Order within
one instant: the hardware settles; bells by adapter, DONE before IRQ; timers by deadline and serial
number; then threads. Nothing polls: a blocked thread is in the queues of what it waits for and nowhere
else, and costs nothing until one of them is woken or its deadline comes.

Software time is `ceil(ps / 1000)` ns, so that software never acts before its cause; a timer of d ns
fires at exactly 1000·d ps.
"""

import gc
import signal
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random
from types import TracebackType

from greenlet import getcurrent, greenlet

from sim.engine.interface import Engine
from sim.events import Event, FieldValue
from sim.os import deadlock
from sim.os.deadlock import PATIENCE_NS
from sim.os.device import Device
from sim.os.directory import WorkingDirectory
from sim.os.host import Host
from sim.os.outcome import Ending, Failure, Outcome
from sim.os.output import redirected_streams
from sim.os.process import Process, Thread, current, resume, without_running_loop
from sim.os.timers import Timer, Timers
from sim.os.watchdog import Watchdog
from sim.python import install
from sim.python.tasks import close_coroutines
from stack.parameters import Parameters
from stack.waitqueue import WaitQueue

SYSTEM_CALL_NS = 100
"""Processor time of one system call of a simulated host."""
DEBT_NS = 1_000
"""System-call time that a thread may owe before it is slept off: fewer switches, hardly less exact."""
CLOCK_DEBT_NS = 10_000
"""The same where only a clock is read. The standard library reads it while it holds a lock, which is a
real one in a queue made outside the simulation: only a loop that polls the clock may switch there."""
PROCESSOR_LIMIT_S = 10.0
"""Real processor time that a program may use between two system calls."""


class Kernel:
    """A running network: hosts, their programs, and simulated time.

    `on_event` gets every software event, in time order, and is never called inside a program. `batch`
    is called with the engine's time (ps) each time the engine has advanced, before the events of that
    instant, so that what the hardware did can be recorded first. When all is done the run goes on for
    `linger_ns`, for what is still on the cable. Use it as a context manager, or call
    `close`: programs still running are ended then.
    """

    def __init__(
        self,
        engine: Engine,
        on_event: Callable[[Event], None],
        *,
        batch: Callable[[int], None] = lambda now_ps: None,
        linger_ns: int = 0,
        processor_limit_s: float = PROCESSOR_LIMIT_S,
    ) -> None:
        install()
        self.engine = engine
        self.hosts: list[Host] = []
        self.names: dict[str, str] = {}
        """Host names and their addresses, as every host's /etc/hosts would have them."""
        self.running: Thread | None = None
        """The thread whose turn it is."""
        self.turns = 0
        """Grows with every turn and every system call: what stands still is a program that does neither."""
        self.wakes = 0
        """How many blocked threads were made ready: the cost of waking, for tests and benchmarks."""
        self.directory = WorkingDirectory()
        self._on_event = on_event
        self._events: list[Event] = []
        self._batch = batch
        self._watchdog = Watchdog(self, processor_limit_s)
        self._timers = Timers()
        self._ready: deque[Thread] = deque()
        self._adapters: dict[int, Device] = {}
        self._serial = 0
        self._hub: greenlet | None = None
        self._awaited = 0
        self._had_programs = False
        self._linger_ns = linger_ns
        self._ends_at: int | None = None
        """When the run is over, if nobody begins anything until then."""
        self._failures: list[Failure] = []
        self._started = False
        self._closed = False
        self._interrupted = False
        self._spinning: Process | None = None
        self._last_progress = 0
        self._patient_until = PATIENCE_NS

    # -- time and events ---------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Simulated time in ns, as software sees it."""
        return -(-self.engine.now // 1000)

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` at `deadline` (ns), or as soon as may be if that has passed."""
        return self._timers.call_at(deadline, callback)

    def emit(self, where: str, layer: str, kind: str, fields: dict[str, FieldValue]) -> None:
        """Hand an event of this instant to the recorders."""
        if not self._closed:
            self._events.append(Event(self.engine.now, where, layer, kind, fields))

    def _flush(self) -> None:
        """Give the events away from here: inside a program, a recorder's own print would be the program's."""
        if not self._events:
            return
        self.directory.leave()
        events, self._events = self._events, []
        for event in events:
            self._on_event(event)

    def progress(self) -> None:
        """Note that something moved that an awaited program may be waiting for."""
        self._last_progress = self.now
        self._patient_until = self._last_progress + PATIENCE_NS

    # -- building the network ----------------------------------------------------------------------

    def add_host(self, name: str, random: Random, parameters: Parameters = Parameters()) -> Host:  # noqa: B008 (it is frozen)
        """A new host; `random` seeds its stack (port numbers, initial sequence numbers)."""
        host = Host(self, name, random, parameters)
        self.hosts.append(host)
        return host

    def connect_adapter(self, adapter: int, device: Device) -> None:
        """Pass the bells of the engine's adapter number `adapter` on to `device`."""
        self._adapters[adapter] = device

    def next_serial(self) -> int:
        """A number not given before: identities that do not depend on memory addresses."""
        self._serial += 1
        return self._serial

    def new_queue(self) -> WaitQueue:
        """An empty queue of waiters."""
        return WaitQueue()

    # -- processes ---------------------------------------------------------------------------------

    def launch(self, process: Process, at_ns: int, replaces: Process | None = None) -> None:
        """Start `process` at `at_ns`, or when its host is up; the run waits for it unless it is a service.

        If it `replaces` another one, that is told to stop at `at_ns`, and `process` starts when it has.
        """
        if not process.service:
            self._awaited += 1
            self._had_programs = True
        self.call_at(at_ns, lambda: self._take_over(process, replaces))

    def _take_over(self, process: Process, replaces: Process | None) -> None:
        old = None if replaces is None else replaces.latest
        if old is None or old.ended:
            self.begin(process)
        else:
            old.successor = process
            self.signal(old, signal.SIGTERM)

    def begin(self, process: Process) -> None:
        """Let `process` run, if it has not been ended before; a host that is not up yet calls again."""
        if not process.ended and process.host.ready_for(process):
            process.settle_in()
            process.host.emit(
                "program", "started", program=process.name, pid=process.pid, run=process.command
            )
            self.add_thread(process, process.main, "MainThread", daemon=False)

    def add_thread(self, process: Process, body: Callable[[], None], name: str, *, daemon: bool) -> Thread:
        """Give `process` one more thread; it runs after those that are ready now."""
        thread = Thread(process, body, name, daemon=daemon)
        process.threads.append(thread)
        self.make_ready(thread)
        return thread

    def make_ready(self, thread: Thread) -> None:
        """Append `thread` to the run queue."""
        self.wakes += 1
        self._ready.append(thread)

    def block(
        self, queues: Sequence[WaitQueue], deadline: int | None, call: str, subject: object = ""
    ) -> bool:
        """Suspend the calling thread until one of `queues` is woken (True) or `deadline` has come (False).

        The one primitive under every call that waits. A wake is news, not a promise: the caller looks
        again. `call` and `subject` say in a deadlock report what it waits for.
        """
        thread = current()
        if thread is None or self._hub is None:
            raise RuntimeError(f"{call}() would wait for simulated time, but no simulated program is calling")
        if thread.killed:
            thread.strike()
        for queue in queues:
            queue.add(thread)
        if deadline is not None:
            thread.timer = self._timers.call_at(deadline, thread.expire)
        thread.call, thread.subject = call, subject
        since = self.now
        thread.blocked = True
        try:
            thread.where = getcurrent()
            with without_running_loop():
                self._hub.switch()
        finally:
            thread.blocked = False
            for queue in queues:
                queue.discard(thread)
            if thread.timer is not None:
                thread.timer.cancel()
                thread.timer = None
        woken = thread.woken
        if woken:  # it would have begun to wait later, and have been woken at the same instant
            thread.debt = max(0, thread.debt - (self.now - since))
        if thread.process.signals.waiting:
            self._handle_signals(thread)
        return woken

    def system_call(self, thread: Thread, allowed_debt: int = DEBT_NS) -> None:
        """Charge `thread` for one system call; what it owes is slept off above `allowed_debt` ns."""
        self.turns += 1
        process = thread.process
        if process.ended:
            thread.strike()
        if process.signals.waiting:
            self._handle_signals(thread)
        thread.charged += SYSTEM_CALL_NS
        thread.debt += SYSTEM_CALL_NS
        if thread.debt > allowed_debt:
            debt, thread.debt = thread.debt, 0
            self.block((), self.now + debt, "system call")

    def read_clock(self, thread: Thread) -> None:
        """Charge `thread` for a system call that only reads a clock."""
        self.system_call(thread, CLOCK_DEBT_NS)

    def signal(self, process: Process, number: int) -> None:
        """kill(2): a signal for `process`, from outside or from a program of its host."""
        if process.ended:
            return
        if not process.signals.fatal(number):
            process.signals.take(process, number)
        elif current() is None:
            self._kill(process, number)
        else:  # a program cannot be unwound from inside another one, or by its own hand
            self.call_at(self.now, lambda: self.signal(process, number))

    @staticmethod
    def _handle_signals(thread: Thread) -> None:
        if thread is thread.process.threads[0]:
            thread.process.signals.handle()

    def kill(self, process: Process) -> None:
        """End `process` now, from outside, as SIGKILL does."""
        self.signal(process, signal.SIGKILL)

    def _kill(self, process: Process, number: int) -> None:
        process.status = -number
        self._finish(process, signal=signal.Signals(number).name)
        self._flush()

    def lose(self, process: Process) -> None:
        """The power is gone: `process` ends where it is, and nobody hears of it."""
        process.descriptors.clear()
        self._finish(process, reason="power off")

    def _kill_thread(self, thread: Thread) -> None:
        if thread.ended:
            return
        thread.killed = 1
        if thread.where is thread and not thread:  # never ran: nothing to unwind
            thread.ended = True
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # coroutines that nobody will await any more
            while not thread.ended:  # once, unless it swallows the exception and waits again
                self._run(thread, kill=True)

    def _run(self, thread: Thread, *, kill: bool = False) -> None:
        self.turns += 1
        self.running = thread
        self._hub = getcurrent()
        if thread.parent is not self._hub:  # a thread that ends falls back to its parent
            thread.parent = self._hub
        try:
            resume(thread, kill=kill)
        finally:
            self.running = None
        if thread.dead:
            thread.ended = True
        if thread.ended:
            self._thread_ended(thread)

    def _thread_ended(self, thread: Thread) -> None:
        process = thread.process
        thread.exit_queue.wake()
        if (
            not process.ended
            and process.threads[0].ended
            and all(t.ended or t.daemon for t in process.threads)
        ):
            self._finish(process)

    def _finish(self, process: Process, **why: FieldValue) -> None:
        """What exit does: descriptors are closed, the exit status is published, and the program is no more.

        Its remaining threads are unwound only then: to the network they ended at once, and what they
        still try is refused.
        """
        if process.ended:
            return
        process.close_streams()
        process.ended = True
        process.host.close_descriptors(process)
        self._unwind(process)
        self._awaited -= not process.service
        self.progress()
        if process.failure is not None:
            self._failures.append(Failure(process.host.name, process.command, self.now, process.failure))
        fields: dict[str, FieldValue] = {"program": process.name, "pid": process.pid}
        if process.status is not None:
            fields["status"] = process.status
        if process.failure is not None:
            fields["reason"] = process.failure
        process.host.emit("program", "ended", **fields | why)
        if process.successor is not None:
            self.begin(process.successor)

    def _unwind(self, process: Process) -> None:
        """End its threads, and what asyncio's tasks left half done, in the process itself."""
        for thread in process.threads:
            self._kill_thread(thread)
        if not process.loops:
            return

        def again() -> None:
            thread.killed = 1

        thread = Thread(process, lambda: close_coroutines(process, again), "end", daemon=True)
        process.threads.append(thread)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            while not thread.ended:
                self._run(thread)

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

    def spinning(self, thread: Thread) -> None:
        """The watchdog's verdict: `thread` computes without end. Its process fails and the run ends."""
        if self._spinning is None:
            self._spinning = thread.process
            thread.process.failure = "computed without end and without a system call"

    def run(self, until_ns: int | None = None, over: Callable[[], bool] | None = None) -> Outcome:
        """Let simulated time pass until the run's end or `until_ns`, whichever comes first.

        A network that has nothing but services has no end of its own: it runs to `until_ns`. With `over`,
        asked at each instant, the run's end is when that says so. It may be called again and goes on.
        Garbage collection is off meanwhile: it would close sockets at whim (DESIGN.md rule 6).
        """
        if current() is not None:
            raise RuntimeError("a simulated program cannot run a simulation")
        self._hub = getcurrent()
        with ExitStack() as stack:
            if gc.isenabled():
                gc.disable()
                stack.callback(gc.enable)
            stack.enter_context(without_running_loop())
            stack.enter_context(redirected_streams())
            stack.enter_context(self._watchdog)
            stack.callback(self.directory.leave)
            if not self._started:
                self._started = True
                for host in self.hosts:
                    host.start()
            try:
                ending = self._loop(until_ns, over)
            except KeyboardInterrupt:  # a second Ctrl-C, while the engine computes
                ending = Ending.INTERRUPTED
            finally:
                self._flush()
            waiting = deadlock.waiting(self.hosts) if ending is Ending.DEADLOCK else ()
        ns = self._last_progress if ending is Ending.DEADLOCK else self.now
        return Outcome(ending, ns, tuple(self._failures), waiting)

    def _loop(self, until_ns: int | None, over: Callable[[], bool] | None) -> Ending:
        self._ends_at = None
        while True:
            while self._ready and not (self._interrupted or self._spinning is not None):
                thread = self._ready.popleft()
                if not thread.ended:
                    if not thread.process.service:
                        self.progress()
                    self._run(thread)
                self._flush()
            if self._spinning is not None:
                self._finish(self._spinning)  # its other threads, too
                self._flush()
                self._spinning = None
                return Ending.SPINNING
            if self._interrupted:
                self._interrupted = False
                return Ending.INTERRUPTED
            if over is not None and over():
                return Ending.DONE
            if over or self._awaited or not (self._had_programs or until_ns is None) or self._busy():
                self._ends_at = None
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
                if self._awaited and deadlock.is_deadlock(self.hosts):
                    return Ending.DEADLOCK

    def _busy(self) -> bool:
        return any(host.busy() for host in self.hosts)

    def close(self) -> None:
        """End every program that still runs. Nothing is recorded any more. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._hub = getcurrent()
        with without_running_loop(), redirected_streams(), self._watchdog:
            for host in self.hosts:
                for process in host.processes:
                    if not process.ended:
                        process.ended = True
                        self._unwind(process)
            self.directory.leave()

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
