"""What a connection knows of itself, as Linux gives it to programs: `struct tcp_info` (TCP_INFO of tcp(7)).

The fields, their order, widths and units are those of include/uapi/linux/tcp.h, without the prefix `tcpi_`:
what unpacks the structure of a kernel unpacks this one. A field that the stack has nothing for is 0.
"""

import struct
from typing import NamedTuple

INFINITE = 0x7FFF_FFFF
"""`snd_ssthresh` before any loss."""
UNLIMITED = 0xFFFF_FFFF_FFFF_FFFF
"""A pacing rate that does not limit."""
TIMESTAMPS, SACK, WINDOW_SCALE = 1, 2, 4
"""Bits of `options`."""

_STRUCT = struct.Struct("=8B 24I 4Q 6I 4Q 2I 2Q 6I 2H I")


class TcpInfo(NamedTuple):
    """Times are in µs where no other unit is said; windows and what is under way count segments."""

    state: int = 0
    ca_state: int = 0
    """0 open, 1 disorder (duplicate acknowledgments), 3 recovery, 4 loss (a time-out)."""
    retransmits: int = 0
    """Times that the segment at SND.UNA timed out."""
    probes: int = 0
    backoff: int = 0
    options: int = 0
    wscale: int = 0
    """`snd_wscale` in the lower four bits, `rcv_wscale` in the upper ones."""
    flags: int = 0
    rto: int = 0
    ato: int = 0
    snd_mss: int = 0
    rcv_mss: int = 0
    """The longest text that came in one segment."""
    unacked: int = 0
    """In LISTEN: connections that wait for accept()."""
    sacked: int = 0
    """In LISTEN: how many may wait."""
    lost: int = 0
    """Taken for lost and not acknowledged yet, sent again or not."""
    retrans: int = 0
    """Of those, the ones sent again."""
    fackets: int = 0
    last_data_sent: int = 0
    """ms ago, as the next three."""
    last_ack_sent: int = 0
    last_data_recv: int = 0
    last_ack_recv: int = 0
    pmtu: int = 0
    """Octets."""
    rcv_ssthresh: int = 0
    rtt: int = 0
    rttvar: int = 0
    snd_ssthresh: int = 0
    snd_cwnd: int = 0
    advmss: int = 0
    reordering: int = 0
    rcv_rtt: int = 0
    """The shortest time in which the peer has filled the window."""
    rcv_space: int = 0
    """Octets that the program reads in a round trip."""
    total_retrans: int = 0
    """Segments sent again."""
    pacing_rate: int = UNLIMITED
    max_pacing_rate: int = UNLIMITED
    bytes_acked: int = 0
    """A FIN counts one here and in the next field."""
    bytes_received: int = 0
    segs_out: int = 0
    segs_in: int = 0
    notsent_bytes: int = 0
    min_rtt: int = 0
    data_segs_in: int = 0
    data_segs_out: int = 0
    delivery_rate: int = 0
    busy_time: int = 0
    rwnd_limited: int = 0
    sndbuf_limited: int = 0
    delivered: int = 0
    """Segments that are acknowledged or reported, a SYN among them."""
    delivered_ce: int = 0
    bytes_sent: int = 0
    """Octets of text, those sent again too."""
    bytes_retrans: int = 0
    dsack_dups: int = 0
    """Reports that a segment came twice (RFC 2883)."""
    reord_seen: int = 0
    rcv_ooopack: int = 0
    """Segments that came out of order."""
    snd_wnd: int = 0
    """Octets, as the next field."""
    rcv_wnd: int = 0
    rehash: int = 0
    total_rto: int = 0
    """Time-outs."""
    total_rto_recoveries: int = 0
    total_rto_time: int = 0

    def pack(self) -> bytes:
        """The C structure."""
        return _STRUCT.pack(*self)
