"""Control messages beside a datagram, in Linux's structures (ip(7), recvmsg(2), sendmsg(2)).

With a received one goes what its program has asked for by IP_PKTINFO, IP_RECVTTL, IP_RECVTOS and
IP_RECVOPTS; with one to be sent may go an IP_PKTINFO that chooses its interface and its source, an IP_TTL
and an IP_TOS.
"""

import errno
import socket as constants
import struct
from dataclasses import replace
from typing import NamedTuple

from stack.errors import os_error
from stack.options import IP_PKTINFO, SO_PRIORITY, Options

Control = tuple[int, int, bytes]
"""Level, type, octets: as Python's `recvmsg` and `sendmsg` have them."""

_PACKET_INFO = struct.Struct("=i4s4s")
"""`struct in_pktinfo`: the interface's index, its address, the address in the header."""
_INT = struct.Struct("=i")


class Arrival(NamedTuple):
    """What is known of a datagram that came."""

    interface: int
    """Its index, 1 for the first."""
    local: int
    """The address of this host that an answer would come from."""
    destination: int
    ttl: int
    type_of_service: int
    options: bytes
    """Of its IP header."""


class Choice(NamedTuple):
    """How a datagram is to leave; 0 and None leave it to routes and socket."""

    interface: int = 0
    source: int = 0
    ttl: int | None = None
    type_of_service: int | None = None

    def options(self, of_socket: Options) -> Options:
        """The options for this one datagram."""
        if self.ttl is None and self.type_of_service is None:
            return of_socket
        ttl, service = self.ttl, self.type_of_service
        return replace(
            of_socket,
            ttl=of_socket.ttl if ttl is None else ttl,
            multicast_ttl=of_socket.multicast_ttl if ttl is None else ttl,
            type_of_service=of_socket.type_of_service if service is None else service,
        )


NO_CHOICE = Choice()


def received(options: Options, arrival: Arrival) -> list[Control]:
    """What the program has asked for."""
    messages: list[Control] = []
    if options.packet_info:
        own, header = arrival.local.to_bytes(4, "big"), arrival.destination.to_bytes(4, "big")
        messages.append((constants.IPPROTO_IP, IP_PKTINFO, _PACKET_INFO.pack(arrival.interface, own, header)))
    if options.receive_ttl:
        messages.append((constants.IPPROTO_IP, constants.IP_TTL, _INT.pack(arrival.ttl)))
    if options.receive_type_of_service:
        messages.append((constants.IPPROTO_IP, constants.IP_TOS, bytes([arrival.type_of_service])))
    if options.receive_ip_options and arrival.options:
        messages.append((constants.IPPROTO_IP, constants.IP_RECVOPTS, arrival.options))
    return messages


def chosen(messages: list[Control]) -> Choice:
    """What a program chooses for one datagram. OSError EINVAL for what its levels do not offer.

    Other levels are none of this protocol's, as in Linux.
    """
    choice = NO_CHOICE
    for level, kind, octets in messages:
        if level == constants.IPPROTO_IP:
            choice = _choose(choice, kind, octets)
        elif level == constants.IPPROTO_UDP:
            raise os_error(errno.EINVAL)
        else:
            check_socket_level(level, kind, octets)
    return choice


def check_socket_level(level: int, kind: int, octets: bytes) -> None:
    """OSError EINVAL for a message of SOL_SOCKET, but for SO_PRIORITY: as the option it has no effect."""
    if level == constants.SOL_SOCKET and (kind, len(octets)) != (SO_PRIORITY, _INT.size):
        raise os_error(errno.EINVAL)


def _choose(choice: Choice, kind: int, octets: bytes) -> Choice:
    if (kind, len(octets)) == (IP_PKTINFO, _PACKET_INFO.size):
        interface, source, _ = _PACKET_INFO.unpack(octets)
        return choice._replace(interface=interface, source=int.from_bytes(source, "big"))
    number = _INT.unpack(octets)[0] if len(octets) == _INT.size else -1
    if kind == constants.IP_TTL and 1 <= number <= 255:
        return choice._replace(ttl=number)
    if kind == constants.IP_TOS and len(octets) == 1:
        number = octets[0]
    if kind == constants.IP_TOS and 0 <= number <= 255:
        return choice._replace(type_of_service=number)
    raise os_error(errno.EINVAL)
