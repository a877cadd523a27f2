"""`thicknet show`: what is recorded of a finished run, without running it again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
from rich.console import Console

from sim.cli.group import fail, main
from sim.cli.selecting import Chosen, select, selected
from sim.cli.times import SimulatedTime
from sim.words import no_such

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journal.event import Event
    from sim.record.selection import Selection


class _What(click.ParamType[str]):
    """Something that is recorded, or a table; the tables are imported only when one is asked for."""

    name = "what"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """For the first line of the help."""
        return "[WHAT]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Look it up; what does not exist is a sentence."""
        word = str(value)
        if word not in _SHOWN:
            from sim.record.tables.registry import TABLES

            if word not in TABLES:
                known = [*_SHOWN, *TABLES]
                self.fail(no_such(word, "table", known, f"there are {', '.join(known)}"), param, ctx)
        return word


class _Show(click.Command):
    """Its help lists the tables."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """After the options."""
        from sim.record.tables.registry import TABLES

        with formatter.section("Tables"):
            formatter.write_dl([(name, table.meaning) for name, table in TABLES.items()])


@main.command(cls=_Show)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("what", type=_What(), default="story")
@click.option("--at", type=SimulatedTime(), help='The instant of a table, "12.3 ms"; else the end.')
@click.option("--json", "as_json", is_flag=True, help="Print events, or rows, as JSON, one per line.")
@selected
def show(folder: Path, what: str, at: int | None, as_json: bool, **chosen: Unpack[Chosen]) -> None:
    """Show what a run has recorded.

    FOLDER is a run folder, such as runs/web. WHAT is the `story`, what matters, as `thicknet run` prints it;
    all `events`; the `frames` that passed the cables; or a table as it was at an instant (--at), of all hosts
    or some (--host).
    """
    from sim.record.reading import ReadingError, events

    if what not in _SHOWN:
        if any(value is not None for name, value in chosen.items() if name != "places"):
            fail(2, "--layer, --from, --to and --grep choose events; a table has --at and --host")
        from sim.cli.tables import show_table

        try:
            show_table(folder, what, at, chosen["places"], as_json=as_json)
        except ReadingError as error:
            fail(2, str(error))
        return
    if at is not None:
        fail(2, "--at is the instant of a table; --from and --to choose events")
    selection = select(None, chosen)
    shown = events(folder)
    try:
        if selection is not None:
            shown = _chosen(shown, selection)
        _SHOWN[what](shown, as_json)
    except ReadingError as error:
        fail(2, str(error))


def _chosen(events: "Iterator[Event]", selection: "Selection") -> "Iterator[Event]":
    """Those that are selected; a place at which nothing happened is a sentence in the end."""
    places: dict[str, None] = {}
    for event in events:
        places.setdefault(event.where)
        if selection(event):
            yield event
    known = list(dict.fromkeys([*places, *(place.partition(".")[0] for place in places)]))
    for place in selection.places:
        if place not in known:
            fail(2, no_such(place, "host, box or cable", known, f"there are {', '.join(known)}"))


def _story(events: "Iterator[Event]", as_json: bool) -> None:
    from sim.record.digest import Digest

    digest = Digest(_printer(as_json))
    for event in events:
        digest(event)
    if not as_json:
        for line in digest.rest():
            click.echo(line)


def _events(events: "Iterator[Event]", as_json: bool) -> None:
    tell = _printer(as_json)
    for event in events:
        tell(event)


def _frames(events: "Iterator[Event]", as_json: bool) -> None:
    from sim.record.frames import CoaxFragment, CoaxFrame, PairFragment, PairFrame

    kinds = {(kind.layer, kind.kind) for kind in (CoaxFrame, PairFrame, CoaxFragment, PairFragment)}
    _events((event for event in events if (event.layer, event.kind) in kinds), as_json)


_SHOWN = {"story": _story, "events": _events, "frames": _frames}


def _printer(as_json: bool) -> "Callable[[Event], object]":
    import sim.record.declarations  # noqa: F401 (the sentence of every kind is known then)
    from sim.record.json_lines import json_line
    from sim.record.timeline import Timeline

    if as_json:
        return lambda event: sys.stdout.write(json_line(event))
    return Timeline(Console())
