"""The receive filter's hash of group addresses: 64 bins, HASH0 and HASH1.

A group address falls into the bin that the six top bits of its CRC-32 name, the CRC of the frame check
sequence before its final complement (Linux: `ether_crc(6, address) >> 26`). Several addresses may share a
bin, so the adapter lets more through than was asked for; the stack looks again.
"""

import zlib
from collections.abc import Iterable

_CRC_BITS = 32
_BIN_SHIFT = 26
_BINS = 64


def ether_crc(octets: bytes) -> int:
    """The CRC register after `octets`, x³¹ as the top bit; `zlib.crc32` is its mirror image, complemented."""
    mirrored = zlib.crc32(octets) ^ 0xFFFF_FFFF
    return int(f"{mirrored:0{_CRC_BITS}b}"[::-1], 2)


def hash_registers(groups: Iterable[bytes]) -> tuple[int, int]:
    """HASH0 and HASH1 that let these group addresses in."""
    bins = 0
    for group in groups:
        bins |= 1 << (ether_crc(group) >> _BIN_SHIFT)
    return bins & 0xFFFF_FFFF, bins >> (_BINS // 2)
