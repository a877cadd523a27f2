"""What is to be done when an interpreter ends: by a simulated program, when its process ends, on its host.

Handlers of `atexit` and finalizers of `weakref` are run there in simulated time, the last first, when all
threads that are no daemons have ended. A process that a signal or a loss of power ends, or `os._exit`, runs
none. In no case do they run in the real world after the run: what a handler would open then would be real.

What the library itself registers while a program runs, such as the end of `logging`, stays the interpreter's.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import atexit
import os
import sys
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from sim.os.process import Process, Thread
from sim.python.dispatch import dispatch, real

_TIDY_FROM = 64
_CALLER = 2
"""From a simulated function to the frame of who called the name in its place."""


class _Handler:
    """One call that `atexit` was given."""

    def __init__(self, function: Callable[..., Any], arguments: Any, keywords: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.keywords = keywords

    def __call__(self) -> None:
        self.function(*self.arguments, **self.keywords)


def _register(thread: Thread, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
    caller = str(sys._getframe(_CALLER).f_globals.get("__name__", ""))
    if caller.partition(".")[0] in sys.stdlib_module_names:
        return real["atexit.register"](function, *arguments, **keywords)
    if not callable(function):
        raise TypeError("the first argument must be callable")
    thread.process.exits.handlers.append(_Handler(function, arguments, keywords))
    return function


def _unregister(thread: Thread, function: Any, /) -> None:
    handlers = thread.process.exits.handlers
    handlers[:] = [one for one in handlers if not (isinstance(one, _Handler) and one.function == function)]


def _run_exitfuncs(thread: Thread) -> None:
    thread.process.exits.handle(thread.process.stderr)


def _clear(thread: Thread) -> None:
    thread.process.exits.handlers.clear()


def _ncallbacks(thread: Thread) -> int:
    return len(thread.process.exits.handlers)


_finalizers: weakref.WeakKeyDictionary[Process, list[Any]] = weakref.WeakKeyDictionary()
"""Those that a process has made and that may still have to be called."""


def _finalizer(thread: Thread, finalizer: Any, /, *arguments: Any, **keywords: Any) -> None:
    real["finalize.__init__"](finalizer, *arguments, **keywords)
    process = thread.process
    own = _finalizers.get(process)
    if own is None:
        own = _finalizers[process] = []
        process.exits.handlers.append(partial(_finalize, own))
        process.exits.at_end.append(partial(_forget, own))
    own.append(finalizer)
    if len(own) >= _TIDY_FROM and len(own) & len(own) - 1 == 0:  # at each power of two
        own[:] = [one for one in own if one.alive]


def _finalize(finalizers: list[Any]) -> None:
    """As `weakref` does when the interpreter ends."""
    while due := [one for one in finalizers if one.alive and one.atexit]:
        due[-1]()


def _forget(finalizers: list[Any]) -> None:
    """The process is gone: what is left of its memory finalizes nothing."""
    for finalizer in finalizers:
        finalizer.detach()


def _exit(thread: Thread, status: int, /) -> None:
    thread.process.exit_now(status)
    while True:
        thread.suspend((), None, "_exit", "")


def install() -> None:
    """Patch `atexit`, `weakref.finalize` and `os._exit`."""
    for name, simulated in (
        ("register", _register),
        ("unregister", _unregister),
        ("_run_exitfuncs", _run_exitfuncs),
        ("_clear", _clear),
        ("_ncallbacks", _ncallbacks),
    ):
        dispatch(atexit, name, simulated)
    dispatch(weakref.finalize, "__init__", _finalizer)
    dispatch(os, "_exit", _exit)
