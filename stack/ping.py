"""Ping sockets, as in Linux: SOCK_DGRAM with IPPROTO_ICMP.

The program sends an echo request message; the stack puts the socket's identifier and the checksum
in. What is received is the echo reply message. The identifier plays the port's part.
"""

import errno

from stack import events
from stack.datagram import DatagramEndpoint
from stack.endpoint import Address
from stack.environment import Environment
from stack.errors import Fault, os_error
from stack.ip import Ip, Path
from stack.ports import PortTable
from stack.wire import icmp, ipv4
from stack.wire.address import ANY, dotted


class PingEndpoint(DatagramEndpoint):
    """A ping socket's endpoint."""

    proto = "icmp"
    dropped = events.IcmpDrop

    def bind(self, address: Address) -> None:
        if self.ip.is_group(address[0]):  # as in Linux: nobody's answers go there
            raise os_error(errno.EADDRNOTAVAIL)
        super().bind(address)

    def transmit(self, path: Path, destination: int, port: int, data: bytes) -> None:
        if len(data) < icmp.HEADER_LENGTH or data[0] != icmp.ECHO_REQUEST or data[1] != 0:
            raise os_error(errno.EINVAL)
        whole = self.dont_fragment(path, destination, len(data))
        _, identifier = self.local
        sequence = int.from_bytes(data[6:8], "big")
        message = icmp.Message(icmp.ECHO_REQUEST, 0, identifier << 16 | sequence, data[8:])
        self.environment.emit(
            events.EchoRequestSent,
            fd=self.fd,
            peer=dotted(destination),
            identifier=identifier,
            sequence=sequence,
            length=len(message.data),
        )
        options = self.options
        self.ip.send(
            path,
            ipv4.ICMP,
            destination,
            message.pack(),
            self.ttl(destination),
            whole,
            type_of_service=options.type_of_service,
            sender=self,
            options=options.ip_options,
            loop=options.multicast_loop,
        )


class Pings:
    """The ping sockets of one host."""

    def __init__(self, environment: Environment, ip: Ip) -> None:
        self._environment = environment
        self._ip = ip
        self._identifiers = PortTable(environment.random, (1, 65_535))
        self._endpoints: dict[int, list[DatagramEndpoint]] = {}

    def endpoint(self) -> PingEndpoint:
        """A new endpoint."""
        return PingEndpoint(self._environment, self._ip, self._identifiers, self._endpoints)

    def echo_reply(self, header: ipv4.Header, message: icmp.Message) -> bool:
        """An answer came; whether a socket waited for it."""
        came = self._ip.arrived, header
        for endpoint in self._endpoints.get(message.identifier, ()):
            own, peer = endpoint.local[0], endpoint.remote
            fits = own in (ANY, header.destination) and (peer is None or peer[0] == header.source)
            if fits and self._ip.is_for(endpoint.options.device, came):
                endpoint.deliver(message.pack(), (header.source, 0), came)
                return True
        return False

    def echo_fault(self, destination: int, request: bytes, fault: Fault) -> bool:
        """A request, of which the header at least is there, did not arrive; whether a socket had sent it."""
        for endpoint in self._endpoints.get(int.from_bytes(request[4:6], "big"), ()):
            if endpoint.remote is None or endpoint.remote[0] == destination:
                endpoint.fault(fault, (destination, 0), request)
                return True
        return False
