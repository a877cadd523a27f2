"""The events of a run by the place where they happened, to be looked through in the order of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

from journal.event import Event


class Record:
    """The events of a run, by place."""

    def __init__(self, recorded: Iterable[Event]) -> None:
        self.places: dict[str, list[Event]] = {}
        for event in recorded:
            self.places.setdefault(event.where, []).append(event)

    def before(self, where: str, ps: int, fits: Callable[[Event], bool]) -> Event | None:
        """The last event at a place, at `ps` at the latest, that fits."""
        there = self.places.get(where, [])
        for at in range(bisect_right(there, ps, key=by_time) - 1, -1, -1):
            if fits(there[at]):
                return there[at]
        return None

    def after(self, where: str, ps: int, fits: Callable[[Event], bool]) -> Event | None:
        """The first one from `ps` on."""
        there = self.places.get(where, [])
        return next((event for event in there[bisect_left(there, ps, key=by_time) :] if fits(event)), None)

    def between(self, where: str, start: int, end: int, fits: Callable[[Event], bool]) -> list[Event]:
        """Those from `start` to `end`, both included."""
        there = self.places.get(where, [])
        return [
            event
            for event in there[bisect_left(there, start, key=by_time) : bisect_right(there, end, key=by_time)]
            if fits(event)
        ]


def by_time(event: Event) -> int:
    return event.ps


def of_kind(*kinds: str, **fields: object) -> Callable[[Event], bool]:
    """Whether an event is of one of these kinds, with these fields."""
    return lambda event: event.kind in kinds and fields.items() <= event.fields.items()


def interrupt(record: Record, adapter: str, ps: int) -> list[Event]:
    """The interrupt in whose handler something happened at `ps`."""
    begins = record.before(adapter, ps, of_kind("interrupt begins"))
    if begins is None:
        return []
    raised = record.before(adapter, begins.ps, of_kind("interrupt raised"))
    source = record.between(adapter, begins.ps, ps, of_kind("interrupt acknowledged"))[-1:]
    return [*([] if raised is None else [raised]), begins, *source]
