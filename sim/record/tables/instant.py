"""A table of a run folder at an instant."""

from pathlib import Path

from journal.kind import duration, is_whole
from sim.record.manifest import Manifest, read_manifest
from sim.record.reading import ReadingError, events
from sim.record.tables.registry import TABLES
from sim.record.tables.table import Table


def table_at(folder: Path, name: str, ns: int | None = None) -> tuple[Table, int, str | None]:
    """The table `name` as it was at `ns`, after all that happened in that instant; None: at the end.

    With it come the instant in ps and, where the folder is not complete, a sentence on what is missing.
    Events after the instant are not read. Raises ReadingError, also for an instant after the end.
    """
    manifest, missing = _manifest(folder)
    end = None if manifest is None or manifest.ended is None else manifest.ended.ps
    if ns is not None and end is not None and 1000 * ns > end:
        raise _outside(ns, f"the run has ended at {_time(end)}")
    table = TABLES[name](manifest)
    last = 0
    for event in events(folder):
        if ns is not None and event.ps > 1000 * ns:
            return table, 1000 * ns, missing
        last = event.ps
        if is_whole(event):
            table(event)
    if ns is not None and end is None and 1000 * ns > last:
        raise _outside(ns, f"what is recorded ends at {_time(last)}")
    return table, 1000 * ns if ns is not None else end or last, missing


def _manifest(folder: Path) -> tuple[Manifest | None, str | None]:
    try:
        manifest = read_manifest(folder)
    except ReadingError as error:
        return None, str(error)
    if manifest.ended is None:
        return manifest, f"{folder}: the run has not come to its end: it goes on, or was killed"
    return manifest, None


def _outside(ns: int, why: str) -> ReadingError:
    return ReadingError(f"{duration(ns)}: there is no such instant: {why}")


def _time(ps: int) -> str:
    return duration(ps // 1000)
