"""Libraries that were built before, in the user's cache directory.

A file is written in a directory of its own beside the cache's files, ends with the SHA-256 of what is before
it, and gets its place by being renamed: what has the name and the right end is whole. (A library with more
behind it than it needs is loaded like any other.) A lock for each kind of file lets two runs do the work
once; the operating system takes it from a run that dies. Whoever has it next throws that run's rests away.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.engine.compiled.toolchain import BuildError

KEPT = 8
"""Files of one kind that are kept: the newest."""
DIGEST_BYTES = hashlib.sha256().digest_size

Progress = Callable[[str], None]
"""Takes a line for the user, from one thread at a time, which need not be the one that asked."""


def directory() -> Path:
    """The cache: THICKNET_CACHE, else `thicknet` in XDG_CACHE_HOME or ~/.cache. It may not exist yet.

    Raises BuildError when there is no home directory either.
    """
    chosen = os.environ.get("THICKNET_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (base if base.is_absolute() else Path.home() / ".cache") / "thicknet"
    except RuntimeError as error:
        raise BuildError(
            "there is no home directory for the cache of compiled circuits; THICKNET_CACHE names a directory"
        ) from error


def digest(parts: Iterable[bytes]) -> str:
    """16 hexadecimal digits that differ when any of `parts` does."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8))
        total.update(part)
    return total.hexdigest()[:16]


def intact(path: Path) -> bool:
    """Whether the file is there and whole."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    body, end = content[:-DIGEST_BYTES], content[-DIGEST_BYTES:]
    return bool(body) and hashlib.sha256(body).digest() == end


def obtain(kind: str, file: str, build: Callable[[Path], Path], progress: Progress) -> Path:
    """The cache's file `file` of `kind`; if it is not there, what `build` makes of an empty directory.

    Raises BuildError if `build` does or if the cache cannot be written.
    """
    cache = directory()
    path = cache / file
    try:
        if intact(path):
            return path
        cache.mkdir(parents=True, exist_ok=True)
        with _lock(cache / f"{kind}.lock", f"waiting for {kind}, which is being compiled …", progress):
            if not intact(path):
                progress(f"compiling {kind} …")
                work = cache / f"{kind}.build"
                shutil.rmtree(work, ignore_errors=True)
                work.mkdir()
                try:
                    made = build(work)
                    _seal(made)
                    made.replace(path)
                finally:
                    shutil.rmtree(work, ignore_errors=True)
                # Versions of a circuit that is not ours are of one kind (`hw.substitute`).
                family = re.sub("_[0-9a-f]{12}$", "_" + "[0-9a-f]" * 12, kind)
                _forget(cache.glob(f"{family}-*{path.suffix}"))
    except OSError as error:
        raise BuildError(
            f"the cache of compiled circuits, {cache}, cannot be written: {error.strerror or error}; "
            "THICKNET_CACHE names another directory"
        ) from error
    return path


@contextmanager
def _lock(path: Path, waiting: str, progress: Progress) -> Iterator[None]:
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _seal(path: Path) -> None:
    end = hashlib.sha256(path.read_bytes()).digest()
    with path.open("ab") as file:
        file.write(end)
        file.flush()
        os.fsync(file.fileno())


def _forget(files: Iterable[Path]) -> None:
    for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
        path.unlink(missing_ok=True)
