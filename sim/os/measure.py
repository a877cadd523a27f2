"""`measure`: a program reports a value that it has measured, and the run's report plots it over time.

It is an event beside all others, with its simulated time. On a real machine the call does nothing, so the
same program runs there, too.
"""

import math

from sim.os import events
from sim.os.process import current


def measure(name: str, value: float, unit: str = "") -> None:
    """Report that `name` is `value` now, in `unit`: `measure("jitter", 1.5, "ms")`.

    Values of one program and name are one curve. ValueError for a value that cannot be drawn.
    """
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"measure(): {name!r} is {number}, and only finite numbers can be drawn")
    if (thread := current()) is not None:
        process = thread.process
        process.host.emit(
            events.Measured, program=process.name, pid=process.pid, name=name, value=number, unit=unit
        )
