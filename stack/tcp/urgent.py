"""SEGMENT ARRIVES, sixth: the URG bit (RFC 9293 section 3.8.5, RFC 6093).

Urgent data stays where it is in the stream; the pointer says up to where the stream is urgent, and
names the octet after it (RFC 6093 section 3.1). The program is notified by an exceptional condition
of its socket, which lasts until it has read so far.
"""

from stack.tcp import events
from stack.tcp.control_block import RECEIVING, ControlBlock
from stack.wire.tcp import URG, Segment


def take_urgent_pointer(block: ControlBlock, segment: Segment, sequence: int) -> None:
    """`sequence` is SEG.SEQ, unwrapped."""
    if not segment.flags & URG or block.state not in RECEIVING:
        return
    known = urgent_octets(block) > 0
    block.rcv_up = max(block.rcv_up, sequence + segment.urgent)
    if not known and urgent_octets(block):  # MUST-32: reported once for each run of urgent data
        block.event(events.UrgentData, octets=urgent_octets(block))
        block.wake_readers()


def urgent_octets(block: ControlBlock) -> int:
    """Octets that the program has to read to be past the urgent data (MUST-33); 0 if there is none."""
    return max(block.rcv_up - (block.rcv_nxt - len(block.receive_buffer)), 0)
