"""What the parts of a simulated computer need of the kernel: time, the run queue, events.

A leaf. Threads, processes, machines and the functions of Python's library (`sim.python`) know this interface;
the kernel (`sim.os.kernel`) implements it and knows all of them, so nothing below the kernel imports it.
"""

from collections.abc import Sequence
from typing import Protocol

from journal.event import FieldValue
from journal.kind import EventKind
from sim.os.file_times import FileTimes
from sim.os.lent import Lent
from sim.os.outcome import Programs
from sim.os.timers import Clock
from stack.protocol import IpProtocol


class Runnable(Protocol):
    """What the run queue holds: a thread."""

    def take_turn(self) -> None:
        """Run until it blocks or ends."""


class System(Clock, Protocol):
    """The kernel, as seen from below."""

    names: dict[str, str]
    """Host names and their addresses, as every host's /etc/hosts has them."""
    lent: Lent
    """What the interpreter lends to the thread that runs."""
    file_times: FileTimes
    """Of the files that programs write."""
    programs: Programs
    protocols: Sequence[type[IpProtocol]]
    """What every stack has over IP in addition to its own."""
    turns: int
    """Grows with every turn and every system call: what stands still is a program that does neither."""

    @property
    def closed(self) -> bool:
        """Whether the run is over for good: nothing is recorded any more."""

    def emit(self, where: str, kind: type[EventKind], fields: dict[str, FieldValue]) -> None:
        """Give an event of this instant to the recorders."""

    def progress(self) -> None:
        """Note that something moved that an awaited program may be waiting for."""

    def interrupt(self) -> None:
        """End the run at the next opportunity."""

    def make_ready(self, thread: Runnable) -> None:
        """Append `thread` to the run queue."""

    def next_serial(self) -> int:
        """A number not given before: identities that do not depend on memory addresses."""
