"""Control messages beside a datagram, in Linux's structures (ip(7), recvmsg(2), sendmsg(2)).

With a received one goes what its program has asked for by IP_PKTINFO, IP_RECVTTL and IP_RECVTOS; with one
to be sent may go an IP_PKTINFO that chooses its interface and its source.
"""

import errno
import socket as constants
import struct
from typing import NamedTuple

from stack.errors import os_error
from stack.options import IP_PKTINFO, Options

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


class Choice(NamedTuple):
    """How a datagram is to leave; 0 leaves it to routes and socket."""

    interface: int = 0
    source: int = 0


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
    return messages


def chosen(messages: list[Control]) -> Choice:
    """What a program chooses for one datagram. OSError EINVAL for what is not offered."""
    choice = NO_CHOICE
    for level, kind, octets in messages:
        if (level, kind, len(octets)) != (constants.IPPROTO_IP, IP_PKTINFO, _PACKET_INFO.size):
            raise os_error(errno.EINVAL)
        interface, source, _ = _PACKET_INFO.unpack(octets)
        choice = Choice(interface, int.from_bytes(source, "big"))
    return choice
