"""What TCP reports."""

from typing import ClassVar

from journal.kind import Attempts, EventKind, Fields, Nanoseconds, Octets, SequenceNumber, SocketAddress


class Connection(EventKind, layer="tcp"):
    """An event of a connection. It has no descriptor until it is accepted, and none after close."""

    fd: int | None
    local: SocketAddress
    remote: SocketAddress


class State(EventKind, layer="tcp", kind="state"):
    """{local} is {new}, was {old}"""

    fd: int | None
    local: SocketAddress
    remote: SocketAddress | None
    old: str
    new: str


class _Segment(Connection):
    """A segment's header, as the timeline shows it."""

    verb: ClassVar[str]
    flags: str
    seq: SequenceNumber
    ack: SequenceNumber
    length: Octets
    window: Octets
    mss: Octets | None

    @classmethod
    def template(cls, fields: Fields) -> str:
        """An acknowledgment number means something only with ACK (RFC 9293 section 3.1), an MSS in a SYN."""
        ack = " ack {ack}" if "ACK" in str(fields["flags"]) else ""
        mss = " mss {mss:n}" if fields["mss"] is not None else ""
        return f"{{local}} {cls.verb} {{flags}} seq {{seq}}{ack} win {{window:n}}{mss}, {{length}}"


class SegmentSent(_Segment, kind="segment sent"):
    """{local} sends {flags} seq {seq} ack {ack} win {window:n} mss {mss:n}, {length}"""

    verb = "sends"


class SegmentReceived(_Segment, kind="segment received"):
    """{local} receives {flags} seq {seq} ack {ack} win {window:n} mss {mss:n}, {length}"""

    verb = "receives"


class Variables(Connection, kind="variables", quiet=True):
    """{local}: variables of its connection with {remote} change"""

    receive_queue: Octets = 0
    send_queue: Octets = 0
    receive_buffer: Octets = 0
    send_buffer: Octets = 0
    snd_una: SequenceNumber = 0
    snd_nxt: SequenceNumber = 0
    snd_wnd: Octets = 0
    rcv_nxt: SequenceNumber = 0
    rcv_wnd: Octets = 0
    mss: Octets = 0
    cwnd: Octets = 0
    ssthresh: Octets = 0
    srtt: Nanoseconds | None = None
    rttvar: Nanoseconds | None = None
    rto: Nanoseconds = 0
    timer: str = ""
    expires_in: Nanoseconds | None = None
    attempts: int = 0


class TextHeldBack(Connection, kind="text held back"):
    """{local} holds {length} back: {reason}"""

    length: Octets
    reason: str


class AcknowledgmentHeldBack(Connection, kind="acknowledgment held back"):
    """{local} holds its acknowledgment back, for at most {delay}"""

    ack: SequenceNumber
    delay: Nanoseconds


class AcknowledgmentGoes(Connection, kind="acknowledgment goes"):
    """{local}: the acknowledgment that was held back goes: {reason}"""

    ack: SequenceNumber
    reason: str


class RoundTripMeasured(Connection, kind="round trip measured"):
    """{local}: smoothed round-trip time {srtt}, variation {rttvar}, retransmission time-out {rto}"""

    srtt: Nanoseconds
    rttvar: Nanoseconds
    rto: Nanoseconds


class ReceiveWindowClosed(Connection, kind="receive window closed"):
    """{local} closes its window: its receive buffer is full"""

    octets: Octets


class ReceiveWindowOpened(Connection, kind="receive window opened"):
    """{local} opens its window: {octets}"""

    octets: Octets


class SendWindow(Connection, kind="send window"):
    """{remote} offers a window of {new} (was {old:n})"""

    old: Octets
    new: Octets


TIME_OUT = "time-out"


class Retransmission(Connection, kind="retransmission"):
    """{local} retransmits from seq {seq}: {reason}"""

    reason: str
    seq: SequenceNumber
    attempt: int
    rto: Nanoseconds

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Only a time-out has waited for the time-out."""
        waited = " after {rto}, attempt {attempt}" if fields["reason"] == TIME_OUT else ""
        return f"{{local}} retransmits from seq {{seq}}: {{reason}}{waited}"


class RetransmissionHeldBack(Connection, kind="retransmission held back"):
    """{local} does not retransmit from seq {seq} after {rto}: the segment has not left this host yet"""

    seq: SequenceNumber
    rto: Nanoseconds


class CongestionWindow(Connection, kind="congestion window"):
    """{local}: congestion window {new} (was {old:n})"""

    old: Octets
    new: Octets


class DuplicateAtThePeer(Connection, kind="duplicate at the peer"):
    """{remote} had already received the {length} from seq {seq}"""

    seq: SequenceNumber
    length: Octets


class SegmentSize(Connection, kind="segment size"):
    """{local} sends at most {new} in a segment (was {old:n})"""

    old: Octets
    new: Octets


class WindowScaleTooLarge(Connection, kind="window scale too large"):
    """{remote} asks for a window scale of {offered}: {used} is the largest"""

    offered: int
    used: int


class Gap(Connection, kind="gap"):
    """{local} waits for seq {expected} and holds {held}"""

    expected: SequenceNumber
    held: str


class WindowProbe(Connection, kind="window probe"):
    """{local} sends window probe {attempt}"""

    attempt: int


class KeepaliveProbe(Connection, kind="keepalive probe"):
    """{local} sends keep-alive probe {attempt} to {remote}"""

    attempt: int


class TimedOut(Connection, kind="timed out"):
    """{local} gives up after {attempts}: no answer from {remote}"""

    attempts: Attempts
    window_closed: bool

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Who refuses data may well answer."""
        if fields["window_closed"]:
            return "{local} gives up after {attempts}: the window of {remote} stays closed"
        return cls.__doc__ or ""


class ResetByPeer(Connection, kind="reset by peer"):
    """{remote} has reset the connection with {local}"""


class Fault(Connection, kind="fault"):
    """{local}: an ICMP error about its packets: {reason}"""

    reason: str


class UrgentData(Connection, kind="urgent data"):
    """{octets} of urgent data from {remote}"""

    octets: Octets


class Drop(EventKind, layer="tcp", kind="drop"):
    """drops a segment: {reason}"""

    reason: str
    fd: int | None = None
    local: SocketAddress = ""
    remote: SocketAddress = ""
    seq: SequenceNumber = 0
    ack: SequenceNumber = 0
    length: Octets = 0
