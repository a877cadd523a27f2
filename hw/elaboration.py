"""MyHDL's elaboration, with what it finds out about a function kept for the next instance of it.

For every process of every instance MyHDL finds and parses the source, and walks the tree to see which names
are signals, read or driven. The answer is the same for all instances of a circuit in which the names are of
the same kinds: `_instantiate` takes it from the first (`_Analysis`). For every block and process MyHDL also
asks for the whole stack, with lines of source for each frame, of which it needs five frames without. In a
LAN of many boxes of few kinds that was most of the time in which it is put together; in short simulations,
of which the tests make thousands, most of the time at all.

When a block is declared MyHDL reads its lines, for a message about Verilog that a user writes into it. The
number of its first line does, without a tokenizer's pass over each circuit at every start.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType, FrameType, FunctionType, SimpleNamespace
from typing import Any

from myhdl import EnumType, _block, _instance, _util, _Waiter, intbv
from myhdl._resolverefs import _AttrRefTransformer
from myhdl._Signal import _isListOfSigs, _Signal
from myhdl._visitors import _SigNameVisitor

FRAMES = 6
"""The most that MyHDL looks at: itself, the caller's callers, and the scope of a list comprehension."""
KINDS = (_Signal, intbv, EnumType, FunctionType)
"""What MyHDL distinguishes names by; and lists of signals, and all else."""


@dataclass(frozen=True, slots=True)
class _Analysis:
    """What MyHDL found out about a function whose names have these `kinds`.

    `members` are the attributes of objects that it has given names of their own: object, attribute, name.
    """

    kinds: Mapping[str, Any]
    members: tuple[tuple[str, str, str], ...]
    inputs: frozenset[str]
    outputs: frozenset[str]
    inouts: frozenset[str]
    embedded_func: str | None
    signals: tuple[str, ...]
    lists: tuple[str, ...]


_known: dict[CodeType, list[_Analysis]] = {}


def remember() -> None:
    """Let MyHDL use what follows."""
    ours = SimpleNamespace(stack=_stack, getsource=_source, getsourcefile=_file, getsourcelines=_lines)
    for module in (_instance, _util, _Waiter):
        module.inspect = ours
    _block.inspect = SimpleNamespace(stack=_stack, getsourcefile=_file, getsourcelines=_first_line)
    _util._dedent = _Waiter._dedent = cache(_util._dedent)
    _instance._Instantiator.__init__ = _instantiate


def _instantiate(self: Any, genfunc: Callable[[], Any], callinfo: Any) -> None:
    """In place of `_Instantiator.__init__`."""
    self.callinfo = callinfo
    self.callername = callinfo.name
    self.modctxt = callinfo.modctxt
    self.genfunc = genfunc
    self.gen = genfunc()
    code = self.funcobj.__code__
    own = code.co_varnames
    symbols = {name: value for name, value in callinfo.symdict.items() if name not in own}
    for known in _known.setdefault(code, []):
        meanings = _meanings(known, symbols)
        if meanings is not None:
            break
    else:
        known = analyse(self.ast, code, symbols)
        _known[code].append(known)
        meanings = _meanings(known, symbols)
        assert meanings is not None
    self.symdict = meanings
    self.inputs, self.outputs, self.inouts = set(known.inputs), set(known.outputs), set(known.inouts)
    self.embedded_func = known.embedded_func
    self.sigdict = {name: meanings[name] for name in known.signals}
    self.losdict = {name: meanings[name] for name in known.lists}


def analyse(tree: Any, code: CodeType, symbols: Mapping[str, Any]) -> _Analysis:
    """What MyHDL's visitors say of a function, given its syntax tree and what its names mean."""
    data = SimpleNamespace(symdict=dict(symbols))
    transformer = _AttrRefTransformer(data)
    transformer.visit(tree)
    visitor = _SigNameVisitor(data.symdict)
    visitor.visit(tree)
    members = tuple((*name.rsplit(".", 1), member) for name, member in transformer.name_map.items())
    names = sorted({*_names(code), *(member for _, _, member in members)})
    return _Analysis(
        {name: _kind(data.symdict[name]) if name in data.symdict else None for name in names},
        members,
        frozenset(visitor.inputs),
        frozenset(visitor.outputs),
        frozenset(visitor.inouts),
        visitor.embedded_func,
        tuple(visitor.sigdict),
        tuple(visitor.losdict),
    )


def _meanings(known: _Analysis, symbols: Mapping[str, Any]) -> dict[str, Any] | None:
    """`symbols` and the members, if all are of the same kinds as there."""
    meanings = dict(symbols)
    for name, attribute, member in known.members:
        if member in symbols or not hasattr(meanings.get(name), attribute):
            return None
        meanings[member] = getattr(meanings[name], attribute)
    for name, kind in known.kinds.items():
        if kind is not (_kind(meanings[name]) if name in meanings else None):
            return None
    return meanings


def _kind(value: Any) -> Any:
    for kind in KINDS:
        if isinstance(value, kind):
            return kind
    return list if _isListOfSigs(value) else object


@cache
def _names(code: CodeType) -> frozenset[str]:
    """The names that a function's code has, those of functions inside it included."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return frozenset((*code.co_names, *code.co_freevars)).union(*map(_names, inner))


def _stack() -> list[tuple[FrameType, None, None, str]]:
    """As `inspect.stack()`, without files and lines."""
    frame: FrameType | None = sys._getframe(1)
    frames: list[tuple[FrameType, None, None, str]] = []
    while frame is not None and len(frames) < FRAMES:
        frames.append((frame, None, None, frame.f_code.co_name))
        frame = frame.f_back
    return frames


def _code(thing: FunctionType | FrameType) -> CodeType:
    return thing.__code__ if isinstance(thing, FunctionType) else thing.f_code


def _source(thing: FunctionType | FrameType) -> str:
    return "".join(_lines(thing)[0])


def _lines(thing: FunctionType | FrameType) -> tuple[list[str], int]:
    return _known_lines(_code(thing))


def _first_line(function: FunctionType) -> tuple[int]:
    return (function.__code__.co_firstlineno,)


def _file(thing: FunctionType | FrameType) -> str | None:
    return _known_file(_code(thing))


_known_lines = cache(inspect.getsourcelines)
_known_file = cache(inspect.getsourcefile)
