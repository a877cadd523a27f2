"""What two ends agree on by the options of their SYNs: segment size, window scale, timestamps, SACK.

An option holds when both SYNs have it. Our SYN offers all that the parameters allow; our SYN-ACK
offers only what the peer's SYN had (RFC 7323 sections 2.2 and 3.2). Timestamps are answered even
where they are not offered: the peer chose to pay for them.
"""

from stack.tcp import events
from stack.tcp.control_block import ControlBlock, State
from stack.tcp.recovery import NewReno, SackRecovery
from stack.tcp.sack_report import SackReport
from stack.tcp.timestamps import Timestamps, clock
from stack.wire import tcp_options
from stack.wire.tcp import Segment

MAXIMUM_SHIFT = 14
"""RFC 7323 section 2.3."""


def syn_options(block: ControlBlock) -> tcp_options.Options:
    """Of our SYN in SYN-SENT, of our SYN-ACK in SYN-RECEIVED."""
    parameters = block.environment.parameters
    answer = block.state is State.SYN_RECEIVED
    options = [tcp_options.maximum_segment_size(block.own_mss)]
    if block.sack_report is not None if answer else parameters.sack:
        options.append(tcp_options.sack_permitted())
    if block.timestamps is not None:
        options.append(block.timestamps.option(block.environment.now))
    elif parameters.timestamps and not answer:
        value = clock(block.environment.now, block.timestamp_offset)
        options.append(tcp_options.timestamps(value, 0))
    if block.scaling if answer else parameters.window_scale:
        options.append(tcp_options.window_scale(_own_shift(block)))
    return tuple(options)


def agree(block: ControlBlock, syn: Segment) -> None:
    """The peer's SYN has come."""
    parameters = block.environment.parameters
    now = block.environment.now
    block.rcv_up = block.irs
    offered = tcp_options.find_maximum_segment_size(syn.options)
    # Eff.snd.MSS (RFC 9293 section 3.7.1); what options take from each segment is subtracted here.
    offered = max(offered, parameters.minimum_mss) if offered else parameters.default_mss
    block.snd_mss = min(offered, block.own_mss, block.path_mss)

    shift = tcp_options.find_window_scale(syn.options)
    if shift is not None and parameters.window_scale:
        block.scaling = True
        if shift > MAXIMUM_SHIFT:
            block.event(events.WindowScaleTooLarge, offered=shift, used=MAXIMUM_SHIFT)
        block.snd_shift = min(shift, MAXIMUM_SHIFT)
        block.rcv_shift = _own_shift(block)
    stamps = tcp_options.find_timestamps(syn.options)
    passive = block.acceptor is not None
    if stamps is not None and (parameters.timestamps or passive):
        block.timestamps = Timestamps(block.timestamp_offset, stamps[0], now)
        block.snd_mss -= tcp_options.TIMESTAMPS_LENGTH
    block.choose_congestion_control()
    block.recovery = NewReno(block.congestion, block.snd_mss, block.iss)
    if parameters.sack and tcp_options.permits_sack(syn.options):
        block.sack_report = SackReport()
        block.recovery = SackRecovery(block.congestion, block.snd_mss, block.iss)


def _own_shift(block: ControlBlock) -> int:
    """The least shift that lets the header's 16 bits say the whole receive buffer (RFC 7323 section 2.3)."""
    size = block.options.receive_buffer if block.growth is None else block.growth.largest_receive_buffer()
    return min(max(size.bit_length() - 16, 0), MAXIMUM_SHIFT)
