"""What MyHDL reads of a circuit's source, read once for each function and not for each instance.

For every block and every process of an instance MyHDL asks for the whole stack, with lines of source for each
frame, of which it needs five frames without; and it finds, reads and tokenizes the process's source again. In
a LAN of many boxes of few kinds that is most of the time in which it is put together. The syntax trees are
parsed for each instance still, since MyHDL changes them.

When a block is declared MyHDL reads its lines, for a message about Verilog that a user writes into it. The
number of its first line does, without a tokenizer's pass over each circuit at every start.
"""

import inspect
import sys
from functools import cache
from types import CodeType, FrameType, FunctionType, SimpleNamespace

from myhdl import _block, _instance, _util, _Waiter

FRAMES = 6
"""The most that MyHDL looks at: itself, the caller's callers, and the scope of a list comprehension."""


def remember() -> None:
    """Let MyHDL use what follows in place of `inspect`."""
    ours = SimpleNamespace(stack=_stack, getsource=_source, getsourcefile=_file, getsourcelines=_lines)
    for module in (_instance, _util, _Waiter):
        module.inspect = ours
    _block.inspect = SimpleNamespace(stack=_stack, getsourcefile=_file, getsourcelines=_first_line)
    _util._dedent = _Waiter._dedent = cache(_util._dedent)


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
