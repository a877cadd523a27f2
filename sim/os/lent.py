"""What the interpreter lends to the simulated thread that runs: working directory, zone and thread-locals.

Exchanging them costs as much as the rest of a switch. So they are exchanged only where the next thread has
something else, and given back before code outside the simulation is called, and at the end. The C library's
time zone, whose exchange costs more, is given back at the end only. So are the hooks for
exceptions, which all programs share.
"""

import sys
import threading
import time
from os import chdir, environ, getcwd, putenv, unsetenv  # the real ones: this package is not swept
from time import tzset

from sim.os.thread_locals import Locals, Slots


class Lent:
    """What is lent now, and what was there before. A context manager: at its end all is as before."""

    def __init__(self) -> None:
        self._outer_directory = ""
        self._directory: str | None = None
        """None: the outer one."""
        self._outer_zone = ""
        """Empty if it is none that a host may have, too."""
        self._zone = self._outer_zone
        self._outer_locals = Locals()
        self._locals = self._outer_locals
        """Whose are in place."""
        self._slots = Slots()
        self.outer_hooks = sys.excepthook, threading.excepthook
        """What programs replace is put back at the end."""

    def __enter__(self) -> None:
        self._outer_zone = self._zone = "UTC" if time.tzname == ("UTC", "UTC") else ""
        self.outer_hooks = sys.excepthook, threading.excepthook
        self._slots = Slots()  # the kernel may be run by another thread than made it

    def __exit__(self, *error: object) -> None:
        self.take_back()
        sys.excepthook, threading.excepthook = self.outer_hooks
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
            self._locals.take_out(self._slots)
            self._locals = locals_
            locals_.put_in(self._slots)

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
        self._locals.take_out(self._slots)
        self._locals.release()
