"""Events of a repeater hub, read off the state of its core and its ports' `partitioned` and `aui_ci`.

Ports are counted under the names of the repeater MIB (RFC 2108): frames, collisions, partitions, and very
long events, which the hub cuts (MAU jabber lockup protection, clause 9.6.5).
"""

from collections import Counter

from hw.nets import Net
from hw.phy.recording import PortLinkDecoder
from hw.recording import Decoder, Recording, Take
from journal.event import Event
from journal.kind import EventKind, Port
from journal.words import counted

VERY_LONG_PS = 4_000_000_000
"""The least Tw3: only what is cut lasts that long."""


class _Hub(EventKind, layer="hub"):
    """An event of a hub."""


class Collision(_Hub, kind="collision"):
    """several ports receive at once: jam to all ports"""


class _Port(_Hub):
    """An event of one port."""

    port: Port


class Repeats(_Port, kind="repeats"):
    """repeats what port {port} receives to all other ports"""


class OnePortLeft(_Port, kind="one port left"):
    """only port {port} still receives: jam to all other ports"""


class Jam(_Port, kind="jam"):
    """port {port} receives a signal that is no frame: jam to all other ports"""


class ReceiveCollision(_Port, kind="receive collision"):
    """a transceiver reports a collision at port {port}: jam to all other ports"""


class PortPartitioned(_Port, kind="port partitioned"):
    """port {port} is partitioned: too many collisions, or one too long"""


class PortJoinedAgain(_Port, kind="port joined again"):
    """port {port} is reconnected"""


class VeryLongEvent(_Port, kind="very long event"):
    """what port {port} receives is cut: it is too long for a frame"""


class FrameRepeated(_Port, kind="frame repeated", quiet=True):
    """the frame from port {port} has been repeated"""


class PortCollision(_Port, kind="port collision"):
    """collision at port {port}"""


_BEGINNINGS = {
    "PREAMBLE": Repeats,
    "TRANSMIT_COLLISION": Collision,
    "ONE_PORT_LEFT": OnePortLeft,
    "RECEIVE_COLLISION": Jam,
}
"""The event of a state that the core enters."""
_PORT_LINES = {
    # line of a port: event when it falls, event when it rises
    "partitioned": (PortJoinedAgain, PortPartitioned),
    "aui_ci": (None, PortCollision),
}
COUNTED = {
    FrameRepeated.kind: "frame",
    PortCollision.kind: "collision",
    PortPartitioned.kind: "partition",
    VeryLongEvent.kind: "very long event",
}
"""Events of one port, and what the summary calls them."""


class HubDecoder(Decoder):
    """What one hub does."""

    def __init__(self, box: str) -> None:
        super().__init__(box)
        self._selected = 0
        self._colliding: set[int] = set()
        """Ports whose MAU reports a collision."""

    def line(self, net: Net) -> Take | None:
        """See `Decoder.line`."""
        if net.port == "core" and net.signal == "selected":
            return self._select
        if net.port == "core" and net.signal == "state":
            return self._state(net)
        if net.number and net.signal in _PORT_LINES:
            return self._port(net)
        return None

    def _select(self, ps: int, value: int) -> None:
        self._selected = value.bit_length()

    def _state(self, net: Net) -> Take:
        before, begun = net.states[net.initial], 0

        def change(ps: int, value: int) -> None:
            nonlocal before, begun
            was, before = before, net.states[value]
            if was in ("IDLE", "START"):
                begun = ps
            if before == "TRANSMIT_COLLISION":
                self.report(ps, Collision)
            elif before == "RECEIVE_COLLISION" and self._selected in self._colliding:
                self.report(ps, ReceiveCollision, port=self._selected)
            elif before in _BEGINNINGS:
                self.report(ps, _BEGINNINGS[before], port=self._selected)
            elif before == "WAIT" and ps - begun >= VERY_LONG_PS:
                self.report(ps, VeryLongEvent, port=self._selected)
            elif before == "WAIT" and was == "DATA":
                self.report(ps, FrameRepeated, port=self._selected)

        return change

    def _port(self, net: Net) -> Take:
        kinds = _PORT_LINES[net.signal]

        def change(ps: int, value: int) -> None:
            kind = kinds[value]
            if net.signal == "aui_ci":
                (self._colliding.add if value else self._colliding.discard)(net.number)
            if kind:
                self.report(ps, kind, port=net.number)

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
        if event.kind == PortPartitioned.kind:
            self._partitioned.add(port)
        elif event.kind == PortJoinedAgain.kind:
            self._partitioned.discard(port)

    def lines(self) -> list[str]:
        """A line for each port that had something to count."""
        lines = []
        for (hub, number), counts in sorted(self._counts.items()):
            words = [counted(counts[noun], noun) for noun in COUNTED.values() if counts[noun]]
            if (hub, number) in self._partitioned:
                words.append("is partitioned")
            lines.append(f"{hub}.{number}: {', '.join(words)}")
        return lines

    def record(self) -> dict[str, dict[str, int | bool]]:
        """The same for a machine."""
        return {
            f"{hub}.{number}": {f"{noun}s": count for noun, count in counts.items()}
            | {"partitioned": (hub, number) in self._partitioned}
            for (hub, number), counts in sorted(self._counts.items())
        }


RECORDING = Recording((HubDecoder, PortLinkDecoder), "hub", PortCounts)
