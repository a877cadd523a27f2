"""What a program has not caught: printed as the interpreter prints it, and noted whose it is.

Hooks (`sys.excepthook`, `threading.excepthook`) that a program sets are called in the place of that, and put
back after the run. That of the surrounding program for threads, which is how a test runner learns what they
raised, is called as well.
"""

import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from sim.os.lent import Lent
from sim.os.outcome import seconds
from sim.os.output import Nowhere
from sim.os.strand import Killed
from sim.os.trace import trim

Stderr = TextIO | Nowhere
Hook = Callable[[], object]


def exit_status(code: object, stderr: Stderr) -> int:
    """What the argument of `sys.exit` comes to."""
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=stderr)
    return 1


def ignored(where: str, error: BaseException, stderr: Stderr) -> None:
    """What was raised where nobody can be given it."""
    trim(error)
    print(f"Exception ignored {where}:", file=stderr)
    traceback.print_exception(error, file=stderr)


def of_program(error: BaseException, who: str, now: int, stderr: Stderr, lent: Lent) -> None:
    """The first thread of the program `who` has raised `error`."""
    trim(error)
    hook = sys.excepthook
    if hook is lent.outer_hooks[0]:
        traceback.print_exception(error, file=stderr)
    else:
        _call("sys", lambda: hook(type(error), error, error.__traceback__), error, stderr)
    _note(error, who, now)


def of_thread(
    error: BaseException, thread: threading.Thread, who: str, now: int, stderr: Stderr, lent: Lent
) -> None:
    """A further `thread` of it has."""
    trim(error)
    hook, outer = threading.excepthook, lent.outer_hooks[1]
    arguments = threading.ExceptHookArgs((type(error), error, error.__traceback__, thread))
    if hook is not outer:
        _call("threading", lambda: hook(arguments), error, stderr)
    else:
        print(f"Exception in thread {thread.name}:", file=stderr)
        traceback.print_exception(error, file=stderr)
    _note(error, f"{who}, thread {thread.name}", now)
    if outer is not threading.__excepthook__:
        with suppress(Exception):  # it is not the program's
            outer(arguments)


def _note(error: BaseException, who: str, now: int) -> None:
    """For who meets `error` elsewhere (PEP 678)."""
    error.add_note(f"{who} at {seconds(now)} of simulated time")


def _call(module: str, hook: Hook, error: BaseException, stderr: Stderr) -> None:
    try:
        hook()
    except Killed:
        raise
    except BaseException as fault:
        print(f"Error in {module}.excepthook:", file=stderr)
        traceback.print_exception(fault, file=stderr)
        print("Original exception was:", file=stderr)
        traceback.print_exception(error, file=stderr)
