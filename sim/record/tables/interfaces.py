"""`interfaces`: addresses, link and duplex mode of each host's interfaces, like `ip link` and `ethtool`."""

from collections.abc import Iterable
from typing import ClassVar

from driver import events as driver
from journal.event import Event
from journal.kind import Unit
from sim.events import Plug, Unplug
from sim.os.events import SwitchedOff
from sim.record.tables.table import Column, Key, Table
from stack import events

_PLUGGED = {Unplug.kind: "down", Plug.kind: "up"}


class Interfaces(Table):
    """Interfaces in the order of their attachment, the loopback interface first."""

    name = "interfaces"
    meaning = "the interfaces of each host, as `ip link` and `ethtool` print them"
    layers = frozenset({"ip", "driver", "cable", "host"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("interface", "its name in the host"),
        Column("address", "its IPv4 address, with the length of the network's prefix", Unit("IPv4 address")),
        Column("mac", "its station address, zeros until the driver has read it", Unit("MAC address")),
        Column("mtu", "octets of the longest packet", Unit("octets"), number=True),
        Column("link", "up or down, as the driver saw it last; none: not known"),
        Column("duplex", "half or full, since the link came up last"),
    )

    def take(self, event: Event) -> None:
        if event.layer == "ip":
            if (added := events.InterfaceAdded.of(event)) is not None:
                self.put(
                    (event.where, added.interface),
                    interface=added.interface,
                    address=added.address,
                    mac=added.mac,
                    mtu=added.mtu,
                )
                if self._without_hardware and added.interface != "lo":
                    self.put((event.where, added.interface), link="up")
        elif event.layer == "host":
            if event.kind == SwitchedOff.kind:
                self.drop_place(event.where)
        elif event.layer == "cable":
            if self._without_hardware and event.kind in _PLUGGED:
                self._set(event.where, link=_PLUGGED[event.kind])
        elif (ends := driver.ProbeEnds.of(event)) is not None:
            self._set(event.where, mac=ends.mac)
        elif (up := driver.LinkUp.of(event)) is not None:
            self._set(event.where, link="up", duplex="full" if up.full_duplex else "half")
        elif driver.LinkDown.of(event) is not None:
            self._set(event.where, link="down")

    @property
    def _without_hardware(self) -> bool:
        """Whether hosts are side by side on a [link]: no driver reports on it."""
        return self.manifest is not None and self.manifest.network.link is not None

    def _set(self, end: str, **values: str) -> None:
        """Of the interface that is this end of a cable."""
        key = interface_at(end, self.rows)
        if key is not None:
            self.put(key, **values)


def interface_at(end: str, rows: Iterable[Key]) -> Key | None:
    """The interface that is an end of cables, among `rows` by host and interface: `pc`, `gw.eth0`."""
    host, _, name = end.partition(".")
    found = [key for key in rows if key[0] == host and key[1] != "lo" and name in ("", key[1])]
    return found[0] if found else None
