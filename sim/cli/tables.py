"""How `thicknet show` prints a table of a finished run: columns on a terminal and in a pipe, or JSON."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from journal.event import FieldValue
from journal.kind import duration
from sim.apps.columns import columns
from sim.cli.group import fail
from sim.record.printable import printable
from sim.record.tables.instant import table_at
from sim.record.tables.table import NANOSECONDS, Column, Row, Table
from sim.words import no_such

_PLACE = "where"
_NOTHING = "-"
_UNBOUNDED = 10_000
_WIDEST = 80
"""Characters of a cell that are shown."""


def show_table(folder: Path, name: str, ns: int | None, places: str | None, *, as_json: bool) -> None:
    """Print the table `name` of `folder` at `ns`, or at the end; of some `places` only, if they are given."""
    table, ps, missing = table_at(folder, name, ns)
    rows = _chosen(table, list(table.at(ps)), places)
    if missing is not None:
        click.echo(missing, err=True)
    if as_json:
        for place, row in rows:
            click.echo(json.dumps({"ps": ps, "table": name, "where": place, "row": row}))
        return
    when = duration(ps // 1000) + (", the end" if ns is None else "")
    click.echo(f"{name} at {when}")
    heads = [Column(_PLACE, "the host or box"), *table.columns]
    cells = [
        [printable(place, _WIDEST), *(_cell(column, row[column.name]) for column in table.columns)]
        for place, row in rows
    ]
    if not cells:
        click.echo("no rows")
    elif (console := Console()).is_terminal:
        print_rows(console, heads, cells)
    else:
        names = [column.name + " " * column.number for column in heads]  # a space aligns to the right
        click.echo("\n".join(line.rstrip() for line in columns(names, cells)))


def _chosen(table: Table, rows: list[tuple[str, Row]], places: str | None) -> list[tuple[str, Row]]:
    if places is None:
        return rows
    wanted = [place.strip() for place in places.split(",")]
    known = list(dict.fromkeys([*table.places(), *(place for place, _ in rows)]))
    for place in wanted:
        if place not in known:
            names = ", ".join(printable(one, _WIDEST) for one in known) or "none"
            fail(2, no_such(printable(place, _WIDEST), "host or box", known, f"there are {names}"))
    return [(place, row) for place, row in rows if place in wanted]


def _cell(column: Column, value: FieldValue) -> str:
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.unit is NANOSECONDS and isinstance(value, int):
        return duration(value)
    return printable(str(value), _WIDEST)


def print_rows(console: Console, heads: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    """As a grid; where it would not fit, each row as a few lines, as `ss -ti` does: no address is folded."""
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
    for column in heads:
        grid.add_column(column.name.replace("_", " "), justify="right" if column.number else "left")
    for row in cells:
        grid.add_row(*map(Text, row))
    if grid.__rich_measure__(console, console.options.update(width=_UNBOUNDED)).maximum <= console.width:
        console.print(grid)
        return
    for row in cells:
        known = [(head, cell) for head, cell in zip(heads, row, strict=True) if cell != _NOTHING]
        words = [cell for head, cell in known if not head.number]
        numbers = [Text(f"{head.name} {cell}", no_wrap=True) for head, cell in known if head.number]
        console.print(Text("  ".join(words), "bold"), soft_wrap=True)
        console.print(Padding(Columns(numbers, padding=(0, 2)), (0, 0, 0, 4)))
