"""SEGMENT ARRIVES (RFC 9293 section 3.10.7), in the order of its steps, with the checks of RFC 5961.

CLOSED and LISTEN (3.10.7.1, 3.10.7.2) are in `protocol` and `listener`, the fifth step is in
`acknowledgments`, the sixth in `urgent`, the last two are in `text`. Step 3, security and precedence,
is not done: nobody uses it (section 3.3.2 of RFC 9293 and its appendix A.1). PAWS comes before the
first step, as RFC 7323 section 5.3 has it.
"""

import errno

from stack.tcp.acknowledgments import advance_una, check_acknowledgment, take_window
from stack.tcp.control_block import ControlBlock, State
from stack.tcp.handshake import agree
from stack.tcp.output import output, send_challenge, send_syn, send_syn_ack_again
from stack.tcp.sequence import unwrap
from stack.tcp.text import text_and_fin
from stack.tcp.timestamps import Timestamps
from stack.tcp.transitions import establish, reset_by_peer, reset_peer, start_time_wait
from stack.tcp.urgent import take_urgent_pointer
from stack.tcp.window import announce
from stack.wire.tcp import ACK, FIN, RST, SYN, Segment
from stack.wire.tcp_options import find_timestamps


def segment_arrives(block: ControlBlock, segment: Segment) -> None:
    """A segment for this connection; afterwards, whatever it allows to be sent is sent."""
    if block.state is State.SYN_SENT:
        _in_syn_sent(block, segment)
    else:
        _in_other_states(block, segment)
    output(block)


def _in_syn_sent(block: ControlBlock, segment: Segment) -> None:
    """Section 3.10.7.3."""
    flags = segment.flags
    acknowledgment = unwrap(segment.acknowledgment, block.snd_una)
    # First, check the ACK bit.
    if flags & ACK and not block.iss < acknowledgment <= block.snd_nxt:
        block.drop("acknowledges something never sent")
        if not flags & RST:
            reset_peer(block, segment)
        return
    # Second, check the RST bit.
    if flags & RST:
        if flags & ACK:
            block.close_down(errno.ECONNREFUSED)
        else:
            block.drop("RST without ACK in SYN-SENT")
        return
    # Fourth, check the SYN bit.
    if not flags & SYN:
        block.drop("neither SYN nor RST in SYN-SENT")
        return
    block.irs = unwrap(segment.sequence, 0)
    block.rcv_nxt = block.rcv_edge = block.irs + 1
    agree(block, segment)
    announce(block, SYN | ACK)
    if flags & ACK:
        advance_una(block, acknowledgment, segment)
        take_window(block, segment, block.irs, acknowledgment)
        block.ack_now = True
        establish(block)
        text_and_fin(block, segment, block.rcv_nxt)
    else:  # simultaneous open
        block.set_state(State.SYN_RECEIVED)
        send_syn(block)
        if segment.data or flags & FIN:
            # Not acknowledged, so the peer sends it again after the handshake.
            block.drop("text in a SYN is taken only after the handshake")


def _in_other_states(block: ControlBlock, segment: Segment) -> None:
    """Section 3.10.7.4."""
    sequence = unwrap(segment.sequence, block.rcv_nxt)
    acknowledgment = unwrap(segment.acknowledgment, block.snd_una)
    flags = segment.flags

    if block.timestamps is not None and not _has_timely_stamp(block, block.timestamps, segment, sequence):
        return

    if block.state is State.SYN_RECEIVED and flags & (SYN | RST) == SYN and sequence == block.irs:
        if not flags & ACK:
            # The peer has not got the first one: an ACK as below would be of no use to it.
            send_syn_ack_again(block)
            return
        if _completes_simultaneous_open(block, segment, acknowledgment):
            check_acknowledgment(block, segment, sequence, acknowledgment)
            block.ack_now = True
            return

    # First, check the sequence number.
    if not _is_acceptable(block, sequence, segment.length):
        if not _is_allowed_at_a_closed_window(block, sequence, segment):
            _refuse(block, segment, sequence)
            return
        block.ack_now = not flags & RST

    # Second, check the RST bit (with RFC 5961 section 3.2).
    if flags & RST:
        if sequence != block.rcv_nxt:
            block.drop("RST in the window, but not at RCV.NXT")
            send_challenge(block)
        elif block.state is State.TIME_WAIT and block.environment.parameters.keep_time_wait:
            block.drop("RST in TIME-WAIT")
        else:
            reset_by_peer(block)
        return

    # Fourth, check the SYN bit (with RFC 5961 section 4.2).
    if flags & SYN:
        if block.state is State.SYN_RECEIVED and block.acceptor is not None:
            block.close_down()  # return to LISTEN
        else:
            block.drop("SYN in a synchronized state")
            send_challenge(block)
        return

    # Fifth, check the ACK field.
    if not flags & ACK:
        block.drop("no ACK")
        return
    if not check_acknowledgment(block, segment, sequence, acknowledgment):
        return

    # Sixth, check the URG bit.
    take_urgent_pointer(block, segment, sequence)
    # Seventh, process the segment text; eighth, check the FIN bit.
    text_and_fin(block, segment, sequence)


def _completes_simultaneous_open(block: ControlBlock, segment: Segment, acknowledgment: int) -> bool:
    """Figure 8 of section 3.5, line 7: the peer's SYN lies before the window, since it was taken already, but
    the ACK beside it is its answer to ours."""
    return block.acceptor is None and segment.length == 1 and acknowledgment == block.snd_nxt


def _has_timely_stamp(block: ControlBlock, timestamps: Timestamps, segment: Segment, sequence: int) -> bool:
    """R1 of RFC 7323 section 5.3. A RST needs no timestamp (section 3.2). R2 is the first step below; R3
    waits until the fifth has found the acknowledgment possible."""
    stamps = find_timestamps(segment.options)
    timestamps.offered = stamps and stamps[0]
    if segment.flags & RST:
        return True
    if stamps is None:
        if not block.environment.parameters.require_timestamps:
            return True
        block.drop("no timestamp, though both sides agreed on them", seq=segment.sequence)
        return False
    now = block.environment.now
    if timestamps.is_old(stamps[0], now):
        block.drop("timestamp from the past (PAWS)", seq=segment.sequence, length=segment.length)
        _answer_unacceptable(block, segment, sequence)
        return False
    return True


def _is_acceptable(block: ControlBlock, sequence: int, length: int) -> bool:
    """The table of section 3.4: any of the segment's sequence numbers lies in the window."""
    if sequence == block.rcv_nxt and length == 0:
        return True
    return sequence < block.rcv_edge and (
        sequence + length > block.rcv_nxt if length else sequence > block.rcv_nxt
    )


def _is_allowed_at_a_closed_window(block: ControlBlock, sequence: int, segment: Segment) -> bool:
    """ "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to
    accept valid ACKs, URGs, and RSTs", also with text (MUST-66)."""
    useful = segment.flags & RST or segment.flags & (ACK | SYN) == ACK
    return bool(useful) and block.rcv_edge == block.rcv_nxt == sequence


def _refuse(block: ControlBlock, segment: Segment, sequence: int) -> None:
    block.drop("outside the receive window", seq=segment.sequence, length=segment.length)
    if segment.flags & RST:
        return
    if block.state is State.TIME_WAIT and segment.flags & FIN:
        start_time_wait(block)  # the peer did not get our last ACK: the wait begins again
    _answer_unacceptable(block, segment, sequence)


def _answer_unacceptable(block: ControlBlock, segment: Segment, sequence: int) -> None:
    """An ACK. In answer to an ACK it could be answered by an ACK for ever, if the two disagree; and a SYN may
    be a stranger's (RFC 5961 section 4.2)."""
    if segment.flags & SYN or not segment.length:
        send_challenge(block)
    else:
        _report_duplicate(block, sequence, segment)
        block.ack_now = True


def _report_duplicate(block: ControlBlock, sequence: int, segment: Segment) -> None:
    """D-SACK (RFC 2883 section 4): the next acknowledgment says which text came in vain."""
    end = min(sequence + len(segment.data), block.rcv_nxt)
    if block.sack_report is not None and sequence < end:
        block.sack_report.duplicate = sequence, end
