"""ICMP messages (RFC 792): type, code, checksum, four octets whose meaning the type decides, data."""

from typing import NamedTuple

from stack.wire.checksum import checksum, is_valid
from stack.wire.error import WireError

ECHO_REPLY = 0
DESTINATION_UNREACHABLE = 3
SOURCE_QUENCH = 4
REDIRECT = 5
ECHO_REQUEST = 8
TIME_EXCEEDED = 11
PARAMETER_PROBLEM = 12

ERRORS = frozenset({DESTINATION_UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM})
"""Messages that quote the packet they are about."""

NET_UNREACHABLE = 0
HOST_UNREACHABLE = 1
PROTOCOL_UNREACHABLE = 2
PORT_UNREACHABLE = 3
FRAGMENTATION_NEEDED = 4

REDIRECT_HOST = 1
REDIRECT_CODES = range(4)
"""For a network or a host, for all its traffic or for a type of service."""

TTL_EXCEEDED = 0
REASSEMBLY_TIME_EXCEEDED = 1

HEADER_LENGTH = 8

_WORDS = {
    (DESTINATION_UNREACHABLE, NET_UNREACHABLE): "network unreachable",
    (DESTINATION_UNREACHABLE, HOST_UNREACHABLE): "host unreachable",
    (DESTINATION_UNREACHABLE, PROTOCOL_UNREACHABLE): "protocol unreachable",
    (DESTINATION_UNREACHABLE, PORT_UNREACHABLE): "port unreachable",
    (DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED): "fragmentation needed",
    (DESTINATION_UNREACHABLE, 5): "source route failed",
    (DESTINATION_UNREACHABLE, 6): "network unknown",
    (DESTINATION_UNREACHABLE, 7): "host unknown",
    (DESTINATION_UNREACHABLE, 8): "source host isolated",
    (DESTINATION_UNREACHABLE, 9): "network prohibited",
    (DESTINATION_UNREACHABLE, 10): "host prohibited",
    (DESTINATION_UNREACHABLE, 11): "network unreachable for this type of service",
    (DESTINATION_UNREACHABLE, 12): "host unreachable for this type of service",
    (DESTINATION_UNREACHABLE, 13): "communication prohibited",
    (DESTINATION_UNREACHABLE, 14): "host precedence violation",
    (DESTINATION_UNREACHABLE, 15): "precedence cutoff",
    (SOURCE_QUENCH, 0): "source quench",
    (REDIRECT, 0): "redirect for a network",
    (REDIRECT, REDIRECT_HOST): "redirect for a host",
    (REDIRECT, 2): "redirect for a network and type of service",
    (REDIRECT, 3): "redirect for a host and type of service",
    (TIME_EXCEEDED, TTL_EXCEEDED): "time to live exceeded",
    (TIME_EXCEEDED, REASSEMBLY_TIME_EXCEEDED): "reassembly time exceeded",
    (PARAMETER_PROBLEM, 0): "parameter problem",
}


def words(type: int, code: int) -> str:
    """What an error or a redirect says, as RFC 792, 1122 and 1812 name it."""
    return _WORDS.get((type, code), f"ICMP type {type} code {code}")


class Message(NamedTuple):
    """`rest` is the second word: identifier and sequence number of an echo, else unused or a parameter."""

    type: int
    code: int
    rest: int
    data: bytes

    def pack(self) -> bytes:
        """The message's octets, checksum included."""
        tail = self.rest.to_bytes(4, "big") + self.data
        head = bytes((self.type, self.code))
        return head + checksum(head + b"\0\0" + tail).to_bytes(2, "big") + tail

    @property
    def identifier(self) -> int:
        """Of an echo message."""
        return self.rest >> 16

    @property
    def sequence(self) -> int:
        """Of an echo message."""
        return self.rest & 0xFFFF


def parse(octets: bytes) -> Message:
    """Read and check a message."""
    if len(octets) < HEADER_LENGTH:
        raise WireError("ICMP message shorter than its header")
    if not is_valid(octets):
        raise WireError("ICMP checksum is wrong")
    return Message(octets[0], octets[1], int.from_bytes(octets[4:8], "big"), octets[8:])
