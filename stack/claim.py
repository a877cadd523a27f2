"""Address-conflict detection (RFC 5227): asking before an address is used, and defending it afterwards.

A claim sends three probes (requests whose sender has no address yet), waits, and announces the
address twice. Whoever answers, or probes for the same address at the same time, has won: the
interface stays without an address. Later, somebody else's packet from our address is answered by one
announcement, at most every ten seconds, and the address is kept (section 2.4 (c)).
"""

from collections.abc import Callable
from enum import Enum

from journal.kind import EventKind
from stack import events
from stack.environment import Environment
from stack.interface import Interface
from stack.parameters import SECOND
from stack.wire import arp, ethernet
from stack.wire.address import ANY, dotted

# Section 1.1
PROBE_WAIT = 1 * SECOND
PROBE_NUM = 3
PROBE_MIN, PROBE_MAX = 1 * SECOND, 2 * SECOND
ANNOUNCE_WAIT = 2 * SECOND
ANNOUNCE_NUM = 2
ANNOUNCE_INTERVAL = 2 * SECOND
DEFEND_INTERVAL = 10 * SECOND


class State(Enum):
    """Of a claim."""

    PROBING = "PROBING"
    ANNOUNCING = "ANNOUNCING"
    CLAIMED = "CLAIMED"
    LOST = "LOST"


class AddressClaim:
    """One interface's claim to its address. `granted` is called when the address may be used."""

    def __init__(self, environment: Environment, interface: Interface, granted: Callable[[], None]) -> None:
        self._environment = environment
        self._interface = interface
        self._granted = granted
        self._timer = environment.timer(self._next)
        self._sent = 0
        self._defended: int | None = None
        self.state = State.PROBING
        # Section 2.1.1: hosts that are switched on together shall not probe together.
        self._timer.arm(environment.now + environment.random.randrange(PROBE_WAIT))

    def receive(self, message: arp.Message) -> bool:
        """Look at every ARP packet first; whether it is in conflict with the claim."""
        own = self._interface
        if message.sender_mac == own.mac or self.state is State.LOST:
            return False
        theirs = message.sender == own.address
        if self.state is State.PROBING:
            probed = (
                message.operation == arp.REQUEST and message.sender == ANY and message.target == own.address
            )
            if theirs or probed:
                self._enter(State.LOST, message.sender_mac)
                self._timer.stop()
            return theirs or probed
        if theirs:
            self._defend(message.sender_mac)
        return theirs

    def _next(self) -> None:
        environment = self._environment
        if self.state is State.PROBING and self._sent < PROBE_NUM:
            self._send(ANY)
            pause = environment.random.randrange(PROBE_MIN, PROBE_MAX)
            self._timer.arm(environment.now + (pause if self._sent < PROBE_NUM else ANNOUNCE_WAIT))
            return
        if self.state is State.PROBING:
            self._sent = 0
            self._enter(State.ANNOUNCING)
            self._granted()
        self._send(self._interface.address)
        if self._sent < ANNOUNCE_NUM:
            self._timer.arm(environment.now + ANNOUNCE_INTERVAL)
        else:
            self._enter(State.CLAIMED)

    def _defend(self, rival: bytes) -> None:
        now = self._environment.now
        self._event(events.ArpConflict, mac=ethernet.mac_text(rival))
        if self._defended is None or now - self._defended >= DEFEND_INTERVAL:
            self._defended = now
            self._send(self._interface.address)

    def _send(self, sender: int) -> None:
        """A probe (sender ANY) or an announcement: a request for our own address to everybody."""
        own = self._interface
        self._sent += 1
        message = arp.Message(arp.REQUEST, own.mac, sender, bytes(6), own.address)
        self._event(events.ArpProbeSent if sender == ANY else events.ArpAnnouncementSent)
        own.transmit(ethernet.BROADCAST, ethernet.ARP, message.pack())

    def _enter(self, state: State, rival: bytes | None = None) -> None:
        old, self.state = self.state, state
        more = {} if rival is None else {"mac": ethernet.mac_text(rival)}
        self._event(events.ArpClaim, old=old.value, new=state.value, **more)

    def _event(self, kind: type[EventKind], **fields: str) -> None:
        self._environment.emit(
            kind, interface=self._interface.name, address=dotted(self._interface.address), **fields
        )
