"""The narrated timeline: one line per event, simulated time, place, layer, what happened.

Each kind of event brings its sentence (`journal.kind`). An event that fits no declaration is shown as its
kind and its fields, so that none is lost. Kinds that only repeat what others say have no line; they are in
`events.jsonl`.
"""

from rich.console import Console
from rich.text import Text

from journal.event import Event
from journal.kind import KINDS, plain
from sim.record.printable import printable

_PLACE = 8
"""Columns for a place, at least …"""
_WIDEST = 80
"""… and at most."""
_STYLES = {
    "program": "bold green",
    "host": "bold green",
    "socket": "green",
    "tcp": "cyan",
    "udp": "cyan",
    "dns": "cyan",
    "icmp": "blue",
    "ip": "blue",
    "arp": "blue",
    "driver": "magenta",
    "adapter": "yellow",
    "mac": "yellow",
    "phy": "yellow",
    "cable": "bold yellow",
    "link": "bold yellow",
    "coax": "bold yellow",
    "pair": "bold yellow",
    "hub": "bold yellow",
    "switch": "bold yellow",
}


def clock(ps: int) -> str:
    """Simulated time in microseconds, with the nanoseconds behind the point: `1 234.567 µs`."""
    us, ns = divmod(ps // 1000, 1000)
    return f"{us:,}.{ns:03d} µs".replace(",", " ")


def sentence(event: Event) -> str:
    """What happened, in words."""
    kind = KINDS.get((event.layer, event.kind))
    if kind is not None:
        try:
            return kind.sentence(event.fields)
        except KeyError:
            pass  # it has other fields than declared
    shown = " ".join(f"{name}={plain(value)}" for name, value in event.fields.items())
    return f"{event.kind}: {shown}" if shown else event.kind


def line(event: Event) -> str | None:
    """The event as a plain line of the timeline; None for one that has none."""
    parts = _parts(event)
    return None if parts is None else "{}  {}{}{}".format(*parts)


def _parts(event: Event, width: int = _PLACE) -> tuple[str, str, str, str] | None:
    """Time, place (in `width` columns), layer and what happened; None for an event that has no line."""
    kind = KINDS.get((event.layer, event.kind))
    if kind is not None and kind.quiet:
        return None
    words = printable(sentence(event))
    return (
        f"{clock(event.ps):>18}",
        f"{printable(event.where, _WIDEST):<{width}}  ",
        f"{printable(event.layer, _WIDEST):<9}",
        words,
    )


class Timeline:
    """Prints the events that it is given: coloured on a terminal, plain lines in a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = _PLACE
        """The longest name of a place until now."""

    def __call__(self, event: Event) -> None:
        """Print one event."""
        self._width = max(self._width, min(len(event.where), _WIDEST))
        parts = _parts(event, self._width)
        if parts is None:
            return
        time, where, layer, words = parts
        if (
            not self._console.is_terminal
        ):  # rich takes ten times as long to find that there is nothing to colour
            self._console.file.write(f"{time}  {where}{layer}{words}\n")
            return
        style = _STYLES.get(event.layer, "")
        text = Text.assemble((time, "dim"), "  ", (where, "bold"), (layer, style), words)
        self._console.print(text, soft_wrap=True, highlight=False)
