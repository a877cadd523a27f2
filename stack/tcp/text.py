"""SEGMENT ARRIVES, seventh and eighth: the segment text and the FIN bit (RFC 9293 section 3.10.7.4)."""

from itertools import islice

from stack.tcp import events
from stack.tcp.control_block import RECEIVING, ControlBlock, State
from stack.tcp.output import send_reset
from stack.tcp.sequence import wrap
from stack.tcp.transitions import start_time_wait
from stack.wire.tcp import FIN, Segment

_RUNS_NAMED = 4
"""Of the runs behind a gap, in the event that reports it: as many as an acknowledgment can."""


def text_and_fin(block: ControlBlock, segment: Segment, sequence: int) -> None:
    """`sequence` is SEG.SEQ, unwrapped."""
    if not (segment.data or segment.flags & FIN):
        return
    if block.state not in RECEIVING:
        block.drop("text after the peer's FIN")
        if block.state is State.TIME_WAIT:  # fifth and eighth step: acknowledge it, and wait again
            start_time_wait(block)
            block.ack_now = True
        return
    end = sequence + len(segment.data)
    if segment.data and end > block.rcv_nxt and block.abandoned:
        # RFC 9293 section 3.6.1: data after CLOSE is lost, and the peer shall know.
        block.event(events.Drop, reason="data after close", length=len(segment.data))
        send_reset(block)
        block.close_down()
        return
    if segment.data and sequence == block.rcv_nxt and end <= block.rcv_edge and not block.early.octets:
        block.receive_buffer += segment.data  # the ordinary case
        block.rcv_nxt = end
        if end >= block.counts.window_end:
            block.counts.window_filled(block.rcv_edge, block.environment.now)
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
    if sequence < first:
        block.drop("text that had come before", length=min(first, end) - sequence)
    if end > last:
        block.drop("text beyond the receive window", length=end - max(last, sequence))
    report = block.sack_report
    if first < last:
        block.counts.out_of_order += first > block.rcv_nxt
        if report is not None:
            report.duplicate = _first_duplicate(block, sequence, first, last)
            report.arrived(first)
        block.early.add(first, segment.data[first - sequence : last - sequence])
    # RFC 5681 section 4.2: what is out of order, or fills a gap, is acknowledged at once.
    block.ack_now = True


def _first_duplicate(block: ControlBlock, sequence: int, first: int, last: int) -> tuple[int, int] | None:
    """Of text from `sequence` on, new in [first, last) at best: the first run that came before (RFC 2883)."""
    if sequence < first:
        return sequence, first
    return block.early.overlap(first, last)


def _join(block: ControlBlock) -> None:
    run = block.early.take(block.rcv_nxt)
    if run:
        block.receive_buffer += run
        block.rcv_nxt += len(run)
        block.wake_readers()
    elif block.early and block.environment.traced:
        held = [f"{wrap(start)}-{wrap(stop)}" for start, stop in islice(block.early.ranges(), _RUNS_NAMED)]
        if block.early.runs > _RUNS_NAMED:
            held.append(f"and {block.early.runs - _RUNS_NAMED:,} more")
        block.event(events.Gap, expected=wrap(block.rcv_nxt), held=" ".join(held))


def _delay_acknowledgment(block: ControlBlock) -> None:
    """RFC 9293 section 3.8.6.3: at least every second segment, and never later than the delay."""
    block.segments_to_ack += 1
    if block.segments_to_ack >= 2 or block.options.quick_ack:
        block.ack_now = True
    elif block.ack_timer.deadline is None:
        delay = block.environment.parameters.delayed_ack
        block.ack_timer.arm(block.environment.now + delay)
        if block.environment.traced:
            block.event(events.AcknowledgmentHeldBack, ack=wrap(block.rcv_nxt), delay=delay)


def _fin(block: ControlBlock) -> None:
    block.rcv_nxt += 1
    block.rcv_edge = max(block.rcv_edge, block.rcv_nxt)
    block.fin_at = None
    block.peer_finished = True
    block.ack_now = True
    match block.state:
        case State.ESTABLISHED:
            block.set_state(State.CLOSE_WAIT)
        case State.FIN_WAIT_1:
            # Had our FIN been acknowledged by this segment, the state would be FIN-WAIT-2 already.
            block.set_state(State.CLOSING)
        case State.FIN_WAIT_2:
            start_time_wait(block)
    block.wake_all()
