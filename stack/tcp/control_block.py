"""The transmission control block (RFC 9293 section 3.3.1): all that is remembered of one connection.

It holds; what is done with it stands in the other files of this folder: `segment_arrives`
(section 3.10.7), `output` (3.8), `timeouts` (3.10.8) and `endpoint` (the calls of 3.10.1 to 3.10.6).
Sequence variables are unwrapped (see `sequence`) and bear the RFC's names.
"""

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from journal.event import FieldValue
from journal.kind import EventKind
from stack.endpoint import Address, Endpoint
from stack.environment import Environment
from stack.events import SocketRemoved
from stack.intervals import Intervals
from stack.options import Options
from stack.ports import Binding
from stack.tcp import events
from stack.tcp.buffer_growth import BufferGrowth
from stack.tcp.congestion import CongestionControl, initial_window
from stack.tcp.counts import Counts
from stack.tcp.recovery import NewReno, Recovery
from stack.tcp.rto import RetransmissionTimeout
from stack.wire.address import pair
from stack.wire.tcp import Segment

if TYPE_CHECKING:
    from stack.tcp.sack_report import SackReport
    from stack.tcp.timestamps import Timestamps


class State(Enum):
    """RFC 9293 section 3.3.2. LISTEN is a `Listener`; a block that is gone is CLOSED."""

    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"
    CLOSED = "CLOSED"

    __hash__ = object.__hash__  # as quick as it is asked for: several times for each segment


SYNCHRONIZING = frozenset({State.SYN_SENT, State.SYN_RECEIVED})
SENDING = frozenset({State.ESTABLISHED, State.CLOSE_WAIT, State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK})
"""States in which data or a FIN may be on its way."""
KEPT_ALIVE = frozenset({State.ESTABLISHED, State.CLOSE_WAIT, State.FIN_WAIT_2})
"""States that last as long as the peer is silent."""
RECEIVING = frozenset({State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2})
"""States in which the peer may still send data."""


class TimerKind(Enum):
    """What a connection waits for. There is one timer, so those that exclude each other cannot both run."""

    OFF = "off"
    RETRANSMIT = "retransmit"
    PERSIST = "persist"
    KEEPALIVE = "keepalive"
    FIN_WAIT_2 = "fin-wait-2"
    TIME_WAIT = "time-wait"


class Home(Protocol):
    """What a block needs of the layer that it lives in."""

    def transmit(self, block: "ControlBlock", segment: Segment) -> None:
        """Send a segment to the block's peer."""

    def resume(self, block: "ControlBlock") -> None:
        """A segment has left the host, and more was held back."""

    def show(self, block: "ControlBlock") -> None:
        """Emit what has changed."""

    def timer_expired(self, block: "ControlBlock") -> None:
        """The connection's timer."""

    def acknowledgment_due(self, block: "ControlBlock") -> None:
        """The delayed acknowledgment's timer."""

    def doubts_the_way(self, block: "ControlBlock") -> None:
        """R1 retransmissions were not answered: negative advice to IP (section 3.8.3, MUST-20)."""

    def remove(self, block: "ControlBlock") -> None:
        """Take the block out of all tables."""

    def begins_to_wait(self, block: "ControlBlock") -> None:
        """The block enters TIME-WAIT; the one that has waited longest gives way if there are too many."""


class Acceptor(Protocol):
    """The listening socket that a passively opened connection belongs to until it is accepted."""

    def has_room(self) -> bool:
        """Whether one more connection may wait for accept()."""

    def completed(self, block: "ControlBlock") -> None:
        """The handshake is complete."""

    def failed(self, block: "ControlBlock") -> bool:
        """The connection is gone before it was accepted; whether it can be accepted all the same."""


class ControlBlock:
    """One connection."""

    def __init__(
        self,
        environment: Environment,
        home: Home,
        local: Address,
        remote: Address,
        options: Options,
        binding: Binding,
        iss: int,
        timestamp_offset: int,
        mtu: int,
    ) -> None:
        self.environment = environment
        self.home = home
        self.local = local
        self.remote = remote
        self.options = options
        self.binding = binding
        self.owner: Endpoint | None = None
        self.acceptor: Acceptor | None = None
        self.fd: int | None = None
        """The program's descriptor, also after close(), for the events."""
        self.state = State.CLOSED

        # Send sequence variables
        self.iss = iss
        self.snd_una = iss
        self.snd_nxt = iss
        self.snd_wnd = 0
        self.snd_wl1 = 0
        self.snd_wl2 = 0
        self.max_snd_wnd = 0
        self.own_mss = min(options.maximum_segment or mtu, mtu - 40)
        self.path_mss = self.own_mss
        """What the path was known to take when the connection was opened (RFC 1191 section 3.1)."""
        self.snd_mss = environment.parameters.default_mss
        self.snd_up = iss
        """The number after the last urgent octet (section 3.8.5)."""
        self.send_buffer = bytearray()
        """Octets from the first unacknowledged one on, up to `snd_end`."""
        self.snd_end = iss + 1
        """The number after the last octet that the program gave us; a FIN gets this number."""
        self.fin_queued = False
        self.resend: int | None = None
        """From here to SND.NXT everything is sent again, as the window allows …"""
        self.resend_reason = ""
        """… and why."""

        self.in_host = 0
        """Send memory of segments, bare acknowledgments aside, that have not left this host …"""
        self.waiting: deque[int] = deque()
        """… and their first numbers, in the order in which they leave."""
        self.sent_from = iss
        """The first number of the segment that was made last."""
        self.held_from = iss
        """From where on text was last held back, as the events have said."""
        self.held_back = False
        """More waits for one of them to leave (`stack.tcp.small_queue`)."""

        # What the handshake agreed on (see `handshake`)
        self.scaling = False
        self.snd_shift = 0
        """Snd.Wind.Shift: the peer's windows count units of 2**snd_shift octets."""
        self.rcv_shift = 0
        self.timestamp_offset = timestamp_offset
        self.timestamps: Timestamps | None = None
        self.sack_report: SackReport | None = None

        # Receive sequence variables
        self.irs = 0
        self.rcv_nxt = 0
        self.rcv_edge = 0
        """RCV.NXT + RCV.WND as last promised to the peer; it never moves back (section 3.8.6, SHLD-14)."""
        self.window_shut = False
        """Whether the last window that was advertised to the peer was 0."""
        self.rcv_up = 0
        """The number after the last octet that the peer calls urgent."""
        self.receive_buffer = bytearray()
        self.early = Intervals()
        """Text behind a gap."""
        self.fin_at: int | None = None
        """The number of the peer's FIN, once seen; it may be behind a gap too."""
        self.peer_finished = False
        """Whether all that the peer sent has come."""

        # Acknowledging
        self.ack_now = False
        self.segments_to_ack = 0
        self.ack_timer = environment.timer(lambda: home.acknowledgment_due(self))
        self.challenges: tuple[int, int] = (0, 0)  # count since instant (RFC 5961 section 7)

        # Timers and round trips
        self.timer_kind = TimerKind.OFF
        self._timer = environment.timer(lambda: home.timer_expired(self))
        self.rto = RetransmissionTimeout(environment.parameters)
        self.timed: tuple[int, int] | None = None
        """A segment under measurement: its end and when it was sent."""
        self.attempts = 0
        """Times that the timer expired without progress."""
        self.progress_at = 0
        """When the segment that waits for an acknowledgment was first sent, or the last one came."""
        self.sent_at = 0
        self.congestion: CongestionControl
        self.choose_congestion_control()
        self._told_window = 0
        self.shown: tuple[FieldValue, ...] = ()
        """The variables as they were shown last."""
        limits = environment.parameters.buffer_limits
        self.growth = (
            BufferGrowth(options, environment.parameters, limits, environment.now) if limits else None
        )
        self.recovery: Recovery = NewReno(self.congestion, self.snd_mss, iss)
        self.lost_syns = 0
        """Times that our SYN had to be sent again."""
        self.counts = Counts()
        self.deferred = False
        """Whether the handshake is complete but for the first text (TCP_DEFER_ACCEPT)."""
        self.error = 0
        """Why the connection ended before it was accepted: SO_ERROR of who accepts it."""
        self.soft_error = 0
        """The last soft ICMP error: the reason to give if the connection times out (section 3.9.2.2)."""

    @property
    def flight(self) -> int:
        """FlightSize: octets sent and not acknowledged."""
        return self.snd_nxt - self.snd_una

    @property
    def unsent(self) -> int:
        """Octets never sent yet, a queued FIN counting one."""
        return self.snd_end + self.fin_queued - self.snd_nxt

    @property
    def fin_acknowledged(self) -> bool:
        """Whether the peer has our FIN."""
        return self.fin_queued and self.snd_una > self.snd_end

    @property
    def abandoned(self) -> bool:
        """Whether no program will ever read from this connection."""
        return self.owner is None and self.acceptor is None

    @property
    def deadline(self) -> int | None:
        """When the connection's timer expires (ns)."""
        return self._timer.deadline

    def charge(self, octets: int) -> int:
        """See `stack.send_memory.Sender`: a segment is known by where it begins."""
        self.in_host += octets
        self.waiting.append(self.sent_from)
        return self.sent_from

    def uncharge(self, octets: int, mark: int) -> None:
        """See `stack.send_memory.Sender`."""
        self.in_host -= octets
        self.waiting.remove(mark)
        if self.held_back:
            self.held_back = False
            self.home.resume(self)

    def still_waits(self, sequence: int) -> bool:
        """Whether the segment from `sequence` on has not left this host: then it is not made once more.

        `stack.tcp.output.output` is called when it has.
        """
        if sequence not in self.waiting:
            return False
        self.held_back = True
        return True

    def take(self, sequence: int, length: int) -> bytes:
        """`length` octets of the send buffer from `sequence` on."""
        at = sequence - (self.snd_end - len(self.send_buffer))
        return bytes(self.send_buffer[at : at + length])

    def send_again(self, start: int, reason: str) -> None:
        """What was sent from `start` on goes again, for a reason that the events give."""
        self.resend = start if start < self.snd_nxt else None
        self.resend_reason = reason

    def set_timer(self, kind: TimerKind, delay: int) -> None:
        """Arm the connection's timer, whatever it waited for before."""
        self.timer_kind = kind
        self._timer.arm(self.environment.now + delay)

    def stop_timer(self) -> None:
        """Wait for nothing; with keepalive, for a sign of life."""
        if self.options.keepalive and self.state in KEPT_ALIVE:
            self.set_timer(TimerKind.KEEPALIVE, self.options.keepalive_idle)
        else:
            self.timer_kind = TimerKind.OFF
            self._timer.stop()

    def set_state(self, state: State, was: str = "") -> None:
        """Change state, and say so; a passive open `was` in its listener's state."""
        old, self.state = self.state, state
        self.environment.touch(self)
        self.event(events.State, old=was or old.value, new=state.value)

    def choose_congestion_control(self) -> None:
        """Begin with the initial window for the segment size that is known now."""
        parameters = self.environment.parameters
        window = initial_window(self.snd_mss, parameters.initial_window)
        self.congestion = parameters.congestion_control(self.snd_mss, window)
        self._told_window = window

    def show(self) -> None:
        """Emit which variables have changed since they were shown last (`stack.tcp.variables`)."""
        self.home.show(self)

    def tell_congestion_window(self) -> None:
        """Say how much may be under way, if that has changed."""
        if (window := self.congestion.window) != self._told_window:
            self.event(events.CongestionWindow, old=self._told_window, new=window)
            self._told_window = window
            if self.growth is not None:
                self.growth.congestion_window(window)

    def close_down(self, error: int = 0) -> None:
        """Enter CLOSED: stop everything, wake those who wait. `error` becomes SO_ERROR."""
        if self.state is State.CLOSED:
            return
        self.set_state(State.CLOSED)
        self.timer_kind = TimerKind.OFF
        self._timer.retire()
        self.ack_timer.retire()
        self.send_buffer.clear()
        self.early = Intervals()
        self.home.remove(self)
        if self.owner is not None:
            self.owner.error = error
            self.wake_all()
        elif self.acceptor is not None and self.acceptor.failed(self):
            self.error = error
        else:
            self.event(SocketRemoved)

    def wake_readers(self) -> None:
        """Something to read, an end or an error."""
        if self.owner is not None:
            self.owner.readers.wake()

    def wake_all(self) -> None:
        """The connection's state matters to readers and writers."""
        if self.owner is not None:
            self.owner.readers.wake()
            self.owner.writers.wake()

    def drop(self, reason: str, **fields: int) -> None:
        """Emit why a segment, or a part of it, is not taken."""
        self.event(events.Drop, reason=reason, **fields)

    def event(self, kind: type[EventKind], **fields: FieldValue) -> None:
        """Emit an event of this connection."""
        self.environment.emit(kind, fd=self.fd, local=pair(*self.local), remote=pair(*self.remote), **fields)
