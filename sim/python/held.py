"""Real functions that somebody holds without a name: in an attribute of an object, a list, a closure.

A name in a module or in a class of one is replaced where it stands (`sim.python.dispatch`). A clock that was
given to an object before the first network was built, such as `Cache(timer=time.monotonic)` at the top of a
test, is found by asking the garbage collector who refers to the function. What cannot be changed stays: an
element of a tuple or a set, what `lru_cache` wraps, a variable of a generator that has begun.
"""

# ruff: noqa: ANN401 (anything may hold a function)
import gc
import sys
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import CellType, FrameType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any


def replace_held(originals: Sequence[Any], replaced: Mapping[int, Any], ours: tuple[str, ...]) -> None:
    """Put into the place of `originals` what `replaced` has for their identity, but for modules `ours`."""
    holders = gc.get_referrers(*originals)
    parts = [one for one in holders if isinstance(one, dict | list | CellType | tuple)]
    owners = gc.get_referrers(*parts)  # of what is a part of something else
    closures = [one for one in owners if isinstance(one, tuple)]
    if any(isinstance(one, CellType) for one in parts):
        owners += gc.get_referrers(*closures)
    apart = {id(one) for one in (holders, parts, owners, closures, originals)}
    modules = [vars(one) for key, one in sys.modules.items() if f"{key}.".startswith(ours)]
    apart |= {id(value) for names in modules for value in names.values()}  # gc.freeze() hides their owners
    for owner in owners:
        if isinstance(owner, type):
            apart |= {id(one) for one in gc.get_referents(vars(owner))}  # its dictionary is for setattr
        elif isinstance(owner, ModuleType):
            apart.add(id(vars(owner)))
        elif _module(owner).startswith(ours):
            apart |= {id(one) for one in gc.get_referents(owner)}
            apart |= {id(one) for one in getattr(owner, "__closure__", None) or ()}
        elif isinstance(owner, FunctionType):
            replace_defaults(owner, replaced)
        elif isinstance(owner, partial):
            _replace_in(owner, replaced)
    for holder in holders:
        if id(holder) not in apart and not _module(holder).startswith(ours):
            _replace_in(holder, replaced)


def replace_defaults(function: FunctionType, replaced: Mapping[int, Any]) -> None:
    """Replace what the parameters of `function` have as defaults."""
    if function.__defaults__ and any(id(value) in replaced for value in function.__defaults__):
        function.__defaults__ = tuple(replaced.get(id(value), value) for value in function.__defaults__)
    if function.__kwdefaults__:
        _replace_in(function.__kwdefaults__, replaced)


def _module(holder: Any) -> str:
    """Where a function, or the class of an object, comes from."""
    owner = holder if isinstance(holder, FunctionType) else type(holder)
    return f"{owner.__module__}."


def _replace_in(holder: Any, replaced: Mapping[int, Any]) -> None:
    if isinstance(holder, dict):
        for key, value in list(holder.items()):
            if id(value) in replaced:
                holder[key] = replaced[id(value)]
        if isinstance(holder, defaultdict):
            holder.default_factory = replaced.get(id(holder.default_factory), holder.default_factory)
    elif isinstance(holder, list | deque):
        for place, value in enumerate(holder):
            if id(value) in replaced:
                holder[place] = replaced[id(value)]
    elif isinstance(holder, staticmethod | classmethod):
        holder.__init__(replaced.get(id(holder.__func__), holder.__func__))  # type: ignore[misc]  # all it has
    elif isinstance(holder, CellType):
        holder.cell_contents = replaced.get(id(holder.cell_contents), holder.cell_contents)
    elif isinstance(holder, partial):
        arguments = tuple(replaced.get(id(value), value) for value in holder.args)
        function = replaced.get(id(holder.func), holder.func)
        holder.__setstate__((function, arguments, holder.keywords, vars(holder)))  # type: ignore[attr-defined]
    elif not isinstance(holder, type | ModuleType | FunctionType | FrameType):
        _replace_attributes(holder, replaced)


def _replace_attributes(holder: Any, replaced: Mapping[int, Any]) -> None:
    """Those in slots, and those of an object whose dictionary does not exist until one asks for it.

    No code of the object runs: its `__getattr__` is not for us.
    """
    with suppress(AttributeError):
        _replace_in(object.__getattribute__(holder, "__dict__"), replaced)
    for owner in type(holder).__mro__:
        for member in vars(owner).values():
            if isinstance(member, MemberDescriptorType):
                with suppress(AttributeError, TypeError):  # it is not set, or cannot be
                    value = member.__get__(holder)
                    if id(value) in replaced:
                        member.__set__(holder, replaced[id(value)])
