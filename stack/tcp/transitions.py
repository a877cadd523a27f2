"""Changes of state that several steps of SEGMENT ARRIVES share (RFC 9293 section 3.3.2)."""

import errno

from stack.parameters import SECOND
from stack.tcp import events
from stack.tcp.control_block import ControlBlock, State, TimerKind
from stack.tcp.output import send_reset
from stack.wire.tcp import RST, Segment


def establish(block: ControlBlock) -> None:
    """The handshake is complete."""
    if block.lost_syns:
        parameters = block.environment.parameters
        if block.rto.srtt is None or not parameters.measured_syn_suffices:
            block.rto.syn_was_lost()
        if block.lost_syns > parameters.forgiven_syns:
            block.congestion.syn_lost()
    block.set_state(State.ESTABLISHED)
    block.stop_timer()
    if block.acceptor is not None:
        block.acceptor.completed(block)
    block.wake_all()
    if block.fin_queued:  # close() or shutdown() came before the handshake's end
        block.set_state(State.FIN_WAIT_1)


def start_time_wait(block: ControlBlock) -> None:
    """Wait for two MSL from now on (section 3.6.1)."""
    if block.state is not State.TIME_WAIT:
        block.set_state(State.TIME_WAIT)
        block.home.begins_to_wait(block)
    block.set_timer(TimerKind.TIME_WAIT, 2 * block.environment.parameters.msl)


def watch_fin_wait_2(block: ControlBlock) -> None:
    """Nobody is left to end a connection in FIN-WAIT-2 whose socket is closed and whose peer is silent."""
    if block.abandoned and block.options.linger_2 < 0:
        send_reset(block)
        block.close_down()
    elif block.abandoned:
        timeout = block.environment.parameters.fin_wait_2_timeout
        block.set_timer(TimerKind.FIN_WAIT_2, block.options.linger_2 * SECOND or timeout)
    else:
        block.stop_timer()


def reset_by_peer(block: ControlBlock) -> None:
    """A valid RST came (section 3.10.7.4, second step)."""
    block.event(events.ResetByPeer)
    if block.state is State.SYN_RECEIVED:
        block.close_down(errno.ECONNREFUSED)  # a passive open has no owner: it returns to LISTEN
    elif block.state is State.TIME_WAIT:
        block.close_down()  # both ends have all that was sent
    else:
        block.close_down(errno.EPIPE if block.state is State.CLOSE_WAIT else errno.ECONNRESET)


def reset_peer(block: ControlBlock, segment: Segment) -> None:
    """<SEQ=SEG.ACK><CTL=RST>"""
    reset = Segment(block.local[1], block.remote[1], segment.acknowledgment, 0, RST, 0)
    block.home.transmit(block, reset)
