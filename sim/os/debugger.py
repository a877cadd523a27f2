"""pdb in a program, at the real terminal, while simulated time stands still.

pdb runs in the program, so what one types is the program's: `time.time()` is simulated, a socket can be read.
Only the terminal itself is read and written outside the simulation. It stops in the process that asked for it
and in no other, and passes over the code of the simulation. `q` ends the run, as Ctrl-C does.
"""

# ruff: noqa: ANN401 (pdb has no type hints for what it passes on)
import os
import pdb
import sys
from _signal import signal as set_handler  # type: ignore[import-not-found]  # as in sim.os.watchdog
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from signal import SIGINT, default_int_handler
from types import FrameType
from typing import Any, TextIO, TypeVar

from greenlet import getcurrent, greenlet

from sim.os.outcome import seconds
from sim.os.process import Thread, calling, current
from sim.os.prompt import terminal
from sim.os.streams import Redirected
from sim.os.trace import is_library, is_ours

T = TypeVar("T")

_NO_TERMINAL = "breakpoint(): there is no terminal, standard input is a file or a pipe"


def debug(frame: FrameType, header: str | None) -> None:
    """Stop at the next line of `frame`, which is a program's."""
    thread = calling("breakpoint")
    if _outside(thread, lambda: os.environ.get("PYTHONBREAKPOINT")) == "0":
        return
    debugger = _Debugger(thread)
    with debugger.at_terminal():
        if not debugger.terminal.is_one:
            raise RuntimeError(_NO_TERMINAL)
        if header is not None:
            debugger.message(header)
    debugger.set_trace(frame)


def _outside(thread: Thread, call: Callable[[], T]) -> T:
    """Call it in a greenlet that is no program's, and come back."""
    here = getcurrent()

    def run() -> T:
        try:
            return call()
        finally:
            getcurrent().parent = here

    made: T = greenlet(run, parent=thread.parent).switch()
    return made


class _Terminal:
    """What pdb takes for its streams: lines are read with the editing that the terminal has."""

    def __init__(self, thread: Thread) -> None:
        self._thread = thread
        self._line = ""
        """What was written since the last end of line: the prompt."""
        self.stdin: TextIO = sys.stdin
        self.stdout: TextIO = sys.stdout

    @property
    def is_one(self) -> bool:
        return _outside(self._thread, lambda: self.stdin.isatty())

    def write(self, text: str) -> None:
        self._line += text

    def flush(self) -> None:
        lines, end, self._line = self._line.rpartition("\n")
        _outside(self._thread, lambda: print(lines, end=end, file=self.stdout, flush=True))

    def readline(self) -> str:
        self.flush()
        prompt, self._line = self._line, ""
        return _outside(self._thread, lambda: self._read(prompt))

    def _read(self, prompt: str) -> str:
        streams = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = self.stdin, self.stdout
        handler = set_handler(SIGINT, default_int_handler)  # Ctrl-C is the prompt's
        try:
            return input(prompt) + "\n"
        except EOFError:
            return ""
        finally:
            set_handler(SIGINT, handler)
            sys.stdin, sys.stdout = streams


class _Debugger(pdb.Pdb):
    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.terminal = _Terminal(thread)
        streams: Any = self.terminal
        super().__init__(stdin=streams, stdout=streams, nosigint=True)

    @contextmanager
    def at_terminal(self) -> Iterator[None]:
        """With the terminal's streams, although others may capture them."""
        ours = sys.stdin, sys.stdout, sys.stderr
        lent = terminal()
        _outside(self.thread, lent.__enter__)
        self.terminal.stdin, self.terminal.stdout = map(_real, (sys.stdin, sys.stdout))
        sys.stdin, sys.stdout, sys.stderr = ours
        try:
            yield
        finally:
            self.terminal.flush()
            _outside(self.thread, lambda: lent.__exit__(None, None, None))
            sys.stdin, sys.stdout, sys.stderr = ours

    def stop_here(self, frame: FrameType) -> bool:
        """Only in the process that has asked, and not in the simulation under it."""
        thread = current()
        if thread is None or thread.process is not self.thread.process:
            return False
        caller: FrameType | None = frame
        while caller is not None and is_library(caller.f_code.co_filename):
            caller = caller.f_back
        return not (caller is not None and is_ours(caller.f_code.co_filename)) and super().stop_here(frame)

    def get_stack(self, *arguments: Any) -> tuple[list[tuple[FrameType, int]], int]:
        """Without the frames of the simulation, which are below the program's first."""
        stack, index = super().get_stack(*arguments)
        theirs = [entry for entry in stack if not is_ours(entry[0].f_code.co_filename)]
        return theirs, min(index - (len(stack) - len(theirs)), len(theirs) - 1)

    def interaction(self, *arguments: Any) -> None:
        """One stop."""
        thread = self.thread = calling("pdb")
        who = f"{thread.process.host.name}: {thread.process.command}"
        with self.at_terminal():
            self.message(f"-- {who}, thread {thread.name}, {seconds(thread.kernel.now)} of simulated time")
            super().interaction(*arguments)
        thread.kernel.turns += 1  # the watchdog of processor time starts again
        if self.quitting:
            sys.settrace(None)
            thread.kernel.interrupt()
            thread.strike()


def _real(stream: Any) -> Any:
    return stream.outer if isinstance(stream, Redirected) else stream
