"""UDP (RFC 768, RFC 1122 section 4.1)."""

import errno
from socket import SOCK_DGRAM

from stack import events
from stack.datagram import DatagramEndpoint
from stack.endpoint import Address
from stack.environment import Environment
from stack.errors import Fault, os_error
from stack.ip import Came, Ip, Path
from stack.options import DONT
from stack.ports import PortTable, spread
from stack.protocol import IpProtocol
from stack.wire import icmp, ipv4, udp
from stack.wire.address import ANY, dotted, is_multicast, pair
from stack.wire.error import WireError


class UdpEndpoint(DatagramEndpoint):
    """A UDP socket's endpoint."""

    proto = "udp"
    dropped = events.UdpDrop
    header_octets = udp.HEADER_LENGTH

    def transmit(self, path: Path, destination: int, port: int, data: bytes) -> None:
        if port == 0:
            raise os_error(errno.EINVAL)
        if len(data) > udp.MAXIMUM_DATA:
            raise os_error(errno.EMSGSIZE)
        options = self.options
        length = udp.HEADER_LENGTH + len(data)
        whole = options.path_mtu_discovery != DONT and self.dont_fragment(path, destination, length)
        _, own_port = self.local
        self.environment.emit(
            events.DatagramSent,
            fd=self.fd,
            local=pair(path.source, own_port),
            remote=pair(destination, port),
            length=len(data),
        )
        octets = udp.Datagram(own_port, port, data).pack(path.source, destination)
        self.ip.send(
            path,
            ipv4.UDP,
            destination,
            octets,
            self.ttl(destination),
            whole,
            type_of_service=options.type_of_service,
            sender=self,
            options=options.ip_options,
            loop=options.multicast_loop,
        )


class Udp(IpProtocol):
    """The UDP layer of one host: it finds the endpoints for what arrives."""

    number, name, socket_type = ipv4.UDP, "UDP", SOCK_DGRAM

    def __init__(self, environment: Environment, ip: Ip) -> None:
        super().__init__(environment, ip)
        self._ports = PortTable(environment.random, environment.parameters.ephemeral_ports)
        self._endpoints: dict[int, list[DatagramEndpoint]] = {}

    def endpoint(self) -> UdpEndpoint:
        """A new endpoint."""
        return UdpEndpoint(self.environment, self.ip, self._ports, self._endpoints)

    def receive(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        """A datagram for this host."""
        try:
            datagram = udp.parse(payload, header.source, header.destination)
        except WireError as error:
            self._drop(str(error), header)
            return
        local = header.destination, datagram.destination_port
        remote = header.source, datagram.source_port
        self.environment.emit(
            events.DatagramReceived,
            local=pair(*local),
            remote=pair(*remote),
            length=len(datagram.data),
        )
        came = self.ip.arrived, header
        ranked = self._find(local, remote, came)
        if not ranked:
            self._drop("no socket has this port", header)
            self.ip.send_error(header, payload, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, group)
        for endpoint in ranked if group or len(ranked) < 2 else _one(ranked, remote):
            endpoint.deliver(datagram.data, remote, came)

    def fault(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        """A datagram of ours did not arrive."""
        if len(payload) < 4:
            self._drop("ICMP error that quotes no ports", header)
            return
        local = header.source, int.from_bytes(payload[0:2], "big")
        remote = header.destination, int.from_bytes(payload[2:4], "big")
        ranked = self._find(local, remote)
        if not ranked:
            self._drop("ICMP error that concerns no socket", header)
        for endpoint in ranked[:1]:
            endpoint.fault(fault, remote, payload[udp.HEADER_LENGTH :])

    def _find(self, local: Address, remote: Address, came: Came | None = None) -> list[DatagramEndpoint]:
        """The endpoints that take a datagram, the best match first: peer, then own address, then any.

        Of equals the last bound comes first, as in Linux. One bound to an interface takes what `came` by it.
        """
        found: list[tuple[int, DatagramEndpoint]] = []
        group = came is not None and is_multicast(local[0])
        for endpoint in reversed(self._endpoints.get(local[1], [])):
            address, device = endpoint.local[0], endpoint.options.device
            if device and came is not None and not self.ip.is_for(device, came):
                continue
            if group and came and not endpoint.memberships.takes(local[0], came[0], endpoint.options):
                continue
            # A broadcast is for sockets bound to any address or to the broadcast address itself, as in Linux.
            if address in (ANY, local[0]) and endpoint.remote in (None, remote):
                found.append((-2 * (endpoint.remote is not None) - (address != ANY), endpoint))
        found.sort(key=lambda pair: pair[0])
        return [endpoint for _, endpoint in found]

    def _drop(self, reason: str, header: ipv4.Header) -> None:
        self.environment.emit(
            events.UdpDrop,
            reason=reason,
            source=dotted(header.source),
            destination=dotted(header.destination),
        )


def _one(ranked: list[DatagramEndpoint], remote: Address) -> list[DatagramEndpoint]:
    """The best match, or of those that share its port the one for this peer (SO_REUSEPORT)."""
    if not ranked[0].options.reuse_port or ranked[0].remote is not None:
        return ranked[:1]
    local = ranked[0].local
    group = [one for one in ranked if one.options.reuse_port and one.remote is None and one.local == local]
    return [group[spread(remote, len(group))]]
