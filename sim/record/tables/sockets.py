"""`sockets`, `buffers` and `tcp`: three views of each host's sockets and connections."""

from collections.abc import Iterable
from typing import ClassVar

from journal.kind import Unit
from sim.record.tables.connections import Connections
from sim.record.tables.table import NANOSECONDS, Clock, Column, Key, Row
from stack.tcp.congestion import ARBITRARILY_HIGH

_OCTETS = Unit("octets")
_NUMBER = Unit("sequence number")
_END = Unit("address:port")

_WHICH = (
    Column("proto", "tcp, udp, icmp, or that of another package"),
    Column("local", "its own address and port", _END),
    Column("remote", "the peer's", _END),
)
_HOLDER = (
    Column("fd", "the descriptor; none: not accepted yet, or closed", number=True),
    Column("pid", "the process that has opened it", number=True),
    Column("program", "and its name"),
)


class _View(Connections):
    """Rows with a descriptor first, by their numbers."""

    def ordered(self) -> Iterable[Key]:
        def order(key: Key) -> tuple[str, bool, int]:
            fd = self.rows[key].get("fd")
            return key[0], not isinstance(fd, int), fd if isinstance(fd, int) else 0

        return sorted(self.rows, key=order)


class Sockets(_View):
    """As `netstat -anop` prints them."""

    name = "sockets"
    meaning = "sockets and connections of each host, as `netstat -anop` prints them"
    columns: ClassVar[tuple[Column, ...]] = (
        _WHICH[0],
        Column("receive_queue", "octets that have come and are not read yet", _OCTETS, number=True),
        Column(
            "send_queue",
            "octets that are written and not acknowledged, or have not left",
            _OCTETS,
            number=True,
        ),
        *_WHICH[1:],
        Column("state", "of the connection (RFC 9293 section 3.3.2)"),
        *_HOLDER,
        Column("timer", "what the connection waits for"),
        Column("expires", "time until that timer expires", NANOSECONDS, Clock.LEFT, number=True),
        Column("attempts", "how often it has expired without progress", number=True),
    )


class Buffers(_View):
    """What the stack has set aside for each socket, and how much of it is in use."""

    name = "buffers"
    meaning = "memory that the stack has set aside for each socket, and how full it is"
    columns: ClassVar[tuple[Column, ...]] = (
        *_WHICH,
        Column("receive_buffer", "octets set aside for what comes (SO_RCVBUF)", _OCTETS, number=True),
        Column("receive_queue", "octets of it in use: come and not read yet", _OCTETS, number=True),
        Column("send_buffer", "octets set aside for what is written (SO_SNDBUF)", _OCTETS, number=True),
        Column("send_queue", "octets of it in use: not acknowledged, or not left yet", _OCTETS, number=True),
        *_HOLDER,
    )


class Tcp(_View):
    """As `ss -ti` prints them, in octets and ns."""

    name = "tcp"
    meaning = "variables of each connection: sequence numbers, windows, round trips (RFC 9293, 5681, 6298)"
    columns: ClassVar[tuple[Column, ...]] = (
        *_WHICH[1:],
        Column("state", "of the connection"),
        Column("snd_una", "SND.UNA: the oldest number that is not acknowledged", _NUMBER, number=True),
        Column("snd_nxt", "SND.NXT: the next number to be sent", _NUMBER, number=True),
        Column("flight", "octets sent and not acknowledged", _OCTETS, number=True),
        Column("snd_wnd", "SND.WND: the window that the peer offers", _OCTETS, number=True),
        Column("rcv_nxt", "RCV.NXT: the next number expected", _NUMBER, number=True),
        Column("rcv_wnd", "RCV.WND: the window promised to the peer", _OCTETS, number=True),
        Column("mss", "octets of text in a segment, at most", _OCTETS, number=True),
        Column("cwnd", "congestion window", _OCTETS, number=True),
        Column("ssthresh", "slow start threshold; none before any loss", _OCTETS, number=True),
        Column("srtt", "smoothed round-trip time", NANOSECONDS, number=True),
        Column("rttvar", "its variation", NANOSECONDS, number=True),
        Column("rto", "retransmission time-out", NANOSECONDS, number=True),
    )

    def is_shown(self, row: Row) -> bool:
        """Only what has been a connection has sequence numbers."""
        return "snd_nxt" in row

    def row(self, key: Key) -> Row | None:
        """With FlightSize, a difference modulo 2**32."""
        row = super().row(key)
        if row is None:
            return None
        first, end = row["snd_una"], row["snd_nxt"]
        assert isinstance(first, int) and isinstance(end, int)
        threshold = None if row["ssthresh"] == ARBITRARILY_HIGH else row["ssthresh"]
        return {**row, "flight": (end - first) % 2**32, "ssthresh": threshold}
