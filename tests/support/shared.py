"""What is dear to make, and the same for all: made once, for all workers of a run and for later runs.

It is kept in `.cache` at the root of the repository, which `make clean` removes. Its name has a digest of
the sources that it is made of, so that a change makes it again; who comes second waits at a lock. The
compiled engine's libraries have a place beside it; their keys and locks are the engine's.
"""

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"
LIBRARIES = CACHE / "libraries"
"""The compiled engine's cache in tests."""


def made_once(name: str, sources: tuple[str, ...], make: Callable[[Path], None]) -> Path:
    """The directory that `make` fills, given all Python files below `sources`, paths from the root."""
    place = CACHE / f"{name}-{_digest(sources)}"
    if place.exists():
        return place
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            for old in CACHE.glob(f"{name}-*"):
                shutil.rmtree(old)
            work = CACHE / f"{name}.begun"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            make(work)
            work.rename(place)
    return place


@cache
def _digest(sources: tuple[str, ...]) -> str:
    total = hashlib.sha256(f"{sys.version} {version('myhdl')}".encode())
    for source in sources:
        for path in sorted((ROOT / source).rglob("*.py")):
            content = path.read_bytes()
            total.update(f"{path.relative_to(ROOT)} {len(content)} ".encode() + content)
    return total.hexdigest()[:16]
