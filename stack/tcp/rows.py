"""A connection as the socket table shows it: its row, and what TCP_INFO says of it."""

from stack.endpoint import NOWHERE, Address, SocketRow
from stack.tcp.congestion import ARBITRARILY_HIGH
from stack.tcp.control_block import SYNCHRONIZING, ControlBlock, State, TimerKind
from stack.tcp.recovery import DUPLICATES
from stack.tcp.window import UNSCALED
from stack.tcp_info import INFINITE, SACK, TIMESTAMPS, WINDOW_SCALE, TcpInfo
from stack.wire import ipv4, tcp, tcp_options
from stack.wire.address import pair

LISTEN = 10
"""Linux's number of this state, which no connection is in."""
_NUMBERS = {
    State.ESTABLISHED: 1,
    State.SYN_SENT: 2,
    State.SYN_RECEIVED: 3,
    State.FIN_WAIT_1: 4,
    State.FIN_WAIT_2: 5,
    State.TIME_WAIT: 6,
    State.CLOSED: 7,
    State.CLOSE_WAIT: 8,
    State.LAST_ACK: 9,
    State.CLOSING: 11,
}
_OPEN, _DISORDER, _RECOVERY, _LOSS = 0, 1, 3, 4
_PROBING = (TimerKind.PERSIST, TimerKind.KEEPALIVE)
_FIRST_SEGMENTS = 10
"""What a receiver expects of its peer's first round trip (Linux: TCP_INIT_CWND)."""
_SMALLEST = 536
"""Linux assumes at least this of the peer's segments."""


def block_row(block: ControlBlock, fd: int | None) -> SocketRow:
    """As `netstat -ano` shows it: unread octets, unacknowledged octets, the timer that runs."""
    return SocketRow(
        "tcp",
        len(block.receive_buffer),
        len(block.send_buffer),
        pair(*block.local),
        pair(*block.remote),
        block.state.value,
        block.timer_kind.value,
        block.deadline,
        fd,
        block.attempts,
        block_info(block),
    )


def idle_row(local: Address, fd: int | None, waiting: int = 0, backlog: int | None = None) -> SocketRow:
    """Of a socket without a connection; it listens if it has a `backlog`."""
    state, number = ("CLOSED", _NUMBERS[State.CLOSED]) if backlog is None else ("LISTEN", LISTEN)
    info = TcpInfo(number, unacked=waiting, sacked=backlog or 0)
    return SocketRow("tcp", waiting, 0, pair(*local), pair(*NOWHERE), state, "off", None, fd, info=info)


def block_info(block: ControlBlock) -> TcpInfo:
    """What the connection knows of itself now."""
    counts, rto, recovery = block.counts, block.rto, block.recovery
    parameters, now = block.environment.parameters, block.environment.now
    board = recovery.scoreboard
    stamps = tcp_options.TIMESTAMPS_LENGTH if block.timestamps is not None else 0
    options = TIMESTAMPS * bool(stamps) | SACK * (board is not None) | WINDOW_SCALE * block.scaling
    opening = block.state in SYNCHRONIZING
    repeating = block.timer_kind is TimerKind.RETRANSMIT and block.attempts > 0
    una, nxt, mss = block.snd_una, block.snd_nxt, block.snd_mss
    if opening:
        lost = again = int(repeating)
    else:
        lost = -(-recovery.lost_octets(una, nxt) // mss)
        again = -(-recovery.repeated_octets(una, nxt, block.resend) // mss)
    unacked, sacked = -(-block.flight // mss), -(-max(recovery.extra, 0) // mss)
    if repeating or block.resend is not None or recovery.timed_out_octets(una):
        congestion = _LOSS
    elif recovery.recovering:
        congestion = _RECOVERY
    else:
        congestion = _DISORDER if recovery.extra else _OPEN
    threshold = block.congestion.threshold
    return TcpInfo(
        state=_NUMBERS[block.state],
        ca_state=congestion,
        retransmits=block.attempts if repeating else 0,
        probes=block.attempts if block.timer_kind in _PROBING else 0,
        backoff=block.attempts if block.timer_kind is not TimerKind.KEEPALIVE else 0,
        options=options,
        wscale=block.snd_shift | block.rcv_shift << 4,
        rto=rto.value // 1000,
        ato=parameters.delayed_ack // 1000 if counts.data_segments_in else 0,
        snd_mss=block.snd_mss,
        rcv_mss=max(counts.longest_in, min(_SMALLEST, block.own_mss - stamps)),
        unacked=unacked,
        sacked=min(sacked, unacked),
        lost=lost,
        retrans=again,
        last_data_sent=(now - block.sent_at) // 1_000_000,
        last_data_recv=(now - counts.data_at) // 1_000_000,
        last_ack_recv=(now - counts.acknowledgment_at) // 1_000_000,
        pmtu=block.path_mss + ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH,
        rtt=(rto.srtt or 0) // 1000,
        rttvar=(rto.rttvar or 0) // 1000,
        snd_ssthresh=threshold // block.snd_mss if threshold < ARBITRARILY_HIGH else INFINITE,
        snd_cwnd=max(block.congestion.window // block.snd_mss, 1),
        advmss=block.own_mss - stamps,
        reordering=DUPLICATES,
        rcv_rtt=counts.receive_round_trip // 1000,
        rcv_space=0 if opening else _space(block, block.own_mss - stamps),
        total_retrans=counts.segments_again,
        bytes_acked=max(block.snd_una - block.iss - 1, 0),
        bytes_received=max(block.rcv_nxt - block.irs - 1, 0),
        segs_out=counts.segments_out,
        segs_in=counts.segments_in,
        delivered=max(counts.first_segments + (nxt > block.iss) - unacked + min(sacked, unacked), 0),
        notsent_bytes=max(block.snd_end - block.snd_nxt, 0),
        min_rtt=counts.least_round_trip // 1000,
        data_segs_in=counts.data_segments_in,
        data_segs_out=counts.data_segments_out,
        bytes_sent=counts.octets_out,
        bytes_retrans=counts.octets_again,
        dsack_dups=counts.duplicates,
        rcv_ooopack=counts.out_of_order,
        snd_wnd=block.snd_wnd,
        rcv_wnd=block.rcv_edge - block.rcv_nxt,
        total_rto=counts.timeouts,
    )


def _space(block: ControlBlock, segment: int) -> int:
    """What the program reads in a round trip, ten segments at least; a buffer of one size does not ask."""
    space = min(_FIRST_SEGMENTS * segment, block.options.receive_buffer, UNSCALED)
    return space if block.growth is None else max(space, block.growth.space)
