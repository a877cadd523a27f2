"""`counters`: what each adapter's driver, and each port of a hub or switch, has counted.

A driver's counters begin with its probe. They are those of `ethtool -S`, as far as the driver reports what it
counts when it has looked through its rings.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import ClassVar

from driver import events as driver
from hw.hub import recording as hub
from hw.switch import recording as switch
from journal.event import Event
from journal.kind import Unit
from sim.os.events import SwitchedOff
from sim.record.manifest import Manifest
from sim.record.tables.table import Column, Key, Table

_OCTETS = Unit("octets")
_OF_SWITCH = {
    switch.ReceivedSoFar.kind: "received",
    switch.SentSoFar.kind: "sent",
    switch.CollisionsSoFar.kind: "collisions",
    switch.LateCollision.kind: "late_collisions",
    switch.FrameWithAnError.kind: "receive_errors",
    switch.FrameNotSent.kind: "transmit_errors",
    switch.NoBuffer.kind: "missed",
    switch.QueueFull.kind: "queue_full",
    switch.FrameWaitedTooLong.kind: "too_late",
    switch.FilteredSoFar.kind: "filtered",
}
_OF_HUB = {hub.FrameRepeated.kind: "received", hub.PortCollision.kind: "collisions"}
_OF_DRIVER = (
    *("received", "received_octets", "receive_errors", "missed"),
    *("sent", "sent_octets", "transmit_errors", "dropped", "collisions", "late_collisions", "deferred"),
)
_COUNTED = (
    ("received", "frames received whole; of a hub's port: repeated"),
    ("sent", "frames transmitted"),
    ("collisions", "collisions; of an adapter those of its own transmissions"),
    ("late_collisions", "frames that were given up since the slot time was over"),
    ("deferred", "frames that had to wait for the medium"),
    ("receive_errors", "frames received with an error: FCS, alignment, length"),
    ("transmit_errors", "frames that could not be transmitted, whatever the reason"),
    ("missed", "frames for which there was no receive buffer"),
    ("dropped", "frames that an adapter's transmit queue, or a switch's, did not take or discarded"),
    ("filtered", "frames that a switch forwards to no other port"),
)


class Counters(Table):
    """Rows by host or box and then by adapter or port."""

    name = "counters"
    meaning = "what each adapter, and each port of a hub or switch, has counted, as `ethtool -S` prints it"
    layers = frozenset({"driver", "hub", "switch", "host"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("port", "the adapter, or the port of a box, as the end of a cable"),
        *(Column(name, meaning, number=True) for name, meaning in _COUNTED),
        Column("received_octets", "of the frames received, from destination to data", _OCTETS, number=True),
        Column("sent_octets", "of the frames transmitted", _OCTETS, number=True),
    )

    def __init__(self, manifest: Manifest | None = None) -> None:
        super().__init__(manifest)
        self._under_way: defaultdict[str, deque[int]] = defaultdict(deque)
        """By adapter: octets of the frames that it has and has not reported on."""

    def take(self, event: Event) -> None:
        if event.layer == "driver":
            self._of_driver(event)
        elif event.layer == "host":
            if event.kind == SwitchedOff.kind:
                self.drop_place(event.where)
        elif event.kind in _OF_HUB and event.layer == "hub":
            self._add(self._port(event, _OF_HUB.values()), _OF_HUB[event.kind])
        elif event.layer == "switch" and event.kind in _OF_SWITCH:
            names = (*_OF_SWITCH.values(), "dropped")
            self._of_switch(self._port(event, names), _OF_SWITCH[event.kind], int(event.fields["count"] or 0))

    def ordered(self) -> Iterable[Key]:
        def order(key: Key) -> tuple[str, str, int, str]:
            place, port = key
            box, _, number = port.rpartition(".")
            return place, box, int(number) if number.isdigit() else 0, number

        return sorted(self.rows, key=order)

    def _port(self, event: Event, names: Iterable[str]) -> Key:
        return self._row(event.where, f"{event.where}.{event.fields['port']}", names)

    def _row(self, place: str, port: str, names: Iterable[str]) -> Key:
        """A row whose counters have these names, which others do not have."""
        key = place, port
        if key not in self.rows:
            self.put(key, port=port)
            self.rows[key] |= dict.fromkeys(names, 0)
        return key

    def _add(self, key: Key, name: str, number: int = 1) -> None:
        count = self.rows[key][name]
        assert isinstance(count, int)
        self.put(key, **{name: count + number})

    def _of_switch(self, key: Key, name: str, count: int) -> None:
        """A switch's ports say how much it is; frames are dropped for two reasons."""
        self.put(key, **{name: count})
        if name in ("queue_full", "too_late"):
            row = self.rows[key]
            self.put(key, dropped=int(row.get("queue_full") or 0) + int(row.get("too_late") or 0))

    def _of_driver(self, event: Event) -> None:
        end = event.where
        key = self._row(end.partition(".")[0], end, _OF_DRIVER)
        kind, fields = event.kind, event.fields
        if kind == driver.ProbeBegins.kind:
            self.put(key, **dict.fromkeys(_OF_DRIVER, 0))
            self._under_way[end].clear()
        elif kind == driver.FrameReceived.kind:
            self._add(key, "received")
            self._add(key, "received_octets", int(fields["octets"] or 0))
        elif kind == driver.FrameToAdapter.kind:
            self._under_way[end].append(int(fields["octets"] or 0))
        elif kind in (driver.FrameSent.kind, driver.FrameLost.kind):
            octets = self._under_way[end].popleft() if self._under_way[end] else 0
            self._add(key, "collisions", int(fields["collisions"] or 0))
            self._add(key, "deferred", bool(fields["deferred"]))
            if kind == driver.FrameSent.kind:
                self._add(key, "sent")
                self._add(key, "sent_octets", octets)
            else:
                self._add(key, "transmit_errors")
                self._add(key, "late_collisions", fields["reason"] == "late collision")
        elif kind == driver.ReceivedFrameDropped.kind:
            self._add(key, "receive_errors")
        elif kind == driver.FrameMissed.kind:
            self._add(key, "missed")
        elif kind in (driver.FrameDropped.kind, driver.FrameRefused.kind):
            self._add(key, "dropped")
