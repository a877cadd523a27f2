"""Processes and their threads: a program's own world, and the lines of execution in which its code runs.

A process is what POSIX calls one: command line, environment, standard streams, working directory,
descriptors, signals, exit status. It has one thread to begin with and more when it starts some. A thread is
made ready by whatever it waits for; the kernel (`sim.os.kernel`) gives it its turn, in which it runs until it
waits again. Computing takes no simulated time, but each system call does: a thread owes it until it sleeps
it off.
"""

import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, TextIO

from greenlet import getcurrent, greenlet

from journal.event import FieldValue
from sim.os import events, exits, idents, uncaught
from sim.os.charges import CLOCK_DEBT_NS, DEBT_NS, SYSTEM_CALL_NS, Polling
from sim.os.descriptors import Descriptors
from sim.os.machine import Machine
from sim.os.outcome import Failure
from sim.os.output import Nowhere, program_stream
from sim.os.place import place_of
from sim.os.signals import Signals
from sim.os.standard import StandardInput, StandardOutput
from sim.os.strand import Killed, Strand
from sim.os.thread_locals import Locals
from stack.waitqueue import WaitQueue

Main = Callable[[list[str]], int | None]
"""A program: its arguments in, its exit status out (None is 0)."""

_FIRST_IDENT = idents.FIRST
"""Thread identifiers of simulated threads begin here, apart from those of the operating system."""


class Process:
    """One program on one host. Made by `Host.spawn`."""

    def __init__(self, host: Machine, pid: int, command: Sequence[str], main: Main, *, service: bool) -> None:
        self.host = host
        self.kernel = host.kernel
        self.pid = pid
        self.words = tuple(command)
        self.command = " ".join(command)
        self.name = command[0]
        self.service = service
        self.argv = list(command)
        variables = {
            "HOME": "/",
            "HOSTNAME": host.name,
            "LANG": "C.UTF-8",
            "LOGNAME": "user",
            "PATH": "/usr/bin:/bin",
            "TZ": host.zone,
            "USER": "user",
        }
        self.environ = {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
        self.stdin: TextIO = program_stream("stdin", self._emit_line)
        self.stdout: TextIO | Nowhere
        self.stderr: TextIO | Nowhere
        self.stdout = out = program_stream("stdout", self._emit_line)
        self.stderr = err = program_stream("stderr", self._emit_line)
        self.directory: str | None = None
        """Its working directory, absolute; None is the interpreter's own."""
        self.zone = host.zone
        """What is local time to it."""
        self.descriptors = Descriptors(host.numbers, host.clock)
        self.descriptors.add(0, StandardInput())
        for fd, stream in ((1, out), (2, err)):
            self.descriptors.add(fd, StandardOutput(stream))
        self.socket_timeout: float | None = None
        """`socket.setdefaulttimeout`, in seconds."""
        self.refused_options: set[tuple[str, str, str]] = set()
        """Calls about options of sockets that have failed, with option and errno: each is reported once."""
        self.signals = Signals(host.clock, self.signal)
        self.entropy = Random(f"{host.seed}/{pid}")
        """What `os.urandom` draws from."""
        self.generator = Random(self.entropy.getrandbits(64))
        """What the functions of the module `random` draw from."""
        self.exits = exits.Exits()
        self.threads: list[Thread] = []
        self.status: int | None = None
        """Exit status, or the negative number of the signal that ended it; None while it runs."""
        self.failure: str | None = None
        self.error: BaseException | None = None  # what its program raised, once it is printed
        self.ended = False
        self.waits_for_host = False
        """Its time has come, and the host is not up."""
        self.reborn: Process | None = None
        """What runs in its place since its host was switched on again."""
        self.body = main
        self._successor: Process | None = None
        """What begins when it has ended."""
        self._numbers: dict[str, int] = {}

    # -- how it begins -----------------------------------------------------------------------------

    def launch(self, at_ns: int, replaces: "Process | None") -> None:
        """Begin at `at_ns`, or when the host is up; the run waits for the end unless it is a service.

        If it `replaces` another one, that is stopped (SIGTERM) at `at_ns`, and this begins when it has ended.
        """
        if not self.service:
            self.kernel.programs.expect()
        self.kernel.call_at(at_ns, lambda: self._take_over(replaces))

    def _take_over(self, replaces: "Process | None") -> None:
        old = None if replaces is None else replaces.latest
        if old is None or old.ended:
            self.begin()
        else:
            old._successor = self
            old.signal(signal.SIGTERM, wanted=True)

    def begin(self) -> None:
        """Run, if it has not been ended before, as soon as the host is up."""
        if self.ended:
            return
        self.waits_for_host = not self.host.up
        if self.waits_for_host:
            self.host.when_up(self.begin)
            return
        self._settle_in()
        self.host.emit(events.Started, program=self.name, pid=self.pid, run=self.command)
        self.add_thread(self._main, "MainThread", daemon=False)

    def _settle_in(self) -> None:
        """Begin in the host's directory, if it has one."""
        home = self.host.directory
        if home is not None:
            home.mkdir(parents=True, exist_ok=True)
            self.directory = str(home)
            self.environ[b"HOME"] = os.fsencode(home)

    def add_thread(self, body: Callable[[], None], name: str, *, daemon: bool) -> "Thread":
        """One more thread; it runs after those that are ready now."""
        thread = Thread(self, body, name, daemon=daemon)
        self.threads.append(thread)
        self.kernel.make_ready(thread)
        return thread

    @property
    def latest(self) -> "Process":
        """The process that runs in its place, or itself."""
        return self if self.reborn is None else self.reborn.latest

    def next_number(self, kind: str) -> int:
        """1, 2, 3 …, for each kind: numbers in names that the library gives (threads, tasks)."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    # -- what its program does ---------------------------------------------------------------------

    def _main(self) -> None:
        """The body of the first thread: run the program as an interpreter would, keep its exit status."""
        try:
            self.status = self.body(self.argv[1:]) or 0
        except SystemExit as request:
            self.status, self.error = uncaught.exit_status(request.code, self.stderr), request
        except Killed:
            raise
        except KeyboardInterrupt as request:  # the interpreter ends itself by the signal then
            self._complain(request)
            self.status = -signal.SIGINT
        except BaseException as error:
            self._complain(error)
            self.error = error
            text = str(error)
            self.failure = f"{type(error).__name__}: {text}" if text else type(error).__name__
            self.status = 1
        if self.status and self.status > 0 and self.failure is None:
            self.failure = f"exit status {self.status}"
        self.exits.begin()

    def _complain(self, error: BaseException) -> None:
        host, kernel = self.host.name, self.kernel
        uncaught.of_program(error, f"{host}: {self.command}", kernel.now, self.stderr, kernel.lent)

    def _emit_line(self, stream: str, line: str) -> None:
        self.host.emit(events.Output, program=self.name, pid=self.pid, stream=stream, text=line)
        if (thread := current()) is not None:  # a write(2): who does nothing but print must not stop time
            thread.system_call()

    # -- signals -----------------------------------------------------------------------------------

    def signal(self, number: int, *, wanted: bool = False) -> None:
        """kill(2): signal `number` comes, `wanted` from outside, or from a program of the host.

        The program that it ends has failed, unless that was wanted, or it is a service that SIGTERM ends.
        """
        if self.ended:
            return
        if not self.signals.fatal(number):
            self.take(number)
        elif current() is None:
            name = signal.Signals(number).name
            self.status = -number
            if not wanted and not (self.service and number == signal.SIGTERM):
                self.failure = f"ended by {name}"
            self.finish(signal=name)
        else:  # a program cannot be unwound from inside another one, or by its own hand
            self.kernel.call_at(self.kernel.now, lambda: self.signal(number))

    def take(self, number: int) -> None:
        """Signal `number` comes, which is not fatal: wake the first thread if there is a handler."""
        if not self.signals.take(number):
            return
        descriptor: Any = self.descriptors.get(self.signals.wakeup_fd)
        if descriptor is not None:  # how an event loop is notified (`signal.set_wakeup_fd`)
            with suppress(BlockingIOError, BrokenPipeError):  # it is full: the loop has enough to wake up for
                descriptor.send(bytes((number,)), self.host.clock.now)
        if self.threads:
            self.threads[0].wake()

    # -- how it ends -------------------------------------------------------------------------------

    def thread_ended(self, thread: "Thread") -> None:
        """One of its threads has ended; with the first and all that are no daemons, it ends."""
        thread.exit_queue.wake()
        if self.ended:
            return
        if thread is not self.threads[0]:
            self.threads.remove(thread)
        if self.threads[0].ended and all(t.ended or t.daemon for t in self.threads):
            if self.exits.handlers:
                self.add_thread(lambda: self.exits.handle(self.stderr), "MainThread", daemon=False)
            else:
                self.finish()

    def exit_now(self, status: int) -> None:
        """_exit(2), from one of its threads, which is not to go on."""
        self.status = status
        self.failure = f"exit status {status}" if status else None
        self.exits.handlers.clear()
        self.kernel.call_at(self.kernel.now, self.finish)

    def finish(self, **why: FieldValue) -> None:
        """What exit does: descriptors are closed, the exit status is published, and the program is no more.

        Its remaining threads are unwound only then: to the network they ended at once, and what they
        still try is refused.
        """
        if self.ended:
            return
        self._close_streams()
        self.ended = True
        self.descriptors.close_all()
        self.host.settle()
        self.abandon()
        programs = self.kernel.programs
        if not self.service:
            programs.ended(self.kernel.now)
        self.kernel.progress()
        fields: dict[str, FieldValue] = {"program": self.name, "pid": self.pid}
        if self.status is not None:
            fields["status"] = self.status
        if self.failure is not None:
            programs.failures.append(
                Failure(self.host.name, self.command, self.kernel.now, self.failure, self.error)
            )
            fields["reason"] = self.failure
        self.host.emit(events.Ended, **fields | why)
        if self._successor is not None:
            self._successor.begin()

    def lose_power(self) -> None:
        """It ends where it is, and no other host is notified."""
        self.descriptors.drop_all()
        self.finish(reason="power off")

    def abandon(self) -> None:
        """End its threads, and what was left to be done at its end, in the process itself."""
        self.ended = True
        self.signals.cancel_alarm()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # coroutines that will not be awaited any more
            for thread in tuple(self.threads):
                thread.kill()
            if self.exits.at_end:
                last = Thread(self, self.exits.end, "end", daemon=True)
                self.threads.append(last)
                last.run_to_its_end()
        exits.process_ended(self)

    def _close_streams(self) -> None:
        """Give away what stands in an incomplete line; what is written from now on is lost."""
        self.stdout.close()
        self.stderr.close()
        self.stdout = self.stderr = Nowhere()


class Thread(Strand):
    """One line of execution of a process."""

    def __init__(self, process: Process, body: Callable[[], None], name: str, *, daemon: bool) -> None:
        super().__init__(process.kernel, process.host.clock, process.host.processor)
        self.process = process
        self.name = name
        self.daemon = daemon
        self.ident = _FIRST_IDENT + self.kernel.next_serial()
        self.python_thread: Any = None
        """The `threading.Thread` that this thread is to its program."""
        self.exit_queue = WaitQueue()
        """Those who join it."""
        self.charged = 0
        """Processor time of all system calls, ns."""
        self._debt = 0
        """That of system calls not yet slept off, ns."""
        self.polling = Polling()
        self._locals = Locals()
        self._body: Callable[[], None] | None = body

    # -- called by the kernel ----------------------------------------------------------------------

    def take_turn(self) -> None:
        """Run until it waits or ends, in its process's surroundings."""
        if not self.ended:
            if not self.process.service:
                self.kernel.progress()
            self._turn()

    def kill(self) -> None:
        """End it now, from outside: what it still has to do at its end, it does."""
        if self.ended:
            return
        self.killed = 1
        if self.where is self and not self:  # never ran: nothing to unwind
            self.ended = True
            return
        while not self.ended:  # once, unless it swallows the exception and waits again
            self._turn(kill=True)

    def run_to_its_end(self) -> None:
        """Run it, and again whenever it waits."""
        while not self.ended:
            self._turn()

    def _turn(self, *, kill: bool = False) -> None:
        """Run it, with what is its own.

        `sys.argv`, the working directory and thread-locals are data that any code may read or replace, so
        they are exchanged here; what is a function dispatches on the current thread instead (`sim.python`).
        """
        kernel, process = self.kernel, self.process
        kernel.turns += 1
        outer_argv, sys.argv = sys.argv, process.argv
        kernel.lent.lend(process.directory, self._locals, process.zone)
        try:
            self.resume(kill=kill)
        finally:
            process.argv, sys.argv = sys.argv, outer_argv
        if self.ended:
            process.thread_ended(self)

    # -- called in the thread ----------------------------------------------------------------------

    def run(self) -> None:
        """The greenlet's body. Nothing may escape from here: it would end up in the kernel's loop."""
        body, self._body = self._body, None
        try:
            if body is not None:
                body()
        except (Killed, SystemExit):
            pass
        except BaseException as error:
            uncaught.ignored("in thread", error, self.process.stderr)
        self.kernel.lent.forget_locals()

    def wait(
        self, queues: Sequence[WaitQueue], deadline: int | None, call: str, subject: object = ""
    ) -> bool:
        """Suspend this thread, which calls, until one of `queues` is woken (True) or `deadline` has come.

        The one primitive under every call that waits. A wake promises nothing: the caller looks
        again. `call` and `subject` say in a deadlock report what it waits for.
        """
        since = self.clock.now
        if deadline is not None:
            deadline += self.processor.reaction()
        woken = self.suspend(queues, deadline, call, subject)
        if woken:  # it would have begun to wait later, and have been woken at the same instant
            self._debt = max(0, self._debt - (self.clock.now - since))
        if self.process.signals.waiting:
            self._handle_signals()
        return woken

    def system_call(self, allowed_debt: int = DEBT_NS) -> None:
        """Charge this thread, which calls; it sleeps a debt above `allowed_debt` ns off."""
        self.kernel.turns += 1
        process = self.process
        if process.ended:
            self.strike()
        if process.signals.waiting:
            self._handle_signals()
        self.charged += SYSTEM_CALL_NS
        self._debt += SYSTEM_CALL_NS
        if self._debt > allowed_debt:
            debt, self._debt = self._debt, 0
            self.suspend((), self.clock.now + debt, "system call", "")
            if process.signals.waiting:
                self._handle_signals()

    def read_clock(self) -> None:
        """Charge the thread for a system call that only reads a clock."""
        self.system_call(CLOCK_DEBT_NS)

    def poll(self) -> None:
        """Charge the thread for the question what is ready, which it may ask for ever without waiting."""
        self._debt += self.polling.extra(self.charged)
        self.system_call()

    def _handle_signals(self) -> None:
        if self is self.process.threads[0]:
            self.process.signals.handle()

    def __str__(self) -> str:
        process = self.process
        thread = "" if self is process.threads[0] else f", thread {self.name},"
        subject = f" on {self.subject}" if str(self.subject) else ""
        place = place_of(self.where.gr_frame)
        return f"{process.host.name}: {process.command}{thread} waits in {self.call}(){subject} ({place})"


def current(running: Callable[[], greenlet] = getcurrent, kind: type[Thread] = Thread) -> Thread | None:
    """The simulated thread whose code is running, or None. (Defaults outlive the names of a module.)"""
    try:
        here: greenlet | None = running()
    except RuntimeError:  # a collector's callback reads a clock while a greenlet is being finalised
        return None
    while here is not None:
        if isinstance(here, kind):
            return here
        here = here.parent
    return None


def calling(what: str) -> Thread:
    """The simulated thread that calls; RuntimeError outside the simulation, where `what` cannot be done."""
    thread = current()
    if thread is None:
        raise RuntimeError(f"{what}: no simulated program is calling")
    return thread
