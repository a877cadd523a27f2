"""What happens when a connection's timer expires (RFC 9293 section 3.10.8, RFC 6298 section 5)."""

import errno

from stack.tcp import events
from stack.tcp.control_block import SYNCHRONIZING, ControlBlock, TimerKind
from stack.tcp.output import (
    output,
    retransmit_first,
    send_from_una,
    send_keepalive,
    send_reset,
    send_syn,
)


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
    block.ack_now = True
    output(block)


def _retransmit(block: ControlBlock) -> None:
    parameters = block.environment.parameters
    synchronizing = block.state in SYNCHRONIZING
    patience = (
        parameters.syn_timeout if synchronizing else block.options.user_timeout or parameters.user_timeout
    )
    if block.environment.now - block.progress_at >= patience:  # R2, section 3.8.3
        _time_out(block)
        return
    block.event(
        events.Retransmission,
        reason="timeout",
        seq=block.snd_una & 0xFFFF_FFFF,
        attempt=block.attempts + 1,
        rto=block.rto.value,
    )
    block.rto.back_off()  # (5.5)
    block.timed = None
    again = block.attempts > 0
    block.attempts += 1
    if synchronizing:
        block.syn_lost = True
        send_syn(block)
        return
    block.recovery.timed_out(block.snd_una, block.snd_nxt, again)
    block.tell_congestion_window()
    end = retransmit_first(block)  # (5.4)
    block.resend = end if end < block.snd_nxt else None
    block.set_timer(TimerKind.RETRANSMIT, block.rto.value)  # (5.6)


def _persist(block: ControlBlock) -> None:
    """Section 3.8.6.1: probe a closed window while the peer answers; also the override timer of 3.8.6.2.1."""
    parameters = block.environment.parameters
    patience = block.options.user_timeout or parameters.user_timeout
    if block.snd_wnd == 0 and block.environment.now - block.progress_at >= patience:
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
    block.set_timer(TimerKind.PERSIST, delay)


def _keepalive(block: ControlBlock) -> None:
    """Section 3.8.4."""
    if block.attempts >= block.options.keepalive_probes:
        send_reset(block)
        _time_out(block)
        return
    block.attempts += 1
    block.event(events.KeepaliveProbe, attempt=block.attempts)
    send_keepalive(block)
    block.set_timer(TimerKind.KEEPALIVE, block.options.keepalive_interval)


def _time_out(block: ControlBlock) -> None:
    block.event(events.TimedOut, attempts=block.attempts)
    block.close_down(block.soft_error or errno.ETIMEDOUT)
