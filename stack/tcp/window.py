"""The receive window (RFC 9293 section 3.8.6): what is promised to the peer, and when it grows.

The promised edge RCV.NXT + RCV.WND never moves back (SHLD-14) and moves forward only by steps worth
a segment (section 3.8.6.2.2). With window scale the header's field counts units of 2**Rcv.Wind.Shift
octets and is rounded down, so it may say up to a unit less than was promised; what was promised is
taken all the same (RFC 7323 section 2.4).
"""

from stack.tcp import events
from stack.tcp.control_block import ControlBlock, State
from stack.wire import tcp_options
from stack.wire.tcp import ACK, SYN

UNSCALED = 0xFFFF
"""What the header's field can say by itself."""


def announce(block: ControlBlock, flags: int) -> int:
    """The window field of a segment that goes now; moves the promised edge. A SYN's is never scaled."""
    if not flags & ACK:
        return _first_window(block)
    shift = 0 if flags & SYN else block.rcv_shift
    edge, end = _edges(block)
    if flags & SYN:
        edge = min(edge, block.rcv_nxt + _first_window(block))
    if block.growth is not None:  # Linux rounds up, and its buffer has a unit in reserve
        rest = -(edge - block.rcv_nxt) % (1 << shift)
        if edge + rest < min(end + (1 << shift), block.rcv_nxt + (UNSCALED + 1 << shift)):
            edge += rest
    field = edge - block.rcv_nxt >> shift
    if block.window_shut != (field == 0):
        block.window_shut = field == 0
        opened = events.ReceiveWindowOpened
        block.event(events.ReceiveWindowClosed if field == 0 else opened, octets=field << shift)
    block.rcv_edge = max(block.rcv_edge, block.rcv_nxt + (field << shift))
    return field


def _first_window(block: ControlBlock) -> int:
    """A SYN's. A buffer that grows begins with whole segments, as Linux's does."""
    window = min(block.options.receive_buffer, UNSCALED)
    if block.growth is None:
        return window
    stamped = block.state is State.SYN_RECEIVED and block.timestamps is not None
    segment = block.own_mss - (tcp_options.TIMESTAMPS_LENGTH if stamped else 0)
    return window // segment * segment or window


def window_update_is_due(block: ControlBlock) -> bool:
    """Whether the program has read so much that the peer should be notified without having sent.

    Beyond the receiver's silly-window rule the promise must have doubled, or a fast reader would
    send one update for every segment.
    """
    promised = block.rcv_edge - block.rcv_nxt
    edge, _ = _edges(block)
    return edge - block.rcv_nxt >= max(2 * promised, 1) and edge > block.rcv_edge


def _edges(block: ControlBlock) -> tuple[int, int]:
    """Where the window ends now, and where the buffer does."""
    # Section 3.8.6.2.2: the edge advances by min(half the buffer, Eff.snd.MSS) at least, or stays. That
    # MSS is the peer's, which our own option bounds.
    size = min(block.options.receive_buffer, UNSCALED << block.rcv_shift)
    end = block.rcv_nxt + max(size - len(block.receive_buffer), 0)
    if end - block.rcv_edge >= min(size // 2, block.own_mss):
        return end, end
    return max(block.rcv_edge, block.rcv_nxt), end
