"""Address resolution messages (RFC 826) for IPv4 over Ethernet."""

import struct
from typing import NamedTuple

from stack.wire import ethernet
from stack.wire.error import WireError

REQUEST = 1
REPLY = 2

_LAYOUT = struct.Struct("!HHBBH6sI6sI")
_ETHERNET = 1


class Message(NamedTuple):
    """The RFC's ar$op, ar$sha, ar$spa, ar$tha, ar$tpa."""

    operation: int
    sender_mac: bytes
    sender: int
    target_mac: bytes
    target: int

    def pack(self) -> bytes:
        """28 octets."""
        return _LAYOUT.pack(_ETHERNET, ethernet.IPV4, 6, 4, *self)


def parse(octets: bytes) -> Message:
    """Read a message; what follows its 28 octets is padding."""
    if len(octets) < _LAYOUT.size:
        raise WireError("ARP message too short")
    hardware, protocol, hardware_length, protocol_length, *fields = _LAYOUT.unpack_from(octets)
    if (hardware, protocol, hardware_length, protocol_length) != (_ETHERNET, ethernet.IPV4, 6, 4):
        raise WireError("ARP is not for IPv4 over Ethernet")
    message = Message(*fields)
    if message.operation not in (REQUEST, REPLY):
        raise WireError("ARP operation is neither request nor reply")
    return message
