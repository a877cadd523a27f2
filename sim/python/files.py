"""`open` of what is no file of the real machine: a descriptor of the process, and a host's own files.

All other files are real (docs/testing.md).
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import builtins
import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any

from sim.os.process import Thread, current
from sim.python.barrier import refuse
from sim.python.dispatch import dispatch, real
from sim.python.file_times import note_written
from sim.python.host_files import is_of_a_host, plain, text_of
from sim.python.process_files import process_file

_WRITING = frozenset("wax+")
"""Of these one at least is in the mode of a file that is written."""


class _DescriptorFile(io.RawIOBase):
    """What `io.FileIO` is to a file of the real machine."""

    def __init__(self, fd: int, mode: str, closefd: bool) -> None:
        self.name = fd
        self.mode = mode
        self._closes = closefd

    def readable(self) -> bool:
        return "r" in self.mode or "+" in self.mode

    def writable(self) -> bool:
        return not _WRITING.isdisjoint(self.mode)

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


class _HostName(str):
    """The name of a host's own file, as Python's `open` gets it of ours: no other door (`_audit`)."""

    __slots__ = ()


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
    raw = _DescriptorFile(fd, _raw_mode(mode, buffering, encoding, errors, newline), closefd)
    if raw.readable() and raw.writable() and buffering:
        raw.close()
        raise io.UnsupportedOperation("File or stream is not seekable.")
    if not buffering:
        return raw
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    binary: Any = io.BufferedReader(raw, size) if raw.readable() else io.BufferedWriter(raw, size)
    if "b" in mode:
        return binary
    text: Any = io.TextIOWrapper(binary, encoding, errors, newline, line_buffering=buffering == 1)
    text.mode = mode
    return text


def _raw_mode(mode: str, *arguments: Any) -> str:
    """The mode of the raw file in one that `open` gives; for wrong arguments Python's own errors."""
    null = real["os.open"](os.devnull, os.O_RDWR)
    try:
        with real["builtins.open"](null, mode, *arguments, closefd=False) as file:
            return str(_raw(file).mode)
    finally:
        real["os.close"](null)


def _raw(file: Any) -> Any:
    """What is below the text and the buffer of a file."""
    buffered = getattr(file, "buffer", file)
    return getattr(buffered, "raw", buffered)


def file_text(thread: Thread, name: str) -> str | None:
    """What is in a file that is not the real machine's; None of those that are."""
    text = process_file(thread, plain(name))
    return text_of(thread.process.host, name) if text is None else text


def _open(thread: Thread, file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
    if isinstance(file, int) and file in thread.process.descriptors:
        return _of_descriptor(file, mode, *arguments, **keywords)
    name = os.fspath(file) if isinstance(file, str | bytes | os.PathLike) else None
    if name is not None and file_text(thread, os.fsdecode(name)) is not None:
        return _open_of_host(name, mode, *arguments, **keywords)
    opened = real["builtins.open"](file, mode, *arguments, **keywords)
    if name is not None and set(mode) & _WRITING:
        note_written(thread, name, opened.fileno())
    return opened


def _open_of_host(
    name: str | bytes,
    mode: str,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Callable[[Any, int], int] | None = None,
) -> Any:
    """Python's own `open`, of a descriptor that `os.open` gives."""

    def open_descriptor(_: object, flags: int) -> int:
        return (opener or os.open)(name, flags)

    known = _HostName(os.fsdecode(name))
    opened = real["builtins.open"](
        known, mode, buffering, encoding, errors, newline, closefd, open_descriptor
    )
    _raw(opened).name = name
    return opened


def _os_open(thread: Thread, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    """A descriptor of the real machine, also for what is made: of a file in memory then."""
    text = file_text(thread, os.fsdecode(path))
    if text is None:
        opened = int(real["os.open"](path, flags, mode, dir_fd=dir_fd))
        if flags & (os.O_WRONLY | os.O_RDWR) and dir_fd is None:
            note_written(thread, path, opened)
        return opened
    if flags & os.O_CREAT and flags & os.O_EXCL:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    made = os.memfd_create(plain(os.fsdecode(path)))
    try:
        real["os.write"](made, text.encode())
        return int(real["os.open"](f"/proc/self/fd/{made}", os.O_RDONLY))
    finally:
        real["os.close"](made)


def _audit(event: str, arguments: tuple[Any, ...], calling: Callable[[], object] = current) -> None:
    """Other ways to open a file, such as `io.FileIO`, lead to the real machine's."""
    if event != "open" or calling() is None:  # a default outlives the module's globals at exit
        return
    name = arguments[0]
    if not isinstance(name, str | bytes | os.PathLike) or isinstance(name, _HostName):
        return
    if is_of_a_host(os.fsdecode(name)):
        raise refuse(f"{os.fsdecode(name)} of the real machine (open and os.open give the host's)")


def install() -> None:
    """Patch `open` and `os.open`."""
    dispatch(builtins, "open", _open)
    dispatch(os, "open", _os_open)
    sys.addaudithook(_audit)
