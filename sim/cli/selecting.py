"""The options that choose events of a timeline: `--layer`, `--host`, `--from`, `--to`, `--grep`."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

import click

from sim.cli.group import fail
from sim.cli.times import SimulatedTime
from sim.words import no_such

if TYPE_CHECKING:
    from sim.record.selection import Selection
    from sim.scenario.model import Scenario


class Chosen(TypedDict):
    """What was given, None for what was not."""

    layers: str | None
    places: str | None
    begin: int | None
    end: int | None
    pattern: str | None


def selected(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command."""
    for option in (
        click.option("--grep", "pattern", metavar="REGEX", help="Print events with that in their line."),
        click.option("--to", "end", type=SimulatedTime(), help="Print events before an instant."),
        click.option(
            "--from", "begin", type=SimulatedTime(), help='Print events from an instant, "2 ms", on.'
        ),
        click.option(
            "--host", "places", metavar="NAMES", help="Print events of hosts, boxes, cables: pc,hub."
        ),
        click.option("--layer", "layers", metavar="NAMES", help="Print events of layers: tcp,ip."),
    ):
        command = option(command)
    return command


def select(lan: "Scenario | None", chosen: Chosen) -> "Selection | None":
    """What is meant in `lan`, None if nothing was given. Ends with a sentence for what does not exist.

    Of a run that is over there is no `lan`, and whoever reads it finds out which places there are.
    """
    if not any(value is not None for value in chosen.values()):
        return None
    import sim.record.declarations  # noqa: F401 (every layer is known then)
    from journal.kind import KINDS
    from sim.record.selection import Selection

    begin, end = chosen["begin"] or 0, chosen["end"]
    if end is not None and end <= begin:
        fail(2, "--to must be later than --from")
    return Selection(
        _words("layer", chosen["layers"], list(dict.fromkeys(layer for layer, _ in KINDS))),
        _words("host, box or cable", chosen["places"], None if lan is None else _places(lan)),
        1000 * begin,
        None if end is None else 1000 * end,
        _pattern(chosen["pattern"]),
    )


def places(lan: "Scenario", text: str) -> tuple[str, ...]:
    """Hosts, boxes and cables by their names. Ends with a sentence for what does not exist."""
    return _words("host, box or cable", text, _places(lan))


def _places(lan: "Scenario") -> list[str]:
    """Where events may happen: hosts and boxes, their adapters and ports, and cables."""
    names = [host.name for host in lan.hosts] + [socket for host in lan.hosts for socket in host.sockets]
    names += [hub.name for hub in lan.hubs] + [socket for hub in lan.hubs for socket in hub.sockets]
    names += [box.name for box in lan.switches] + [socket for box in lan.switches for socket in box.sockets]
    names += [box.name for box in lan.boxes] + [socket for box in lan.boxes for socket in box.sockets]
    names += [coax.name for coax in lan.coaxes] + [cable.name for cable in lan.cables]
    return list(dict.fromkeys(names if lan.link is None else [*names, "link"]))


def _words(what: str, text: str | None, known: list[str] | None) -> tuple[str, ...]:
    if text is None:
        return ()
    words = tuple(word.strip() for word in text.split(","))
    for word in words:
        if known is not None and word not in known:
            fail(2, no_such(word, what, known, f"there are {', '.join(known)}"))
    return words


def _pattern(text: str | None) -> re.Pattern[str] | None:
    if text is None:
        return None
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        fail(2, f"--grep: {text} is no regular expression: {error}")
