"""Fragmentation and reassembly of datagrams (RFC 791 section 3.2, RFC 815, RFC 1122 section 3.3.2).

Duplicates are harmless, but pieces that overlap with different borders condemn the whole datagram:
nobody who is honest makes them, and which octets win would decide what a firewall had seen
(RFC 1858, RFC 3128; RFC 8200 section 4.5 has the same rule).
"""

from collections.abc import Callable, Iterator

from journal.event import FieldValue
from stack import events
from stack.environment import Environment
from stack.intervals import Intervals
from stack.timers import Timer
from stack.wire import ipv4
from stack.wire.address import dotted
from stack.wire.ipv4_options import copied

_Key = tuple[int, int, int, int]

_BOOKKEEPING = 512
"""Octets that one incomplete datagram costs in addition to its data, about."""


def fragment(header: ipv4.Header, payload: bytes, mtu: int) -> Iterator[tuple[ipv4.Header, bytes]]:
    """Headers and data of packets of at most `mtu` octets that carry `payload`, in order.

    All but the last carry a multiple of 8. The first has all options, the others those marked as copied.
    """
    at = 0
    while at < len(payload):
        room = (mtu - ipv4.HEADER_LENGTH - len(header.options)) // 8 * 8
        piece = payload[at : at + room]
        more = header.more_fragments or at + room < len(payload)
        yield header._replace(more_fragments=more), piece
        header = header._replace(offset=header.offset + len(piece), options=copied(header.options))
        at += len(piece)


def piece_fields(header: ipv4.Header, data: bytes) -> dict[str, FieldValue]:
    """What the events say of a fragment."""
    return {
        "source": dotted(header.source),
        "destination": dotted(header.destination),
        "identification": header.identification,
        "offset": header.offset,
        "length": len(data),
        "more": header.more_fragments,
    }


class _Datagram:
    """One datagram that is still missing pieces. `end` is its length, once the last piece is known."""

    def __init__(self, timer: Timer) -> None:
        self.timer = timer
        self.pieces = Intervals()
        self.end: int | None = None
        self.first: tuple[ipv4.Header, bytes] | None = None
        self.condemned = False
        self.fragments = 0


class Reassembly:
    """The incomplete datagrams of one host.

    `time_exceeded` is called with header and octets of the first fragment when a datagram's time is
    over (ICMP type 11 code 1); nothing is said of a datagram whose first fragment never came.
    """

    def __init__(self, environment: Environment, time_exceeded: Callable[[ipv4.Header, bytes], None]) -> None:
        self._environment = environment
        self._time_exceeded = time_exceeded
        self._datagrams: dict[_Key, _Datagram] = {}
        self._octets = 0

    @property
    def memory(self) -> int:
        """Octets taken by all incomplete datagrams, each one's bookkeeping included."""
        return self._octets + _BOOKKEEPING * len(self._datagrams)

    def add(self, header: ipv4.Header, payload: bytes) -> tuple[ipv4.Header, bytes] | None:
        """Take a fragment; return the whole datagram if that was the last one missing."""
        end = header.offset + len(payload)
        if not payload or (header.more_fragments and len(payload) % 8):
            self._drop(header, "fragment length is not a multiple of 8")
            return None
        if ipv4.HEADER_LENGTH + end > ipv4.MAXIMUM_LENGTH:
            self._drop(header, "fragment ends beyond the largest datagram")
            return None
        key = (header.source, header.destination, header.identification, header.protocol)
        datagram = self._datagrams.get(key) or self._begin(key)
        if datagram.condemned:
            self._drop(header, "fragment of a condemned datagram")
            return None
        if not self._fits(datagram, header, end):
            return None
        if datagram.pieces.matches(header.offset, payload):
            self._drop(header, "duplicate fragment")
            return None
        if datagram.pieces.overlap(header.offset, end) is not None:
            self._condemn(datagram, header, "overlapping fragments")
            return None
        self._octets += datagram.pieces.add(header.offset, payload)
        datagram.fragments += 1
        if self._environment.traced:
            self._environment.emit(events.FragmentReceived, **piece_fields(header, payload))
        if header.offset == 0:
            datagram.first = header, payload
        if not header.more_fragments:
            datagram.end = end
        if datagram.first is not None and datagram.pieces.octets == datagram.end:
            self._remove(key)
            self._environment.emit(
                events.Reassembled,
                source=dotted(header.source),
                destination=dotted(header.destination),
                identification=header.identification,
                fragments=datagram.fragments,
                length=datagram.end,
            )
            return datagram.first[0]._replace(more_fragments=False), datagram.pieces.take(0)
        self._limit_memory()
        return None

    def _fits(self, datagram: _Datagram, header: ipv4.Header, end: int) -> bool:
        """Whether the fragment agrees with what is known of the datagram's end."""
        if datagram.end is not None:
            contradiction = end > datagram.end or (not header.more_fragments and end != datagram.end)
        else:
            contradiction = not header.more_fragments and datagram.pieces.end > end
        if contradiction:
            self._condemn(datagram, header, "fragments disagree about the datagram's end")
        return not contradiction

    def _begin(self, key: _Key) -> _Datagram:
        datagram = _Datagram(self._environment.timer(lambda: self._expire(key)))
        datagram.timer.arm(self._environment.now + self._environment.parameters.reassembly_timeout)
        self._datagrams[key] = datagram
        self._limit_memory()
        return datagram

    def _expire(self, key: _Key) -> None:
        datagram = self._remove(key)
        if datagram.condemned:
            return
        self._environment.emit(
            events.IpDrop, reason="reassembly time exceeded", source=dotted(key[0]), identification=key[2]
        )
        if datagram.first is not None:
            self._time_exceeded(*datagram.first)

    def _condemn(self, datagram: _Datagram, header: ipv4.Header, reason: str) -> None:
        # The entry stays until its time is over, so that later pieces do not begin a new datagram.
        datagram.condemned = True
        self._octets -= datagram.pieces.octets
        datagram.pieces = Intervals()
        self._drop(header, reason)

    def _limit_memory(self) -> None:
        while self.memory > self._environment.parameters.reassembly_memory:
            key = next(iter(self._datagrams))
            self._remove(key)
            self._environment.emit(
                events.IpDrop,
                reason="reassembly memory is full",
                source=dotted(key[0]),
                identification=key[2],
            )

    def _remove(self, key: _Key) -> _Datagram:
        datagram = self._datagrams.pop(key)
        datagram.timer.stop()
        self._octets -= datagram.pieces.octets
        return datagram

    def _drop(self, header: ipv4.Header, reason: str) -> None:
        self._environment.emit(
            events.IpDrop, reason=reason, source=dotted(header.source), identification=header.identification
        )
