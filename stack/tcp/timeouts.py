"""What happens when a connection's timer expires (RFC 9293 section 3.10.8, RFC 6298 section 5)."""

import errno

from stack.tcp import events
from stack.tcp.control_block import SYNCHRONIZING, ControlBlock, State, TimerKind
from stack.tcp.output import (
    acknowledgment_goes,
    output,
    retransmission,
    retransmit_first,
    send_from_una,
    send_keepalive,
    send_reset,
    send_syn,
)
from stack.tcp.sequence import wrap


def timer_expired(block: ControlBlock) -> None:
    """The connection's one timer, by what it waited for."""
    match block.timer_kind:
        case TimerKind.RETRANSMIT:
            _retransmit(block)
        case TimerKind.PERSIST:
            _persist(block)
        case TimerKind.KEEPALIVE:
            _keepalive(block)
        case TimerKind.FIN_WAIT_2 | TimerKind.TIME_WAIT:
            block.close_down()
        case TimerKind.OFF:
            raise AssertionError("a timer that is off has expired")


def acknowledgment_due(block: ControlBlock) -> None:
    """The acknowledgment has been delayed long enough (section 3.8.6.3)."""
    if block.environment.traced:
        acknowledgment_goes(block, "the delay is over")
    block.ack_now = True
    output(block)


def _retransmit(block: ControlBlock) -> None:
    parameters = block.environment.parameters
    synchronizing = block.state in SYNCHRONIZING
    if _is_hopeless(block):
        _time_out(block)
        return
    if block.deferred and synchronizing and block.attempts + 1 < block.options.deferred_retries:
        block.attempts += 1  # the peer has answered; the last SYN-ACK lets it do so again
        block.rto.back_off()
        block.set_timer(TimerKind.RETRANSMIT, block.rto.value)
        return
    waits = block.still_waits(block.snd_una)
    if waits:
        block.event(events.RetransmissionHeldBack, seq=wrap(block.snd_una), rto=block.rto.value)
    else:
        retransmission(block, events.TIME_OUT, block.snd_una, block.attempts + 1)
    block.counts.timeouts += 1
    if block.state is not State.SYN_SENT or block.attempts >= parameters.syn_linear_timeouts:
        block.rto.back_off()  # (5.5)
    block.timed = None
    again = block.attempts > 0
    block.attempts += 1
    if block.attempts == parameters.r1:
        block.home.doubts_the_way(block)
    if synchronizing:
        if not waits:
            block.lost_syns += 1
            send_syn(block)
        block.set_timer(TimerKind.RETRANSMIT, _in_patience(block, block.rto.value))
        return
    block.recovery.timed_out(block.snd_una, block.snd_nxt, again)
    block.tell_congestion_window()
    start = block.snd_una if waits else retransmit_first(block)  # (5.4)
    block.send_again(start, "not acknowledged before the time-out")
    block.set_timer(TimerKind.RETRANSMIT, _in_patience(block, block.rto.value))  # (5.6)


def _persist(block: ControlBlock) -> None:
    """Section 3.8.6.1: probe a closed window while the peer answers; also the override timer of 3.8.6.2.1."""
    parameters = block.environment.parameters
    if block.snd_wnd == 0 and block.environment.now - block.progress_at >= _patience(block):
        _time_out(block)
        return
    room = max(block.snd_una + block.snd_wnd - block.snd_nxt, 0) if block.flight == 0 else 0
    if not room:
        block.event(events.WindowProbe, attempt=block.attempts + 1)
    send_from_una(block, min(room, block.snd_mss) or 1)
    if room:
        block.attempts = 0
        block.set_timer(TimerKind.RETRANSMIT, block.rto.value)
        return
    block.attempts += 1
    delay = min(block.rto.value << min(block.attempts, 8), parameters.maximum_rto)
    block.set_timer(TimerKind.PERSIST, _in_patience(block, delay))


def _keepalive(block: ControlBlock) -> None:
    """Section 3.8.4."""
    options = block.options
    silence = options.keepalive_idle + block.attempts * options.keepalive_interval
    if options.user_timeout:  # it replaces the number of probes (tcp(7))
        given_up = block.attempts > 0 and silence >= options.user_timeout
    else:
        given_up = block.attempts >= options.keepalive_probes
    if given_up:
        send_reset(block)
        _time_out(block)
        return
    block.attempts += 1
    block.event(events.KeepaliveProbe, attempt=block.attempts)
    send_keepalive(block)
    block.set_timer(TimerKind.KEEPALIVE, options.keepalive_interval)


def _is_hopeless(block: ControlBlock) -> bool:
    """R2 is over, or a SYN was sent again as often as the program wants it (TCP_SYNCNT)."""
    options = block.options
    if options.syn_retries and not options.user_timeout and block.state is State.SYN_SENT:
        return block.attempts >= options.syn_retries + block.environment.parameters.syn_linear_timeouts
    return block.environment.now - block.progress_at >= _patience(block)


def _patience(block: ControlBlock) -> int:
    """R2 of section 3.8.3: without progress for so long, the connection ends."""
    parameters = block.environment.parameters
    if block.options.user_timeout:
        return block.options.user_timeout
    match block.state:
        case State.SYN_SENT:
            return parameters.syn_timeout
        case State.SYN_RECEIVED:
            return parameters.syn_ack_timeout
    return parameters.user_timeout


def _in_patience(block: ControlBlock, delay: int) -> int:
    """Not later than the end of what the program has patience for (TCP_USER_TIMEOUT)."""
    if not block.options.user_timeout:
        return delay
    return max(min(delay, block.progress_at + block.options.user_timeout - block.environment.now), 1)


def _time_out(block: ControlBlock) -> None:
    closed = block.timer_kind is TimerKind.PERSIST
    block.event(events.TimedOut, attempts=block.attempts, window_closed=closed)
    block.close_down(block.soft_error or errno.ETIMEDOUT)
