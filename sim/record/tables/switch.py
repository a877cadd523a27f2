"""`switch`: the address table of each switch. An entry that has aged is gone without an event."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from hw.switch import recording as switch
from journal.event import Event
from journal.kind import Unit
from sim.record.tables.table import NANOSECONDS, Clock, Column, Key, Row, Table

_LEARNT = (switch.Learns.kind, switch.StationMoved.kind)
_RELAYED = (switch.Forwards.kind, switch.Floods.kind, switch.Filters.kind)
AGEING_NS = 300_000_000_000
"""802.1D's default, for a run of which nothing is known."""


class Addresses(Table):
    """A row for each station that a switch has learnt."""

    name = "switch"
    meaning = "the address table of each switch: stations, ports, ages"
    layers = frozenset({"switch"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("station", "its address", Unit("MAC address")),
        Column(
            "port",
            "the port at which its last frame came in",
            Unit("port of the switch, from 1"),
            number=True,
        ),
        Column("end", "the adapter that has this address; none: not known"),
        Column("age", "time since it was last received from", NANOSECONDS, Clock.AGE, number=True),
    )

    def take(self, event: Event) -> None:
        if event.kind in _LEARNT:
            station = str(event.fields["station"])
            self.put(
                (event.where, station),
                station=station,
                port=event.fields["port"],
                end=self._end(station),
                age=event.ps,
            )
        elif event.kind in _RELAYED:
            key = event.where, str(event.fields["source"])
            if key in self.rows and self.rows[key]["port"] == event.fields["port"]:
                self.put(key, age=event.ps)

    def at(self, ps: int) -> Iterator[tuple[str, Row]]:
        for place, row in super().at(ps):
            age = row["age"]
            if isinstance(age, int) and age <= self._ageing(place):
                yield place, row

    def ordered(self) -> Iterable[Key]:
        return sorted(self.rows)

    def places(self) -> tuple[str, ...]:
        boxes = () if self.manifest is None else self.manifest.network.boxes
        return tuple(box.name for box in boxes if box.kind == "switch")

    def _ageing(self, place: str) -> int:
        boxes = () if self.manifest is None else self.manifest.network.boxes
        return next((box.ageing_ns for box in boxes if box.name == place and box.ageing_ns), AGEING_NS)

    def _end(self, station: str) -> str | None:
        hosts = () if self.manifest is None else self.manifest.network.hosts
        return next((one.end for host in hosts for one in host.interfaces if one.mac == station), None)
