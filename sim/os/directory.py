"""The interpreter's working directory, lent to the process that runs.

Changing it costs more than all else of a process switch, so it is changed only where the next process has
another one, and given back when something outside the simulation is called, and at the end.
"""

from os import chdir, getcwd  # the real ones, also when a program calls: this package is not swept


class WorkingDirectory:
    """Where the interpreter is, and where it was before the simulation."""

    def __init__(self) -> None:
        self._outer: str | None = None
        self._here: str | None = None

    def enter(self, path: str | None) -> None:
        """Go to `path`, absolute; None is the outer one."""
        if path is None:
            self.leave()
        elif path != self._here:
            if self._here is None:
                self._outer = getcwd()  # noqa: PTH109 (it costs a tenth)
            chdir(path)
            self._here = path

    def leave(self) -> None:
        """Go back to the outer one."""
        if self._here is not None and self._outer is not None:
            chdir(self._outer)
        self._here = None
