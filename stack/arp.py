"""Address resolution (RFC 826) with a cache that ages (RFC 1122 section 2.3.2).

An entry is made by a packet to send (INCOMPLETE: requests go out, packets wait) or by somebody's
request for us (REACHABLE: whoever asks will be answered next). A reply alone never makes one.
Confirmed entries are believed for a lifetime; then an entry that was used is asked again by unicast
while packets still flow (PROBE), and one that was not is forgotten.
"""

from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from journal.kind import EventKind
from stack import events
from stack.environment import Environment
from stack.gateways import DeadGateways
from stack.interface import Interface
from stack.send_memory import Charge, true_size
from stack.wire import arp, ethernet
from stack.wire.address import dotted, is_loopback, is_multicast
from stack.wire.error import WireError

if TYPE_CHECKING:
    from stack.claim import AddressClaim

_UNKNOWN = bytes(6)


class State(Enum):
    """Of a cache entry; the words are those of neighbour discovery (RFC 4861 section 7.3.2)."""

    INCOMPLETE = "INCOMPLETE"
    REACHABLE = "REACHABLE"
    PROBE = "PROBE"


class Entry:
    """What is known of one neighbour. `mac` is meaningless while INCOMPLETE."""

    def __init__(self, cache: "ArpCache", address: int, environment: Environment) -> None:
        self.address = address
        self.state = State.INCOMPLETE
        self.mac = _UNKNOWN
        self.used = False
        self.attempts = 0
        self.quiet_until = 0
        """Before this instant it is not asked again."""
        self.waiting: deque[tuple[bytes, Charge | None]] = deque()
        self.octets = 0
        """Send memory that the waiting packets take up."""
        self.timer = environment.timer(lambda: cache.expire(self))


class Neighbour(NamedTuple):
    """A row of the table that `arp -a` shows. `expires` is when the entry is looked at again (ns)."""

    interface: str
    address: str
    mac: str | None
    state: str
    expires: int | None


class ArpCache:
    """The neighbours on one interface. `unreachable` is called with each packet that cannot be sent.

    `gateways` is given who does not answer, and who does.
    """

    def __init__(
        self,
        environment: Environment,
        interface: Interface,
        unreachable: Callable[[bytes], None],
        gateways: DeadGateways,
    ) -> None:
        self._environment = environment
        self._interface = interface
        self._unreachable = unreachable
        self._gateways = gateways
        self.entries: dict[int, Entry] = {}
        self.claim: AddressClaim | None = None
        """Of the interface's address, where conflicts are looked for."""

    def send(self, next_hop: int, packet: bytes, charge: Charge | None = None) -> None:
        """Send an IP packet to the neighbour `next_hop`, now or when its address is known."""
        entry = self.entries.get(next_hop)
        if entry is not None and entry.state is not State.INCOMPLETE:
            entry.used = True
            if self._environment.traced:
                self._event(events.ArpFound, address=dotted(next_hop), mac=ethernet.mac_text(entry.mac))
            self._interface.transmit(entry.mac, ethernet.IPV4, packet, charge)
            return
        if entry is None:
            entry = self._enter(next_hop)
            if self._environment.traced:
                self._event(events.ArpNotFound, address=dotted(next_hop))
            self._request(entry)
        while entry.octets >= self._environment.parameters.arp_queue:
            oldest, its_charge = entry.waiting.popleft()
            entry.octets -= true_size(len(oldest))
            _uncharge(its_charge)
            self._event(
                events.ArpDrop, reason="queue for an unresolved address is full", address=dotted(next_hop)
            )
        entry.waiting.append((packet, charge))
        entry.octets += true_size(len(packet))

    def receive(self, octets: bytes) -> None:
        """RFC 826, "Packet Reception"."""
        try:
            message = arp.parse(octets)
        except WireError as error:
            self._event(events.ArpDrop, reason=str(error))
            return
        own = self._interface.address if self._interface.usable else None
        request = message.operation == arp.REQUEST
        self._event(
            events.ArpRequestReceived if request else events.ArpReplyReceived,
            sender=dotted(message.sender),
            sender_mac=ethernet.mac_text(message.sender_mac),
            target=dotted(message.target),
        )
        if self.claim is not None and self.claim.receive(message):
            return
        if message.sender_mac == self._interface.mac:  # section 2.4 of RFC 5227: of no other host
            self._event(events.ArpDrop, reason="its own message has come back", sender=dotted(message.sender))
            return
        if own is not None and message.sender == own:
            # RFC 5227 section 2.4: somebody else uses our address.
            self._event(events.ArpConflict, address=dotted(own), mac=ethernet.mac_text(message.sender_mac))
            return
        if message.sender_mac[0] & 1:
            self._event(events.ArpDrop, reason="ARP sender is a group address")
            return
        if (
            is_loopback(message.sender)
            or is_multicast(message.sender)
            or message.sender in self._interface.broadcasts
        ):
            # RFC 1122 section 3.2.1.3: no host on a link has such an address.
            self._event(
                events.ArpDrop, reason="ARP sender is no host's address", sender=dotted(message.sender)
            )
            return
        entry = self.entries.get(message.sender)
        if entry is None and message.operation == arp.REQUEST and message.target == own and message.sender:
            entry = self._enter(message.sender)
        if entry is not None:
            self._confirm(entry, message.sender_mac)
        elif message.operation == arp.REPLY:
            self._event(events.ArpDrop, reason="unsolicited ARP reply", sender=dotted(message.sender))
        if message.operation == arp.REQUEST and message.target == own:
            self._send(arp.REPLY, message.sender_mac, message.sender_mac, message.sender)

    def doubt(self, address: int) -> None:
        """Ask a neighbour whether it is still there, before its entry ages.

        Many may doubt it at once: it is asked as often as any other (RFC 1122 section 2.3.2.1).
        """
        entry = self.entries.get(address)
        if entry is None or entry.state is not State.REACHABLE:
            return
        if self._environment.now >= entry.quiet_until:
            self._probe(entry)

    def rows(self) -> Iterator[Neighbour]:
        """The entries, the longest known first."""
        for entry in self.entries.values():
            mac = None if entry.state is State.INCOMPLETE else ethernet.mac_text(entry.mac)
            deadline = entry.timer.deadline
            yield Neighbour(self._interface.name, dotted(entry.address), mac, entry.state.value, deadline)

    def expire(self, entry: Entry) -> None:
        """The entry's timer: time to ask again, to give up, or to forget."""
        if entry.state is State.REACHABLE and not entry.used:
            self._forget(entry, events.ArpExpired)
        elif entry.state is State.REACHABLE:
            self._probe(entry)
        elif entry.attempts < self._environment.parameters.arp_attempts:
            self._request(entry)
        else:
            self._gateways.silent(self._interface, entry.address)
            self._give_up(entry, events.ArpUnreachable)

    def delete(self, address: int) -> bool:
        """Forget a neighbour; whether it was known, or asked for."""
        entry = self.entries.get(address)
        if entry is not None:
            self._give_up(entry, events.ArpDeleted)
        return entry is not None

    def _probe(self, entry: Entry) -> None:
        entry.state = State.PROBE
        entry.attempts = 0
        self._request(entry)

    def _request(self, entry: Entry) -> None:
        entry.attempts += 1
        entry.quiet_until = self._environment.now + self._environment.parameters.arp_retry_interval
        entry.timer.arm(entry.quiet_until)
        self._show(entry)
        probe = entry.state is State.PROBE
        self._send(arp.REQUEST, entry.mac if probe else ethernet.BROADCAST, _UNKNOWN, entry.address)

    def _confirm(self, entry: Entry, mac: bytes) -> None:
        if entry.state is not State.REACHABLE or entry.mac != mac:
            self._event(events.ArpResolved, address=dotted(entry.address), mac=ethernet.mac_text(mac))
        self._gateways.heard(self._interface, entry.address)
        entry.state = State.REACHABLE
        entry.mac = mac
        entry.used = bool(entry.waiting)
        entry.timer.arm(self._environment.now + self._environment.parameters.arp_lifetime)
        self._show(entry)
        waiting, entry.waiting = entry.waiting, deque()
        entry.octets = 0
        for packet, charge in waiting:
            self._interface.transmit(mac, ethernet.IPV4, packet, charge)

    def _enter(self, address: int) -> Entry:
        """A new entry; one that nobody uses, or the oldest, gives way if there are too many."""
        if len(self.entries) >= self._environment.parameters.arp_entries:
            idle = (one for one in self.entries.values() if one.state is State.REACHABLE and not one.used)
            self._give_way(next(idle, next(iter(self.entries.values()))))
        entry = self.entries[address] = Entry(self, address, self._environment)
        return entry

    def _give_way(self, entry: Entry) -> None:
        """RFC 1122 section 2.4: that there is no entry does not make a host unreachable."""
        self._forget(entry, events.ArpGaveWay)
        for _, charge in entry.waiting:
            _uncharge(charge)
            self._event(
                events.ArpDrop,
                reason="entry of an unresolved address gave way",
                address=dotted(entry.address),
            )

    def _give_up(self, entry: Entry, why: type[EventKind]) -> None:
        self._forget(entry, why)
        for packet, charge in entry.waiting:
            _uncharge(charge)
            self._unreachable(packet)

    def _forget(self, entry: Entry, why: type[EventKind]) -> None:
        entry.timer.retire()
        del self.entries[entry.address]
        self._event(why, address=dotted(entry.address))

    def _show(self, entry: Entry) -> None:
        """Report its row of the table."""
        if not self._environment.traced:
            return
        known = entry.state is not State.INCOMPLETE
        self._environment.emit(
            events.ArpEntry,
            interface=self._interface.name,
            address=dotted(entry.address),
            state=entry.state.value,
            mac=ethernet.mac_text(entry.mac) if known else None,
            expires_in=(entry.timer.deadline or 0) - self._environment.now,
        )

    def _send(self, operation: int, destination: bytes, target_mac: bytes, target: int) -> None:
        own = self._interface
        message = arp.Message(operation, own.mac, own.address, target_mac, target)
        kind = events.ArpRequestSent if operation == arp.REQUEST else events.ArpReplySent
        self._event(kind, target=dotted(target), to=ethernet.mac_text(destination))
        own.transmit(destination, ethernet.ARP, message.pack())

    def _event(self, kind: type[EventKind], **fields: str) -> None:
        self._environment.emit(kind, interface=self._interface.name, **fields)


def _uncharge(charge: Charge | None) -> None:
    if charge is not None:
        sender, octets, mark = charge
        sender.uncharge(octets, mark)
