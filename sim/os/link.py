"""A link between stacks without hardware: frames arrive after their time on the wire and a delay.

For tests and programs that want a network and not a cable. Every station reaches all others, none
collide, each sends one frame after the other at the link's rate; a frame reaches the stations it is
addressed to, as the address filter of an adapter would let it. On the way to each of them it may be lost,
delayed, doubled or stopped: the link asks its `Ways`.
"""

import errno
import os
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from sys import maxsize
from typing import Literal, Protocol

from driver.counters import Counters
from sim.engine.interface import BellKind
from sim.os.device import LinkSettings, OnFrame, Release
from sim.os.processor import Processor
from sim.os.timers import Clock
from stack.send_memory import Charge
from stack.wire.ethernet import ALL_HOSTS, BROADCAST

_OVERHEAD_OCTETS = 8 + 4 + 12
"""Preamble with start frame delimiter, FCS, interframe gap (802.3 clauses 3.1.1 and 4.4.2)."""
_MINIMUM_OCTETS = 60
"""A frame without FCS (clause 4.4.2)."""
_GROUP_BIT = 0x01
"""The individual/group bit of the first octet (clause 3.2.3)."""
_AFTER_RESET = frozenset((ALL_HOSTS,))
"""The groups of a station that was switched on."""


def _nothing(direction: Literal["received", "sent"], frame: bytes, fcs: bytes) -> None:
    """Capture nothing."""


class Ways(Protocol):
    """What becomes of frames on the way from one station to another."""

    def copies(self, sender: "LinkDevice", receiver: "LinkDevice", frame: bytes) -> Sequence[int]:
        """The delays in ns of the copies of `frame` that arrive, none if it is lost."""

    def arrives(self, sender: "LinkDevice", receiver: "LinkDevice", frame: bytes, sent_ns: int) -> bool:
        """Whether a copy that was sent then is delivered now; if not, it is lost or kept until later."""


class Undisturbed:
    """Each frame arrives once, after 1 us (`Ways`)."""

    def copies(self, sender: "LinkDevice", receiver: "LinkDevice", frame: bytes) -> Sequence[int]:
        """One."""
        return (1_000,)

    def arrives(self, sender: "LinkDevice", receiver: "LinkDevice", frame: bytes, sent_ns: int) -> bool:
        """Always."""
        return True


class Link:
    """The medium; each station sends at `rate`, in bits per second."""

    def __init__(
        self,
        clock: Clock,
        *,
        rate: int = 10_000_000,
        ways: Ways | None = None,
    ) -> None:
        self.clock = clock
        self.rate = rate
        self.ways = ways or Undisturbed()
        self._stations: list[LinkDevice] = []
        self._by_mac: dict[bytes, list[LinkDevice]] = {}

    def device(
        self, mac: bytes, on_frame: OnFrame = _nothing, processor: Processor | None = None
    ) -> "LinkDevice":
        """A new station on the link; `on_frame` is its host's capture point, `processor` its processor."""
        device = LinkDevice(self, mac, on_frame, processor or Processor(self.clock))
        self._stations.append(device)
        self._by_mac.setdefault(mac, []).append(device)
        return device

    def addressed(self, sender: "LinkDevice", frame: bytes) -> list["LinkDevice"]:
        """The stations that `frame` is for: two, if they have the same address."""
        address = frame[:6]
        if not frame[0] & _GROUP_BIT:
            return [one for one in self._by_mac.get(address, []) if one is not sender]
        everybody = address == BROADCAST
        return [one for one in self._stations if one is not sender and (everybody or address in one.groups)]


class LinkDevice:
    """One station of a link (a `sim.os.device.Device`)."""

    def __init__(self, link: Link, mac: bytes, on_frame: OnFrame, processor: Processor) -> None:
        self.mac = self.permanent_mac = mac
        self.counters = Counters()
        self.promiscuous = False
        self.groups = _AFTER_RESET
        self.link_up = True
        self.deliver: Callable[[bytes], None] = lambda frame: None
        self.release: Release = lambda charge: None
        self._link = link
        self._on_frame = on_frame
        self._on = False
        self._free_at = 0
        self._under_way = 0
        self._processor = processor
        self._in_work = deque[bytes]()
        """Received frames that the processor has not come to."""

    def start(self, up: Callable[[], None]) -> None:
        """Nothing to prepare."""
        self._on = True
        up()

    def switch_off(self) -> None:
        """See `sim.os.device.Device`."""
        self._on = False
        self.groups = _AFTER_RESET
        self._in_work.clear()

    def receive(self, frame: bytes) -> None:
        """Take `frame`, if this station is on and plugged in."""
        if self._on and self.link_up:
            self.counters.received(frame)
            self._on_frame("received", frame, zlib.crc32(frame).to_bytes(4, "little"))
            self._in_work.append(frame)
            delay = self._processor.reaction()
            if delay or self._processor.latency_ns:
                self._processor.work(self._hand_up, delay)
            else:
                self._hand_up()

    def _hand_up(self) -> None:
        if self._in_work:  # else the host has been switched off
            self.deliver(self._in_work.popleft())

    def transmit(self, frame: bytes, charge: Charge | None = None) -> None:
        """Send `frame` after those before it."""
        link = self._link
        octets = max(len(frame), _MINIMUM_OCTETS) + _OVERHEAD_OCTETS
        self._free_at = max(self._free_at, link.clock.now) + 8 * octets * 1_000_000_000 // link.rate
        self.counters.sent(len(frame))
        self._on_frame("sent", frame, b"")
        if charge is not None:
            link.clock.call_at(self._free_at, lambda: self.release(charge))
        for receiver in link.addressed(self, frame):
            for delay_ns in link.ways.copies(self, receiver, frame):
                self._under_way += 1
                arrived = partial(self._arrived, receiver, frame, link.clock.now)
                link.clock.call_at(self._free_at + delay_ns, arrived)

    def room(self) -> int:
        """As many as come."""
        return maxsize

    def _arrived(self, receiver: "LinkDevice", frame: bytes, sent_ns: int) -> None:
        self._under_way -= 1
        if self.link_up and self._link.ways.arrives(self, receiver, frame, sent_ns):
            receiver.receive(frame)

    def listen(self, groups: Sequence[bytes]) -> None:
        """See `sim.os.device.Device`."""
        self.groups = frozenset(groups)

    def ask_link(self, done: Callable[[LinkSettings], None]) -> None:
        """Refuse: there is no adapter."""
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def ask_statistics(self, done: Callable[[dict[str, int]], None]) -> None:
        """Refuse: there is no adapter."""
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def bell(self, kind: BellKind, value: int) -> None:
        """A link has no adapter."""
        raise RuntimeError("a link between stacks has no adapter that could ring")

    def busy(self) -> bool:
        """Whether frames are under way, or wait for the processor."""
        return self._under_way > 0 or bool(self._in_work)
