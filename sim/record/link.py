"""Events of links, read off the lines by which a PHY or a hub's port knows of them.

A link fails and passes at the box, at once or after the link test (clause 14.2.1.7); a driver hears of it
when it looks.
"""

from collections.abc import Callable

from hw.nets import Net
from sim.events import Event

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
        if net.signal in _KINDS and (net.number or net.port == "adapter"):
            return self._change(net.box, net.number, _KINDS[net.signal])
        return None

    def _change(self, box: str, port: int, kinds: tuple[str, str]) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            kind = kinds[value]
            event = (
                Event(ps, box, "phy", f"port {kind}", {"port": port})
                if port
                else Event(ps, box, "phy", kind, {})
            )
            self.events.append(event)

        return change
