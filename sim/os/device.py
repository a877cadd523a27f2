"""What the kernel asks of a network device: the seam between a host's stack and what carries its frames.

An adapter with its driver, run by a bus owner, is one; a link between stacks (`sim.os.link`) is
another. The kernel never waits for a device: it hands frames over, passes bells on and is called back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from driver.counters import Counters
from sim.engine.interface import BellKind
from stack.send_memory import Charge

OnFrame = Callable[[Literal["received", "sent"], bytes, bytes], None]
"""Called with direction, frame, and the FCS of a received one: the host's capture point."""
Deliver = Callable[[bytes], None]
Release = Callable[[Charge], None]


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What a device knows of its link. `phy` is the PHY's management address; None: not known."""

    speed_mbps: int
    full_duplex: bool
    phy: int | None
    up: bool | None
    twisted_pair: bool = False
    negotiated: bool = False
    """This end's PHY negotiates the duplex mode."""
    partner_negotiates: bool = False
    """So does the other end's."""
    inverted: bool | None = None
    """The wires of the receiving pair are swapped."""


class Device(Protocol):
    """One interface of a host. Frames are Ethernet frames without FCS, from destination to data."""

    deliver: Deliver
    """Set by the host that attaches the device: call it with each received frame."""
    release: Release
    """Set likewise: call it with the charge of a frame that was given to the wire, or dropped."""

    @property
    def mac(self) -> bytes:
        """The station address, six octets; nothing but zeros while the device does not know it yet."""

    @property
    def permanent_mac(self) -> bytes:
        """The address from the factory, which may be another."""

    @property
    def counters(self) -> Counters:
        """What has passed, and what went wrong."""

    @property
    def promiscuous(self) -> bool:
        """Whether frames for others are taken, too."""

    @property
    def link_up(self) -> bool | None:
        """The link as it was seen last; None: not known."""

    def listen(self, groups: Sequence[bytes]) -> None:
        """Take frames to these group addresses from now on, in addition to broadcast."""

    def ask_link(self, done: Callable[[LinkSettings], None]) -> None:
        """Look at the link now, and call `done`. OSError EOPNOTSUPP if there is no adapter."""

    def ask_statistics(self, done: Callable[[dict[str, int]], None]) -> None:
        """Read the adapter's own counters, and call `done`. OSError EOPNOTSUPP if there is no adapter."""

    def start(self, up: Callable[[], None]) -> None:
        """Begin work (probe, rings, addresses) and call `up` when `mac` is known and frames are taken.

        Called by the host at the beginning of the run and when it is switched on; its programs wait for `up`.
        """

    def switch_off(self) -> None:
        """Fall silent: what was under way is gone, until `start` is called again."""

    def transmit(self, frame: bytes, charge: Charge | None = None) -> None:
        """Take `frame`, queue it if need be, and send it as soon as may be; then release its charge."""

    def room(self) -> int:
        """How many more frames `transmit` takes at once; it drops the next."""

    def bell(self, kind: BellKind, value: int) -> None:
        """The adapter rang: DONE with the value read, or IRQ with the new level."""

    def busy(self) -> bool:
        """Whether a frame given to `transmit` has not left yet: a run does not end before it has."""
