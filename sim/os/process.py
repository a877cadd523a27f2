"""Processes and their threads: a program's own world, and the greenlets in which its code runs.

A process is what POSIX calls one: command line, environment, standard streams, working directory,
descriptors, exit status. It has one thread to begin with and more when it starts some; each is a
greenlet, so it can be suspended anywhere below its own frames without the program's help. The kernel
(`sim.os.kernel`) decides who runs; nothing here knows time.
"""

import ctypes
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from greenlet import GreenletExit, getcurrent, greenlet

from sim.os.output import Nowhere, program_stream
from sim.os.signals import Signals

if TYPE_CHECKING:
    import weakref

    from sim.os.host import Host
    from sim.os.timers import Timer
    from stack.waitqueue import WaitQueue

Main = Callable[[list[str]], int | None]
"""A program: its arguments in, its exit status out (None is 0)."""

EPOCH_NS = 1_767_225_600_000_000_000
"""What `time.time()` reads at the beginning of a run: 2026-01-01 00:00:00 UTC."""

DESCRIPTOR_LIMITS = (1024, 1_048_576)
"""How many descriptors a process may have, and up to how many it may ask for (Linux under systemd)."""
_STANDARD_STREAMS = 3
_KILLS = 3
"""How often a thread is told to end before it is left behind, suspended for ever."""

_FIRST_IDENT = 1 << 40
"""Thread identifiers of simulated threads begin here, apart from those of the operating system."""


class Killed(GreenletExit):
    """Raised inside a thread that the kernel ends. Not an `Exception`: programs should let it pass."""


class Descriptor(Protocol):
    """What lies behind a descriptor: a socket of the stack, or one end of a socket pair."""

    readers: "WaitQueue"
    writers: "WaitQueue"

    def readable(self) -> bool:
        """Whether a read would not block."""

    def writable(self) -> bool:
        """Whether a write would not block."""

    def exceptional(self) -> bool:
        """Whether an error or exceptional condition is pending."""

    def close(self, now: int) -> None:
        """Give the descriptor back."""


class Process:
    """One program on one host. Made by `Host.spawn`."""

    def __init__(self, host: "Host", pid: int, command: Sequence[str], main: Main, *, service: bool) -> None:
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
            "PATH": "/usr/bin:/bin",
            "TZ": "UTC",
        }
        self.environ = {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
        self.stdin: TextIO = program_stream("stdin", self._emit_line)
        self.stdout: TextIO | Nowhere = program_stream("stdout", self._emit_line)
        self.stderr: TextIO | Nowhere = program_stream("stderr", self._emit_line)
        self.directory: str | None = None
        """Its working directory, absolute; None is the interpreter's own."""
        self.descriptors: dict[int, Descriptor] = {}
        self.copies: dict[Descriptor, int] = {}
        """How many numbers stand for a descriptor besides the first, if any do."""
        self.descriptor_limits = DESCRIPTOR_LIMITS
        self.socket_timeout: float | None = None
        """`socket.setdefaulttimeout`, in seconds."""
        self.signals = Signals()
        self.entropy = Random(f"{host.seed}/{pid}")
        """What `os.urandom` draws from."""
        self.generator = Random(self.entropy.getrandbits(64))
        """What the functions of the module `random` draw from."""
        self.loops: list[weakref.ref[Any]] = []
        """Event loops of asyncio that it has made."""
        self._numbers: dict[str, int] = {}
        self.threads: list[Thread] = []
        self.status: int | None = None
        """Exit status, or the negative number of the signal that ended it; None while it runs."""
        self.failure: str | None = None
        self.ended = False
        self.successor: Process | None = None
        """What begins when it has ended."""
        self.reborn: Process | None = None
        """What runs in its place since its host was switched on again."""
        self.body = main

    @property
    def latest(self) -> "Process":
        """The process that runs in its place, or itself."""
        return self if self.reborn is None else self.reborn.latest

    def need_descriptors(self, count: int) -> None:
        """OSError EMFILE if it may not have `count` more (RLIMIT_NOFILE)."""
        if len(self.descriptors) + _STANDARD_STREAMS + count > self.descriptor_limits[0]:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    def next_number(self, kind: str) -> int:
        """1, 2, 3 …, for each kind: numbers in names that the library gives (threads, tasks)."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def settle_in(self) -> None:
        """Begin in the host's directory, if it has one."""
        home = self.host.directory
        if home is not None:
            home.mkdir(parents=True, exist_ok=True)
            self.directory = str(home)
            self.environ[b"HOME"] = os.fsencode(home)

    def main(self) -> None:
        """The body of the first thread: run the program as an interpreter would, keep its exit status."""
        try:
            self.status = self.body(self.argv[1:]) or 0
        except SystemExit as request:
            self.status = self._exit_status(request.code)
        except Killed:
            raise
        except KeyboardInterrupt as request:  # the interpreter ends itself by the signal then
            traceback.print_exception(request, file=self.stderr)
            self.status = -signal.SIGINT
        except BaseException as error:
            traceback.print_exception(error, file=self.stderr)
            text = str(error)
            self.failure = f"{type(error).__name__}: {text}" if text else type(error).__name__
            self.status = 1
        if self.status and self.status > 0 and self.failure is None:
            self.failure = f"exit status {self.status}"

    def close_streams(self) -> None:
        """Give away what stands in an incomplete line; what is written from now on is lost."""
        self.stdout.close()
        self.stderr.close()
        self.stdout = self.stderr = Nowhere()

    def _exit_status(self, code: object) -> int:
        if code is None or isinstance(code, int):
            return code or 0
        print(code, file=self.stderr)
        return 1

    def _emit_line(self, stream: str, line: str) -> None:
        self.host.emit("program", "output", program=self.name, pid=self.pid, stream=stream, text=line)
        thread = current()
        if thread is not None:  # a write(2): a program that does nothing but print must not stop time
            self.kernel.system_call(thread)


class Thread(greenlet):
    """One line of execution of a process. The kernel's unit of scheduling, and a `Waiter`."""

    def __init__(self, process: Process, body: Callable[[], None], name: str, *, daemon: bool) -> None:
        super().__init__()
        self.process = process
        self.kernel = process.kernel
        self.name = name
        self.daemon = daemon
        self.ident = _FIRST_IDENT + self.kernel.next_serial()
        self.python_thread: Any = None
        """The `threading.Thread` that this thread is to its program."""
        self.exit_queue: WaitQueue = self.kernel.new_queue()
        """Those who join it."""
        self.ended = False
        self.killed = 0
        """How many times it has been told to end."""
        self.blocked = False
        self.woken = False
        self.timer: Timer | None = None
        self.call = ""
        """The call in which it is blocked, for the deadlock report."""
        self.subject: object = ""
        self.debt = 0
        """Processor time of system calls not yet slept off, ns."""
        self.charged = 0
        """Processor time of all system calls, ns."""
        self.where: greenlet = self
        """The greenlet to resume: the thread itself, or one that the program made inside it."""
        self._body: Callable[[], None] | None = body

    def run(self) -> None:
        """The greenlet's body. Nothing may escape from here: it would end up in the kernel's loop."""
        body, self._body = self._body, None
        try:
            if body is not None:
                body()
        except (Killed, SystemExit):
            pass
        except BaseException as error:
            traceback.print_exception(error, file=self.process.stderr)

    def strike(self) -> None:
        """Called in the thread: raise `Killed`, or, when it has swallowed that too often, leave it for ever.

        A suspended greenlet cannot be disposed of against its will, so one that refuses to unwind is
        kept alive: were it collected, the interpreter would resume it once more.
        """
        self.killed += 1
        if self.killed <= _KILLS:
            raise Killed
        self.ended = True
        self.where = getcurrent()
        for kept in (self, self.where):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
        hub = self.parent
        assert hub is not None
        with without_running_loop():
            while True:
                hub.switch()

    def wake(self) -> None:
        """A queue in which it waits has news."""
        self._ready(woken=True)

    def expire(self) -> None:
        """Its deadline has come."""
        self._ready(woken=False)

    def _ready(self, *, woken: bool) -> None:
        if self.blocked:
            self.blocked = False
            self.woken = woken
            self.kernel.make_ready(self)

    def __str__(self) -> str:
        process = self.process
        thread = "" if self is process.threads[0] else f", thread {self.name},"
        subject = f" on {self.subject}" if str(self.subject) else ""
        return f"{process.host.name}: {process.command}{thread} waits in {self.call}(){subject}"


def current() -> Thread | None:
    """The simulated thread whose code is running, or None outside the simulation."""
    try:
        here: greenlet | None = getcurrent()
    except RuntimeError:  # a collector's callback reads a clock while a greenlet is being finalised
        return None
    while here is not None:
        if isinstance(here, Thread):
            return here
        here = here.parent
    return None


class without_running_loop:
    """Hide the running asyncio loop, which Python keeps per operating system thread, from other threads."""

    __slots__ = ("_events", "_loop")

    def __enter__(self) -> None:
        self._events = sys.modules.get("asyncio.events")
        self._loop = None if self._events is None else self._events._get_running_loop()
        if self._events is not None and self._loop is not None:
            self._events._set_running_loop(None)

    def __exit__(self, *error: object) -> None:
        if self._events is not None and self._loop is not None:
            self._events._set_running_loop(self._loop)


def resume(thread: Thread, *, kill: bool = False) -> None:
    """Run `thread` until it blocks or ends, in its process's surroundings; with `kill`, raise `Killed` in it.

    `sys.argv` and the working directory are data that any code may read or replace, so they are
    exchanged here; what is a function dispatches on the current thread instead (`sim.python`).
    """
    process = thread.process
    outer_argv, sys.argv = sys.argv, process.argv
    thread.kernel.directory.enter(process.directory)
    try:
        if kill:
            thread.where.throw(Killed)
        else:
            thread.where.switch()
    finally:
        process.argv, sys.argv = sys.argv, outer_argv
