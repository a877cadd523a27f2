"""A network interface: the addresses of one attachment, and the way out to its driver."""

from collections.abc import Callable
from ipaddress import IPv4Interface

from stack.wire import ethernet
from stack.wire.address import BROADCAST


class Interface:
    """`address` is the interface's IPv4 address as an integer, `network` the connected network."""

    def __init__(
        self,
        name: str,
        mac: bytes,
        address: IPv4Interface,
        mtu: int,
        transmit: Callable[["Interface", bytes], None],
    ) -> None:
        self.name = name
        self.mac = mac
        self.address = int(address.ip)
        self.network = address.network
        self.broadcast = int(address.network.broadcast_address)
        self.mtu = mtu
        self._transmit = transmit

    def is_broadcast(self, destination: int) -> bool:
        """Whether all hosts on this link are meant (RFC 1122 section 3.2.1.3); never on a /31 (RFC 3021)."""
        return destination == BROADCAST or (destination == self.broadcast and self.network.prefixlen < 31)

    def transmit(self, destination: bytes, ethertype: int, payload: bytes) -> None:
        """Hand one frame to the driver."""
        self._transmit(self, ethernet.Frame(destination, self.mac, ethertype, payload).pack())

    def __repr__(self) -> str:
        return f"<Interface {self.name}>"
