"""What else a process has of its own: environment variables, limits, working directory, number.

`os.environ` is one object that many modules hold, so its class is exchanged and the dictionary behind
it depends on the caller.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import os
import resource
import tempfile
from collections.abc import Callable
from typing import Any

from sim.os.process import Thread, current
from sim.python.barrier import refuse
from sim.python.dispatch import dispatch, real


class _Environ(os._Environ):  # type: ignore[type-arg]
    """`os.environ`, with the variables of the calling process."""

    @property
    def _data(self, caller: Callable[[], Thread | None] = current) -> Any:
        thread = caller()  # a default outlives the module's names when the interpreter ends
        return self.__dict__["_data"] if thread is None else thread.process.environ

    def __setitem__(self, key: Any, value: Any) -> None:
        if current() is None:
            super().__setitem__(key, value)
        else:
            self._data[self.encodekey(key)] = self.encodevalue(value)

    def __delitem__(self, key: Any) -> None:
        if current() is None:
            super().__delitem__(key)
            return
        try:
            del self._data[self.encodekey(key)]
        except KeyError:
            raise KeyError(key) from None


def _putenv(thread: Thread, *arguments: Any) -> None:
    raise refuse("the real environment (use os.environ)")


def _chdir(thread: Thread, path: Any, /) -> None:
    whole = os.path.realpath(path)
    thread.kernel.lent.change_directory(whole)
    thread.process.directory = whole


def _gettempdir(thread: Thread) -> str:
    home = thread.process.host.directory
    if home is None:
        return str(real["tempfile._gettempdir"]())
    (home / "tmp").mkdir(exist_ok=True)
    return str(home / "tmp")


def _getrlimit(thread: Thread, which: int, /) -> tuple[int, int]:
    if which == resource.RLIMIT_NOFILE:
        return thread.process.descriptors.limits
    limits: tuple[int, int] = real["resource.getrlimit"](which)
    return limits


def _setrlimit(thread: Thread, which: int, limits: tuple[int, int], /) -> None:
    if which != resource.RLIMIT_NOFILE:
        raise refuse("a limit of the real process")
    soft, hard = limits
    if not 0 <= soft <= hard:
        raise ValueError("current limit exceeds maximum limit")
    if hard > thread.process.descriptors.limits[1]:
        raise ValueError("not allowed to raise maximum limit")
    thread.process.descriptors.limits = soft, hard


def _getpid(thread: Thread) -> int:
    return thread.process.pid


def _getppid(thread: Thread) -> int:
    return 0  # what started it is not on its host


def install() -> None:
    """Patch `os`, `resource` and `tempfile`."""
    for environ in (os.environ, getattr(os, "environb", None)):
        if environ is not None:
            environ.__class__ = _Environ
    dispatch(os, "putenv", _putenv)
    dispatch(os, "unsetenv", _putenv)
    dispatch(os, "chdir", _chdir)
    dispatch(resource, "getrlimit", _getrlimit)
    dispatch(resource, "setrlimit", _setrlimit)
    dispatch(tempfile, "_gettempdir", _gettempdir)
    dispatch(os, "getpid", _getpid)
    dispatch(os, "getppid", _getppid)
