"""Ctrl-C, and programs that never come back: the two ways in which a run is ended from outside.

Programs run in the kernel's own thread, so Python would deliver Ctrl-C as a KeyboardInterrupt inside
whatever program is running, which may catch it. While a kernel runs, its own handler only sets a flag,
which the loop sees as soon as the program makes a system call. A program that makes none is struck by
the processor-time alarm: `Killed` is raised in it, again and again, and in the end it is left behind. A
single call into C (a regular expression, the sum of a long range) sees no signal before it returns, unless it
looks for them itself; it is struck then.

Signals belong to the main thread: a kernel run in another one has neither Ctrl-C nor a watchdog.
"""

import resource
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Protocol

from sim.os.process import Thread, current

_TICK_S = 0.05
"""Processor time between two looks: 20 a second cost nothing to speak of."""

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill` and a closed terminal end a run alike: what was recorded is kept."""


class Run(Protocol):
    """What is watched: the kernel."""

    turns: int

    @property
    def interrupted(self) -> bool:
        """Whether `interrupt` was called."""

    def interrupt(self) -> None:
        """End the run at the next opportunity."""

    def spinning(self, thread: Thread) -> None:
        """`thread` computes without end."""


class Watchdog:
    """A context manager around the kernel's loop."""

    def __init__(self, kernel: Run, limit_s: float) -> None:
        self._kernel = kernel
        self._limit_s = limit_s
        self._turns = -1
        self._since_s = self._seen_s = 0.0
        """Processor time of the real process when this turn was first looked at, and when last was."""
        self._interrupts = 0
        self._outer: list[tuple[int, Any]] = []

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._interrupts = 0
        self._seen_s = _processor_s()
        for number in _ENDING:
            self._outer.append((number, signal.signal(number, self._on_interrupt)))
        self._outer.append((signal.SIGVTALRM, signal.signal(signal.SIGVTALRM, self._on_tick)))
        signal.setitimer(signal.ITIMER_VIRTUAL, _TICK_S, _TICK_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outer:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        while self._outer:
            number, handler = self._outer.pop()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

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
        if thread is None or new:
            self._turns = self._kernel.turns
            self._since_s = now_s
            return
        spinning = now_s - self._since_s >= self._limit_s
        if spinning:
            self._kernel.spinning(thread)
        if self._kernel.interrupted or thread.killed or spinning:
            thread.strike()


def _processor_s() -> float:
    """User and system time: only their sum is exact, since Linux divides it by a sampled ratio. Not from
    `time`, which is a simulated program's when this is asked in one."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
