"""By what CPython finds what `threading.local` objects hold, so that it can be exchanged at a switch.

All simulated threads run in one thread of the operating system, and CPython keeps what such an object holds
for each of those (Modules/_threadmodule.c). With these exchanged it is one per simulated thread, also if the
object was made long before the simulation.

Up to 3.12 it is found by entries in the thread's dictionary. From 3.13 on it is found by a key in the
thread's state, which CPython makes when there is none, and it is released when the sentinel beside the key
is. These are two pointers, each a reference that the state owns.
"""

import ctypes
import gc
import threading
from typing import Any
from weakref import getweakrefcount

Keys = list[ctypes.c_void_p | int | None]
"""A key and its sentinel, which are read as numbers; None where CPython has not made them."""

_get_dictionary = ctypes.pythonapi.PyThreadState_GetDict
_get_dictionary.restype = ctypes.c_void_p  # a borrowed reference: as a py_object it would be released
_get_state = ctypes.pythonapi.PyThreadState_Get
_get_state.restype = ctypes.c_void_p
_release = ctypes.pythonapi.Py_DecRef
_release.argtypes = [ctypes.c_void_p]
_release.restype = None

_LOOKED_AT = 64
"""Pointers of a thread's state among which the key is."""
_SHARED = ("__asyncio_running_event_loop__", "Py_Repr")
"""Entries that stay: asyncio keeps a pointer to its own (Modules/_asynciomodule.c)."""


def _dictionary() -> dict[str, Any]:
    """That of the operating system's thread which is calling."""
    found: dict[str, Any] = ctypes.cast(_get_dictionary(), ctypes.py_object).value
    return found


def _kind_of_entry() -> type | None:
    """The type of the entries; None where there are none."""
    probe = threading.local()
    probe.used = True
    entry = _dictionary().get(f"thread.local.{id(probe):#x}")
    return entry and type(entry)


def _place_of_key() -> int | None:
    """Where in a thread's state the key is, in octets; None where there is none."""
    probe = threading.local()
    probe.used = True
    keys = [id(key) for held in gc.get_referents(probe) if type(held) is dict for key in held]
    words = (ctypes.c_void_p * _LOOKED_AT).from_address(_get_state())
    places = (n * ctypes.sizeof(ctypes.c_void_p) for n, word in enumerate(words) if word in keys)
    return next(places, None)


_ENTRY = _kind_of_entry()
_KEY = _place_of_key() if _ENTRY is None else None

LENDS_LOCALS = _ENTRY is not None or _KEY is not None
"""Whether what `threading.local` objects hold can be exchanged in this Python."""


class Locals:
    """What one simulated thread has in place of the others', while it is not in place."""

    __slots__ = ("_entries", "_keys")

    def __init__(self) -> None:
        self._entries: dict[str, Any] = {}
        self._keys: Keys = [None, None]

    def take_out(self, slots: "Slots") -> None:
        """Keep what is in place."""
        here, mine = slots.dictionary, self._entries
        mine.clear()
        mine.update(here)
        here.clear()
        for key in _SHARED:
            if key in mine:
                here[key] = mine.pop(key)
        if slots.keys is not None:
            self._keys = [slots.keys[0], slots.keys[1]]
            slots.keys[:] = [None, None]

    def put_in(self, slots: "Slots") -> None:
        """Put it in place, but not the entries whose object is gone.

        They point to memory that was freed, and the next object at its address would find them.
        """
        entries = self._entries
        if _ENTRY is not None and not all(map(getweakrefcount, entries.values())):
            entries = {
                key: one for key, one in entries.items() if getweakrefcount(one) or type(one) is not _ENTRY
            }
        slots.dictionary.update(entries)
        if slots.keys is not None:
            slots.keys[:] = self._keys

    def release(self) -> None:
        """Release what is held, none of which is in place."""
        keys, self._keys = self._keys, [None, None]
        self._entries.clear()
        for key in keys:
            if key is not None:
                _release(key)


class Slots:
    """Where CPython looks, in the operating system's thread that makes it."""

    def __init__(self) -> None:
        self.dictionary = _dictionary()
        self.keys: ctypes.Array[ctypes.c_void_p] | None = None
        """The key and its sentinel, from 3.13 on."""
        if _KEY is not None:
            self.keys = (ctypes.c_void_p * 2).from_address(_get_state() + _KEY)
