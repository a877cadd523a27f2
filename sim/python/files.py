"""`open` of what is no file of the real machine: a descriptor of the process, and some files in /etc.

Resolvers that are packages of their own read who a host is (hosts(5), resolv.conf(5), hostname(5)), and a run
must not depend on the real machine's. All other files are real (docs/testing.md).
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import builtins
import errno
import io
import os
from collections.abc import Callable
from typing import Any

from sim.os.machine import Machine
from sim.os.process import Thread
from sim.python.dispatch import dispatch, real


def _hosts(host: Machine) -> str:
    lines = ["127.0.0.1\tlocalhost", *(f"{address}\t{name}" for name, address in host.kernel.names.items())]
    return "\n".join(lines) + "\n"


def _resolv_conf(host: Machine) -> str:
    settings = host.resolver.settings
    lines = [f"nameserver {server}" for server in settings.servers]
    if settings.search:
        lines.append(f"search {' '.join(settings.search)}")
    return "".join(f"{line}\n" for line in lines)


_FILES: dict[str, Callable[[Machine], str]] = {
    "/etc/hosts": _hosts,
    "/etc/resolv.conf": _resolv_conf,
    "/etc/hostname": lambda host: f"{host.name}\n",
}


class _DescriptorFile(io.RawIOBase):
    """What `io.FileIO` is to a file of the real machine."""

    def __init__(self, fd: int, mode: str, closefd: bool) -> None:
        self.name = fd
        self.mode = mode
        self._closes = closefd

    def readable(self) -> bool:
        return "r" in self.mode or "+" in self.mode

    def writable(self) -> bool:
        return "w" in self.mode or "a" in self.mode or "+" in self.mode

    def fileno(self) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self.name

    def readinto(self, buffer: Any, /) -> int | None:
        if not self.readable():
            raise io.UnsupportedOperation("File not open for reading")
        view = memoryview(buffer).cast("B")
        try:
            data = os.read(self.fileno(), len(view))
        except BlockingIOError:
            return None
        view[: len(data)] = data
        return len(data)

    def write(self, data: Any, /) -> int | None:
        if not self.writable():
            raise io.UnsupportedOperation("File not open for writing")
        try:
            return os.write(self.fileno(), data)
        except BlockingIOError:
            return None

    def close(self) -> None:
        if not self.closed:
            super().close()
            if self._closes:
                os.close(self.name)

    def __del__(self) -> None:
        """Closed by hand or with its process: a collector's time is nobody's."""


def _of_descriptor(
    fd: int,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """As `open` wraps a descriptor: raw, buffered, text."""
    raw = _DescriptorFile(fd, mode.replace("t", ""), closefd)
    if raw.readable() and raw.writable() and buffering:
        raise io.UnsupportedOperation("File or stream is not seekable.")
    if not buffering:
        if "b" not in mode:
            raise ValueError("can't have unbuffered text I/O")
        return raw
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    binary: Any = io.BufferedReader(raw, size) if raw.readable() else io.BufferedWriter(raw, size)
    if "b" in mode:
        return binary
    return io.TextIOWrapper(binary, encoding or "utf-8", errors, newline, line_buffering=buffering == 1)


def _open(thread: Thread, file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
    if isinstance(file, int) and file in thread.process.descriptors:
        return _of_descriptor(file, mode, *arguments, **keywords)
    name = os.fspath(file) if isinstance(file, str | os.PathLike) else None
    made = _FILES.get(name) if isinstance(name, str) else None
    if made is None:
        return real["builtins.open"](file, mode, *arguments, **keywords)
    if set(mode) & set("wax+"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
    text = made(thread.process.host)
    return io.BytesIO(text.encode()) if "b" in mode else io.StringIO(text)


def install() -> None:
    """Patch `open`."""
    dispatch(builtins, "open", _open)
