"""Smaller segments when the path turns out narrower than its ends (RFC 1191 section 6.4 and 6.5)."""

from stack.tcp import events
from stack.tcp.control_block import SENDING, ControlBlock
from stack.tcp.output import output
from stack.wire import ipv4, tcp, tcp_options

HEADERS = ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH


def fit(block: ControlBlock, mtu: int) -> None:
    """Send packets of `mtu` octets at most from now on; what is under way was too long and goes again.

    That is no sign of congestion, so as many segments as before may be under way (RFC 1191 section 6.5, RFC
    5681 section 3.1).
    """
    block.path_mss = mtu - HEADERS
    size = block.path_mss - (tcp_options.TIMESTAMPS_LENGTH if block.timestamps is not None else 0)
    if size >= block.snd_mss:
        return
    block.event(events.SegmentSize, old=block.snd_mss, new=size)
    block.snd_mss = size
    block.congestion.segment_size(size)
    block.recovery.segment_size(size)
    block.tell_congestion_window()
    if block.flight and block.state in SENDING:
        block.timed = None
        block.send_again(block.snd_una, f"ICMP: the path takes packets of {mtu:,} octets")
    output(block)
