"""A network interface: the addresses of one attachment, and the way out to its driver."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Interface
from sys import maxsize

from stack.send_memory import Charge
from stack.wire import ethernet
from stack.wire.address import ALL_HOSTS, BROADCAST


@dataclass(slots=True)
class Counters:
    """What has passed an interface: frames and their octets (of lo: packets), and what was not taken."""

    received: int = 0
    received_octets: int = 0
    received_dropped: int = 0
    sent: int = 0
    sent_octets: int = 0


class Interface:
    """`address` is the interface's IPv4 address as an integer, `network` the connected network."""

    def __init__(
        self,
        name: str,
        mac: bytes,
        address: IPv4Interface,
        mtu: int,
        transmit: Callable[["Interface", bytes, Charge | None], None],
    ) -> None:
        self.name = name
        self.mac = mac
        self.address = int(address.ip)
        self.network = address.network
        directed = (int(address.network.broadcast_address),) if address.network.prefixlen < 31 else ()
        self.broadcasts = frozenset((BROADCAST, *directed))
        """What means all hosts on this link (RFC 1122 section 3.2.1.3); a /31 has no more (RFC 3021)."""
        self.mtu = mtu
        self.usable = True
        """Whether the address is ours to use: not while it is only claimed (RFC 5227)."""
        self.room: Callable[[], int] = lambda: maxsize
        """How many more frames its device takes; the next is dropped. Set by who has a queue."""
        self.groups = {ALL_HOSTS}
        """Those of which the host is a member here (`stack.igmp`)."""
        self.listen: Callable[[list[bytes]], None] = lambda _: None
        """Given the station addresses of its groups when they change. Set by who has an address filter."""
        self.counters = Counters()
        self._transmit = transmit

    def let_in(self, group: int) -> None:
        """The host becomes a member of `group`."""
        self.groups.add(group)
        self.listen(self._stations())

    def keep_out(self, group: int) -> None:
        """The host is a member of `group` no longer."""
        self.groups.discard(group)
        self.listen(self._stations())

    def _stations(self) -> list[bytes]:
        return sorted({ethernet.group_address(group) for group in self.groups})

    def transmit(
        self, destination: bytes, ethertype: int, payload: bytes, charge: Charge | None = None
    ) -> None:
        """Hand one frame to the driver; `charge` is released when it has left."""
        frame = ethernet.Frame(destination, self.mac, ethertype, payload).pack()
        counters = self.counters
        counters.sent += 1
        counters.sent_octets += len(frame)
        self._transmit(self, frame, charge)

    def __repr__(self) -> str:
        return f"<Interface {self.name}>"
