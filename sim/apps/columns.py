"""Tables that programs print: columns as wide as their widest cell."""

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table

_WIDE = 1000
"""Characters; no table is folded."""


def columns(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table. Columns whose name ends in a blank are set flush right."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="", highlight=False)
    for head in heads:
        table.add_column(head.strip(), justify="right" if head.endswith(" ") else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(str, row))
    text = StringIO()
    Console(file=text, width=_WIDE, color_system=None, markup=False, emoji=False).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]
