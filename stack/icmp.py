"""ICMP (RFC 792, RFC 1122 section 3.2.2): echo is answered, errors are made and passed to those concerned."""

import errno
from socket import SOCK_DGRAM

from journal.kind import EventKind
from stack import events
from stack.environment import Environment
from stack.errors import Fault
from stack.icmp_limit import ErrorLimit
from stack.ip import Ip
from stack.ping import PingEndpoint, Pings
from stack.protocol import IpProtocol
from stack.wire import icmp, ipv4
from stack.wire.address import ANY, dotted, is_reserved, is_this_network
from stack.wire.error import WireError

_QUOTED = 576 - ipv4.HEADER_LENGTH - icmp.HEADER_LENGTH
"""Octets of the faulty packet in an error: as many as fit into 576 (RFC 1812 section 4.3.2.3)."""

_INTERNETWORK_CONTROL, _SERVICE = 0xC0, 0x1E
"""An error's precedence is 6, its other bits are those of the packet (RFC 1812 section 4.3.2.5)."""

_UNREACHABLE = {
    code: Fault(number, hard, icmp.words(icmp.DESTINATION_UNREACHABLE, code))
    for code, (number, hard) in {
        0: (errno.ENETUNREACH, False),
        1: (errno.EHOSTUNREACH, False),
        2: (errno.ENOPROTOOPT, True),
        3: (errno.ECONNREFUSED, True),
        4: (errno.EMSGSIZE, False),
        5: (errno.EOPNOTSUPP, False),
        6: (errno.ENETUNREACH, True),
        7: (errno.EHOSTDOWN, True),
        8: (errno.ENONET, True),
        9: (errno.ENETUNREACH, True),
        10: (errno.EHOSTUNREACH, True),
        11: (errno.ENETUNREACH, False),
        12: (errno.EHOSTUNREACH, False),
        13: (errno.EHOSTUNREACH, True),
        14: (errno.EHOSTUNREACH, True),
        15: (errno.EHOSTUNREACH, True),
    }.items()
}
"""Destination unreachable by code, with Linux's errno; hard where RFC 1122 or Linux says so."""


class Icmp(IpProtocol):
    """The ICMP layer of one host."""

    number, name, socket_type = ipv4.ICMP, "ICMP", SOCK_DGRAM

    def __init__(self, environment: Environment, ip: Ip) -> None:
        super().__init__(environment, ip)
        self._pings = Pings(environment, ip)
        self._limit = ErrorLimit(environment)
        ip.send_error = ip.forwarder.send_error = self.send_error

    def endpoint(self) -> PingEndpoint:
        """A new endpoint."""
        return self._pings.endpoint()

    def receive(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        """A message for this host."""
        try:
            message = icmp.parse(payload)
        except WireError as error:
            self._drop(header, str(error))
            return
        if message.type == icmp.ECHO_REQUEST:
            self._echo(header, message, group)
        elif message.type == icmp.ECHO_REPLY:
            self._event(events.EchoReplyReceived, header.source, message)
            if not self._pings.echo_reply(header, message):
                self._drop(header, "echo reply that no socket waits for")
        elif message.type in icmp.ERRORS:
            self._error(header, message)
        else:
            self._drop(header, f"ICMP type {message.type} is not supported")

    def fault(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        """One of our own messages did not arrive."""
        is_request = len(payload) >= icmp.HEADER_LENGTH and payload[0] == icmp.ECHO_REQUEST
        if not is_request or not self._pings.echo_fault(header.destination, payload, fault):
            self._drop(header, "ICMP error that concerns no socket")

    def send_error(
        self, header: ipv4.Header, payload: bytes, type: int, code: int, group: bool, rest: int = 0
    ) -> None:
        """Complain about a received packet, unless RFC 1122 section 3.2.2 forbids it.

        `rest` is the message's second word: a pointer, an MTU or a gateway.
        """
        about_error = header.protocol == ipv4.ICMP and (not payload or payload[0] in icmp.ERRORS)
        source, group = header.source, group or self.ip.is_group(header.destination)
        nobody = is_this_network(source) or is_reserved(source) or self.ip.is_group(source)
        if about_error or group or header.offset > 0 or nobody:
            return
        if not self._limit.allows():
            self._drop(header, "too many ICMP errors")
            return
        try:
            # RFC 1122 section 3.2.2: from the address that was asked, if that is one of ours.
            own = header.destination if self.ip.is_own(header.destination) else ANY
            path = self.ip.path(header.source, own)
        except OSError:
            self._drop(header, "no route for an ICMP error")
            return
        quoted = (header.pack(len(payload)) + payload)[:_QUOTED]
        self.environment.emit(
            events.IcmpErrorSent,
            type=type,
            code=code,
            reason=icmp.words(type, code),
            destination=dotted(header.source),
            about=dotted(header.destination),
        )
        octets = icmp.Message(type, code, rest, quoted).pack()
        service = _INTERNETWORK_CONTROL | header.type_of_service & _SERVICE
        self.ip.send(path, ipv4.ICMP, header.source, octets, type_of_service=service)

    def _echo(self, header: ipv4.Header, request: icmp.Message, group: bool) -> None:
        # RFC 1122 section 3.2.2.6: a request to a broadcast address may be ignored, and is (as by Linux).
        if group:
            self._drop(header, "echo request to a group address")
            return
        self._event(events.EchoRequestReceived, header.source, request)
        try:
            path = self.ip.path(header.source, header.destination)
        except OSError:
            self._drop(header, "no route for an echo reply")
            return
        reply = request._replace(type=icmp.ECHO_REPLY)
        self._event(events.EchoReplySent, header.source, reply)
        service = header.type_of_service  # RFC 1812 section 4.3.2.5: the request's
        self.ip.send(path, ipv4.ICMP, header.source, reply.pack(), type_of_service=service)

    def _error(self, header: ipv4.Header, message: icmp.Message) -> None:
        try:
            quoted, payload = ipv4.parse_quoted(message.data)
        except WireError as error:
            self._drop(header, f"quoted in an ICMP error: {error}")
            return
        fault = _fault(message)
        self.environment.emit(
            events.IcmpErrorReceived,
            type=message.type,
            code=message.code,
            reason=icmp.words(message.type, message.code),
            source=dotted(header.source),
            about=dotted(quoted.destination),
        )
        if message.type == icmp.REDIRECT:
            self._redirect(header, message, quoted)
        elif fault is not None:
            reported = fault._replace(type=message.type, code=message.code, by=header.source)
            self.ip.report(quoted, payload, reported)

    def _redirect(self, header: ipv4.Header, message: icmp.Message, quoted: ipv4.Header) -> None:
        # RFC 1122 section 3.2.2.2: a redirect for a network counts as one for the host.
        destination, gateway = quoted.destination, message.rest
        if message.code > icmp.REDIRECT_CODES[-1]:
            self._drop(header, "redirect with a code that does not exist")
            return
        if not self.ip.is_own(quoted.source):
            self._drop(header, "redirect about no packet of ours")
            return
        refused = self.ip.redirects.take(header.source, destination, gateway)
        if refused is not None:
            self._drop(header, refused)
            return
        self.environment.emit(events.Redirected, destination=dotted(destination), gateway=dotted(gateway))

    def _event(self, kind: type[EventKind], peer: int, message: icmp.Message) -> None:
        self.environment.emit(
            kind,
            peer=dotted(peer),
            identifier=message.identifier,
            sequence=message.sequence,
            length=len(message.data),
        )

    def _drop(self, header: ipv4.Header, reason: str) -> None:
        self.environment.emit(events.IcmpDrop, reason=reason, source=dotted(header.source))


def _fault(message: icmp.Message) -> Fault | None:
    """What an ICMP error means for a socket; None for those to ignore (source quench: RFC 6633)."""
    if (message.type, message.code) == (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED):
        length = int.from_bytes(message.data[2:4], "big")
        return _UNREACHABLE[message.code]._replace(mtu=message.rest & 0xFFFF, length=length)
    if message.type == icmp.DESTINATION_UNREACHABLE:
        return _UNREACHABLE.get(message.code)
    if message.type == icmp.TIME_EXCEEDED:
        return Fault(errno.EHOSTUNREACH, False, icmp.words(message.type, message.code))
    if message.type == icmp.PARAMETER_PROBLEM:
        return Fault(errno.EPROTO, False, icmp.words(message.type, message.code))
    return None
