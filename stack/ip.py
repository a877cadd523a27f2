"""IPv4 (RFC 791, RFC 1122 section 3): packets between the links below and the protocols above.

Out: a route gives interface, next hop and source address; what is larger than the MTU is cut into
fragments; ARP finds the station. In: the header is checked, the destination must be one of ours,
fragments wait for each other, the protocol gets the rest. Packets to own addresses go through the
loopback queue and never touch an adapter.
"""

import errno
from collections import deque
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from journal.kind import EventKind
from stack import events
from stack.arp import ArpCache
from stack.claim import AddressClaim
from stack.control import Arrival
from stack.environment import Environment
from stack.errors import NEIGHBOUR_SILENT, Fault, os_error
from stack.forwarding import ErrorSender, Forwarder
from stack.fragments import Reassembly, fragment, piece_fields
from stack.gateways import DeadGateways
from stack.interface import Interface
from stack.path_mtu import PathMtus
from stack.redirects import Redirects
from stack.routes import RoutingTable
from stack.send_memory import Charge, Sender, true_size
from stack.wire import ethernet, icmp, ipv4, ipv4_options
from stack.wire.address import (
    ANY,
    BROADCAST,
    LOOPBACK,
    dotted,
    is_loopback,
    is_multicast,
    is_this_network,
)
from stack.wire.error import WireError

if TYPE_CHECKING:
    from collections.abc import Callable


class Path(NamedTuple):
    """How a destination is reached."""

    interface: Interface
    next_hop: int
    source: int


Outgoing = tuple[Interface, bytes, Charge | None]
"""A frame for a link, and what it takes of its sender's send memory until it has left."""
Came = tuple[Interface, ipv4.Header]
"""By which interface a packet came, and its header."""


class Transport(Protocol):
    """What IP needs of a protocol above it (`stack.protocol.IpProtocol`)."""

    name: ClassVar[str]
    """In events."""

    def receive(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        """A whole datagram for this host; `group` when it was broadcast on the link or by address."""

    def fault(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        """A packet that this protocol sent did not arrive.

        `payload` is as much of it as was quoted: its first 8 octets at least, if who quotes obeys RFC 792.
        """


class Ip:
    """The IP layer of one host."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.routes = RoutingTable(environment.emit)
        self.interfaces: list[Interface] = []
        self.neighbours: dict[Interface, ArpCache] = {}
        self.transports: dict[int, Transport] = {}
        self.send_error: ErrorSender = lambda *_, **__: None
        self.join: Callable[[Interface, int], None] = lambda *_: None
        self.leave: Callable[[Interface, int], None] = lambda *_: None
        """A socket becomes a member of a group on an interface, or is one no longer (`stack.igmp`)."""
        self.path_mtus = PathMtus(environment)
        self.redirects = Redirects(environment, self.routes)
        self._gateways = DeadGateways(environment, self.routes)
        self.forwarder = Forwarder(environment, self.routes, self._send_packet)
        self._addresses: set[int] = set()
        self._broadcasts: set[int] = set()
        self.outgoing: list[Outgoing] = []
        """The frames made since the last call of `frames`."""
        self._looped: deque[tuple[Interface, bytes, bool]] = deque()
        self._identification = environment.random.getrandbits(16)
        self._reassembly = Reassembly(
            environment,
            lambda header, payload: self.send_error(
                header, payload, icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED, False
            ),
        )
        self.loopback = Interface(
            "lo", bytes(6), IPv4Interface("127.0.0.1/8"), environment.parameters.loopback_mtu, self._transmit
        )
        self._append(self.loopback)
        self.arrived = self.loopback
        """By which the packet under way has come."""
        self._enable(self.loopback)

    def add_interface(self, name: str, mac: bytes, address: IPv4Interface, mtu: int) -> Interface:
        """Attach to a link and add the route to its network."""
        interface = Interface(name, mac, address, mtu, self._transmit)
        cache = ArpCache(self._environment, interface, self._neighbour_silent, self._gateways)
        self.neighbours[interface] = cache
        self._append(interface)
        if self._environment.parameters.conflict_detection:
            interface.usable = False
            cache.claim = AddressClaim(self._environment, interface, lambda: self._enable(interface))
        else:
            self._enable(interface)
        return interface

    def frames(self) -> list[Outgoing]:
        """Take the frames made since the last call."""
        frames, self.outgoing = self.outgoing, []
        return frames

    def is_own(self, address: int) -> bool:
        """Whether packets to `address` stay in this host."""
        return address in self._addresses or is_loopback(address)

    def is_group(self, address: int) -> bool:
        """Whether `address` means several hosts: a broadcast of one of our links, or multicast."""
        return address in self._broadcasts or is_multicast(address)

    def interface(self, name: str) -> Interface | None:
        """The interface of this name."""
        return next((one for one in self.interfaces if one.name == name), None)

    def check_device(self, name: str) -> None:
        """OSError ENODEV if a socket cannot be bound to the interface of this name ("" is none)."""
        if name and self.interface(name) is None:
            raise os_error(errno.ENODEV)

    def came_by(self, interface: Interface, header: ipv4.Header) -> Interface:
        """The interface by which a packet has come to a socket.

        What the host sends to itself comes by the interface whose address it has, as in Linux.
        """
        if interface is not self.loopback:
            return interface
        return next((one for one in self.interfaces if one.address == header.destination), self.loopback)

    def is_for(self, device: str, came: Came) -> bool:
        """Whether a socket bound to `device`, if it is, takes what came so (SO_BINDTODEVICE)."""
        return not device or self.came_by(*came).name == device

    def arrival(self, interface: Interface, header: ipv4.Header) -> Arrival:
        """What a socket may say of a packet that came (`stack.control`)."""
        interface = self.came_by(interface, header)
        own = header.destination if self.is_own(header.destination) else interface.address
        index = self.interfaces.index(interface) + 1
        return Arrival(index, own, header.destination, header.ttl, header.type_of_service, header.options)

    def path(self, destination: int, source: int = ANY, device: str = "") -> Path:
        """The way to `destination`, with `source` if one is chosen already. OSError ENETUNREACH if none.

        By `device`, if one is named, and then without a route too: the destination may be on its link.
        """
        if self.is_own(destination):
            own = LOOPBACK if is_loopback(destination) else destination
            return Path(self.loopback, destination, source or own)
        if is_multicast(destination):
            interface = self.group_interface(destination, source, device)
            if interface is None:
                raise os_error(errno.ENETUNREACH)
            return Path(interface, destination, source or interface.address)
        if destination == BROADCAST:
            # The limited broadcast is on one link by nature, and no row of the table can say on which:
            # the source's, or the first (RFC 1122 section 3.3.6).
            if is_loopback(source):
                return Path(self.loopback, destination, source)
            links = [link for link in self.interfaces[1:] if link.usable and device in ("", link.name)]
            for interface in sorted(links, key=lambda link: link.address != source):
                return Path(interface, destination, source or interface.address)
            raise os_error(errno.ENETUNREACH)
        found = self.routes.lookup(destination, device)
        if found is None and device and (link := self.interface(device)) is not None:
            found = link, destination
        if found is None or is_loopback(source):
            raise os_error(errno.ENETUNREACH)
        if is_this_network(destination):
            raise os_error(errno.EINVAL)
        interface, next_hop = found
        return Path(interface, next_hop, source or interface.address)

    def group_interface(self, group: int, source: int = ANY, device: str = "") -> Interface | None:
        """By which `group` is reached: `device`, if named, or the source's, the route's or the first one.

        RFC 1112 section 6.1 leaves the last choice to the host. Linux has none without a route.
        """
        if device:
            return self.interface(device)
        if source:
            return next((one for one in self.interfaces if one.address == source), self.loopback)
        found = self.routes.lookup(group)
        return found[0] if found else next((one for one in self.interfaces[1:] if one.usable), None)

    def send(
        self,
        path: Path,
        protocol: int,
        destination: int,
        payload: bytes,
        ttl: int | None = None,
        dont_fragment: bool = False,
        type_of_service: int = 0,
        sender: Sender | None = None,
        options: bytes = b"",
        loop: bool = True,
    ) -> None:
        """Send `payload` along `path`. OSError EMSGSIZE when no datagram can hold it.

        With `dont_fragment` a packet that fits the first link is not cut on its way either. `sender` is
        charged for the packets until they have left. What is for a group of this host comes back with `loop`.
        """
        total = ipv4.HEADER_LENGTH + len(options) + len(payload)
        if total > ipv4.MAXIMUM_LENGTH:
            raise os_error(errno.EMSGSIZE)
        interface, next_hop, source = path
        # One counter for all: two datagrams with equal addresses, protocol and identification are
        # 65,536 datagrams apart (RFC 6864 section 5.1).
        self._identification = self._identification + 1 & 0xFFFF
        header = ipv4.Header(
            source,
            destination,
            protocol,
            self._environment.parameters.ttl if ttl is None else ttl,
            self._identification,
            dont_fragment,
            type_of_service=type_of_service,
            options=options,
        )
        if self._environment.traced:
            route = self.routes.used(destination, interface, next_hop)
            by = {} if route is None else {"route": route, "next_hop": dotted(next_hop)}
            self._trace(events.PacketSent, header, len(payload), interface, **by)
        own = next_hop in interface.broadcasts or (loop and next_hop in interface.groups)
        if own and interface is not self.loopback:
            # It is for this host, too, as for the whole link or group: no adapter receives its own frames.
            self._looped.append((interface, header.pack(len(payload)) + payload, True))
        if header.ttl == 0 and interface is not self.loopback:
            return  # for members on this host alone (RFC 1112 section 6.1)
        mtu = interface.mtu if dont_fragment else self.path_mtus.get(destination, interface.mtu)
        if total <= mtu:
            self._send_packet(interface, next_hop, header.pack(len(payload)) + payload, sender)
            return
        for piece, data in fragment(header._replace(dont_fragment=False), payload, mtu):
            packet = piece.pack(len(data)) + data
            if self._environment.traced:
                self._environment.emit(events.FragmentSent, **piece_fields(piece, data))
            self._send_packet(interface, next_hop, packet, sender)

    def doubt(self, destination: int) -> None:
        """Packets to `destination` get lost (RFC 1122 section 3.3.1.4): is its gateway still there?"""
        found = None if self.is_own(destination) else self.routes.lookup(destination)
        if found is not None and found[1] != destination:
            self.neighbours[found[0]].doubt(found[1])

    def receive(self, interface: Interface, packet: bytes, group: bool, looped: bool = False) -> None:
        """A packet from a link, or `looped` back; `group` when it came to more stations than this."""
        self.arrived = interface
        try:
            header, payload = ipv4.parse(packet)
        except WireError as error:
            self._environment.emit(events.IpDrop, reason=str(error), interface=interface.name)
            return
        if self._environment.traced:
            self._trace(events.PacketReceived, header, len(payload), interface)
        destination = header.destination
        own = self.is_own(destination)
        alone = group and own
        group = group or self.is_group(destination)
        if not looped and (is_loopback(destination) or is_loopback(header.source)):
            self._drop(header, "loopback address on a link")
        elif self.is_group(header.source):
            self._drop(header, "source is a group address")
        elif is_this_network(header.source) and destination != BROADCAST:
            # RFC 1122 section 3.2.1.3: who has no address yet can ask nobody but everybody.
            self._drop(header, "source is no host's address")
        elif header.source in self._addresses and not looped:
            self._drop(header, "source is this host's own address")
        elif alone:
            # RFC 1122 section 3.3.6: who sends to one host in a frame for everybody is up to no good.
            self._drop(header, "for this host alone, in a frame to a group")
        elif header.options and not self._accepts_options(header, payload, group):
            pass
        elif not (own or destination in interface.broadcasts or destination in interface.groups):
            self._pass_on(interface, header, payload, group)
        elif not header.is_fragment:
            self._deliver(header, payload, group)
        elif (whole := self._reassembly.add(header, payload)) is not None:
            self._deliver(*whole, group)

    def settle(self) -> None:
        """Deliver what the host sent to itself, and what that causes it to send to itself."""
        while self._looped:
            self.receive(*self._looped.popleft(), looped=True)

    def report(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        """Report to the protocol that sent the packet with this header that it did not arrive."""
        transport = self.transports.get(header.protocol)
        if transport is None or header.offset or not self.is_own(header.source):
            self._drop(header, "ICMP error about no packet of ours")
        else:
            transport.fault(header, payload, fault)

    def _accepts_options(self, header: ipv4.Header, payload: bytes, group: bool) -> bool:
        try:
            kinds = {kind for kind, _ in ipv4_options.parse(header.options)}
        except ipv4_options.OptionError as error:
            self._drop(header, str(error))
            self.send_error(header, payload, icmp.PARAMETER_PROBLEM, 0, group, error.pointer << 24)
            return False
        if kinds & ipv4_options.SOURCE_ROUTES:
            self._drop(header, "source routes are refused")
            return False
        return True

    def _pass_on(self, interface: Interface, header: ipv4.Header, payload: bytes, group: bool) -> None:
        # RFC 1812 section 5.3.4: what came to a whole link, or is for one, stays there.
        private = group or is_this_network(header.source) or is_this_network(header.destination)
        if private or not self._environment.parameters.forwarding:
            self._drop(header, "not for this host")
        else:
            self.forwarder.forward(interface, header, payload)

    def _deliver(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        transport = self.transports.get(header.protocol)
        if transport is not None:
            transport.receive(header, payload, group)
            return
        self._drop(header, "no such protocol here")
        self.send_error(header, payload, icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, group)

    def _send_packet(
        self, interface: Interface, next_hop: int, packet: bytes, sender: Sender | None = None
    ) -> None:
        if interface is self.loopback:
            counters = interface.counters
            counters.sent += 1
            counters.sent_octets += len(packet)
            counters.received += 1
            counters.received_octets += len(packet)
            self._looped.append((interface, packet, False))
            return
        charge = None
        if sender is not None:
            octets = true_size(len(packet))
            charge = sender, octets, sender.charge(octets)
        if next_hop in interface.broadcasts:
            interface.transmit(ethernet.BROADCAST, ethernet.IPV4, packet, charge)
        elif is_multicast(next_hop):
            interface.transmit(ethernet.group_address(next_hop), ethernet.IPV4, packet, charge)
        else:
            self.neighbours[interface].send(next_hop, packet, charge)

    def _neighbour_silent(self, packet: bytes) -> None:
        header, payload = ipv4.parse_quoted(packet)
        self._drop(header, "next hop does not answer ARP")
        if self.is_own(header.source):
            self.report(header, payload, NEIGHBOUR_SILENT._replace(by=header.source))
        else:  # it was passed on
            self.send_error(header, payload, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, False)

    def _append(self, interface: Interface) -> None:
        self.interfaces.append(interface)
        self._environment.emit(
            events.InterfaceAdded,
            interface=interface.name,
            address=f"{dotted(interface.address)}/{interface.network.prefixlen}",
            mac=ethernet.mac_text(interface.mac),
            mtu=interface.mtu,
        )
        self._broadcasts |= interface.broadcasts

    def _enable(self, interface: Interface) -> None:
        interface.usable = True
        self._addresses.add(interface.address)
        self.routes.add(interface.network, interface)

    def _transmit(self, interface: Interface, frame: bytes, charge: Charge | None) -> None:
        self.outgoing.append((interface, frame, charge))

    def _drop(self, header: ipv4.Header, reason: str) -> None:
        self._environment.emit(
            events.IpDrop, reason=reason, source=dotted(header.source), destination=dotted(header.destination)
        )

    def _trace(
        self, kind: type[EventKind], header: ipv4.Header, length: int, interface: Interface, **by: str
    ) -> None:
        transport = self.transports.get(header.protocol)
        self._environment.emit(
            kind,
            interface=interface.name,
            source=dotted(header.source),
            destination=dotted(header.destination),
            protocol=str(header.protocol) if transport is None else transport.name,
            ttl=header.ttl,
            length=length + ipv4.HEADER_LENGTH + len(header.options),
            **by,
        )
