"""Where a debugger finds the terminal: who captures the standard streams, as a test runner does, lends it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Lend = Callable[[], AbstractContextManager[None]]

_lenders: list[Lend] = [nullcontext]


def lend_terminal(lend: Lend) -> None:
    """From now on the standard streams are the terminal's while what `lend` returns is entered."""
    _lenders[:] = [lend]


def terminal() -> AbstractContextManager[None]:
    """Enter it to have `sys.stdin` and `sys.stdout` at the terminal, if there is one."""
    return _lenders[0]()
