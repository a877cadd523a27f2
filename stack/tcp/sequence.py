"""Sequence numbers (RFC 9293 section 3.4): modulo 2**32 on the wire, plain growing integers inside.

Every number is unwrapped once, at the door, to the integer nearest to one that is known already
(RCV.NXT for SEG.SEQ, SND.UNA for SEG.ACK). From there on `SND.UNA < SEG.ACK =< SND.NXT` can be
written as the RFC writes it, and the reassembly queue can sort.
"""

_HALF = 1 << 31


def unwrap(wire: int, near: int) -> int:
    """The integer congruent to `wire` modulo 2**32 in [near - 2**31, near + 2**31)."""
    return near + ((wire - near + _HALF) & 0xFFFF_FFFF) - _HALF


def wrap(number: int) -> int:
    """The 32 bits that go on the wire."""
    return number & 0xFFFF_FFFF
