"""Events of a repeater hub, read off the state of its core and its ports' `partitioned` and `aui_ci`.

What ports are counted for has the names of the repeater MIB (RFC 2108): frames, collisions, partitions, and
very long events, which the hub cuts (MAU jabber lockup protection, clause 9.6.5).
"""

from collections import Counter
from collections.abc import Callable

from hw.nets import Net
from sim.events import Event
from sim.words import counted

_PORT_KINDS = {
    # line of a port: event when it rises, event when it falls
    "partitioned": ("port partitioned", "port joined again"),
    "aui_ci": ("port collision", ""),
}
_BEGINNINGS = {
    "PREAMBLE": "repeats",
    "TRANSMIT_COLLISION": "collision",
    "ONE_PORT_LEFT": "one port left",
    "RECEIVE_COLLISION": "jam",
}
VERY_LONG_PS = 4_000_000_000
"""The least Tw3: only what is cut lasts so long."""
COUNTED = {
    "frame repeated": "frame",
    "port collision": "collision",
    "port partitioned": "partition",
    "very long event": "very long event",
}
"""Events of one port, and what the summary calls them."""


class HubDecoder:
    """Tells what all hubs do: `events`, in the order of time for each hub."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._selected: dict[str, int] = {}

    def line(self, net: Net) -> Callable[[int, int], None] | None:
        """Return who takes the changes of `net`; None if it is nothing of a hub's."""
        if net.port == "core" and net.signal == "selected":
            return self._select(net.box)
        if net.port == "core" and net.signal == "state":
            return self._state(net.box, net)
        if net.number and net.signal in _PORT_KINDS:
            return self._port(net.box, net.number, *_PORT_KINDS[net.signal])
        return None

    def _select(self, hub: str) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            self._selected[hub] = value.bit_length()

        return change

    def _state(self, hub: str, net: Net) -> Callable[[int, int], None]:
        before, begun = net.states[net.initial], 0

        def tell(ps: int, kind: str) -> None:
            fields = {} if kind == "collision" else {"port": self._selected[hub]}
            self.events.append(Event(ps, hub, "hub", kind, fields))

        def change(ps: int, value: int) -> None:
            nonlocal before, begun
            was, before = before, net.states[value]
            if was in ("IDLE", "START"):
                begun = ps
            if before in _BEGINNINGS:
                tell(ps, _BEGINNINGS[before])
            elif before == "WAIT" and ps - begun >= VERY_LONG_PS:
                tell(ps, "very long event")
            elif before == "WAIT" and was == "DATA":
                tell(ps, "frame repeated")

        return change

    def _port(self, hub: str, port: int, rising: str, falling: str) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            kind = rising if value else falling
            if kind:
                self.events.append(Event(ps, hub, "hub", kind, {"port": port}))

        return change


class PortCounts:
    """What the ports of hubs were counted for, from those events: by `hub.3`, in the order of ports."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], Counter[str]] = {}
        self._partitioned: set[tuple[str, int]] = set()

    def __call__(self, event: Event) -> None:
        """Count one event of a hub."""
        port = (event.where, int(event.fields.get("port") or 0))
        if event.kind in COUNTED:
            self._counts.setdefault(port, Counter())[COUNTED[event.kind]] += 1
        if event.kind == "port partitioned":
            self._partitioned.add(port)
        elif event.kind == "port joined again":
            self._partitioned.discard(port)

    def lines(self) -> list[str]:
        """A line for each port that had something to count."""
        lines = []
        for (hub, number), counts in sorted(self._counts.items()):
            told = [counted(counts[noun], noun) for noun in COUNTED.values() if counts[noun]]
            if (hub, number) in self._partitioned:
                told.append("is partitioned")
            lines.append(f"{hub}.{number}: {', '.join(told)}")
        return lines

    def record(self) -> dict[str, dict[str, int | bool]]:
        """The same for a machine."""
        return {
            f"{hub}.{number}": {f"{noun}s": count for noun, count in counts.items()}
            | {"partitioned": (hub, number) in self._partitioned}
            for (hub, number), counts in sorted(self._counts.items())
        }
