"""What the interpreter lends to the simulated thread that runs: working directory, zone and thread-locals.

Exchanging them costs as much as the rest of a switch. So they are exchanged only where the next thread has
something else, and given back before code outside the simulation is called, and at the end. The C library's
time zone, whose exchange costs more, is given back at the end only.

What `threading.local` objects hold is found by CPython, up to 3.12, through entries in a dictionary of the
operating system's thread, in which all simulated threads run (Modules/_threadmodule.c). These entries are
exchanged, so such an object is one per simulated thread, also if it was made long before the simulation.
"""

import ctypes
import threading
import time
from os import chdir, environ, getcwd, putenv, unsetenv  # the real ones: this package is not swept
from time import tzset
from typing import Any
from weakref import getweakrefcount

Locals = dict[str, Any]
"""The entries of one thread: one for each `threading.local` that it has used."""

_get_dictionary = ctypes.pythonapi.PyThreadState_GetDict
_get_dictionary.restype = ctypes.c_void_p  # a borrowed reference: as a py_object it would be released


def _dictionary() -> Locals:
    """That of the operating system's thread which is calling."""
    found: Locals = ctypes.cast(_get_dictionary(), ctypes.py_object).value
    return found


def _kind_of_entry() -> type:
    """The type of these entries; that of None where CPython keeps them elsewhere."""
    probe = threading.local()
    probe.used = True
    return type(_dictionary().get(f"thread.local.{id(probe):#x}"))


_ENTRY = _kind_of_entry()

LENDS_LOCALS = _ENTRY is not type(None)
"""Whether `threading.local` of this Python can be lent."""


_SHARED = ("__asyncio_running_event_loop__", "Py_Repr")
"""Entries that stay: asyncio keeps a pointer to its own (Modules/_asynciomodule.c)."""


class Lent:
    """What is lent now, and what was there before. A context manager: at its end all is as before."""

    def __init__(self) -> None:
        self._outer_directory = ""
        self._directory: str | None = None
        """None: the outer one."""
        self._outer_zone = ""
        """Empty if it is none that a host may have, too."""
        self._zone = self._outer_zone
        self._outer_locals: Locals = {}
        self._locals = self._outer_locals
        """Whose entries are in the dictionary."""
        self._dictionary: Locals = {}
        """That of the thread of the operating system in which the kernel runs."""

    def __enter__(self) -> None:
        self._outer_zone = self._zone = "UTC" if time.tzname == ("UTC", "UTC") else ""
        self._dictionary = _dictionary()

    def __exit__(self, *error: object) -> None:
        self.take_back()
        if self._zone != self._outer_zone:
            self._set_zone(environ.get("TZ"))
            self._zone = self._outer_zone

    def lend(self, directory: str | None, locals_: Locals, zone: str) -> None:
        """Exchange all for those of a thread; `directory` is absolute, and None the outer one."""
        if zone != self._zone:
            self.change_zone(zone)
        self._lend(directory, locals_)

    def _lend(self, directory: str | None, locals_: Locals) -> None:
        if directory != self._directory:
            self.change_directory(directory)
        if locals_ is not self._locals:
            self._take_out()
            self._locals = locals_
            if locals_:
                self._put_in()

    def change_directory(self, path: str | None) -> None:
        """Go to `path`, absolute; None is the outer one."""
        if self._directory is None:
            self._outer_directory = getcwd()  # noqa: PTH109 (it costs a tenth)
        chdir(self._outer_directory if path is None else path)
        self._directory = path

    def change_zone(self, zone: str) -> None:
        """Let the C library compute with `zone`, as tzset(3) takes it."""
        self._zone = zone
        self._set_zone(zone)

    def _set_zone(self, value: str | None) -> None:
        if value is None:
            unsetenv("TZ")
        else:
            putenv("TZ", value)
        tzset()

    def take_back(self) -> None:
        """Restore what was there before the simulation."""
        self._lend(None, self._outer_locals)

    def forget_locals(self) -> None:
        """The thread that runs ends: what its thread-locals hold is released, in the thread itself."""
        self._take_out()
        self._locals.clear()

    def _take_out(self) -> None:
        """Keep the entries that are in the dictionary for their owner."""
        here, owner = self._dictionary, self._locals
        owner.clear()
        owner.update(here)
        here.clear()
        for key in _SHARED:
            if key in owner:
                here[key] = owner.pop(key)

    def _put_in(self) -> None:
        """Put those of the present owner there, but not those whose object is gone.

        They point to memory that was freed, and the next object at its address would find them.
        """
        entries = self._locals
        if not all(map(getweakrefcount, entries.values())):
            entries = {
                key: one for key, one in entries.items() if getweakrefcount(one) or type(one) is not _ENTRY
            }
        self._dictionary.update(entries)
