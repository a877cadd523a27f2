"""The TCP header and its options (RFC 9293 sections 3.1 and 3.2)."""

import struct
from enum import IntFlag
from typing import NamedTuple

from stack.wire import ipv4
from stack.wire.checksum import checksum, is_valid, pseudo_header
from stack.wire.error import WireError

HEADER_LENGTH = 20
MAXIMUM_OPTIONS = 40

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


class OptionKind:
    """Option kinds (RFC 9293 section 3.1, RFC 7323, RFC 2018)."""

    END = 0
    NO_OPERATION = 1
    MAXIMUM_SEGMENT_SIZE = 2


class Segment(NamedTuple):
    """A segment; `options` are (kind, value) in the order of the wire, no-operations left out."""

    source_port: int
    destination_port: int
    sequence: int
    acknowledgment: int
    flags: int
    window: int
    data: bytes = b""
    options: tuple[tuple[int, bytes], ...] = ()
    urgent: int = 0

    @property
    def length(self) -> int:
        """SEG.LEN: octets of sequence space, where SYN and FIN count one each (section 3.4)."""
        return len(self.data) + (self.flags & SYN != 0) + (self.flags & FIN != 0)

    @property
    def maximum_segment_size(self) -> int | None:
        """The MSS option's value, None without a well-formed one."""
        for kind, value in self.options:
            if kind == OptionKind.MAXIMUM_SEGMENT_SIZE and len(value) == 2:
                return int.from_bytes(value, "big")
        return None

    def pack(self, source: int, destination: int) -> bytes:
        """The segment's octets; the addresses are needed for the checksum."""
        options = _pack_options(self.options) if self.options else b""
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
    options = _parse_options(octets[HEADER_LENGTH:length]) if length > HEADER_LENGTH else ()
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


def maximum_segment_size_option(value: int) -> tuple[int, bytes]:
    """The MSS option, for segments with SYN only (RFC 9293 section 3.7.1)."""
    return OptionKind.MAXIMUM_SEGMENT_SIZE, value.to_bytes(2, "big")


def _pack_options(options: tuple[tuple[int, bytes], ...]) -> bytes:
    packed = b"".join(bytes((kind, 2 + len(value))) + value for kind, value in options)
    if len(packed) > MAXIMUM_OPTIONS:
        raise ValueError(f"TCP options of {len(packed)} octets do not fit into {MAXIMUM_OPTIONS}")
    return packed + bytes(-len(packed) % 4)


def _parse_options(octets: bytes) -> tuple[tuple[int, bytes], ...]:
    # Unknown options are kept and ignored by their readers (section 3.1, MUST-6); a length that
    # cannot be ends the list without harm (MUST-7).
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(octets) and octets[at] != OptionKind.END:
        if octets[at] == OptionKind.NO_OPERATION:
            at += 1
            continue
        length = octets[at + 1] if at + 1 < len(octets) else 0
        if length < 2 or at + length > len(octets):
            break
        found.append((octets[at], octets[at + 2 : at + length]))
        at += length
    return tuple(found)
