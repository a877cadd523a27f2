"""IGMP messages, version 2 and what of version 1 it knows (RFC 2236 section 2)."""

from typing import NamedTuple

from stack.wire.checksum import checksum, is_valid
from stack.wire.error import WireError

QUERY = 0x11
REPORT_1 = 0x12
REPORT = 0x16
LEAVE = 0x17
_LENGTH = 8


class Message(NamedTuple):
    """`response` is the longest time to wait with a report, in tenths of a second; 0 in version 1."""

    type: int
    response: int
    group: int

    def pack(self) -> bytes:
        """The message's octets, checksum included."""
        group = self.group.to_bytes(4, "big")
        head = bytes((self.type, self.response))
        return head + checksum(head + b"\0\0" + group).to_bytes(2, "big") + group


def parse(octets: bytes) -> Message:
    """Read and check a message; what is behind its eight octets is left to later versions."""
    if len(octets) < _LENGTH:
        raise WireError("IGMP message shorter than eight octets")
    if not is_valid(octets):
        raise WireError("IGMP checksum is wrong")
    return Message(octets[0], octets[1], int.from_bytes(octets[4:8], "big"))
