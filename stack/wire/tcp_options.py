"""TCP options (RFC 9293 section 3.1, RFC 7323, RFC 2018): how each is written, read, and laid out.

A list of options is a tuple of (kind, value) in the order of the wire, no-operations left out. Each
option is packed so that it ends at a multiple of four octets (RFC 7323 appendix A has timestamps so),
which costs nothing: the list must fill whole words anyway. SACK permitted takes the place of the
two no-operations before timestamps, so that a SYN with all four options has 20 octets of them.
"""

import struct

Option = tuple[int, bytes]
Options = tuple[Option, ...]

END = 0
NO_OPERATION = 1
MAXIMUM_SEGMENT_SIZE = 2
WINDOW_SCALE = 3
SACK_PERMITTED = 4
SACK = 5
TIMESTAMPS = 8

MAXIMUM_LENGTH = 40
"""Octets of all options together; the header's length field allows no more."""
TIMESTAMPS_LENGTH = 12
"""Octets that timestamps take, with their two no-operations."""

_TIMESTAMPS_ALONE = bytes((NO_OPERATION, NO_OPERATION, TIMESTAMPS, 10))
_PAIR = struct.Struct("!II")


def maximum_segment_size(value: int) -> Option:
    """For segments with SYN only (RFC 9293 section 3.7.1)."""
    return MAXIMUM_SEGMENT_SIZE, value.to_bytes(2, "big")


def window_scale(shift: int) -> Option:
    """For segments with SYN only (RFC 7323 section 2.2)."""
    return WINDOW_SCALE, bytes((shift,))


def sack_permitted() -> Option:
    """For segments with SYN only (RFC 2018 section 2)."""
    return SACK_PERMITTED, b""


def sack(blocks: list[tuple[int, int]]) -> Option:
    """Left and right edge of each block, as 32-bit sequence numbers (RFC 2018 section 3)."""
    return SACK, b"".join(_PAIR.pack(*block) for block in blocks)


def timestamps(value: int, echo: int) -> Option:
    """TSval and TSecr (RFC 7323 section 3.2)."""
    return TIMESTAMPS, _PAIR.pack(value, echo)


def find_maximum_segment_size(options: Options) -> int | None:
    """The MSS option's value; None without a well-formed one, as with all that follow."""
    value = _find(options, MAXIMUM_SEGMENT_SIZE, 2)
    return None if value is None else int.from_bytes(value, "big")


def find_window_scale(options: Options) -> int | None:
    """The shift count, as it stands: above 14 it counts as 14 (RFC 7323 section 2.3)."""
    value = _find(options, WINDOW_SCALE, 1)
    return None if value is None else value[0]


def permits_sack(options: Options) -> bool:
    """Whether the sender of this SYN understands SACK."""
    return _find(options, SACK_PERMITTED, 0) is not None


def find_sack(options: Options) -> list[tuple[int, int]]:
    """The reported blocks, empty without any."""
    for kind, value in options:
        if kind == SACK and len(value) % 8 == 0:
            return list(_PAIR.iter_unpack(value))
    return []


def find_timestamps(options: Options) -> tuple[int, int] | None:
    """TSval and TSecr."""
    value = _find(options, TIMESTAMPS, 8)
    if value is None:
        return None
    stamp, echo = _PAIR.unpack(value)
    return stamp, echo


def pack(options: Options) -> bytes:
    """The option list's octets, a multiple of four. ValueError beyond 40."""
    packed = b""
    for at, (kind, value) in enumerate(options):
        length = 2 + len(value)
        before_timestamps = at + 1 < len(options) and options[at + 1][0] == TIMESTAMPS
        if kind != SACK_PERMITTED or not before_timestamps:
            packed += b"\1" * (-(len(packed) + length) % 4)
        packed += bytes((kind, length)) + value
    if len(packed) > MAXIMUM_LENGTH:
        raise ValueError(f"TCP options of {len(packed)} octets do not fit into {MAXIMUM_LENGTH}")
    return packed


def parse(octets: bytes) -> Options:
    """Read a list. Unknown options are kept for readers to ignore (RFC 9293 section 3.1, MUST-6); a
    length that cannot be ends the list without harm (MUST-7)."""
    if len(octets) == TIMESTAMPS_LENGTH and octets[:4] == _TIMESTAMPS_ALONE:  # on every segment, if at all
        return ((TIMESTAMPS, octets[4:]),)
    found: list[Option] = []
    at = 0
    while at < len(octets) and octets[at] != END:
        if octets[at] == NO_OPERATION:
            at += 1
            continue
        length = octets[at + 1] if at + 1 < len(octets) else 0
        if length < 2 or at + length > len(octets):
            break
        found.append((octets[at], octets[at + 2 : at + length]))
        at += length
    return tuple(found)


def _find(options: Options, kind: int, length: int) -> bytes | None:
    for found, value in options:
        if found == kind and len(value) == length:
            return value
    return None
