"""What can be plotted of a run: curves over time, folded from its events.

A curve is a list of points; between two of them it keeps its value. Curves of one plot have one unit:

    sequence numbers   of a connection, from one end's view, counted from its first SYN
    windows            what may be in flight, and what is
    round trip         smoothed round-trip time and retransmission time-out
    carrier            of a cable: the time it was busy since the beginning, so that the difference quotient
                       over any stretch is its utilisation; and the number of collisions
    queue              frames that wait in an adapter's ring
    measured           what programs report by `measure`

A retransmission is a point of its own: nothing connects it with others.
"""

from collections.abc import Iterable
from typing import NamedTuple

from driver.events import FrameLost, FrameSent, FrameToAdapter
from hw.hub.recording import PortCollision
from journal.event import Event, FieldValue
from sim.os.events import Measured, SwitchedOff
from sim.record.frames import CoaxCollision, CoaxFragment, CoaxFrame, PairFragment, PairFrame
from stack.tcp.events import (
    CongestionWindow,
    Retransmission,
    RoundTripMeasured,
    SegmentReceived,
    SegmentSent,
    SendWindow,
)

PS_PER_BIT = 100_000
_SEQUENCES = 1 << 32


class Name(NamedTuple):
    """Which curve: of whom (`pc`, or a connection at it), in which plot, and what it is."""

    place: str
    subject: str
    """A connection, a program; empty where the place says all."""
    plot: str
    curve: str
    unit: str


class Curve(NamedTuple):
    """Its points, in the order of time."""

    name: Name
    ps: list[int]
    values: list[float]
    is_connected: bool
    """Whether it keeps its value until the next point."""


class _Sender:
    """One end of a connection: numbers without wrap-around, counted from its first SYN."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.sent = 0
        """The end of what has been sent."""
        self.acknowledged = 0

    def place(self, number: int, near: int) -> int:
        """The number that is `number` modulo 2^32, counted from the first, and nearest to `near`."""
        assert self.first is not None
        ahead = (number - self.first - near + _SEQUENCES // 2) % _SEQUENCES - _SEQUENCES // 2
        return near + ahead


class Curves:
    """Takes the events of a run one by one."""

    def __init__(self) -> None:
        self._curves: dict[Name, Curve] = {}
        self._senders: dict[tuple[str, str], _Sender] = {}
        self._takes = {
            (kind.layer, kind.kind): take
            for kind, take in (
                (SegmentSent, self._segment_sent),
                (SegmentReceived, self._segment_received),
                (Retransmission, self._retransmission),
                (SendWindow, self._send_window),
                (CongestionWindow, self._congestion_window),
                (RoundTripMeasured, self._round_trip),
                (CoaxFrame, self._carrier),
                (CoaxFragment, self._carrier),
                (PairFrame, self._carrier),
                (PairFragment, self._carrier),
                (CoaxCollision, self._collision),
                (PortCollision, self._collision),
                (FrameToAdapter, self._to_adapter),
                (FrameSent, self._from_adapter),
                (FrameLost, self._from_adapter),
                (SwitchedOff, self._switched_off),
                (Measured, self._measured),
            )
        }

    def __call__(self, event: Event) -> None:
        """Take the next event."""
        take = self._takes.get((event.layer, event.kind))
        if take is not None:
            take(event)

    def curves(self) -> Iterable[Curve]:
        """All so far, in the order of their first points."""
        return self._curves.values()

    def _put(self, event: Event, name: Name, value: float, *, is_connected: bool = True) -> None:
        curve = self._curves.get(name)
        if curve is None:
            curve = self._curves[name] = Curve(name, [], [], is_connected)
        if curve.ps and curve.ps[-1] == event.ps and is_connected:
            curve.values[-1] = value
        elif not is_connected or not curve.values or curve.values[-1] != value:
            curve.ps.append(event.ps)
            curve.values.append(value)

    def _last(self, name: Name) -> float:
        curve = self._curves.get(name)
        return 0 if curve is None else curve.values[-1]

    # -- TCP ---------------------------------------------------------------------------------------------

    def _segment_sent(self, event: Event) -> None:
        fields = event.fields
        sender = self._sender(event)
        seq, flags = _int(fields["seq"]), str(fields["flags"])
        if "SYN" in flags and (sender.first is None or sender.place(seq, 0) != 0):
            sender.first, sender.sent, sender.acknowledged = seq, 0, 0  # the four-tuple is used again
        if sender.first is None:  # a segment of no connection, such as a reset
            return
        end = sender.place(seq, sender.sent) + _int(fields["length"]) + ("SYN" in flags) + ("FIN" in flags)
        sender.sent = max(sender.sent, end)
        self._put(event, _tcp(event, "sequence numbers", "sent", "octets"), sender.sent)
        self._in_flight(event, sender)

    def _segment_received(self, event: Event) -> None:
        fields = event.fields
        sender = self._sender(event)
        if sender.first is None or "ACK" not in str(fields["flags"]):
            return
        ack = sender.place(_int(fields["ack"]), sender.acknowledged)
        if not sender.acknowledged <= ack <= sender.sent:
            return
        sender.acknowledged = ack
        self._put(event, _tcp(event, "sequence numbers", "acknowledged", "octets"), ack)
        if "SYN" not in str(fields["flags"]):  # whose window has no scale (RFC 7323 section 2.2)
            limit = ack + _int(fields["window"])
            self._put(event, _tcp(event, "sequence numbers", "may be sent", "octets"), limit)
        self._in_flight(event, sender)

    def _in_flight(self, event: Event, sender: _Sender) -> None:
        flight = sender.sent - sender.acknowledged
        self._put(event, _tcp(event, "windows", "in flight", "octets"), flight)

    def _retransmission(self, event: Event) -> None:
        sender = self._sender(event)
        if sender.first is not None:
            place = sender.place(_int(event.fields["seq"]), sender.acknowledged)
            name = _tcp(event, "sequence numbers", "sent again", "octets")
            self._put(event, name, place, is_connected=False)

    def _send_window(self, event: Event) -> None:
        self._put(event, _tcp(event, "windows", "the peer's window", "octets"), _int(event.fields["new"]))

    def _congestion_window(self, event: Event) -> None:
        self._put(event, _tcp(event, "windows", "congestion window", "octets"), _int(event.fields["new"]))

    def _round_trip(self, event: Event) -> None:
        for name, field in (("smoothed round-trip time", "srtt"), ("retransmission time-out", "rto")):
            self._put(event, _tcp(event, "round trip", name, "ms"), _int(event.fields[field]) / 1e6)

    def _sender(self, event: Event) -> _Sender:
        return self._senders.setdefault((event.where, _connection(event)), _Sender())

    # -- cables, adapters, programs ----------------------------------------------------------------------

    def _carrier(self, event: Event) -> None:
        end = str(event.fields.get("sender", ""))
        name = Name(event.where, end, "carrier", "busy", "ps")
        self._put(event, name, self._last(name) + _int(event.fields["bits"]) * PS_PER_BIT)

    def _collision(self, event: Event) -> None:
        port = event.fields.get("port")
        subject = "" if port is None else f"port {port}"
        name = Name(event.where, subject, "collisions", "collisions", "collisions")
        self._put(event, name, self._last(name) + 1)

    def _to_adapter(self, event: Event) -> None:
        name = _queue(event)
        self._put(event, name, self._last(name) + 1)

    def _from_adapter(self, event: Event) -> None:
        name = _queue(event)
        self._put(event, name, max(self._last(name) - 1, 0))

    def _switched_off(self, event: Event) -> None:
        for name in [name for name in self._curves if name.plot == "queue" and name.place == event.where]:
            self._put(event, name, 0)

    def _measured(self, event: Event) -> None:
        fields = event.fields
        subject = f"{fields['program']} ({fields['pid']})"
        name = Name(event.where, subject, "measured", str(fields["name"]), str(fields["unit"]))
        value = fields["value"]
        assert isinstance(value, float)
        self._put(event, name, value)


def _connection(event: Event) -> str:
    return f"{event.fields['local']} > {event.fields['remote']}"


def _tcp(event: Event, plot: str, curve: str, unit: str) -> Name:
    return Name(event.where, _connection(event), plot, curve, unit)


def _queue(event: Event) -> Name:
    return Name(event.where, "", "queue", "frames in the transmit ring", "frames")


def _int(value: FieldValue) -> int:
    assert isinstance(value, int)
    return value
