"""Tables of a run for the report: every change of a row, so that the page shows them at any instant."""

from collections.abc import Iterable, Sequence
from typing import Any

from journal.event import Event
from sim.record.tables.table import Table, changes
from sim.report.strings import Strings


def table_columns(tables: Sequence[Table], events: Iterable[Event], strings: Strings) -> list[dict[str, Any]]:
    """What each table is, and its changes: the instant (ps), place, number of the row, and its values.

    No values: the row is gone. All `events` are taken.
    """
    keys: dict[tuple[str, ...], int] = {}
    written: dict[str, list[list[Any]]] = {table.name: [] for table in tables}
    for change in changes(tables, events):
        number = keys.setdefault((change.table, *change.key), len(keys))
        row = None if change.row is None else list(change.row.values())
        written[change.table].append([change.ps, strings(change.place), number, row])
    return [
        {
            "name": table.name,
            "meaning": table.meaning,
            "columns": [
                {
                    "name": column.name,
                    "meaning": column.meaning,
                    "unit": column.unit.name,
                    "clock": column.clock.value,
                    "number": column.number,
                }
                for column in table.columns
            ],
            "changes": written[table.name],
        }
        for table in tables
    ]
