"""Where a debugger finds the terminal: who captures the standard streams, as a test runner does, lends it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

Lend = Callable[[], AbstractContextManager[None]]

_lenders: list[Lend] = [nullcontext]


def lend_terminal(lend: Lend) -> Callable[[], None]:
    """From now on the standard streams are the terminal's while what `lend` returns is entered.

    The function returned ends that: whoever lent it before does so again.
    """
    _lenders.append(lend)
    return partial(_lenders.remove, lend)


def terminal() -> AbstractContextManager[None]:
    """Enter it to have `sys.stdin` and `sys.stdout` at the terminal, if there is one."""
    return _lenders[-1]()
