"""The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words.

A one's complement sum is a sum modulo 0xffff, and 2**16 is 1 modulo 0xffff: so the sum of the words
is the remainder of the whole octet string read as one big number. That is one division by a small
number in C instead of a loop over words. The remainder does not distinguish 0x0000 from 0xffff, the two
zeros of one's complement; only words that are all zero sum to 0x0000.
"""


def pseudo_header(source: int, destination: int, protocol: int, length: int) -> int:
    """The sum over the pseudo-header of TCP (RFC 9293 section 3.1) and UDP (RFC 768), never 0."""
    return (
        (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF) + protocol + length
    )


def checksum(data: bytes, pseudo: int = 0) -> int:
    """The checksum field for `data` (whose own field is 0), starting from the sum `pseudo`."""
    total = int.from_bytes(data, "big")
    if len(data) & 1:  # RFC 1071 section 1: pad with a zero octet
        total <<= 8
    total += pseudo
    return -total % 0xFFFF if total else 0xFFFF


def is_valid(data: bytes, pseudo: int = 0) -> bool:
    """Whether `data`, its checksum field included, sums to 0xffff: nothing is left for another field."""
    return not checksum(data, pseudo)
