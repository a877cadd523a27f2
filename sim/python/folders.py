"""What is in a directory that is not the real machine's: /proc, /proc/net and the calling process's own.

All other directories are real, as is what /proc has that is of no process. `os.walk`, `glob` and `pathlib`
list by `os.listdir` or `os.scandir`.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import errno
import os
from collections.abc import Iterator
from typing import Any, Self

from sim.os.process import Thread
from sim.python.dispatch import dispatch, real
from sim.python.file_times import settled
from sim.python.files import file_text
from sim.python.host_files import names_in, plain
from sim.python.process_files import process_folder


class _Entry:
    """What `os.DirEntry` is in a directory of the real machine."""

    def __init__(self, name: str | bytes, path: str | bytes, kind: str) -> None:
        self.name = name
        self.path = path
        self._kind = kind

    def __fspath__(self) -> str | bytes:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._kind == "directory"

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return self._kind == "file"

    def is_symlink(self) -> bool:
        return self._kind == "link"

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(self.path, follow_symlinks=follow_symlinks)  # noqa: PTH116 (of names in octets, too)

    def inode(self) -> int:
        return self.stat(follow_symlinks=False).st_ino


class _Scan:
    """What `os.scandir` returns."""

    def __init__(self, entries: list[Any]) -> None:
        self._left: Iterator[Any] = iter(entries)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._left)

    def close(self) -> None:
        self._left = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _folder(thread: Thread, path: Any) -> list[str] | None:
    """What a directory has that is not the real machine's; None of those that are. ENOENT, ENOTDIR."""
    if not isinstance(path, str | bytes | os.PathLike):
        return None
    name = plain(os.fsdecode(path))
    if name == "/proc":
        return [str(thread.process.pid)]
    found = process_folder(thread, name)
    if found is None:
        found = names_in(name)
    if found is None and file_text(thread, os.fsdecode(path)) is not None:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
    return found


def _others(path: str | bytes) -> list[os.DirEntry[Any]]:
    """What a directory has of the real machine on top: /proc all that is of no process."""
    if plain(os.fsdecode(path)) != "/proc":
        return []
    with real["os.scandir"](path) as entries:
        return [entry for entry in entries if not entry.name.isdigit()]


def _kind(thread: Thread, path: str) -> str:
    """Of an entry of such a directory: proc(5) has links to what descriptors are of."""
    folder, name = path.rsplit("/", 1)
    if folder.endswith("/fd"):
        return "link"
    return "directory" if name.isdigit() or process_folder(thread, path) is not None else "file"


def _listdir(thread: Thread, path: Any = None) -> Any:
    found = _folder(thread, path)
    if found is None:
        return real["os.listdir"](path)
    folder = os.fspath(path)
    own = [os.fsencode(name) for name in found] if isinstance(folder, bytes) else found
    return [*own, *(entry.name for entry in _others(folder))]


def _scandir(thread: Thread, path: Any = None) -> Any:
    found = _folder(thread, path)
    if found is None:
        return settled("os.scandir")(thread, path)
    folder = os.fspath(path)
    convert = os.fsencode if isinstance(folder, bytes) else os.fsdecode
    entries: list[Any] = []
    for name in found:
        whole = os.path.join(os.fsdecode(folder), name)  # noqa: PTH118 (as the name was given)
        entries.append(_Entry(convert(name), convert(whole), _kind(thread, plain(whole))))
    return _Scan(entries + _others(folder))


def install() -> None:
    """Patch `os`."""
    dispatch(os, "listdir", _listdir)
    dispatch(os, "scandir", _scandir)
