"""`route`: the routing table of each host, like `route -n`."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import ClassVar

from journal.event import Event
from journal.kind import Unit
from sim.os.events import SwitchedOff
from sim.record.tables.table import Column, Key, Table
from stack import events

_ADDRESS = Unit("IPv4 address")


class Routes(Table):
    """Rows of routing tables, best first."""

    name = "route"
    meaning = "the routing table of each host, best row first, as `route -n` prints it"
    layers = frozenset({"ip", "host"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("destination", "the network that the row leads to", _ADDRESS),
        Column("mask", "its netmask", _ADDRESS),
        Column("gateway", "the neighbour that packets go to; none: the destination itself", _ADDRESS),
        Column(
            "flags",
            "U: up, or !: its gateway does not answer; G: by a gateway; H: to one host; D: by a redirect",
        ),
        Column("metric", "of rows to the same network the lowest is preferred", number=True),
        Column("interface", "the interface that packets leave by"),
    )

    def take(self, event: Event) -> None:
        place = event.where
        if (added := events.RouteAdded.of(event)) is not None:
            try:
                network = IPv4Network(added.destination)
            except ValueError:  # a damaged file
                return
            flags = "U" + "G" * (added.gateway is not None) + "H" * (network.prefixlen == 32)
            self.put(
                self._new(place, added),
                destination=str(network.network_address),
                mask=str(network.netmask),
                gateway=added.gateway,
                flags=flags,
                metric=added.metric,
                interface=added.interface,
            )
        elif (removed := events.RouteRemoved.of(event)) is not None:
            for key in self._alike(place, removed)[:1]:
                self.drop(key)
        elif event.kind in (events.GatewayIsDead.kind, events.GatewayMayBeAlive.kind):
            dead = event.kind == events.GatewayIsDead.kind
            for key, row in self.rows.items():
                if (place, event.fields["gateway"], event.fields["interface"]) == (
                    key[0],
                    row["gateway"],
                    row["interface"],
                ):
                    flags = str(row["flags"])
                    self.put(key, flags=flags.replace("U", "!") if dead else flags.replace("!", "U"))
        elif (redirected := events.Redirected.of(event)) is not None:
            for key in self.rows:
                if key[0] == place and key[1] == f"{redirected.destination}/32":
                    self.put(key, flags=str(self.rows[key]["flags"]).replace("D", "") + "D")
        elif (event.layer, event.kind) == (SwitchedOff.layer, SwitchedOff.kind):
            self.drop_place(place)

    def ordered(self) -> Iterable[Key]:
        def order(key: Key) -> tuple[str, int, int]:
            metric = self.rows[key]["metric"]
            assert isinstance(metric, int)
            return key[0], -IPv4Network(key[1]).prefixlen, metric

        return sorted(self.rows, key=order)

    def _alike(self, place: str, row: events.RouteAdded | events.RouteRemoved) -> list[Key]:
        same = (place, row.destination, row.gateway or "", row.interface, str(row.metric))
        return [key for key in self.rows if key[:5] == same]

    def _new(self, place: str, row: events.RouteAdded) -> Key:
        """A row may be there twice."""
        number = 1 + max((int(key[5]) for key in self._alike(place, row)), default=0)
        return place, row.destination, row.gateway or "", row.interface, str(row.metric), str(number)
