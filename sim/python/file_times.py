"""The time of a host's files (`sim.os.file_times`): `os.stat` and the like report it, `os.utime` sets it."""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import os
import sys
from collections.abc import Callable
from typing import Any

from sim.os.process import Thread, current
from sim.python.dispatch import dispatch, real

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


def _absolute(path: Path, absolute: Callable[[str], str] = os.path.abspath, decode: Any = os.fsdecode) -> str:
    return absolute(decode(path))


def note_written(thread: Thread, path: Path, fd: int) -> None:
    """`path` has been opened for writing: its time is the host's if it is in the host's directory."""
    host = thread.process.host
    whole = _absolute(path)
    if host.directory is not None and whole.startswith(f"{host.directory}/"):
        thread.kernel.file_times.note(host.clock, whole, fd)


def settled(key: str) -> Callable[..., Any]:
    """As the real function, when the times of what was written just now are the host's."""

    def asked(thread: Thread, *arguments: Any, **keywords: Any) -> Any:
        if thread.kernel.file_times.written:
            thread.kernel.file_times.settle()
        return real[key](*arguments, **keywords)

    return asked


def _utime(thread: Thread, path: Any, times: Any = None, **keywords: Any) -> None:
    thread.kernel.file_times.settle()
    if times is None and keywords.get("ns") is None:
        keywords["ns"] = (thread.process.host.clock.wall,) * 2
        real["os.utime"](path, **keywords)
    else:
        real["os.utime"](path, times, **keywords)
    thread.kernel.file_times.accept()


def _audit(event: str, arguments: tuple[Any, ...], calling: Callable[[], Thread | None] = current) -> None:
    """A file that is written and renamed at once is not found by its name afterwards."""
    if event == "os.rename" and (thread := calling()) is not None and thread.kernel.file_times.written:
        thread.kernel.file_times.renamed(_absolute(arguments[0]), _absolute(arguments[1]))


def install() -> None:
    """Patch `os`."""
    for name in ("stat", "lstat"):
        dispatch(os, name, settled(f"os.{name}"))
    dispatch(os, "utime", _utime)
    sys.addaudithook(_audit)
