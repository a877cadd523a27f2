"""What is to be done when a process ends: at which moment, in which thread."""

from collections.abc import Callable
from typing import Any, TextIO

from sim.os import uncaught
from sim.os.output import Nowhere
from sim.os.strand import Killed

Call = Callable[[], object]

_of_all: list[Callable[[Any], object]] = []


def at_end_of_each(call: Callable[[Any], object]) -> None:
    """From now on `call` is called with each process that has ended, whatever ended it, and outside of it."""
    _of_all.append(call)


def process_ended(process: object) -> None:
    """Its threads have ended."""
    for call in _of_all:
        call(process)


class Exits:
    """The calls of one process."""

    def __init__(self) -> None:
        self.before: list[Call] = []
        """Called in the first thread when the program has ended by itself."""
        self.handlers: list[Call] = []
        """Called in the process, the last first, when of its threads only daemons are left."""
        self.at_end: list[Call] = []
        """Called in it when its threads have ended, whatever ended it; calls that wait are refused then."""

    def begin(self) -> None:
        """The program has ended by itself."""
        for call in self.before:
            call()

    def handle(self, stderr: TextIO | Nowhere) -> None:
        """Call the handlers, and those that are added meanwhile."""
        while self.handlers:
            call = self.handlers.pop()
            try:
                call()
            except Killed:
                raise
            except SystemExit:
                pass
            except BaseException as error:
                uncaught.ignored("in atexit callback", error, stderr)

    def end(self) -> None:
        """The threads have ended."""
        for call in self.at_end:
            call()
