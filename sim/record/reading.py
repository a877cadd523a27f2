"""A finished run's events, read one by one: a run of an hour is not held in memory."""

from collections.abc import Iterator
from pathlib import Path

from journal.event import Event
from sim.record.json_lines import read_event

EVENTS = "events.jsonl"


class ReadingError(Exception):
    """The folder holds no run that can be read; `str` is a sentence for the reader."""


def events(folder: Path) -> Iterator[Event]:
    """The events of the run in `folder`, in the order of time. Raises ReadingError.

    A last line without an end is left out: the run was killed while it was written.
    """
    path = folder / EVENTS
    try:
        file = path.open("rb")
    except OSError as error:
        raise ReadingError(f"{folder}: holds no run: {EVENTS}: {error.strerror}") from None
    with file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield read_event(line)
            except ValueError as error:
                raise ReadingError(f"{path}:{number}: is no event: {error}") from None
