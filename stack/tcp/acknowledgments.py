"""SEGMENT ARRIVES, fifth: the ACK field (RFC 9293 section 3.10.7.4), with RFC 5961 section 5.

What is acknowledged leaves the send buffer and may give a round-trip time; what is acknowledged again
and again, or selectively, may mean a loss.
"""

from stack.tcp import events
from stack.tcp.control_block import Acceptor, ControlBlock, State, TimerKind
from stack.tcp.output import retransmission, retransmit_first, send_challenge
from stack.tcp.sequence import unwrap, wrap
from stack.tcp.transitions import establish, reset_peer, start_time_wait, watch_fin_wait_2
from stack.wire import tcp_options
from stack.wire.tcp import SYN, Segment


def check_acknowledgment(block: ControlBlock, segment: Segment, sequence: int, acknowledgment: int) -> bool:
    """Step five. Whether the segment is to be processed further."""
    opening = block.state is State.SYN_RECEIVED
    least = block.snd_una + 1 if opening else block.snd_una - block.max_snd_wnd  # RFC 5961 section 5.2
    if not least <= acknowledgment <= block.snd_nxt:
        _refuse(block, segment)
        return False
    timestamps = block.timestamps
    if timestamps is not None and timestamps.offered is not None:
        # R3 of RFC 7323 section 5.3, as late as this: whoever guesses a number in the window, but not what
        # may be acknowledged, would set TS.Recent to the future, and PAWS would drop all that the peer says.
        timestamps.take(timestamps.offered, sequence, block.environment.now)
    if opening:
        if block.acceptor is not None and not _may_be_accepted(block, block.acceptor, segment):
            return False
        advance_una(block, acknowledgment, segment)
        take_window(block, segment, sequence, acknowledgment)
        establish(block)
    else:
        news = _read_sack_blocks(block, segment, acknowledgment) if segment.options else False
        if acknowledgment > block.snd_una:
            _new_acknowledgment(block, acknowledgment, segment)
            block.tell_congestion_window()
        elif acknowledgment == block.snd_una and block.recovery.scoreboard is None:
            news = _is_duplicate(block, segment)
        if news:  # with SACK whatever it acknowledges (RFC 6675 section 2)
            if reason := block.recovery.duplicate(block.snd_una, block.snd_nxt):
                _fast_retransmit(block, reason)
            block.tell_congestion_window()
    if acknowledgment >= block.snd_una:
        _update_window(block, segment, sequence, acknowledgment)
    if block.timer_kind is TimerKind.KEEPALIVE:  # a sign of life
        block.attempts = 0
        block.stop_timer()

    if block.fin_acknowledged:
        match block.state:
            case State.FIN_WAIT_1:
                block.set_state(State.FIN_WAIT_2)
                watch_fin_wait_2(block)
            case State.CLOSING:
                start_time_wait(block)
            case State.LAST_ACK:
                block.close_down()
                return False
    return True


def _may_be_accepted(block: ControlBlock, acceptor: Acceptor, segment: Segment) -> bool:
    if not acceptor.has_room():
        block.drop("accept queue is full")  # the SYN-ACK is sent again, and so this answered again
        return False
    if not segment.length and block.attempts < block.options.deferred_retries:
        block.drop("the program waits for text (TCP_DEFER_ACCEPT)")
        block.deferred = True
        return False
    return True


def _refuse(block: ControlBlock, segment: Segment) -> None:
    if block.state is State.SYN_RECEIVED:
        block.drop("acknowledges something never sent")
        reset_peer(block, segment)
    else:
        block.drop("acknowledgment out of range", ack=segment.acknowledgment)
        send_challenge(block)


def _new_acknowledgment(block: ControlBlock, acknowledgment: int, segment: Segment) -> None:
    octets = acknowledgment - block.snd_una
    advance_una(block, acknowledgment, segment)
    if block.resend is not None and block.resend <= acknowledgment:
        block.resend = acknowledgment if acknowledgment < block.snd_nxt else None
    lost = block.recovery.acknowledged(octets, acknowledgment, block.snd_nxt)
    if block.flight == 0:
        block.stop_timer()  # RFC 6298 (5.2); `output` arms it again if more is sent
    else:
        block.set_timer(TimerKind.RETRANSMIT, block.rto.value)  # (5.3)
        if lost and block.resend is None:
            _fast_retransmit(block, "partial acknowledgment")
    if block.owner is not None and block.owner.writable():
        block.owner.writers.wake()


def advance_una(block: ControlBlock, acknowledgment: int, segment: Segment) -> None:
    """SND.UNA := SEG.ACK, with all that becomes known by it."""
    now = block.environment.now
    if block.timed is not None and acknowledgment >= block.timed[0]:
        _measure(block, now - block.timed[1])
        block.timed = None
    elif block.timed is None and block.timestamps is not None:
        # What was sent twice: the echo says which of the two is acknowledged (RFC 7323 section 4.1).
        stamps = tcp_options.find_timestamps(segment.options)
        round_trip = block.timestamps.round_trip(stamps[1], now) if stamps is not None else None
        if round_trip is not None:
            _measure(block, round_trip)
    block.snd_una = acknowledgment
    del block.send_buffer[: max(len(block.send_buffer) - (block.snd_end - acknowledgment), 0)]
    block.attempts = 0
    block.progress_at = now


def _measure(block: ControlBlock, round_trip: int) -> None:
    block.rto.measure(round_trip)
    block.counts.measured(round_trip)
    block.event(events.RoundTripMeasured, srtt=block.rto.srtt, rttvar=block.rto.rttvar, rto=block.rto.value)


def _is_duplicate(block: ControlBlock, segment: Segment) -> bool:
    """RFC 5681 section 2, DUPLICATE ACKNOWLEDGMENT (a), (b), (c) and (e)."""
    return block.flight > 0 and not segment.length and segment.window << block.snd_shift == block.snd_wnd


def _read_sack_blocks(block: ControlBlock, segment: Segment, acknowledgment: int) -> bool:
    """Put the peer's report on the scoreboard; whether it reported something new (RFC 6675 section 2)."""
    scoreboard = block.recovery.scoreboard
    if scoreboard is None or not (reported := tcp_options.find_sack(segment.options)):
        return False
    una = max(acknowledgment, block.snd_una)
    blocks = [(unwrap(start, una), unwrap(end, una)) for start, end in reported]
    start, end = blocks[0]
    if start < acknowledgment or any(left <= start and end <= right for left, right in blocks[1:]):
        # RFC 2883 section 4: what was sent again had arrived. It is no news of the scoreboard.
        block.counts.duplicates += 1
        block.event(events.DuplicateAtThePeer, seq=wrap(start), length=end - start)
        del blocks[0]
    return scoreboard.update(una, block.snd_nxt, blocks)


def _fast_retransmit(block: ControlBlock, reason: str) -> None:
    retransmission(block, reason, block.snd_una)
    retransmit_first(block)


def _update_window(block: ControlBlock, segment: Segment, sequence: int, acknowledgment: int) -> None:
    # "If SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK), set the window", so that
    # an old segment does not change it back.
    if block.snd_wl1 < sequence or (block.snd_wl1 == sequence and block.snd_wl2 <= acknowledgment):
        take_window(block, segment, sequence, acknowledgment)
    if block.snd_wnd == 0:
        if not block.options.user_timeout:  # a closed window is no failure (section 3.8.6.1), unless the
            block.progress_at = block.environment.now  # program says so (tcp(7), TCP_USER_TIMEOUT)
    elif block.timer_kind is TimerKind.PERSIST:
        block.attempts = 0
        block.stop_timer()
        if block.flight:
            block.send_again(block.snd_una, "the window was closed to the probe")


def take_window(block: ControlBlock, segment: Segment, sequence: int, acknowledgment: int) -> None:
    """SND.WND := SEG.WND, scaled unless it is a SYN's (RFC 7323 section 2.2)."""
    window = segment.window if segment.flags & SYN else segment.window << block.snd_shift
    if window != block.snd_wnd:
        block.event(events.SendWindow, old=block.snd_wnd, new=window)
    block.snd_wnd = window
    block.snd_wl1 = sequence
    block.snd_wl2 = acknowledgment
    block.max_snd_wnd = max(block.max_snd_wnd, block.snd_wnd)
