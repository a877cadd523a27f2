"""The clocks of `time`, and `sleep`, in simulated time.

Each host reads its own (`sim.os.clock`). `time.time()` begins at the scenario's epoch and the host's offset,
the monotonic clocks at 0. The zone is the host's, or what its program sets; the C library is lent it
(`sim.os.lent`). The processor clocks show the time
charged for system calls: the computing itself takes no simulated time.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import os
import time
from collections.abc import Callable
from typing import Any

from sim.os.process import Thread
from sim.python.dispatch import clock_read, dispatch, nanoseconds, real, system_call

_NS_PER_S = 1_000_000_000


def _wall_ns(thread: Thread) -> int:
    return thread.clock.wall


def _monotonic_ns(thread: Thread) -> int:
    return thread.clock.now


def _processor_ns(thread: Thread) -> int:
    return thread.charged


def _in_seconds(read_ns: Callable[[Thread], int]) -> Callable[[Thread], float]:
    return lambda thread: read_ns(thread) / _NS_PER_S


def _sleep(thread: Thread, seconds: float, /) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    deadline = thread.clock.now + nanoseconds(seconds)
    while thread.wait((), deadline, "sleep"):  # a signal does not end it (PEP 475)
        pass


def _clock_ns(thread: Thread, clock: int, /) -> int:
    if clock == time.CLOCK_REALTIME:
        return _wall_ns(thread)
    if clock in (time.CLOCK_PROCESS_CPUTIME_ID, time.CLOCK_THREAD_CPUTIME_ID):
        return _processor_ns(thread)
    return _monotonic_ns(thread)


def _moment(thread: Thread, seconds: float | None) -> float:
    return _wall_ns(thread) / _NS_PER_S if seconds is None else seconds


def _of_now(name: str) -> Callable[..., Any]:
    """`time.NAME`, whose one argument is by default the present time (s)."""
    return lambda thread, seconds=None, /: real[f"time.{name}"](_moment(thread, seconds))


def _local(thread: Thread) -> time.struct_time:
    broken_down: time.struct_time = real["time.localtime"](_moment(thread, None))
    return broken_down


def _asctime(thread: Thread, moment: Any = None, /) -> str:
    text: str = real["time.asctime"](_local(thread) if moment is None else moment)
    return text


def _strftime(thread: Thread, form: str, moment: Any = None, /) -> str:
    text: str = real["time.strftime"](form, _local(thread) if moment is None else moment)
    return text


def _tzset(thread: Thread) -> None:
    """The zone that the program has written into its environment, or its host's."""
    process = thread.process
    process.zone = os.fsdecode(process.environ.get(b"TZ", b"")) or process.host.zone
    thread.kernel.lent.change_zone(process.zone)


def install() -> None:
    """Patch the module `time`."""
    for name, read_ns in (
        ("time", _wall_ns),
        ("monotonic", _monotonic_ns),
        ("perf_counter", _monotonic_ns),
        ("process_time", _processor_ns),
        ("thread_time", _processor_ns),
    ):
        dispatch(time, name, clock_read(_in_seconds(read_ns)))
        dispatch(time, f"{name}_ns", clock_read(read_ns))
    dispatch(time, "clock_gettime_ns", clock_read(_clock_ns))
    dispatch(time, "clock_gettime", clock_read(lambda thread, clock: _clock_ns(thread, clock) / _NS_PER_S))
    dispatch(time, "sleep", system_call(_sleep))
    for name in ("gmtime", "localtime", "ctime"):
        dispatch(time, name, _of_now(name))
    dispatch(time, "tzset", _tzset)
    dispatch(time, "asctime", _asctime)
    dispatch(time, "strftime", _strftime)
