"""The dispatching of functions: who calls decides what runs.

`real` keeps the functions as they were, by qualified name; they are looked up there at each call, so a
test can put something in their place that raises, and so prove that no program reaches them.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import functools
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from sim.os.process import Thread, current
from sim.python.held import replace_defaults, replace_held
from sim.python.stand_in import exchange_code, stand_in

real: dict[str, Callable[..., Any]] = {}

names: dict[str, tuple[ModuleType | type, str]] = {}
"""Where each of them stands, by the same names."""

_replaced: dict[int, Any] = {}
"""From the identity of a function written in C to what stands in its place, for the sweep."""
_originals: list[Any] = []
"""Those functions."""
_NOT_SWEPT = ("sim.os.", "sim.python.")


def nanoseconds(seconds: float) -> int:
    """A duration that a program gave in seconds, to the nearest ns."""
    return round(seconds * 1_000_000_000)


def dispatch(owner: ModuleType | type, name: str, simulated: Callable[..., Any]) -> None:
    """Replace `owner.name`: a simulated thread calls `simulated(thread, ...)`, others the real function."""
    original = getattr(owner, name, None)
    if original is None:  # not on this platform
        return
    key = f"{owner.__name__}.{name}"
    names[key] = owner, name
    caller, kept = current, real  # what is called while the interpreter ends may outlive this module's names
    if isinstance(original, FunctionType):

        def called(*args: Any, **keywords: Any) -> Any:
            thread = caller()
            if thread is None:
                return kept[key](*args, **keywords)
            return simulated(thread, *args, **keywords)

        real[key] = exchange_code(original, called)
    else:

        def dispatcher(self: Any, /, *args: Any, **keywords: Any) -> Any:
            thread = caller()
            if thread is None:
                return kept[key](*args, **keywords)
            return simulated(thread, *args, **keywords)

        real[key] = original
        _originals.append(original)
        _replaced[id(original)] = stand_in(original, dispatcher)
        setattr(owner, name, _replaced[id(original)])


def system_call(simulated: Callable[..., Any]) -> Callable[..., Any]:
    """Charge the calling thread for a system call before `simulated` runs."""

    @functools.wraps(simulated)
    def charged(thread: Thread, /, *args: Any, **keywords: Any) -> Any:
        thread.system_call()
        return simulated(thread, *args, **keywords)

    return charged


def clock_read(simulated: Callable[..., Any]) -> Callable[..., Any]:
    """As `system_call`, for one that only reads a clock (see `CLOCK_DEBT_NS`)."""

    @functools.wraps(simulated)
    def charged(thread: Thread, /, *args: Any, **keywords: Any) -> Any:
        thread.read_clock()
        return simulated(thread, *args, **keywords)

    return charged


def sweep() -> None:
    """Replace the real functions where others hold them: names in modules and classes, and what has none."""
    for module in list(sys.modules.values()):
        if not isinstance(module, ModuleType) or f"{module.__name__}.".startswith(_NOT_SWEPT):
            continue
        for name, value in list(vars(module).items()):
            if id(value) in _replaced and value is not _replaced[id(value)]:
                setattr(module, name, _replaced[id(value)])
            elif isinstance(value, FunctionType):
                replace_defaults(value, _replaced)
            elif isinstance(value, type) and value.__module__ == module.__name__:
                _sweep_class(value)
    replace_held(_originals, _replaced, _NOT_SWEPT)


def _sweep_class(owner: type) -> None:
    for name, value in list(vars(owner).items()):
        if id(value) in _replaced:
            setattr(owner, name, _replaced[id(value)])
        elif isinstance(value, FunctionType):
            replace_defaults(value, _replaced)
