"""`thicknet show`: what is recorded of a finished run, without running it again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
from rich.console import Console

from sim.cli.group import fail, main
from sim.cli.selecting import Chosen, select, selected
from sim.words import no_such

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journal.event import Event
    from sim.record.selection import Selection


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("what", type=click.Choice(["story", "events", "frames"]), default="story")
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON, one per line.")
@selected
def show(folder: Path, what: str, as_json: bool, **chosen: Unpack[Chosen]) -> None:
    """Show what a run has recorded.

    FOLDER is a run folder, such as runs/web. Shown is the story: what matters, as `thicknet run` prints it;
    all `events`; or the `frames` that passed the cables.
    """
    from sim.record.reading import ReadingError, events

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
