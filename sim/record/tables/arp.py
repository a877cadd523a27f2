"""`arp`: what each host knows of the stations on its links, like `arp -a`."""

from typing import ClassVar

from journal.event import Event
from journal.kind import Unit
from sim.os.events import SwitchedOff
from sim.record.tables.table import NANOSECONDS, Clock, Column, Table
from stack import events

_GONE = frozenset(
    kind.kind for kind in (events.ArpExpired, events.ArpGaveWay, events.ArpDeleted, events.ArpUnreachable)
)


class Arp(Table):
    """Entries of ARP caches."""

    name = "arp"
    meaning = "the ARP cache of each host, as `arp -a` prints it"
    layers = frozenset({"arp", "host"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("interface", "the interface on whose link the neighbour is"),
        Column("address", "the neighbour's IPv4 address", Unit("IPv4 address")),
        Column("mac", "its station address; none while it is asked for", Unit("MAC address")),
        Column("state", "INCOMPLETE: asked for; REACHABLE: believed; PROBE: asked whether it is still there"),
        Column("age", "time since it was last received from", NANOSECONDS, Clock.AGE, number=True),
        Column("expires", "time until the entry is looked at again", NANOSECONDS, Clock.LEFT, number=True),
    )

    def take(self, event: Event) -> None:
        if event.kind == SwitchedOff.kind and event.layer == SwitchedOff.layer:
            self.drop_place(event.where)
        elif event.kind == events.ArpEntry.kind:
            entry = events.ArpEntry(event.fields)
            key = event.where, entry.interface, entry.address
            self.put(
                key,
                interface=entry.interface,
                address=entry.address,
                mac=entry.mac,
                state=entry.state,
                expires=event.ps + 1000 * entry.expires_in,
            )
            if entry.state == "REACHABLE":
                self.put(key, age=event.ps)
        elif event.kind in _GONE:
            self.drop((event.where, str(event.fields["interface"]), str(event.fields["address"])))
