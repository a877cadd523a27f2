"""`hub` and `ports`: the state of each port of hubs, and of switches."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from hw.hub import recording as hub
from hw.phy import recording as phy
from hw.switch import recording as switch
from journal.event import Event
from journal.kind import Unit
from sim.record.manifest import Box, Manifest
from sim.record.tables.table import Column, Key, Table

_PORT = Unit("port of the box, from 1")
_LINK = Column("link", "up or down since that changed last; none: as at the beginning")
_CABLE = Column("cable", "the cable that is plugged in; none: not known")


class _Ports(Table):
    """Ports of the boxes of one kind; all of them are there from the beginning if `run.json` names them."""

    kind: ClassVar[str]
    beginning: ClassVar[dict[str, int | bool | str | None]]

    def __init__(self, manifest: Manifest | None = None) -> None:
        super().__init__(manifest)
        for box in self._boxes():
            for number in range(1, box.ports + 1):
                self.put(self._key(box.name, number), **self._first(box, number))

    def take(self, event: Event) -> None:
        if "port" not in event.fields or (event.layer == "phy" and event.where not in self.places()):
            return
        key = self._key(event.where, int(event.fields["port"] or 0))
        if event.kind == phy.PortLinkFailed.kind:
            self.put(key, link="down")
        elif event.kind == phy.PortLinkPassed.kind:
            self.put(key, link="up")
        elif event.layer == self.kind:
            self.of_port(key, event)

    @abstractmethod
    def of_port(self, key: Key, event: Event) -> None:
        """Take an event of the box about one port."""

    def ordered(self) -> Iterable[Key]:
        return sorted(self.rows, key=lambda key: (key[0], int(key[1])))

    def places(self) -> tuple[str, ...]:
        return tuple(box.name for box in self._boxes())

    def _boxes(self) -> Iterable[Box]:
        boxes = () if self.manifest is None else self.manifest.network.boxes
        return (box for box in boxes if box.kind == self.kind)

    def _key(self, box: str, number: int) -> Key:
        key = box, str(number)
        if key not in self.rows:
            self.put(key, port=number, cable=self._cable(f"{box}.{number}"), **self.beginning)
        return key

    def _first(self, box: Box, number: int) -> dict[str, str]:
        """What `run.json` says in addition of a port's state at the beginning."""
        return {}

    def _cable(self, end: str) -> str | None:
        if self.manifest is None:
            return None
        network = self.manifest.network
        ends = [(end, cable.name) for cable in network.cables for end in cable.ends]
        ends += [(tap.end, coax.name) for coax in network.coaxes for tap in coax.taps]
        return dict(ends).get(end)


class HubPorts(_Ports):
    """Clause 9.6.6: a port with too many collisions is partitioned."""

    name = kind = "hub"
    meaning = "ports of each hub: partitioned or not, and what was counted (RFC 2108)"
    layers = frozenset({"hub", "phy"})
    beginning: ClassVar = {
        "partitioned": False,
        "frames": 0,
        "collisions": 0,
        "partitions": 0,
        "very_long": 0,
    }
    columns: ClassVar[tuple[Column, ...]] = (
        Column("port", "its number", _PORT, number=True),
        _CABLE,
        _LINK,
        Column("partitioned", "whether it is disconnected for its collisions"),
        Column("frames", "frames from it that were repeated", number=True),
        Column("collisions", "collisions that its transceiver has reported", number=True),
        Column("partitions", "how often it was partitioned", number=True),
        Column("very_long", "what was cut since it was too long for a frame", number=True),
    )

    def of_port(self, key: Key, event: Event) -> None:
        if event.kind == hub.PortPartitioned.kind:
            self.put(key, partitioned=True)
        elif event.kind == hub.PortJoinedAgain.kind:
            self.put(key, partitioned=False)
        counted = {
            hub.FrameRepeated.kind: "frames",
            hub.PortCollision.kind: "collisions",
            hub.PortPartitioned.kind: "partitions",
            hub.VeryLongEvent.kind: "very_long",
        }
        if event.kind in counted:
            name = counted[event.kind]
            self.put(key, **{name: int(self.rows[key][name] or 0) + 1})


class SwitchPorts(_Ports):
    """Duplex mode and flow control."""

    name = "ports"
    kind = "switch"
    meaning = "ports of each switch: duplex mode, flow control, collisions"
    layers = frozenset({"switch", "phy"})
    beginning: ClassVar = {"duplex": "half", "paused": False, "collisions": 0}
    columns: ClassVar[tuple[Column, ...]] = (
        Column("port", "its number", _PORT, number=True),
        _CABLE,
        _LINK,
        Column("duplex", "half or full"),
        Column("paused", "whether its peer has asked it to pause"),
        Column("collisions", "collisions of its transmissions", number=True),
    )

    def of_port(self, key: Key, event: Event) -> None:
        if event.kind == switch.DuplexMode.kind:
            self.put(key, duplex="full" if event.fields["full_duplex"] else "half")
        elif event.kind in (switch.IsPaused.kind, switch.GoesOn.kind):
            self.put(key, paused=event.kind == switch.IsPaused.kind)
        elif event.kind == switch.CollisionsSoFar.kind:
            self.put(key, collisions=event.fields["count"])

    def _first(self, box: Box, number: int) -> dict[str, str]:
        """A port that negotiates is in half duplex until it has."""
        return {"duplex": "full"} if box.duplex[number - 1] == "full" else {}
