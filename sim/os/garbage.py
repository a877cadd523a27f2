"""What programs leave behind in cycles, collected when the run is closed, and not some day in the real world.

Garbage is not collected while a network runs (`sim.os.kernel`), so all that programs have made since is in
the youngest generations. It is collected in a thread of a process that has ended: a `__del__` that opens a
socket or waits is refused, and what it or a coroutine complains of is the dead program's.
"""

import gc
import sys
import warnings
from typing import NoReturn

from sim.os.process import Process, Thread
from sim.os.strand import Killed

_YOUNG = 1
"""The generations 0 and 1: between two runs of a network Python may have collected a few times."""


class _Collector(Thread):
    """It is never left behind, as others are that go on when refused: Python collects once at a time."""

    def strike(self) -> NoReturn:
        raise Killed


def _collect() -> None:
    gc.collect(_YOUNG)


def collect(process: Process) -> None:
    """Collect what has been made since garbage was last collected, in `process`, which has ended."""
    thread = _Collector(process, _collect, "end", daemon=True)
    thread.killed = 1
    hook, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            thread.run_to_its_end()
    finally:
        sys.unraisablehook = hook
