"""Threads: `threading.Thread` started inside a simulated program is a thread of its process.

The class stays; its three methods that meet the operating system dispatch. An executor keeps its threads in a
set and joins them in its order, so they are hashed by serial number. The program's first thread
is known to `threading` as a dummy, as any thread is that the module did not start itself.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import _thread
import _threading_local
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sim.os import uncaught
from sim.os.process import Thread, current
from sim.os.strand import Killed
from sim.os.thread_locals import LENDS_LOCALS
from sim.python.dispatch import dispatch, nanoseconds, real
from sim.python.serial import hash_by_serial_number
from sim.python.stand_in import exchange_code


def _start(thread: Thread, python_thread: Any) -> None:
    if not python_thread._initialized:
        raise RuntimeError("thread.__init__() not called")
    if python_thread._started.is_set():
        raise RuntimeError("threads can only be started once")

    def body() -> None:
        try:
            python_thread.run()
        except Killed:
            raise
        except SystemExit:
            pass
        except BaseException as error:
            process, kernel = thread.process, thread.kernel
            who = f"{process.host.name}: {process.command}"
            uncaught.of_thread(error, python_thread, who, kernel.now, process.stderr, kernel.lent)

    started = thread.process.add_thread(body, python_thread.name, daemon=bool(python_thread.daemon))
    started.python_thread = python_thread
    python_thread._simulated = started
    python_thread._ident = started.ident
    python_thread._native_id = started.ident
    python_thread._started.set()


def _join(thread: Thread, python_thread: Any, timeout: float | None = None) -> None:
    simulated: Thread | None = getattr(python_thread, "_simulated", None)
    if simulated is None:
        raise RuntimeError("cannot join a thread that was not started in this simulated program")
    if simulated is thread:
        raise RuntimeError("cannot join current thread")
    deadline = None if timeout is None else thread.clock.now + nanoseconds(max(timeout, 0))
    while not simulated.ended:
        if not thread.wait((simulated.exit_queue,), deadline, "join", f"thread {simulated.name}"):
            return


def _current_thread(thread: Thread) -> Any:
    if thread.python_thread is None:
        thread.python_thread = _main_thread_of(thread)
    return thread.python_thread


def _main_thread(thread: Thread) -> Any:
    return _current_thread(thread.process.threads[0])


def _main_thread_of(thread: Thread) -> Any:
    """A `threading.Thread` for a thread that `threading` did not start: running, and not in its tables."""
    python_thread: Any = threading.Thread(name=thread.name, daemon=thread.daemon)
    python_thread._simulated = thread
    python_thread._ident = python_thread._native_id = thread.ident
    python_thread._started.set()
    return python_thread


def _start_new_thread(
    thread: Thread, function: Callable[..., Any], arguments: tuple[Any, ...], keywords: Any = None, /
) -> int:
    def body() -> None:
        function(*arguments, **(keywords or {}))

    return thread.process.add_thread(body, "thread", daemon=True).ident


def _is_alive(python_thread: Any, real: Any = real) -> bool:
    """Not by caller: a simulated thread looked at from outside is simulated all the same."""
    simulated: Thread | None = getattr(python_thread, "_simulated", None)
    if simulated is not None:
        return not simulated.ended
    alive: bool = real["Thread.is_alive"](python_thread)
    return alive


def _join_from_anywhere(python_thread: Any, timeout: float | None = None) -> None:
    thread = current()
    if thread is not None:
        _join(thread, python_thread, timeout)
    elif not hasattr(python_thread, "_simulated"):  # a simulated one ended with the run at the latest
        real["Thread.join"](python_thread, timeout)


def _newname(thread: Thread, template: str = "Thread-%d") -> str:
    return template % thread.process.next_number("thread")


def _executor_number(thread: Thread) -> int:
    """For the names of a pool's threads, counted from 0 as the library does."""
    return thread.process.next_number("executor") - 1


def install() -> None:
    """Patch `threading`, and what counts names."""
    dispatch(threading, "_newname", _newname)
    dispatch(ThreadPoolExecutor, "_counter", _executor_number)
    dispatch(threading.Thread, "start", _start)
    hash_by_serial_number(threading.Thread)
    for name, call in (("is_alive", _is_alive), ("join", _join_from_anywhere)):
        real[f"Thread.{name}"] = exchange_code(getattr(threading.Thread, name), call)
    dispatch(threading, "current_thread", _current_thread)
    dispatch(threading, "main_thread", _main_thread)
    dispatch(_thread, "start_new_thread", _start_new_thread)
    if not LENDS_LOCALS:  # one in Python then, which asks current_thread()
        threading.local = _threading_local.local  # type: ignore[assignment]
