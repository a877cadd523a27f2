"""Locks: those of the interpreter, whoever made them and when, led into simulated time where threads meet.

All of `threading`, `queue` and `concurrent.futures` is built from three types written in C, `lock`, `RLock`
and `SimpleQueue`, and from `get_ident`. A simulated thread never waits inside one of them: all simulated
threads share one thread of the operating system, which would stand still for ever. So the methods of
these types are exchanged in place. A simulated thread takes what it can have at once and otherwise waits in
simulated time; everybody else calls what was there before. A lock made when a module was imported, in
another program or on another host excludes as any other, since it is no other.

What a real thread holds is waited for in the real world, for `PATIENCE_S`, while simulated time stands still:
a handler of `logging` is held for microseconds. What is held for longer is waited for in simulated time,
and the report of the deadlock names it.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import _queue
import _thread
import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty
from typing import Any

from sim.os.exits import at_end_of_each
from sim.os.process import Process, Thread, current
from sim.python.dispatch import dispatch, nanoseconds
from sim.python.stand_in import Methods, exchange_methods
from stack.waitqueue import Waiter, WaitQueue

PATIENCE_S = 1.0
"""How long a lock that a real thread holds is waited for in the real world."""

_real_get_ident = _thread.get_ident


class _Turnstile(WaitQueue):
    """A queue that can wake just its first waiter: a released lock has room for one."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return bool(self._waiters)

    def wake_one(self) -> None:
        if self._waiters:
            first: Waiter = self._waiters.pop(0)
            first.wake()


_waiting: dict[int, _Turnstile] = {}
"""By the identity of a lock or queue: the simulated threads that wait for it. There is none without them."""

_MAIN = threading.main_thread().ident

_elsewhere: dict[int, int] = {}
"""By the identity of a lock that a thread of the operating system other than the main one took: which."""


def _wait(
    thread: Thread, one: object, take: Callable[[Any, bool], bool], deadline: int | None, subject: str
) -> bool:
    """Wait until `one` can be taken (True), each time that it is given back, or for `deadline` (False)."""
    key = id(one)
    while not take(one, False):
        queue = _waiting.get(key)
        if queue is None:
            queue = _waiting[key] = _Turnstile()
        try:
            if not thread.wait((queue,), deadline, "acquire", subject):
                return False
        except BaseException:
            if queue:  # the turn that came to this thread goes to the next
                queue.wake_one()
            raise
        finally:
            if not queue and _waiting.get(key) is queue:
                del _waiting[key]
    return True


def _given_back(one: object) -> None:
    queue = _waiting.get(id(one))
    if queue is not None:
        queue.wake_one()


def _deadline(thread: Thread, blocking: bool, timeout: float) -> int | None:
    """When the patience of an `acquire` ends; what is wrong with its arguments is said as in C."""
    if timeout == -1:
        return None
    if not blocking:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    return thread.clock.now + nanoseconds(timeout)


# -- lock ------------------------------------------------------------------------------------------


def _lock_methods(real: Methods) -> Methods:
    really, really_release = real["acquire"], real["release"]
    # Held methods outlive the names of this module when the interpreter ends.
    caller, get_ident, main, elsewhere, waiting = current, _real_get_ident, _MAIN, _elsewhere, _waiting

    def acquire(lock: Any, blocking: bool = True, timeout: float = -1) -> bool:
        if timeout == -1:
            if really(lock, False):
                if get_ident() != main:
                    elsewhere[id(lock)] = get_ident()
                elif elsewhere:  # another lock was there, and dropped while it was locked
                    elsewhere.pop(id(lock), None)
                return True
            if not blocking:
                return False
        thread = caller()
        if thread is not None:
            return wait_for(lock, thread, blocking, timeout)
        taken = bool(really(lock, blocking, timeout))
        if taken and get_ident() != main:
            elsewhere[id(lock)] = get_ident()
        return taken

    def wait_for(lock: Any, thread: Thread, blocking: bool, timeout: float) -> bool:
        deadline = _deadline(thread, blocking, timeout)
        if really(lock, False):
            return True
        if elsewhere.get(id(lock)) in (None, get_ident()):
            subject = "a lock"
        elif really(lock, True, PATIENCE_S):
            return True
        else:
            subject = "a lock that is held outside the simulation"
        return _wait(thread, lock, really, deadline, subject)

    def release(lock: Any, *error: object) -> None:
        really_release(lock)
        if elsewhere:
            elsewhere.pop(id(lock), None)
        if waiting:
            _given_back(lock)

    return {
        "acquire": acquire,
        "acquire_lock": acquire,
        "__enter__": acquire,
        "release": release,
        "release_lock": release,
        "__exit__": release,
    }


# -- RLock -----------------------------------------------------------------------------------------


_holds: dict[int, tuple[Thread, Any]] = {}
"""By the identity of an RLock that a simulated thread holds: which, and the RLock, which is kept so long.

What the lock itself takes for its owner is the thread of the system, in which all of them run."""

_again: dict[int, int] = {}
"""How often it has been acquired again, if it has."""


def _rlock_methods(real: Methods) -> Methods:
    really, really_release = real["acquire"], real["release"]
    caller, held, more, waiting = current, _holds, _again, _waiting

    def holds(lock: Any, thread: Thread) -> bool:
        hold = held.get(id(lock))
        return hold is not None and hold[0] is thread

    def enter(lock: Any, thread: Thread) -> bool:
        """Begin to hold it, if no other simulated thread does, and no real one."""
        if id(lock) in held or not really(lock, False):
            return False
        held[id(lock)] = thread, lock
        return True

    def wait_to_enter(lock: Any, thread: Thread, deadline: int | None) -> bool:
        if id(lock) in held:
            subject = "an RLock"
        else:
            subject = "an RLock that is held outside the simulation"
            if really(lock, True, PATIENCE_S):
                really_release(lock)
        return _wait(thread, lock, lambda lock, _: enter(lock, thread), deadline, subject)

    def acquire(lock: Any, blocking: bool = True, timeout: float = -1) -> bool:
        thread = caller()
        if thread is None:
            return bool(really(lock, blocking, timeout))
        deadline = None if timeout == -1 else _deadline(thread, blocking, timeout)
        key = id(lock)
        hold = held.get(key)
        if hold is None:
            if really(lock, False):
                held[key] = thread, lock
                return True
        elif hold[0] is thread:
            more[key] = more.get(key, 0) + 1
            return bool(really(lock, False))
        return bool(blocking) and wait_to_enter(lock, thread, deadline)

    def release(lock: Any, *error: object) -> None:
        thread = caller()
        key = id(lock)
        if thread is not None:
            hold = held.get(key)
            if hold is None or hold[0] is not thread:
                raise RuntimeError("cannot release un-acquired lock")
            if key not in more:
                del held[key]
            elif more[key] == 1:
                del more[key]
            else:
                more[key] -= 1
        really_release(lock)
        if waiting and key not in held:
            _given_back(lock)

    def release_save(lock: Any) -> Any:
        thread = caller()
        if thread is None:
            state = real["_release_save"](lock)
        elif not holds(lock, thread):
            raise RuntimeError("cannot release un-acquired lock")
        else:
            del held[id(lock)]
            state = real["_release_save"](lock), more.pop(id(lock), 0)
        _given_back(lock)
        return state

    def acquire_restore(lock: Any, state: Any) -> None:
        thread = caller()
        if thread is None:
            real["_acquire_restore"](lock, state)
            return
        of_lock, again = state
        if not enter(lock, thread):
            wait_to_enter(lock, thread, None)
        really_release(lock)
        real["_acquire_restore"](lock, of_lock)
        if again:
            more[id(lock)] = again

    def release_all(process: Process) -> None:
        """What a process that has ended holds still went with its memory, had it one of its own."""
        for key, (thread, lock) in list(held.items()):
            if thread.process is process:
                del held[key]
                with suppress(RuntimeError):  # another thread of the system ran it
                    for _ in range(1 + more.pop(key, 0)):
                        really_release(lock)
                _given_back(lock)

    at_end_of_each(release_all)

    def is_owned(lock: Any) -> bool:
        thread = caller()
        return bool(real["_is_owned"](lock)) if thread is None else holds(lock, thread)

    def recursion_count(lock: Any) -> int:
        thread = caller()
        if thread is None:
            return int(real["_recursion_count"](lock))
        return 1 + more.get(id(lock), 0) if holds(lock, thread) else 0

    return {
        "acquire": acquire,
        "__enter__": acquire,
        "release": release,
        "__exit__": release,
        "_release_save": release_save,
        "_acquire_restore": acquire_restore,
        "_is_owned": is_owned,
        "_recursion_count": recursion_count,
    }


# -- SimpleQueue -----------------------------------------------------------------------------------


def _queue_methods(real: Methods) -> Methods:
    caller, waiting = current, _waiting

    def put(queue: Any, item: Any, block: bool = True, timeout: float | None = None) -> None:
        real["put"](queue, item)
        if waiting:
            _given_back(queue)

    def put_nowait(queue: Any, item: Any) -> None:
        put(queue, item)

    def get(queue: Any, block: bool = True, timeout: float | None = None) -> Any:
        thread = caller()
        if thread is None:
            return real["get"](queue, block, timeout)
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if block and not queue.qsize():
            deadline = None if timeout is None else thread.clock.now + nanoseconds(timeout)
            if not _wait(thread, queue, lambda queue, _: bool(queue.qsize()), deadline, "a queue"):
                raise Empty
        return real["get_nowait"](queue)

    return {"put": put, "put_nowait": put_nowait, "get": get}


def _get_ident(thread: Thread) -> int:
    return thread.ident


def _rebind(condition: Any) -> None:
    """A Condition keeps methods of its lock: those that one keeps since before are of before."""
    for name in ("acquire", "release", "_release_save", "_acquire_restore", "_is_owned"):
        if name in vars(condition):
            setattr(condition, name, getattr(condition._lock, name))


def install() -> None:
    """Exchange the methods of the three types, and patch what says which thread calls."""
    exchange_methods(_thread.LockType, _lock_methods)
    exchange_methods(_thread.RLock, _rlock_methods)
    exchange_methods(_queue.SimpleQueue, _queue_methods)
    for one in gc.get_objects():
        if issubclass(type(one), threading.Condition):
            _rebind(one)
    dispatch(_thread, "get_ident", _get_ident)
    dispatch(_thread, "get_native_id", _get_ident)
