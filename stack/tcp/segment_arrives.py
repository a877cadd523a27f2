"""SEGMENT ARRIVES (RFC 9293 section 3.10.7), in the order of its steps, with the checks of RFC 5961.

CLOSED and LISTEN (3.10.7.1, 3.10.7.2) are in `protocol` and `listener`. Step 3, security and
precedence, is not done: nobody uses it (section 3.3.2 of RFC 9293 and its appendix A.1).
"""

import errno

from stack.tcp.control_block import RECEIVING, ControlBlock, State, TimerKind
from stack.tcp.output import open_window, output, retransmit_first, send_challenge, send_reset, send_syn
from stack.tcp.sequence import unwrap, wrap
from stack.wire.address import pair
from stack.wire.tcp import ACK, FIN, RST, SYN, Segment

_FINISHING = frozenset({State.CLOSING, State.LAST_ACK, State.TIME_WAIT})


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
        _drop(block, "acknowledges something never sent")
        if not flags & RST:
            _reset_peer(block, segment)
        return
    # Second, check the RST bit.
    if flags & RST:
        if flags & ACK:
            block.close_down(errno.ECONNREFUSED)
        else:
            _drop(block, "RST without ACK in SYN-SENT")
        return
    # Fourth, check the SYN bit.
    if not flags & SYN:
        _drop(block, "neither SYN nor RST in SYN-SENT")
        return
    block.irs = unwrap(segment.sequence, 0)
    block.rcv_nxt = block.rcv_edge = block.irs + 1
    block.agree_on_mss(segment)
    open_window(block)
    if flags & ACK:
        _advance_una(block, acknowledgment)
        _take_window(block, segment, block.irs, acknowledgment)
        block.ack_now = True
        _establish(block)
        _text_and_fin(block, segment, block.rcv_nxt)
    else:  # simultaneous open
        block.set_state(State.SYN_RECEIVED)
        send_syn(block)
        if segment.data or flags & FIN:
            # Not acknowledged, so the peer sends it again after the handshake.
            _drop(block, "text in a SYN is taken only after the handshake")


def _in_other_states(block: ControlBlock, segment: Segment) -> None:
    """Section 3.10.7.4."""
    sequence = unwrap(segment.sequence, block.rcv_nxt)
    acknowledgment = unwrap(segment.acknowledgment, block.snd_una)
    flags = segment.flags

    # First, check the sequence number.
    if not _is_acceptable(block, sequence, segment.length):
        if not _has_useful_ack(block, sequence, segment):
            _refuse(block, segment)
            return
        # "If RCV.WND is zero … special allowance should be made to accept valid ACKs, URGs, and RSTs."
        block.ack_now = True

    # Second, check the RST bit (with RFC 5961 section 3.2).
    if flags & RST:
        if sequence != block.rcv_nxt:
            _drop(block, "RST in the window, but not at RCV.NXT")
            send_challenge(block)
        else:
            _reset_by_peer(block)
        return

    # Fourth, check the SYN bit (with RFC 5961 section 4.2).
    if flags & SYN:
        if block.state is State.SYN_RECEIVED and block.acceptor is not None:
            block.close_down()  # return to LISTEN
        else:
            _drop(block, "SYN in a synchronized state")
            send_challenge(block)
        return

    # Fifth, check the ACK field.
    if not flags & ACK:
        _drop(block, "no ACK")
        return
    if not _check_ack(block, segment, sequence, acknowledgment):
        return

    # Sixth, check the URG bit: urgent data stays where it is in the stream (RFC 6093 section 6).
    # Seventh, process the segment text; eighth, check the FIN bit.
    _text_and_fin(block, segment, sequence)


def _is_acceptable(block: ControlBlock, sequence: int, length: int) -> bool:
    """The table of section 3.4: any of the segment's sequence numbers lies in the window."""
    if sequence == block.rcv_nxt and length == 0:
        return True
    return sequence < block.rcv_edge and (
        sequence + length > block.rcv_nxt if length else sequence > block.rcv_nxt
    )


def _has_useful_ack(block: ControlBlock, sequence: int, segment: Segment) -> bool:
    return block.rcv_edge == block.rcv_nxt == sequence and segment.flags & (ACK | SYN) == ACK


def _refuse(block: ControlBlock, segment: Segment) -> None:
    _drop(block, "outside the receive window", seq=segment.sequence, length=segment.length)
    if segment.flags & RST:
        return
    if block.state is State.TIME_WAIT and segment.flags & FIN:
        _start_time_wait(block)  # the peer did not get our last ACK: the wait begins anew
    if segment.length:
        block.ack_now = True
    else:
        # An ACK in answer to an ACK could be answered by an ACK for ever, if the two disagree.
        send_challenge(block)


def _reset_by_peer(block: ControlBlock) -> None:
    block.event("reset by peer")
    if block.state is State.SYN_RECEIVED:
        block.close_down(errno.ECONNREFUSED)  # a passive open has no owner: it returns to LISTEN
    elif block.state in _FINISHING:
        block.close_down()
    else:
        block.close_down(errno.EPIPE if block.state is State.CLOSE_WAIT else errno.ECONNRESET)


def _check_ack(block: ControlBlock, segment: Segment, sequence: int, acknowledgment: int) -> bool:
    """Step five. Whether the segment is to be processed further."""
    if block.state is State.SYN_RECEIVED:
        if not block.snd_una < acknowledgment <= block.snd_nxt:
            _drop(block, "acknowledges something never sent")
            _reset_peer(block, segment)
            return False
        if block.acceptor is not None and not block.acceptor.has_room():
            _drop(block, "accept queue is full")  # the SYN-ACK is sent again, and so this answered again
            return False
        _advance_una(block, acknowledgment)
        _take_window(block, segment, sequence, acknowledgment)
        _establish(block)
    elif not block.snd_una - block.max_snd_wnd <= acknowledgment <= block.snd_nxt:  # RFC 5961 section 5.2
        _drop(block, "acknowledgment out of range", ack=segment.acknowledgment)
        send_challenge(block)
        return False
    elif acknowledgment > block.snd_una:
        _new_acknowledgment(block, acknowledgment)
    elif _is_duplicate(block, segment, acknowledgment) and block.congestion.duplicate(
        block.snd_una, block.snd_nxt
    ):
        _fast_retransmit(block, "three duplicate acknowledgments")
    if acknowledgment >= block.snd_una:
        _update_window(block, segment, sequence, acknowledgment)
    _keep_alive(block)

    if block.fin_acknowledged:
        match block.state:
            case State.FIN_WAIT_1:
                block.set_state(State.FIN_WAIT_2)
                watch_fin_wait_2(block)
            case State.CLOSING:
                _start_time_wait(block)
            case State.LAST_ACK:
                block.close_down()
                return False
    return True


def _new_acknowledgment(block: ControlBlock, acknowledgment: int) -> None:
    octets = acknowledgment - block.snd_una
    _advance_una(block, acknowledgment)
    if block.resend is not None and block.resend <= acknowledgment:
        block.resend = acknowledgment if acknowledgment < block.snd_nxt else None
    lost = block.congestion.acknowledged(octets, acknowledgment, block.flight)
    if block.flight == 0:
        block.stop_timer()  # RFC 6298 (5.2); `output` arms it again if more is sent
    else:
        block.set_timer(TimerKind.RETRANSMIT, block.rto.value)  # (5.3)
        if lost and block.resend is None:
            _fast_retransmit(block, "partial acknowledgment")
    if block.owner is not None and block.owner.writable():
        block.owner.writers.wake()


def _advance_una(block: ControlBlock, acknowledgment: int) -> None:
    now = block.environment.now
    if block.timed is not None and acknowledgment >= block.timed[0]:
        block.rto.measure(now - block.timed[1])
        block.timed = None
        block.event("round trip measured", srtt=block.rto.srtt, rttvar=block.rto.rttvar, rto=block.rto.value)
    block.snd_una = acknowledgment
    del block.send_buffer[: max(len(block.send_buffer) - (block.snd_end - acknowledgment), 0)]
    block.attempts = 0
    block.progress_at = now


def _is_duplicate(block: ControlBlock, segment: Segment, acknowledgment: int) -> bool:
    """RFC 5681 section 2, DUPLICATE ACKNOWLEDGMENT (a) to (e)."""
    return (
        block.flight > 0
        and not segment.length
        and acknowledgment == block.snd_una
        and segment.window == block.snd_wnd
    )


def _fast_retransmit(block: ControlBlock, reason: str) -> None:
    block.event("retransmission", reason=reason, seq=wrap(block.snd_una), attempt=1, rto=block.rto.value)
    retransmit_first(block)


def _update_window(block: ControlBlock, segment: Segment, sequence: int, acknowledgment: int) -> None:
    # "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK), set the window", so that
    # an old segment does not change it back.
    if block.snd_wl1 < sequence or (block.snd_wl1 == sequence and block.snd_wl2 <= acknowledgment):
        _take_window(block, segment, sequence, acknowledgment)
    if block.snd_wnd == 0:
        block.progress_at = block.environment.now  # a closed window is no failure (section 3.8.6.1)
    elif block.timer_kind is TimerKind.PERSIST:
        block.attempts = 0
        block.stop_timer()
        if block.flight:
            block.resend = block.snd_una  # the probe's octet was refused


def _take_window(block: ControlBlock, segment: Segment, sequence: int, acknowledgment: int) -> None:
    if segment.window != block.snd_wnd:
        block.event("send window", old=block.snd_wnd, new=segment.window)
    block.snd_wnd = segment.window
    block.snd_wl1 = sequence
    block.snd_wl2 = acknowledgment
    block.max_snd_wnd = max(block.max_snd_wnd, block.snd_wnd)


def _keep_alive(block: ControlBlock) -> None:
    if block.timer_kind is TimerKind.KEEPALIVE:
        block.attempts = 0
        block.stop_timer()


def _establish(block: ControlBlock) -> None:
    if block.syn_lost:
        block.rto.syn_was_lost()
        block.congestion.syn_lost()
    block.set_state(State.ESTABLISHED)
    block.stop_timer()
    if block.acceptor is not None:
        block.acceptor.completed(block)
    block.wake_all()
    if block.fin_queued:  # close() or shutdown() came before the handshake's end
        block.set_state(State.FIN_WAIT_1)


def _text_and_fin(block: ControlBlock, segment: Segment, sequence: int) -> None:
    """Steps seven and eight."""
    if not (segment.data or segment.flags & FIN):
        return
    if block.state not in RECEIVING:
        _drop(block, "text after the peer's FIN")
        return
    end = sequence + len(segment.data)
    if segment.data and end > block.rcv_nxt and block.abandoned:
        # RFC 9293 section 3.6.1: data after CLOSE is lost, and the peer shall know.
        block.event("drop", reason="data after close", length=len(segment.data))
        send_reset(block)
        block.close_down()
        return
    if segment.data and sequence == block.rcv_nxt and end <= block.rcv_edge and not block.early:
        block.receive_buffer += segment.data  # the ordinary case
        block.rcv_nxt = end
        _delay_acknowledgment(block)
        block.wake_readers()
        if segment.flags & FIN:
            block.fin_at = end
    else:
        _remember_text(block, segment, sequence)
        _join(block)
    if block.fin_at == block.rcv_nxt:
        _fin(block)


def _remember_text(block: ControlBlock, segment: Segment, sequence: int) -> None:
    """Keep what is new and in the window, and the place of the FIN."""
    end = sequence + len(segment.data)
    if segment.flags & FIN and end <= max(block.rcv_edge, block.rcv_nxt):
        block.fin_at = end
    first, last = max(sequence, block.rcv_nxt), min(end, block.rcv_edge)
    if first < last:
        block.early.add(first, segment.data[first - sequence : last - sequence])
    # RFC 5681 section 4.2: what is out of order, or fills a gap, is acknowledged at once.
    block.ack_now = True


def _join(block: ControlBlock) -> None:
    run = block.early.take(block.rcv_nxt)
    if run:
        block.receive_buffer += run
        block.rcv_nxt += len(run)
        block.wake_readers()
    elif block.early:
        held = [f"{wrap(start)}-{wrap(stop)}" for start, stop in block.early.ranges()]
        block.event("gap", expected=wrap(block.rcv_nxt), held=" ".join(held))


def _delay_acknowledgment(block: ControlBlock) -> None:
    """RFC 9293 section 3.8.6.3: at least every second segment, and never later than the delay."""
    block.segments_to_ack += 1
    if block.segments_to_ack >= 2:
        block.ack_now = True
    elif block.ack_timer.deadline is None:
        block.ack_timer.arm(block.environment.now + block.environment.parameters.delayed_ack)


def _fin(block: ControlBlock) -> None:
    block.rcv_nxt += 1
    block.rcv_edge = max(block.rcv_edge, block.rcv_nxt)
    block.fin_at = None
    block.ack_now = True
    match block.state:
        case State.ESTABLISHED:
            block.set_state(State.CLOSE_WAIT)
        case State.FIN_WAIT_1:
            # Had our FIN been acknowledged by this segment, the state would be FIN-WAIT-2 already.
            block.set_state(State.CLOSING)
        case State.FIN_WAIT_2:
            _start_time_wait(block)
    block.wake_all()


def _start_time_wait(block: ControlBlock) -> None:
    if block.state is not State.TIME_WAIT:
        block.set_state(State.TIME_WAIT)
    block.set_timer(TimerKind.TIME_WAIT, 2 * block.environment.parameters.msl)


def watch_fin_wait_2(block: ControlBlock) -> None:
    """Nobody is left to end a connection in FIN-WAIT-2 whose socket is closed and whose peer is silent."""
    if block.abandoned:
        block.set_timer(TimerKind.FIN_WAIT_2, block.environment.parameters.fin_wait_2_timeout)
    else:
        block.stop_timer()


def _reset_peer(block: ControlBlock, segment: Segment) -> None:
    """<SEQ=SEG.ACK><CTL=RST>"""
    reset = Segment(block.local[1], block.remote[1], segment.acknowledgment, 0, RST, 0)
    block.home.transmit(block, reset)


def _drop(block: ControlBlock, reason: str, **fields: int) -> None:
    block.environment.emit("tcp", "drop", fd=block.fd, remote=pair(*block.remote), reason=reason, **fields)
