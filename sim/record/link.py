"""Events of links, read off the lines by which a PHY or a hub's port knows of them.

A link fails and passes at the box, at once or after the link test (clause 14.2.1.7); a driver hears of it
when it looks.
"""

import re
from collections.abc import Callable

from sim.engine.interface import Net
from sim.events import Event

_LINE = re.compile(r"(.+)\.(?:adapter|port(\d+))\.(link|polarity)")
_KINDS = {
    # line: event when it falls, event when it rises
    "link": ("link failed", "link passed"),
    "polarity": ("polarity normal", "polarity reversed"),
}


class LinkDecoder:
    """Tells what all links do: `events`."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def line(self, net: Net) -> Callable[[int, int], None] | None:
        """Return who takes the changes of `net`; None if it is no link's."""
        match = _LINE.fullmatch(net.name)
        return self._change(match[1], match[2], _KINDS[match[3]]) if match else None

    def _change(self, box: str, port: str | None, kinds: tuple[str, str]) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            kind = kinds[value]
            event = Event(ps, box, "phy", kind, {}) if port is None else _at_port(ps, box, int(port), kind)
            self.events.append(event)

        return change


def _at_port(ps: int, box: str, port: int, kind: str) -> Event:
    return Event(ps, box, "phy", f"port {kind}", {"port": port})
