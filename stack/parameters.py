"""Every number that an RFC leaves to the implementer, or that Linux sets otherwise, by name.

The defaults are the RFCs' values; where an RFC names none, the source of the default is said.
Times are nanoseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

from stack.tcp.congestion import CongestionControl, Reno

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """One host's settings; read-only, so that several stacks can share them."""

    # ARP
    arp_lifetime: int = 60 * SECOND
    """A confirmed entry is believed this long (RFC 1122 section 2.3.2.1: "on the order of a minute")."""
    arp_retry_interval: int = 1 * SECOND
    """Between requests for one address (section 2.3.2.1: at most one per second)."""
    arp_attempts: int = 3
    """Requests before the host is unreachable (Linux: mcast_solicit, ucast_solicit)."""
    arp_entries: int = 1024
    """Neighbours remembered on a link; one that is not used gives way (Linux: gc_thresh3)."""
    arp_queue: int = 212_992
    """Octets of send memory that packets may take up while they wait for one address; the oldest gives way
    (Linux: unres_qlen_bytes). As large as a send buffer, so that one sender waits and loses nothing."""
    conflict_detection: bool = False
    """Whether an address is probed for before it is used, and defended (RFC 5227). It takes six seconds
    or more. Linux leaves it to the program that configures the address."""

    # IP and ICMP
    ttl: int = 64
    """Initial time to live (RFC 1700)."""
    loopback_mtu: int = 16_436
    """Of lo, octets: 16 KiB and headers, Linux's value for many years. TCP's delayed
    acknowledgments need several segments in a window, so the 65,535 that is possible would be slow."""
    reassembly_timeout: int = 60 * SECOND
    """RFC 1122 section 3.3.2: a fixed value between 60 s and 120 s."""
    reassembly_memory: int = 4 * 1024 * 1024
    """Octets held in incomplete datagrams; the oldest gives way (Linux: ipfrag_high_thresh)."""
    forwarding: bool = False
    """Whether packets for others are passed on: the host is a router (RFC 1122 section 3.1)."""
    accept_redirects: bool = True
    """Whether a gateway may name another one for a destination (RFC 1122 section 3.2.2.2)."""
    dead_gateway_time: int = 60 * SECOND
    """A gateway that does not answer is passed over for this long, if another route leads there (RFC 1122
    section 3.3.1.4 names no time)."""
    redirected_routes: int = 256
    """Host routes that redirects make; the oldest gives way."""
    icmp_errors: tuple[int, int] = (50, 1 * MILLISECOND)
    """ICMP errors sent at once, and the time for one more (RFC 1812 section 4.3.2.8). The values are
    Linux's icmp_msgs_burst and icmp_msgs_per_sec."""
    path_mtu_discovery: bool = True
    """Whether TCP's packets must not be fragmented, and so find the path's MTU (RFC 1191)."""
    datagram_path_mtu_discovery: bool = False
    """Whether datagrams that fit the path must not be fragmented either, unless their program says otherwise
    (IP_MTU_DISCOVER). Linux: they must not."""
    path_mtu_lifetime: int = 600 * SECOND
    """What was learned is forgotten then (RFC 1191 section 6.3: ten minutes is recommended)."""
    path_mtu_entries: int = 1024
    """Destinations remembered; the oldest gives way."""
    minimum_path_mtu: int = 68
    """No router is believed below (RFC 791). Linux: 552."""

    # Ports and sockets
    ephemeral_ports: tuple[int, int] = (49_152, 65_535)
    """First and last port given to sockets that do not choose (RFC 6335 section 6, RFC 6056)."""
    datagram_buffer: int = 212_992
    """Octets that wait in a UDP or ICMP socket, each way (Linux: rmem_default, wmem_default)."""

    # TCP
    receive_buffer: int = 65_535
    """Octets; the largest window without scaling (RFC 9293 section 3.1)."""
    send_buffer: int = 65_536
    """Octets accepted from the program and not yet acknowledged."""
    buffer_limits: tuple[int, int] | None = None
    """How far a connection's receive and send buffers grow with what its path holds; None: not at all. Linux:
    tcp_rmem and tcp_wmem."""
    window_scale: bool = True
    """Whether windows beyond 65,535 octets are offered and taken (RFC 7323 section 2)."""
    timestamps: bool = False
    """Whether our SYN offers timestamps (RFC 7323 section 3.2: MAY); a SYN that has them is answered in
    kind. They cost 12 octets of every segment. Linux: offered."""
    require_timestamps: bool = True
    """Whether a segment without timestamp is dropped once both sides have agreed on them (RFC 7323 section
    3.2: SHOULD). Linux takes it."""
    sack: bool = True
    """Whether selective acknowledgments are offered and taken (RFC 2018)."""
    congestion_control: Callable[[int, int], CongestionControl] = Reno
    """Made for each connection with its segment size and initial window in octets."""
    initial_window: int | None = None
    """Segments sent before the first acknowledgment; None is the table of RFC 5681 section 3.1, two to
    four. Linux: 10 (RFC 6928)."""
    default_mss: int = 536
    """Assumed of a peer that names none (RFC 9293 section 3.7.1, MUST-15)."""
    minimum_mss: int = 48
    """A smaller MSS option counts as this: tiny ones are an attack on processor time (Linux:
    tcp_min_snd_mss). An MSS of 0 counts as none."""
    initial_rto: int = 1 * SECOND
    """RFC 6298 section 2.1."""
    minimum_rto: int = 1 * SECOND
    """RFC 6298 section 2.4. Linux has none for the sum, see `clock_granularity`."""
    maximum_rto: int = 60 * SECOND
    """RFC 6298 section 2.5: at least 60 s. Linux: 120 s."""
    clock_granularity: int = 1 * MILLISECOND
    """G of RFC 6298 section 2. Time is in ns here; this is the floor of the variance term, 4 * RTTVAR.
    Linux: 200 ms (tcp_rto_min), so that a peer's delayed acknowledgment never looks like a loss."""
    rto_after_syn_loss: int = 3 * SECOND
    """RFC 6298 section 5.7: the RTO of a connection whose SYN was sent more than once …"""
    measured_syn_suffices: bool = False
    """… but not where timestamps have measured the handshake all the same (Linux)."""
    forgiven_syns: int = 0
    """SYNs that may be lost until a connection begins with one segment (RFC 5681 section 3.1). Linux: 1."""
    r1: int = 3
    """Retransmissions of one segment before the way there is doubted (RFC 9293 section 3.8.3, SHLD-10; Linux:
    tcp_retries1)."""
    user_timeout: int = 300 * SECOND
    """R2: no progress for this long ends a connection (RFC 9293 sections 3.8.3 and 3.10.1: five minutes)."""
    syn_timeout: int = 180 * SECOND
    """R2 for SYN (RFC 9293 section 3.8.3, MUST-23: at least three minutes). Linux: 131 s."""
    syn_ack_timeout: int = 180 * SECOND
    """The same for SYN-ACK. Linux: 63 s (tcp_synack_retries)."""
    syn_linear_timeouts: int = 0
    """A SYN's first time-outs that do not double the next (RFC 6298 section 5.5 has none). Linux: 4."""
    delayed_ack: int = 200 * MILLISECOND
    """RFC 9293 section 3.8.6.3: less than 0.5 s. Linux: 40 ms."""
    msl: int = 120 * SECOND
    """Maximum segment lifetime; TIME-WAIT lasts two (RFC 9293 section 3.4.2). Linux: TIME-WAIT of 60 s."""
    time_wait_connections: int = 16_384
    """Connections in TIME-WAIT; the one that has waited longest gives way (Linux: tcp_max_tw_buckets)."""
    keep_time_wait: bool = False
    """Whether a RST does not end TIME-WAIT (RFC 1337 section 3, fix F1). RFC 9293 section 3.10.7.4 and
    Linux let it."""
    fin_wait_2_timeout: int = 60 * SECOND
    """FIN-WAIT-2 of a closed socket ends after this silence. No RFC names one (Linux: tcp_fin_timeout)."""
    syn_backlog: int = 256
    """Half-open connections per listening socket (Linux: tcp_max_syn_backlog)."""
    challenge_acks: tuple[int, int] = (10, 5 * SECOND)
    """At most this many challenge ACKs per connection and time (RFC 5961 section 7)."""
    keepalive_idle: int = 7200 * SECOND
    """RFC 9293 section 3.8.4 (MUST-28): at least two hours."""
    keepalive_interval: int = 75 * SECOND
    """Between keepalive probes (Linux: tcp_keepalive_intvl)."""
    keepalive_probes: int = 9
    """Unanswered probes that end a connection (Linux: tcp_keepalive_probes)."""
    abort_on_unreachable: bool = False
    """Whether an ICMP net or host unreachable ends a connect() at once. RFC 9293 section 3.9.2.2
    (MUST-56) forbids it; Linux does it (RFC 5461)."""

    @property
    def syn_retries(self) -> int:
        """Times that a SYN is sent again before `syn_timeout`, the linear ones left out (tcp_syn_retries)."""
        retries, rto, at = 0, self.initial_rto, self.initial_rto
        while at < self.syn_timeout:
            rto = rto if retries < self.syn_linear_timeouts else min(2 * rto, self.maximum_rto)
            retries += 1
            at += rto
        return retries - self.syn_linear_timeouts


LINUX = Parameters(
    datagram_path_mtu_discovery=True,
    timestamps=True,
    require_timestamps=False,
    receive_buffer=65_536,
    buffer_limits=(32 * 1024 * 1024, 4 * 1024 * 1024),
    initial_window=10,
    minimum_path_mtu=552,
    ephemeral_ports=(32_768, 60_999),
    minimum_rto=0,
    clock_granularity=200 * MILLISECOND,
    maximum_rto=120 * SECOND,
    user_timeout=924 * SECOND,
    syn_timeout=131 * SECOND,
    syn_ack_timeout=63 * SECOND,
    syn_linear_timeouts=4,
    measured_syn_suffices=True,
    forgiven_syns=1,
    delayed_ack=40 * MILLISECOND,
    msl=30 * SECOND,
    abort_on_unreachable=True,
)
"""What a stranger would take for Linux (6.18)."""
