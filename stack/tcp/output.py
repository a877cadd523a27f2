"""Sending (RFC 9293 section 3.8): what may go now, in which pieces, and which timer watches over it.

`output` is called after everything that may have changed the answer: a segment arrived, the program
wrote, read or closed, a timer expired. A segment goes when the peer's window and the congestion
window have room and it is worth sending: Nagle's rule and the sender's half of silly-window
avoidance (section 3.8.6.2.1). If data waits and nothing is on its way, the persist timer runs, so
that there is always either something under way or a timer.
"""

from stack.parameters import MILLISECOND
from stack.tcp import events
from stack.tcp.control_block import SENDING, ControlBlock, State, TimerKind
from stack.tcp.handshake import syn_options
from stack.tcp.recovery import Recovery, SackRecovery
from stack.tcp.sack_report import BLOCKS
from stack.tcp.sequence import wrap
from stack.tcp.small_queue import holds_back
from stack.tcp.window import announce
from stack.wire import tcp_options
from stack.wire.tcp import ACK, FIN, PSH, RST, SYN, URG, Segment

CORK_CEILING = 200 * MILLISECOND
"""What TCP_CORK holds back waits no longer (tcp(7))."""


def output(block: ControlBlock) -> None:
    """Send whatever may be sent now, at least an acknowledgment if one is due."""
    if block.state in SENDING:
        if block.snd_una != block.snd_end + block.fin_queued:  # else all is sent and acknowledged
            _send(block)
        _set_timer(block)
        if block.options.unsent_low_water and block.owner is not None and block.owner.writable():
            block.owner.writers.wake()
    if block.ack_now and block.state not in (State.SYN_SENT, State.CLOSED):
        send_ack(block)


def send_syn(block: ControlBlock) -> None:
    """SYN in SYN-SENT, SYN and ACK in SYN-RECEIVED; also to repeat it."""
    flags = SYN | ACK if block.state is State.SYN_RECEIVED else SYN
    if block.snd_nxt == block.iss:
        block.snd_nxt = block.iss + 1
        block.timed = block.snd_nxt, block.environment.now
        block.progress_at = block.environment.now
    else:
        block.counts.sent_again(0)
    block.sent_from = block.iss
    _transmit(block, block.iss, flags)
    block.set_timer(TimerKind.RETRANSMIT, block.rto.value)


def send_syn_ack_again(block: ControlBlock) -> None:
    """The peer's SYN has come again. The time-out begins again too, and does not grow."""
    retransmission(block, "the peer's SYN came again", block.iss)
    block.timed = None  # Karn's algorithm
    send_syn(block)


def send_ack(block: ControlBlock) -> None:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"""
    _transmit(block, block.snd_nxt, ACK)


def send_challenge(block: ControlBlock) -> None:
    """An ACK in answer to something suspicious, limited in number (RFC 5961 section 7)."""
    limit, interval = block.environment.parameters.challenge_acks
    count, since = block.challenges
    if block.environment.now - since >= interval:
        count, since = 0, block.environment.now
    block.challenges = count + 1, since
    if count < limit:
        send_ack(block)
    else:
        block.event(events.Drop, reason="challenge ACK limit")


def send_reset(block: ControlBlock) -> None:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>: the connection is aborted (section 3.10.5)."""
    _transmit(block, block.snd_nxt, RST | ACK)


def send_keepalive(block: ControlBlock) -> None:
    """A segment that the peer must answer: SEG.SEQ = SND.NXT - 1 (section 3.8.4)."""
    _transmit(block, block.snd_nxt - 1, ACK)


def send_from_una(block: ControlBlock, limit: int) -> None:
    """Send up to `limit` octets from SND.UNA on, whatever the windows say; a FIN counts one."""
    _send_data(block, block.snd_una, min(block.snd_end - block.snd_una, limit), limit)


def retransmit_first(block: ControlBlock) -> int:
    """Send the first unacknowledged segment again; returns the number after it."""
    length = min(block.snd_mss, block.flight)
    send_from_una(block, length)
    return block.snd_una + length


def retransmission(block: ControlBlock, reason: str, start: int, attempt: int = 1) -> None:
    """Say that text goes again from `start` on, and why."""
    block.event(events.Retransmission, reason=reason, seq=wrap(start), attempt=attempt, rto=block.rto.value)


def _send(block: ControlBlock) -> None:
    if block.snd_una == block.snd_nxt and _was_idle(block):
        block.congestion.idle()
    recovery = block.recovery
    if recovery.recovering and block.resend is None and isinstance(recovery, SackRecovery):
        _recover(block, recovery)
        return
    extra, window = recovery.extra, block.congestion.window
    window = min(window if extra > 0 else window + extra, block.snd_wnd)
    while not (block.in_host and holds_back(block)) and _send_next(block, window):
        pass
    if extra > 0:
        _send_beyond(block, recovery)


def _recover(block: ControlBlock, recovery: SackRecovery) -> None:
    """RFC 6675 section 5, step (C): fill the pipe with what is lost, then new data, then what may be lost."""
    while recovery.room(block.snd_una, block.snd_nxt) >= block.snd_mss and not holds_back(block):
        piece = recovery.next_lost(block.snd_una, block.snd_nxt)
        if piece is None:
            if _send_next(block, block.snd_wnd):
                continue
            if block.waiting:  # what is sent next may not be lost at all: not before all else has left
                block.held_back = True
                return
            piece = recovery.next_doubtful(block.snd_una, block.snd_nxt)
        if piece is None:
            return
        start, length = piece
        reported = start < recovery.scoreboard.highest
        retransmission(block, "SACK shows a gap" if reported else "the last segment may be lost too", start)
        _send_data(block, start, min(block.snd_end - start, length), length)


def _send_beyond(block: ControlBlock, recovery: Recovery) -> None:
    """Send what recovery allows beyond the congestion window; it counts that."""
    before = block.snd_nxt
    window = min(block.congestion.window + recovery.extra, block.snd_wnd)
    while not holds_back(block) and _send_next(block, window):
        pass
    recovery.sent_extra(block.snd_nxt - before)


def _send_next(block: ControlBlock, window: int) -> bool:
    """Send one segment if `window` octets from SND.UNA on allow it; whether it did."""
    if block.resend is not None:
        return _send_again(block, block.resend, window)
    start = block.snd_nxt
    if start > block.snd_end:  # our FIN is out
        return False
    room = block.snd_una + window - start
    available = block.snd_end - start
    length = min(available, block.snd_mss, room)
    finish = block.fin_queued and length == available and room > length
    if length < 0 or (length == 0 and not finish):
        return False
    if not finish and not _is_worth_sending(block, length, available):
        return False
    _send_data(block, start, length, length + finish)
    return True


def _send_again(block: ControlBlock, start: int, window: int) -> bool:
    """After a time-out: the next segment of those that were under way, what is SACKed since left out."""
    end = block.snd_end + block.fin_queued
    scoreboard = block.recovery.scoreboard
    if scoreboard is not None:
        start = scoreboard.skip(start)
        if start >= block.snd_nxt:
            block.resend = None
            return True
        end = scoreboard.gap_end(start, end)
    if block.still_waits(start):
        return False
    limit = min(end - start, block.snd_mss, block.snd_una + window - start)
    if limit > 0:
        retransmission(block, block.resend_reason, start)
        _send_data(block, start, min(block.snd_end - start, limit), limit)
    block.resend = start + max(limit, 0)
    if block.resend >= block.snd_nxt:
        block.resend = None
    return limit > 0 or block.resend is None


def _is_worth_sending(block: ControlBlock, length: int, available: int) -> bool:
    if length == block.snd_mss:
        return True  # (1) a full segment
    if block.options.cork:
        return _hold_back(block, available, "a whole segment is wanted (TCP_CORK)")
    if block.flight > 0 and not block.options.no_delay:
        return _hold_back(block, available, "what was sent is not acknowledged yet (Nagle, RFC 9293 3.7.4)")
    if length == available or 2 * length >= block.max_snd_wnd:  # (2) all there is, (3) half the window
        return True
    return _hold_back(block, available, "the window has too little room (RFC 9293 3.8.6.2.1)")


def _hold_back(block: ControlBlock, length: int, reason: str) -> bool:
    """False; once for each place in the text it is said why."""
    if block.held_from != block.snd_nxt and block.environment.traced:
        block.held_from = block.snd_nxt
        block.event(events.TextHeldBack, length=length, reason=reason)
    return False


def _send_data(block: ControlBlock, start: int, length: int, limit: int) -> None:
    """Send `length` octets from `start` on, and the FIN when it follows and `limit` has room for it."""
    finish = block.fin_queued and start + length == block.snd_end and limit > length
    end = start + length + finish
    if end == start:
        return
    now = block.environment.now
    if start < block.snd_nxt:
        block.timed = None  # Karn: what is sent twice measures nothing
        block.counts.sent_again(min(length, block.snd_nxt - start))
    elif block.timed is None:
        block.timed = end, now
    if block.flight == 0:
        block.progress_at = now
    block.sent_at = now
    flags = ACK
    if length and start + length == block.snd_end:
        flags |= PSH  # section 3.9.1.2: the last of what the program has written
    if finish:
        flags |= FIN
        block.counts.lone_fins |= start == block.snd_nxt and not length
    block.snd_nxt = max(block.snd_nxt, end)
    block.sent_from = start
    _transmit(block, start, flags, block.take(start, length))


def _set_timer(block: ControlBlock) -> None:
    kind = block.timer_kind
    if block.flight:
        probing = kind is TimerKind.PERSIST and block.snd_wnd == 0
        if kind is not TimerKind.RETRANSMIT and not probing:
            block.set_timer(TimerKind.RETRANSMIT, block.rto.value)
    elif block.unsent:
        if kind is not TimerKind.PERSIST:
            block.attempts = 0
            block.progress_at = block.environment.now
            delay = min(block.rto.value, CORK_CEILING) if block.options.cork else block.rto.value
            block.set_timer(TimerKind.PERSIST, delay)
    elif kind in (TimerKind.RETRANSMIT, TimerKind.PERSIST):
        block.stop_timer()


def _was_idle(block: ControlBlock) -> bool:
    return block.environment.now - block.sent_at > block.rto.value


def _transmit(block: ControlBlock, sequence: int, flags: int, data: bytes = b"") -> None:
    acknowledgment = urgent = 0
    options = syn_options(block) if flags & SYN else _options(block, len(data))
    if flags & ACK:
        acknowledgment = wrap(block.rcv_nxt)
        if block.ack_timer.deadline is not None and block.environment.traced:
            acknowledgment_goes(block, _why_now(block, flags, data))
        block.segments_to_ack = 0
        block.ack_timer.stop()
        block.ack_now = block.ack_now and _leaves_report(block, options)
        if block.timestamps is not None:
            block.timestamps.last_acknowledged = block.rcv_nxt
    if block.snd_up > sequence and not flags & (SYN | RST):
        flags |= URG
        urgent = min(block.snd_up - sequence, 0xFFFF)
    block.home.transmit(
        block,
        Segment(
            block.local[1],
            block.remote[1],
            wrap(sequence),
            acknowledgment,
            flags,
            announce(block, flags),
            data,
            options,
            urgent,
        ),
    )


def acknowledgment_goes(block: ControlBlock, reason: str) -> None:
    """Say why an acknowledgment is not held back any longer."""
    block.event(events.AcknowledgmentGoes, ack=wrap(block.rcv_nxt), reason=reason)


def _why_now(block: ControlBlock, flags: int, data: bytes) -> str:
    """What has made a segment before the delay was over (RFC 9293 section 3.8.6.3)."""
    if data:
        return "it goes with text"
    if flags & (FIN | RST):
        return "it goes with the RST" if flags & RST else "it goes with the FIN"
    if block.segments_to_ack >= 2:
        return "a second segment has come"
    if block.peer_finished:
        return "the peer's FIN has come"
    if block.early.octets:
        return "a segment has come out of order"
    if block.options.quick_ack:
        return "the program wants it at once (TCP_QUICKACK)"
    return "it goes with a window update"


def _options(block: ControlBlock, length: int) -> tcp_options.Options:
    """Of a segment with `length` octets of text. SACK blocks go where they find room."""
    options: tcp_options.Options = ()
    blocks = BLOCKS
    if block.timestamps is not None:
        options = (block.timestamps.option(block.environment.now),)
        blocks -= 1
    report = block.sack_report
    if report is not None and (block.early.octets or report.duplicate):
        count = min(blocks, (block.snd_mss - length - 4) // 8)
        if count > 0:
            runs = report.blocks(block.early, count)
            options += (tcp_options.sack([(wrap(start), wrap(end)) for start, end in runs]),)
    return options


def _leaves_report(block: ControlBlock, options: tcp_options.Options) -> bool:
    """Whether a segment full of text had no room for the SACK blocks that are due: an ACK must follow."""
    return block.sack_report is not None and block.early.octets > 0 and not tcp_options.find_sack(options)
