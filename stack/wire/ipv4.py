"""The IPv4 header (RFC 791 section 3.1)."""

import struct
from typing import NamedTuple

from stack.wire.checksum import checksum, is_valid
from stack.wire.error import WireError

ICMP = 1
IGMP = 2
TCP = 6
UDP = 17

HEADER_LENGTH = 20
MAXIMUM_LENGTH = 65_535
"""Of a datagram, header included."""

_LAYOUT = struct.Struct("!BBHHHBBHII")
_RESERVED = 0x8000
_DONT_FRAGMENT = 0x4000
_MORE_FRAGMENTS = 0x2000


class Header(NamedTuple):
    """All fields but those that follow from the others. `offset` counts octets, not units of eight."""

    source: int
    destination: int
    protocol: int
    ttl: int = 64
    identification: int = 0
    dont_fragment: bool = False
    more_fragments: bool = False
    offset: int = 0
    type_of_service: int = 0
    options: bytes = b""
    reserved: bool = False
    """The flag without a meaning: who quotes or passes on a header leaves it as it came."""

    def pack(self, payload_length: int) -> bytes:
        """The header's octets in front of `payload_length` octets, checksum included."""
        length = HEADER_LENGTH + len(self.options)
        flags = (_DONT_FRAGMENT if self.dont_fragment else 0) | (
            _MORE_FRAGMENTS if self.more_fragments else 0
        )
        if self.reserved:
            flags |= _RESERVED
        fields = (
            0x40 | length // 4,
            self.type_of_service,
            length + payload_length,
            self.identification,
            flags | self.offset // 8,
            self.ttl,
            self.protocol,
        )
        blank = _LAYOUT.pack(*fields, 0, self.source, self.destination) + self.options
        return blank[:10] + checksum(blank).to_bytes(2, "big") + blank[12:]

    @property
    def is_fragment(self) -> bool:
        """Whether this is a piece of a datagram and not a whole one."""
        return self.more_fragments or self.offset > 0


def parse(octets: bytes) -> tuple[Header, bytes]:
    """Header and payload of a packet; padding behind the total length is cut off."""
    header = _parse_fields(octets)
    length = (octets[0] & 15) * 4
    total = octets[2] << 8 | octets[3]
    if not length <= total <= len(octets):
        raise WireError("IP total length does not fit the frame")
    if not is_valid(octets[:length]):
        raise WireError("IP header checksum is wrong")
    return header, octets[length:total]


def parse_quoted(octets: bytes) -> tuple[Header, bytes]:
    """The packet that an ICMP error quotes: cut short, and its checksum may be worn (RFC 792)."""
    return _parse_fields(octets), octets[(octets[0] & 15) * 4 :]


def _parse_fields(octets: bytes) -> Header:
    if len(octets) < HEADER_LENGTH:
        raise WireError("IP packet shorter than its header")
    first, service, _, identification, flags, ttl, protocol, _, source, destination = _LAYOUT.unpack_from(
        octets
    )
    length = (first & 15) * 4
    if first >> 4 != 4:
        raise WireError("IP version is not 4")
    if not HEADER_LENGTH <= length <= len(octets):
        raise WireError("IP header length is wrong")
    return Header(
        source,
        destination,
        protocol,
        ttl,
        identification,
        flags & _DONT_FRAGMENT != 0,
        flags & _MORE_FRAGMENTS != 0,
        (flags & 0x1FFF) * 8,
        service,
        octets[HEADER_LENGTH:length],
        flags & _RESERVED != 0,
    )
