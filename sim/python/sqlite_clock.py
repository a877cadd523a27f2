"""SQLite's clock: `CURRENT_TIMESTAMP`, `datetime('now')` and their like read that of the caller's host.

SQLite asks its interface to the operating system (sqlite3_vfs), a structure in which the function that reads
the clock is exchanged when a program opens its first database. Who is no program gets what SQLite's own says.
"""

# ruff: noqa: ANN401 (what programs pass is as various as the library's own signatures)
import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from sim.os.process import current

_READ = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int64))
_EPOCH_MS = 210_866_760_000_000
"""1970 in milliseconds of Julian days, which begin 4714 years before our era."""
_NS_PER_MS = 1_000_000
_WITH_MILLISECONDS = 2
"""The version of the structure from which on it has the function."""


class _Interface(ctypes.Structure):
    """`struct sqlite3_vfs`, as https://sqlite.org/c3ref/vfs.html has it."""

    _fields_: ClassVar = [
        ("version", ctypes.c_int),
        ("sizes", ctypes.c_int * 2),
        *((name, ctypes.c_void_p) for name in ("next", "name", "data")),
        ("file_calls", ctypes.c_void_p * 4),
        ("library_calls", ctypes.c_void_p * 4),
        ("randomness", ctypes.c_void_p),
        ("sleep", ctypes.c_void_p),
        ("current_time", ctypes.c_void_p),
        ("last_error", ctypes.c_void_p),
        ("current_milliseconds", ctypes.c_void_p),
    ]


@cache
def _lead() -> None:
    """Exchange the function, in SQLite as Python has it."""
    import _sqlite3  # the program has imported it

    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))  # None: it is a part of Python itself
    find = getattr(library, "sqlite3_vfs_find", None)
    if find is None:
        return
    find.argtypes, find.restype = [ctypes.c_char_p], ctypes.POINTER(_Interface)
    interface = find(None).contents
    if interface.version < _WITH_MILLISECONDS or not interface.current_milliseconds:
        return
    original = _READ(interface.current_milliseconds)

    def read(own: Any, milliseconds: Any) -> int:
        thread = current()
        if thread is None:
            return int(original(own, milliseconds))
        milliseconds[0] = _EPOCH_MS + thread.clock.wall // _NS_PER_MS
        return 0

    call = _READ(read)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(call))  # SQLite has it until the end
    interface.current_milliseconds = ctypes.cast(call, ctypes.c_void_p)


def _audit(event: str, arguments: tuple[Any, ...], calling: Callable[[], object] = current) -> None:
    if (
        event == "sqlite3.connect" and calling() is not None
    ):  # a default outlives the module's globals at exit
        _lead()


def install() -> None:
    """Watch for the first database."""
    sys.addaudithook(_audit)
