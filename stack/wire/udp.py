"""The UDP header (RFC 768)."""

import struct
from typing import NamedTuple

from stack.wire import ipv4
from stack.wire.checksum import checksum, is_valid, pseudo_header
from stack.wire.error import WireError

HEADER_LENGTH = 8
MAXIMUM_DATA = ipv4.MAXIMUM_LENGTH - ipv4.HEADER_LENGTH - HEADER_LENGTH

_LAYOUT = struct.Struct("!HHHH")


class Datagram(NamedTuple):
    """Ports and data."""

    source_port: int
    destination_port: int
    data: bytes

    def pack(self, source: int, destination: int) -> bytes:
        """The octets; the addresses are needed for the checksum, where 0 is sent as 0xffff."""
        length = HEADER_LENGTH + len(self.data)
        blank = _LAYOUT.pack(self.source_port, self.destination_port, length, 0) + self.data
        value = checksum(blank, pseudo_header(source, destination, ipv4.UDP, length)) or 0xFFFF
        return blank[:6] + value.to_bytes(2, "big") + blank[8:]


def parse(octets: bytes, source: int, destination: int) -> Datagram:
    """Read and check a datagram. A checksum of 0 means that its sender made none."""
    if len(octets) < HEADER_LENGTH:
        raise WireError("UDP datagram shorter than its header")
    source_port, destination_port, length, value = _LAYOUT.unpack_from(octets)
    if not HEADER_LENGTH <= length <= len(octets):
        raise WireError("UDP length does not fit the packet")
    octets = octets[:length]
    if value and not is_valid(octets, pseudo_header(source, destination, ipv4.UDP, length)):
        raise WireError("UDP checksum is wrong")
    return Datagram(source_port, destination_port, octets[HEADER_LENGTH:])
