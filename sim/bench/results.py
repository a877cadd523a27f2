"""Tables of figures, for a terminal and for a Markdown file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table as RichTable

ABSENT = "–"
"""A figure that was not measured."""


@dataclass
class Table:
    """Rows of cells; `notes` say what was measured and why something was not."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rich(self) -> Group:
        """For a terminal."""
        table = RichTable(title=self.title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
        for column in self.columns:
            table.add_column(column, overflow="fold")
        for row in self.rows:
            table.add_row(*row)
        return Group(table, *self.notes)

    def markdown(self) -> str:
        """For a document."""
        lines = [f"## {self.title}", "", *self.notes, ""] if self.notes else [f"## {self.title}", ""]
        for row in (self.columns, ["---"] * len(self.columns), *self.rows):
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
        return "\n".join(lines)


@dataclass
class Report:
    """What has been measured: tables in order, and figures by name for the comparison with the goals.

    Each table is printed as soon as it is there.
    """

    console: Console
    tables: list[Table] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def add(self, table: Table) -> None:
        """Take the next table."""
        self.tables.append(table)
        self.console.print(table.rich())


def number(value: float) -> str:
    """`value` with about three digits, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
