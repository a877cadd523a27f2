"""Locks: one made inside a simulated program suspends its thread, one made outside is real.

All of `threading`, `queue` and `concurrent.futures` is built from one primitive, the plain lock, and
from `get_ident`; with these two dispatched, the library's own Python builds the rest.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import _thread
import queue
import threading
from typing import Any

from sim.os.process import Thread, calling
from sim.python.dispatch import dispatch, nanoseconds
from stack.waitqueue import Waiter, WaitQueue


class _Turnstile(WaitQueue):
    """A queue that can wake just its first waiter: a released lock has room for one."""

    __slots__ = ()

    def wake_one(self) -> None:
        if self._waiters:
            first: Waiter = self._waiters.pop(0)
            first.wake()


class SimLock:
    """`threading.Lock` of simulated threads."""

    def __init__(self) -> None:
        self._locked = False
        self._queue = _Turnstile()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; False when it cannot be had at once (not blocking) or in `timeout` seconds."""
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        if not self._locked:
            self._locked = True
            return True
        if not blocking:
            return False
        thread = calling("a lock of a simulated program that another thread of it holds")
        deadline = None if timeout == -1 else thread.clock.now + nanoseconds(timeout)
        while self._locked:
            try:
                if not thread.wait((self._queue,), deadline, "acquire", "a lock"):
                    return False
            except BaseException:
                if not self._locked:  # the turn that came to this thread goes to the next
                    self._queue.wake_one()
                raise
        self._locked = True
        return True

    def release(self) -> None:
        """Free the lock for the one that has waited longest."""
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False
        self._queue.wake_one()

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return self._locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._locked = False


def _allocate_lock(thread: Thread) -> SimLock:
    return SimLock()


def _rlock(thread: Thread) -> Any:
    return threading._PyRLock()  # type: ignore[attr-defined]


def _simple_queue(thread: Thread) -> Any:
    return queue._PySimpleQueue()  # type: ignore[attr-defined]


def _get_ident(thread: Thread) -> int:
    return thread.ident


def install() -> None:
    """Patch `_thread`, `threading` and `queue`."""
    dispatch(_thread, "allocate_lock", _allocate_lock)
    dispatch(threading, "_allocate_lock", _allocate_lock)
    dispatch(threading, "Lock", _allocate_lock)
    dispatch(threading, "RLock", _rlock)
    dispatch(threading, "get_ident", _get_ident)
    dispatch(threading, "get_native_id", _get_ident)
    dispatch(queue, "SimpleQueue", _simple_queue)
