"""Pools of threads: each process has its own, and their threads end with it.

A pool that was made outside the simulation, when its module was imported, or by another program, is used by
many processes here, since they share their modules. So each that uses it has a copy of it, with threads of
its own. When a program has ended, its pools do what they have been given and end, as the interpreter's do.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

from sim.os.process import Process, Thread
from sim.python.dispatch import dispatch, real


class _Pools:
    """Those of one process."""

    def __init__(self, process: Process) -> None:
        self.of_pools: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        """By the pool itself: None for one of the process, else its copy; in the order of first use."""
        process.exits.before.append(self.close)

    def close(self) -> None:
        """The program has ended: nothing more is submitted."""
        for pool, copy in list(self.of_pools.items()):
            real["ThreadPoolExecutor.shutdown"](copy or pool, wait=False)


_pools: WeakKeyDictionary[Process, _Pools] = WeakKeyDictionary()


def _pools_of(process: Process) -> _Pools:
    found = _pools.get(process)
    if found is None:
        found = _pools[process] = _Pools(process)
    return found


def _copy(pool: Any) -> Any:
    copied = object.__new__(type(pool))
    vars(copied).update(vars(pool))
    copied._work_queue = queue.SimpleQueue()
    copied._idle_semaphore = threading.Semaphore(0)
    copied._shutdown_lock = threading.Lock()
    copied._threads = set()
    return copied


def _own(thread: Thread, pool: Any) -> Any:
    """`pool` if the process made it, else its copy of it."""
    of_pools = _pools_of(thread.process).of_pools
    if pool not in of_pools:
        of_pools[pool] = _copy(pool)
    return of_pools[pool] or pool


def _init(thread: Thread, pool: Any, *arguments: Any, **keywords: Any) -> None:
    real["ThreadPoolExecutor.__init__"](pool, *arguments, **keywords)
    _pools_of(thread.process).of_pools[pool] = None


def _submit(thread: Thread, pool: Any, function: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
    future: Future[Any] = real["ThreadPoolExecutor.submit"](
        _own(thread, pool), function, *arguments, **keywords
    )
    return future


def _shutdown(thread: Thread, pool: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
    real["ThreadPoolExecutor.shutdown"](_own(thread, pool), wait, cancel_futures=cancel_futures)


def install() -> None:
    """Patch `ThreadPoolExecutor`."""
    dispatch(ThreadPoolExecutor, "__init__", _init)
    dispatch(ThreadPoolExecutor, "submit", _submit)
    dispatch(ThreadPoolExecutor, "shutdown", _shutdown)
