"""A film as `video` sends it and `watch` shows it: frames in packets, each of which says which part it is.

Every twelfth frame is whole in itself, and four times as large as those that only have what has changed. The
contents are noise; sizes and times are what a network sees of a film.
"""

import struct
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

CLOCK_HZ = 90_000
"""RFC 3551 section 5."""
PAYLOAD_TYPE = 96
"""The first dynamic one (RFC 3551 table 5)."""
_GROUP = 12
_KEY_SIZE = 4
_LARGEST = 1400
_PART = struct.Struct("!HH")


class Part(NamedTuple):
    """A piece of a frame: the one with this number, from 0, of this many."""

    number: int
    total: int
    data: bytes

    def pack(self) -> bytes:
        """As a payload."""
        return _PART.pack(self.number, self.total) + self.data


def unpack(payload: bytes) -> Part:
    """Read a payload. ValueError if it is none of this format."""
    if len(payload) < _PART.size:
        raise ValueError("not a part of a frame")
    number, total = _PART.unpack_from(payload)
    if number >= total:
        raise ValueError("not a part of a frame")
    return Part(number, total, payload[_PART.size :])


def frame(number: int, bits_per_second: int, frames_per_second: int) -> Iterator[Part]:
    """The parts of frame `number` of a film of this rate."""
    share = bits_per_second * _GROUP // 8 // frames_per_second // (_GROUP - 1 + _KEY_SIZE)
    octets = max(share * (1 if number % _GROUP else _KEY_SIZE), 1)
    content = Random(number).randbytes(octets)
    pieces = [content[at : at + _LARGEST] for at in range(0, octets, _LARGEST)]
    for part, piece in enumerate(pieces):
        yield Part(part, len(pieces), piece)
