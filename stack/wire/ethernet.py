"""Ethernet II frames (RFC 894) without FCS, which the adapter adds and checks."""

from typing import NamedTuple

from stack.wire import address
from stack.wire.error import WireError

BROADCAST = b"\xff" * 6
IPV4 = 0x0800
ARP = 0x0806
HEADER_LENGTH = 14


class Frame(NamedTuple):
    """`type` is the EtherType, or a length when it is 1500 or less (IEEE 802.3 clause 3.2.6)."""

    destination: bytes
    source: bytes
    type: int
    payload: bytes

    def pack(self) -> bytes:
        """The frame's octets. Padding to 60 octets is the MAC's work."""
        return self.destination + self.source + self.type.to_bytes(2, "big") + self.payload


def parse(octets: bytes) -> Frame:
    """Read a frame. The payload keeps its padding: only the upper header knows its length."""
    if len(octets) < HEADER_LENGTH:
        raise WireError("frame shorter than its header")
    return Frame(octets[0:6], octets[6:12], int.from_bytes(octets[12:14], "big"), octets[14:])


def group_address(group: int) -> bytes:
    """The station address of an IPv4 group: its 23 low bits (RFC 1112 section 6.4)."""
    return b"\x01\x00\x5e" + (group & 0x7F_FFFF).to_bytes(3, "big")


ALL_HOSTS = group_address(address.ALL_HOSTS)


def mac_text(mac: bytes) -> str:
    """`02:00:00:00:00:01`."""
    return mac.hex(":")
