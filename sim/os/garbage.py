"""What programs leave behind in cycles, collected when the run is closed, and not some day in the real world.

Garbage is not collected while a network runs (`sim.os.kernel`), so all that programs have made since is in
the youngest generations. It is collected at the end, and where Python would do so between two steps, in
a thread of a process, to which no call is granted: a `__del__` that opens a socket or waits is refused,
and what it or a coroutine complains of is not shown.
"""

import gc
import sys
import warnings

from sim.os.process import Process, Thread
from sim.os.strand import Killed, calls_collector_back

NEW = 0
"""The generation that Python collects most of the time."""
YOUNG = 1
"""The generations 0 and 1: between two runs of a network Python may have collected a few times."""


class _Collector(Thread):
    """It is never left behind, as others are that go on when refused: Python collects once at a time."""

    def strike(self) -> None:
        if not calls_collector_back():
            raise Killed

    def system_call(self, allowed_debt: int = 0) -> None:
        self.strike()


def _collect(generation: int) -> None:
    gc.collect(generation)


def collection_is_due() -> bool:
    """Whether Python will collect as soon as it may."""
    return gc.get_count()[0] > gc.get_threshold()[0] > 0


def collect(process: Process, generation: int) -> None:
    """Collect what has been made since garbage was last collected, in `process`, which has begun."""
    thread = _Collector(process, lambda: _collect(generation), "end", daemon=True)
    thread.killed = 1
    if not process.ended:
        process.threads.append(thread)
    hook, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__
    turns = process.kernel.turns
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            thread.run_to_its_end()
    finally:
        sys.unraisablehook = hook
        process.kernel.turns = turns  # how often Python collects is not the network's doing
