"""Tables of a finished run at any instant, folded from its events.

A table takes the events of a run one by one, in the order of time, and keeps its rows: after an event it
shows what the network's own table showed at that instant. Its columns are declared once, with unit and
meaning, for text, JSON and the report.

A row's key begins with its place, a host or a box. Instants in a row (when a timer expires, when a station
was last received from) are kept in ps and shown as what is left, or as an age, at the instant that one looks.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import ClassVar, NamedTuple

from journal.event import Event, FieldValue
from journal.kind import Unit, duration, is_whole
from sim.record.manifest import Manifest

Key = tuple[str, ...]
Row = Mapping[str, FieldValue]

NANOSECONDS = Unit("ns", duration)


class Clock(Enum):
    """How a column shows the instant that it holds."""

    NONE = "none"
    """It holds none."""
    LEFT = "left"
    """The time until then."""
    AGE = "age"
    """The time since then."""


class Column(NamedTuple):
    """A declared column: its name in JSON and in the heads, the unit of its values, and what it is."""

    name: str
    meaning: str
    unit: Unit = Unit("")
    clock: Clock = Clock.NONE
    number: bool = False
    """Whether it is printed with its right side aligned."""


class Change(NamedTuple):
    """A row of a table has changed: None is a row that is gone. Instants in it are in ps."""

    ps: int
    table: str
    place: str
    key: Key
    row: Row | None


class Table(ABC):
    """The base of all tables. A subclass changes its rows with `put` and `drop` as events come."""

    name: ClassVar[str]
    meaning: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    layers: ClassVar[frozenset[str]]
    """Those of the events that it takes."""

    def __init__(self, manifest: Manifest | None = None) -> None:
        """`manifest` is what `run.json` says of the run, None of an older one that has none."""
        self.manifest = manifest
        self.rows: dict[Key, dict[str, FieldValue]] = {}
        self._changed: dict[Key, None] = {}

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        if event.layer in self.layers:
            self.take(event)

    @abstractmethod
    def take(self, event: Event) -> None:
        """Take the next event of one of `layers`."""

    def put(self, key: Key, **values: FieldValue) -> None:
        """Set some columns of a row, which may be new."""
        self.rows.setdefault(key, {}).update(values)
        self._changed[key] = None

    def drop(self, key: Key) -> dict[str, FieldValue]:
        """Take a row away; what it was, nothing if there was none."""
        self._changed[key] = None
        return self.rows.pop(key, {})

    def drop_place(self, place: str) -> None:
        """Take all rows of a host away: it is switched off."""
        for key in [key for key in self.rows if key[0] == place]:
            self.drop(key)

    def places(self) -> tuple[str, ...]:
        """The hosts of the run, as far as they are known: one may have no row."""
        return () if self.manifest is None else tuple(host.name for host in self.manifest.network.hosts)

    def is_shown(self, row: Row) -> bool:
        """Whether a row is one of this table, of those that it keeps."""
        return True

    def row(self, key: Key) -> Row | None:
        """The columns of a row; None if there is none."""
        row = self.rows.get(key)
        if row is None or not self.is_shown(row):
            return None
        return {column.name: row.get(column.name) for column in self.columns}

    def at(self, ps: int) -> Iterator[tuple[str, Row]]:
        """All rows with their places, as they are shown at `ps`: times in ns instead of instants."""
        for key in self.ordered():
            row = self.row(key)
            if row is not None:
                yield key[0], {column.name: shown(column, row[column.name], ps) for column in self.columns}

    def ordered(self) -> Iterable[Key]:
        """The keys, by place and otherwise in the order of their coming."""
        return sorted(self.rows, key=lambda key: key[0])

    def changed(self) -> Iterator[Key]:
        """The keys of rows that may have changed since this was called last."""
        changed, self._changed = self._changed, {}
        yield from changed


def shown(column: Column, value: FieldValue, ps: int) -> FieldValue:
    """A value as it is shown at `ps`: instants as times in ns."""
    if column.clock is Clock.NONE or not isinstance(value, int):
        return value
    return max(value - ps if column.clock is Clock.LEFT else ps - value, 0) // 1000


def changes(tables: Iterable[Table], events: Iterable[Event]) -> Iterator[Change]:
    """Every change of a row, as the events come: all that a table at any instant is made of."""
    tables = tuple(tables)
    last: dict[tuple[str, Key], Row | None] = {}

    def of(table: Table, ps: int) -> Iterator[Change]:
        for key in table.changed():
            row = table.row(key)
            if row != last.get((table.name, key)):
                last[table.name, key] = row
                yield Change(ps, table.name, key[0], key, row)

    for table in tables:
        yield from of(table, 0)
    for event in events:
        if not is_whole(event):
            continue
        for table in tables:
            if event.layer in table.layers:
                table.take(event)
                yield from of(table, event.ps)
