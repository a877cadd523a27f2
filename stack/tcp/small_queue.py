"""Small queues: how much of a connection may wait inside this host.

What TCP has sent stands in ARP's queue, in the device's and in the adapter until the wire takes it. If a
connection had its whole window there, it would measure its own queue as round-trip time, keep others waiting
and, with enough like it, overflow the device's queue. So it holds back what goes beyond a millisecond of its
rate, or two segments if that is more, until some of it has left, as Linux does (`tcp_small_queue_check`). The
cable is not idle for that: one segment is on it, and another is ready.

A first segment in flight always goes: its acknowledgment is what drives the connection.

What still waits here when its timer expires is not made once more (`skb_still_in_host_queue`): it goes again
when it has left.
"""

from stack.send_memory import true_size
from stack.tcp.control_block import ControlBlock
from stack.wire import ipv4, tcp

_HEADERS = ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH
_SEGMENTS = 2
_PART_OF_A_SECOND = 1024
_SECOND = 1_000_000_000


def holds_back(block: ControlBlock) -> bool:
    """Whether the connection's next segment waits until one before it has left the host."""
    held = block.in_host
    if held < _SEGMENTS * true_size(_HEADERS + block.snd_mss) or not block.flight:
        return False
    block.held_back = held >= _allowed(block)
    return block.held_back


def _allowed(block: ControlBlock) -> int:
    """About a millisecond's part of the rate: 1.2 windows in a round trip, 2 in slow start."""
    round_trip = block.rto.srtt
    if round_trip is None:
        return block.in_host + 1
    window, threshold = block.congestion.window, block.congestion.threshold
    tenths = 20 if 2 * window < threshold else 12
    return tenths * window * _SECOND // (10 * _PART_OF_A_SECOND * max(round_trip, 1))
