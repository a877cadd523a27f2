"""`datetime`: `now` and `utcnow` by the clock of the caller's host.

The class is written in C and stays what it is, so what was imported long ago follows, and isinstance,
subclasses and pickles know nothing of it; the two methods are exchanged in its dictionary. Who holds a bound
`datetime.now` from before, as a field's default or a name of a module, gets the new one. All else comes by
itself: `today` asks `time.time`, and what is local the C library, to which the zone is lent (`sim.os.lent`).
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import atexit
import ctypes
import datetime
import gc
from collections.abc import Callable
from dataclasses import Field
from functools import wraps
from types import BuiltinMethodType, CellType, FunctionType
from typing import Any

from sim.os.process import Thread, current
from sim.python.dispatch import real


def class_itself() -> type:
    """`datetime.datetime`, also while a subclass has its place, and each name of it: freezegun does that."""
    return next(one for one in datetime.datetime.__mro__ if one.__module__ == "datetime")


ORIGINAL = {name: vars(class_itself())[name] for name in ("now", "utcnow")}
"""As they were before."""

_NS_PER_US = 1_000
_US_PER_S = 1_000_000


def _seconds(thread: Thread) -> float:
    """Of the calendar, to a whole microsecond, which the nearest float is close enough to."""
    thread.read_clock()
    return thread.clock.wall // _NS_PER_US / _US_PER_S


def _now(thread: Thread, cls: Any, tz: datetime.tzinfo | None = None) -> Any:
    return cls.fromtimestamp(_seconds(thread), tz)


def _utcnow(thread: Thread, cls: Any) -> Any:
    return cls.fromtimestamp(_seconds(thread), datetime.UTC).replace(tzinfo=None)


def _exchange(name: str, simulated: Callable[..., Any]) -> None:
    key = f"datetime.datetime.{name}"
    original = ORIGINAL[name]
    caller, kept = current, real  # as in `dispatch`
    real[key] = lambda cls, *args, **keywords: original.__get__(None, cls)(*args, **keywords)

    @wraps(original)
    def method(cls: Any, /, *args: Any, **keywords: Any) -> Any:
        thread = caller()
        if thread is None:
            return kept[key](cls, *args, **keywords)
        return simulated(thread, cls, *args, **keywords)

    exchange({name: classmethod(method)})


def exchange(methods: dict[str, Any]) -> None:
    """Put `methods` into the class, by name."""
    owner = class_itself()
    (dictionary,) = gc.get_referents(vars(owner))  # behind the view, which a type written in C shows
    dictionary.update(methods)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))


def install() -> None:
    """Patch `datetime.datetime`."""
    held = [one for one in gc.get_objects() if type(one) is BuiltinMethodType and _is_ours(one)]
    _exchange("now", _now)
    _exchange("utcnow", _utcnow)
    atexit.register(exchange, ORIGINAL)  # this module may end before their last use
    for one in held:
        fresh = getattr(one.__self__, one.__name__)
        for holder in gc.get_referrers(one):
            _replace(holder, one, fresh)


def _is_ours(method: Any) -> bool:
    owner = method.__self__
    is_date = isinstance(owner, type) and issubclass(owner, class_itself())
    return is_date and method.__name__ in ("now", "utcnow")


def _replace(holder: Any, old: Any, new: Any) -> None:
    """Let `holder`, whatever it is, refer to `new` where it refers to `old`."""
    if isinstance(holder, dict):
        for key in [key for key, value in holder.items() if value is old]:
            holder[key] = new
    elif isinstance(holder, CellType):
        holder.cell_contents = new
    elif isinstance(holder, tuple):
        for function in gc.get_referrers(holder):
            if isinstance(function, FunctionType) and function.__defaults__ is holder:
                function.__defaults__ = tuple(new if value is old else value for value in holder)
    elif isinstance(holder, Field) and holder.default_factory is old:
        holder.default_factory = new
