"""The TCP header (RFC 9293 section 3.1)."""

import struct
from enum import IntFlag
from typing import NamedTuple

from stack.wire import ipv4, tcp_options
from stack.wire.checksum import checksum, is_valid, pseudo_header
from stack.wire.error import WireError

HEADER_LENGTH = 20

_LAYOUT = struct.Struct("!HHIIBBHHH")


class Flag(IntFlag):
    """The control bits. CWR and ECE are read and written, but ECN is not spoken."""

    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16
    URG = 32
    ECE = 64
    CWR = 128


FIN, SYN, RST, PSH, ACK, URG = (
    int(flag) for flag in (Flag.FIN, Flag.SYN, Flag.RST, Flag.PSH, Flag.ACK, Flag.URG)
)
"""The bits as plain integers: arithmetic on enum members is ten times slower, and runs per segment."""

_NAMES = tuple(" ".join(flag.name or "" for flag in Flag if flag & bits) or "none" for bits in range(256))


def flag_names(bits: int) -> str:
    """`"SYN ACK"`, in the order of the bits; `"none"` for 0."""
    return _NAMES[bits]


class Segment(NamedTuple):
    """A segment; see `tcp_options` for what `options` holds."""

    source_port: int
    destination_port: int
    sequence: int
    acknowledgment: int
    flags: int
    window: int
    data: bytes = b""
    options: tcp_options.Options = ()
    urgent: int = 0

    @property
    def length(self) -> int:
        """SEG.LEN: octets of sequence space, where SYN and FIN count one each (section 3.4)."""
        return len(self.data) + (self.flags & SYN != 0) + (self.flags & FIN != 0)

    def pack(self, source: int, destination: int) -> bytes:
        """The segment's octets; the addresses are needed for the checksum."""
        options = tcp_options.pack(self.options) if self.options else b""
        offset = (HEADER_LENGTH + len(options)) // 4 << 4
        tail = options + self.data
        blank = (
            _LAYOUT.pack(
                self.source_port,
                self.destination_port,
                self.sequence,
                self.acknowledgment,
                offset,
                self.flags,
                self.window,
                0,
                self.urgent,
            )
            + tail
        )
        value = checksum(blank, pseudo_header(source, destination, ipv4.TCP, len(blank)))
        return blank[:16] + value.to_bytes(2, "big") + blank[18:]


def parse(octets: bytes, source: int, destination: int) -> Segment:
    """Read and check a segment."""
    if len(octets) < HEADER_LENGTH:
        raise WireError("TCP segment shorter than its header")
    if not is_valid(octets, pseudo_header(source, destination, ipv4.TCP, len(octets))):
        raise WireError("TCP checksum is wrong")
    source_port, destination_port, sequence, acknowledgment, offset, flags, window, _, urgent = (
        _LAYOUT.unpack_from(octets)
    )
    length = (offset >> 4) * 4
    if not HEADER_LENGTH <= length <= len(octets):
        raise WireError("TCP data offset is wrong")
    options = tcp_options.parse(octets[HEADER_LENGTH:length]) if length > HEADER_LENGTH else ()
    return Segment(
        source_port,
        destination_port,
        sequence,
        acknowledgment,
        flags,
        window,
        octets[length:],
        options,
        urgent,
    )
