"""Tracebacks of programs as their programmers know them: without the frames of the simulation.

What a program raises begins in its own first line: what called it there, asyncio's or threading's frames
included, is left out. What it calls ends in its own last line, as with functions written in C, although the
simulation's are written in Python. Only where the error looks like a fault of this package are they kept.
"""

import sysconfig
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

_ROOT = Path(__file__).parents[2]
_OURS = tuple(f"{_ROOT / name}/" for name in ("sim", "stack", "driver", "hw", "journal"))
_PROGRAMS = f"{_ROOT / 'sim' / 'apps'}/"
"""Those that ship with it are programs as any."""
_LIBRARY = f"{sysconfig.get_path('stdlib')}/"
_PACKAGES = "/site-packages/"

_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError)
"""What no call of a system reports."""


def is_ours(path: str) -> bool:
    """Whether the code of this file is the simulation's."""
    return path.startswith(_OURS) and not path.startswith(_PROGRAMS)


def is_library(path: str) -> bool:
    """Whether it is Python's library's, or was made there."""
    return (path.startswith(_LIBRARY) and _PACKAGES not in path) or path.startswith("<")


def trim(error: BaseException) -> None:
    """Take the frames of the simulation out of the traceback of `error`, and of what it came from."""
    done: set[int] = set()
    due: list[BaseException | None] = [error]
    while due:
        one = due.pop()
        if one is None or id(one) in done:
            continue
        done.add(id(one))
        one.__traceback__ = _joined(_of_the_program(one))
        due += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            due += one.exceptions


def _of_the_program(error: BaseException) -> list[TracebackType]:
    entries = []
    entry = error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    paths = [entry.tb_frame.f_code.co_filename for entry in entries]
    theirs = [n for n, path in enumerate(paths) if not is_ours(path) and not is_library(path)]
    first = theirs[0] if theirs else 0
    last = max((n for n, path in enumerate(paths) if not is_ours(path)), default=len(paths))
    keeps_end = isinstance(error, _FAULTS)
    return [
        entry
        for n, (entry, path) in enumerate(zip(entries, paths, strict=True))
        if n >= first and (not is_ours(path) or (keeps_end and n > last))
    ]


def _joined(entries: Iterable[TracebackType]) -> TracebackType | None:
    following = None
    for entry in reversed(list(entries)):
        entry.tb_next = following
        following = entry
    return following
