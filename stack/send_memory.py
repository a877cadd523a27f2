"""Send memory: what the frames of a socket take up in this host until they have left it.

Each packet that a socket sends is charged to it, with what a kernel spends on a packet beside its octets.
The charge goes along with the frame, through ARP's queue and the device's. Whoever gives the frame to the
wire, or drops it, releases the charge. A socket whose charges reach its send buffer (SO_SNDBUF) must wait.
So a sender is as fast as its cable, and no queue below it overflows.

The sizes are Linux's, so that a socket takes as many datagrams as there before it says EAGAIN.
"""

from functools import cache
from typing import Protocol

_DESCRIPTOR = 256
"""`struct sk_buff`, aligned."""
_SHARED = 320
"""`struct skb_shared_info`, behind the octets of a packet."""
_LINK = 31
"""Room for the link header, and for its alignment."""
_LINE = 64
"""A line of the processor's cache."""
_SMALL = 576
"""The least buffer with octets and shared information; the next ones are powers of two."""


class Sender(Protocol):
    """Who is charged for packets."""

    def charge(self, octets: int) -> int:
        """A packet that takes `octets` of send memory is on its way; what the sender knows it by."""

    def uncharge(self, octets: int, mark: int) -> None:
        """The one that is known by `mark` has been given to the wire, or dropped, before others or after."""


Charge = tuple[Sender, int, int]
"""What one frame takes of its sender's send memory: who is uncharged, and the arguments."""


@cache
def true_size(octets: int) -> int:
    """What an IP packet of `octets` takes up (Linux: `skb->truesize`)."""
    needed = -(-(octets + _LINK) // _LINE) * _LINE + _SHARED
    return _DESCRIPTOR + (_SMALL if needed <= _SMALL else 1 << (needed - 1).bit_length())
