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
from weakref import WeakKeyDictionary, WeakSet

from sim.os.process import Process, Thread
from sim.python.dispatch import dispatch, real


class _Pools:
    """Those of one process."""

    def __init__(self, process: Process) -> None:
        self.own: WeakSet[Any] = WeakSet()
        self.copies: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        """By the pool that was made elsewhere."""
        process.exits.before.append(self.close)

    def close(self) -> None:
        """The program has ended: nothing more is submitted."""
        for pool in sorted(
            (*self.own, *self.copies.values()), key=lambda pool: str(pool._thread_name_prefix)
        ):
            real["ThreadPoolExecutor.shutdown"](pool, wait=False)


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
    pools = _pools_of(thread.process)
    if pool in pools.own:
        return pool
    if pool not in pools.copies:
        pools.copies[pool] = _copy(pool)
    return pools.copies[pool]


def _init(thread: Thread, pool: Any, *arguments: Any, **keywords: Any) -> None:
    real["ThreadPoolExecutor.__init__"](pool, *arguments, **keywords)
    _pools_of(thread.process).own.add(pool)


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
