"""A link between stacks without hardware: frames arrive after their time on the wire and a delay.

For tests and programs that want a network and not a cable. Every station reaches all others, none
collide, each sends one frame after the other at the link's rate; a frame reaches the stations it is
addressed to, as the address filter of an adapter would let it.
"""

import errno
import os
import zlib
from collections.abc import Callable
from typing import Literal

from driver.counters import Counters
from sim.engine.interface import BellKind
from sim.os.device import LinkSettings, OnFrame
from sim.os.timers import Clock

_OVERHEAD_OCTETS = 8 + 4 + 12
"""Preamble with start frame delimiter, FCS, interframe gap (802.3 clauses 3.1.1 and 4.4.2)."""
_MINIMUM_OCTETS = 60
"""A frame without FCS (clause 4.4.2)."""
_BROADCAST_BIT = 0x01
"""The individual/group bit of the first octet (clause 3.2.3)."""


def _nothing(direction: Literal["received", "sent"], frame: bytes, fcs: bytes) -> None:
    """Capture nothing."""


class Link:
    """The medium. `lost(frame)` is asked for each frame sent; true means that nobody receives it."""

    def __init__(
        self,
        clock: Clock,
        *,
        delay_ns: int = 1_000,
        bit_ns: int = 100,
        lost: Callable[[bytes], bool] = lambda frame: False,
    ) -> None:
        self.clock = clock
        self.delay_ns = delay_ns
        self.bit_ns = bit_ns
        self.lost = lost
        self._stations: dict[bytes, LinkDevice] = {}

    def device(self, mac: bytes, on_frame: OnFrame = _nothing) -> "LinkDevice":
        """A new station on the link; `on_frame` is its host's capture point."""
        device = LinkDevice(self, mac, on_frame)
        self._stations[mac] = device
        return device

    def carry(self, sender: "LinkDevice", frame: bytes) -> None:
        """Deliver `frame`, whose time on the wire is over."""
        if frame[0] & _BROADCAST_BIT:
            for device in self._stations.values():
                if device is not sender:
                    device.receive(frame)
        elif (addressed := self._stations.get(frame[:6])) not in (None, sender):
            assert addressed is not None
            addressed.receive(frame)


class LinkDevice:
    """One station of a link (a `sim.os.device.Device`)."""

    def __init__(self, link: Link, mac: bytes, on_frame: OnFrame = _nothing) -> None:
        self.mac = self.permanent_mac = mac
        self.counters = Counters()
        self.promiscuous = False
        self.link_up = True
        self.deliver: Callable[[bytes], None] = lambda frame: None
        self._link = link
        self._on_frame = on_frame
        self._on = False
        self._free_at = 0
        self._under_way = 0

    def start(self, up: Callable[[], None]) -> None:
        """Nothing to prepare."""
        self._on = True
        up()

    def switch_off(self) -> None:
        """See `sim.os.device.Device`."""
        self._on = False

    def receive(self, frame: bytes) -> None:
        """Take `frame`, if this station is on and plugged in."""
        if self._on and self.link_up:
            self.counters.received(frame)
            self._on_frame("received", frame, zlib.crc32(frame).to_bytes(4, "little"))
            self.deliver(frame)

    def transmit(self, frame: bytes) -> None:
        """Send `frame` after those before it."""
        link = self._link
        octets = max(len(frame), _MINIMUM_OCTETS) + _OVERHEAD_OCTETS
        self._free_at = max(self._free_at, link.clock.now) + 8 * octets * link.bit_ns
        self._under_way += 1
        self.counters.sent(len(frame))
        self._on_frame("sent", frame, b"")
        link.clock.call_at(self._free_at + link.delay_ns, lambda: self._arrived(frame))

    def _arrived(self, frame: bytes) -> None:
        self._under_way -= 1
        if self.link_up and not self._link.lost(frame):
            self._link.carry(self, frame)

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
        """Whether frames are under way."""
        return self._under_way > 0
