"""Ctrl-C, and programs that never come back: the ways in which a run is ended from outside.

Programs run in the kernel's own thread, so Python would deliver Ctrl-C as a KeyboardInterrupt inside
whatever program is running, which may catch it. While a kernel runs, its own handler only sets a flag,
which the loop sees as soon as the program makes a system call. A program that makes none is struck:
`Killed` is raised in it, again and again, and in the end it is left behind. Two timers do that. One of
processor time finds a program that computes without end. One of real time finds a program that stands
still outside the simulation, in a call that waits for what only the real world can give, and ends a run
that was interrupted there. A single call into C (a regular expression, the sum of a long range) sees no
signal before it returns, unless it looks for them itself; the program is struck then.

Who has set the timer of real time keeps it: it is what pytest-timeout does. What that handler raises is
raised by the run, and in no program.

Signals belong to the main thread: a kernel run in another one has neither Ctrl-C nor a watchdog.
"""

import resource
import signal
import threading

# Without the conversions to enums of `signal.signal`, which are half of what a small step of a network costs.
from _signal import signal as set_handler  # type: ignore[import-not-found]  # typeshed does not know it
from signal import getitimer, setitimer  # the real ones, whoever calls: this package is not swept
from types import FrameType, TracebackType
from typing import Any, Protocol

from sim.os.outcome import Ending, seconds
from sim.os.place import place_of
from sim.os.process import Thread, current

_TICK_S = 0.05
"""Processor time between two looks: 20 a second cost nothing to speak of."""

_LOOK_S = 0.5
"""Real time between two looks whether anything moves."""

_ENGINE_S = 2.0
"""How long the engine may go on when the run was interrupted: it stops where the next program acts."""

_IDLE = 0.05
"""Who waits uses less than this part of a processor."""

_DEBUGGERS = ("pdb", "bdb")

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill` and a closed terminal end a run alike: what was recorded is kept."""


class Run(Protocol):
    """What is watched: the kernel."""

    turns: int

    @property
    def now(self) -> int:
        """Simulated time in ns."""

    @property
    def interrupted(self) -> bool:
        """Whether `interrupt` was called."""

    def interrupt(self) -> None:
        """End the run at the next opportunity."""

    def stuck(self, thread: Thread, ending: Ending, why: str) -> None:
        """`thread` does not come back."""


class Watchdog:
    """A context manager around the kernel's loop."""

    def __init__(self, kernel: Run, limit_s: float) -> None:
        self._kernel = kernel
        self._limit_s = limit_s
        self._turns = -1
        self._since_s = self._seen_s = 0.0
        """Processor time of the real process when this turn was first looked at, and when last was."""
        self._still_turns = -1
        self._still = 0
        """How many looks in real time have found the same turn since it was `_still_turns`."""
        self._still_s = 0.0
        """Processor time at the first of them."""
        self._interrupts = 0
        self._outer: list[tuple[int, Any]] = []
        self._outer_alarm: Any = None
        """The handler of who had set the timer of real time, and whether it was that which interrupted."""
        self._outer_rang: FrameType | None = None
        self._rang_in = ""

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._interrupts = 0
        self._outer_rang = None
        self._seen_s = _processor_s()
        for number in _ENDING:
            self._outer.append((number, set_handler(number, self._on_interrupt)))
        self._outer.append((signal.SIGVTALRM, set_handler(signal.SIGVTALRM, self._on_tick)))
        setitimer(signal.ITIMER_VIRTUAL, _TICK_S, _TICK_S)
        taken = any(getitimer(signal.ITIMER_REAL))
        self._outer_alarm = signal.getsignal(signal.SIGALRM) if taken else None
        handler = self._on_outer_alarm if taken else self._on_look
        self._outer.append((signal.SIGALRM, set_handler(signal.SIGALRM, handler)))
        if not taken:
            setitimer(signal.ITIMER_REAL, _LOOK_S, _LOOK_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outer:
            setitimer(signal.ITIMER_VIRTUAL, 0)
            if self._outer_alarm is None:
                setitimer(signal.ITIMER_REAL, 0)
        while self._outer:
            number, handler = self._outer.pop()
            set_handler(number, signal.SIG_DFL if handler is None else handler)

    def pass_on(self) -> None:
        """Call the handler of who had set the timer of real time, if it has rung."""
        __tracebackhide__ = True  # it was for the caller
        frame, self._outer_rang = self._outer_rang, None
        if frame is None or not callable(self._outer_alarm):
            return
        try:
            self._outer_alarm(signal.SIGALRM, frame)
        except BaseException as error:
            error.add_note(self._rang_in)
            raise

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        """First Ctrl-C: ask. Second: a program that waits outside simulated time is struck where it is."""
        self._kernel.interrupt()
        self._interrupts += 1
        if self._interrupts == 1:
            return
        thread = current()
        if thread is None:
            raise KeyboardInterrupt
        thread.strike()

    def _on_tick(self, number: int, frame: FrameType | None) -> None:
        thread = current()
        now_s = _processor_s()
        unseen_s, self._seen_s = now_s - self._seen_s, now_s
        new = self._kernel.turns != self._turns and unseen_s < self._limit_s  # else one long call into C
        if thread is None or new or _is_debugged(frame):
            self._turns = self._kernel.turns
            self._since_s = now_s
            return
        spinning = now_s - self._since_s >= self._limit_s
        if spinning:
            why = f"computed without end and without a system call ({place_of(frame)})"
            self._kernel.stuck(thread, Ending.SPINNING, why)
        if self._kernel.interrupted or thread.killed or spinning:
            thread.strike()

    def _on_look(self, number: int, frame: FrameType | None) -> None:
        """Real time has passed: has anything moved?"""
        thread = current()
        now_s = _processor_s()
        engine_alone = thread is None and not self._kernel.interrupted
        if engine_alone or self._kernel.turns != self._still_turns:
            self._still_turns, self._still, self._still_s = self._kernel.turns, 0, now_s
            return
        self._still += 1
        waited_s = self._still * _LOOK_S
        if thread is None:
            if waited_s >= _ENGINE_S:
                raise KeyboardInterrupt
            return
        idle = now_s - self._still_s < _IDLE * waited_s
        waits = idle and waited_s >= self._limit_s and not _is_debugged(frame)
        if waits:
            why = f"waited outside simulated time, for what only the real world can give ({place_of(frame)})"
            self._kernel.stuck(thread, Ending.STUCK, why)
        if self._kernel.interrupted or thread.killed or waits:
            thread.strike()

    def _on_outer_alarm(self, number: int, frame: FrameType | None) -> None:
        """The timer of real time was somebody else's: the run ends, and then its handler is called."""
        self._outer_rang = frame
        self._kernel.interrupt()
        thread = current()
        when = f"at {seconds(self._kernel.now)} of simulated time"
        if thread is None:
            self._rang_in = f"no program was running, {when}"
            return
        process = thread.process
        self._rang_in = f"{process.host.name}: {process.command} was running ({place_of(frame)}), {when}"
        thread.strike()


def _is_debugged(frame: FrameType | None) -> bool:
    """Whether somebody sits at a prompt of `breakpoint()`."""
    while frame is not None:
        if frame.f_globals.get("__name__") in _DEBUGGERS:
            return True
        frame = frame.f_back
    return False


def _processor_s() -> float:
    """User and system time: only their sum is exact, since Linux divides it by a sampled ratio. Not from
    `time`, which is a simulated program's when this is asked in one."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
