"""One host's network stack: frames and the time in, frames and the next deadline out.

Nothing here blocks, reads a clock or keeps a global. The owner calls `receive`, `advance` and the
sockets with the time, then takes the frames with `output` and asks `next_deadline` when to come back.
"""

import errno
import heapq
import random as random_module
import socket as constants
from collections.abc import Sequence
from ipaddress import IPv4Interface

from journal.kind import Emit, silent
from stack import events
from stack.arp import Neighbour
from stack.endpoint import SocketRow
from stack.environment import Environment
from stack.errors import os_error
from stack.icmp import Icmp
from stack.igmp import Igmp
from stack.interface import Interface
from stack.ip import Ip, Outgoing
from stack.parameters import Parameters
from stack.protocol import IpProtocol
from stack.routes import RoutingTable
from stack.send_memory import Charge
from stack.sockets import Socket
from stack.tcp.protocol import Tcp
from stack.udp import Udp
from stack.wire import ethernet, ipv4
from stack.wire.address import parse_dotted
from stack.wire.error import WireError

FIRST_DESCRIPTOR = 1_000_003
"""Far above a real process's descriptors, so that a mix-up fails loudly."""

_DEFAULT_PARAMETERS = Parameters()
_OWN_PROTOCOLS: tuple[type[IpProtocol], ...] = (Tcp, Udp, Icmp)


class Stack:
    """`random` is the host's seeded source; `emit` gets everything that happens.

    `protocols` are those over IP in addition to TCP, UDP and ICMP. ValueError if a number is not free.
    """

    def __init__(
        self,
        name: str,
        random: random_module.Random,
        emit: Emit = silent,
        parameters: Parameters = _DEFAULT_PARAMETERS,
        protocols: Sequence[type[IpProtocol]] = (),
    ) -> None:
        self.name = name
        self.sockets: dict[int, Socket] = {}
        self._free: list[int] = []
        self._environment = Environment(random, emit, parameters)
        self._ip = Ip(self._environment)
        self._environment.settle = self._ip.settle
        self._ip.transports[ipv4.IGMP] = Igmp(self._environment, self._ip)
        self._protocols: list[IpProtocol] = []
        for protocol in (*_OWN_PROTOCOLS, *protocols):
            self._add(protocol)

    @property
    def interfaces(self) -> list[Interface]:
        """In the order of their attachment; lo is the first."""
        return self._ip.interfaces

    @property
    def routes(self) -> RoutingTable:
        """The routing table."""
        return self._ip.routes

    def add_interface(self, name: str, mac: bytes, address: IPv4Interface, *, mtu: int = 1500) -> Interface:
        """Attach to a link. The route to the link's network is added too. ValueError on a bad MAC or MTU.

        With `Parameters.conflict_detection` both wait until the address is known to be free (RFC 5227).
        """
        if len(mac) != 6 or mac[0] & 1:
            raise ValueError(f"{name}: {mac.hex(':')} is not the address of one station")
        if not 68 <= mtu <= 65_535:
            raise ValueError(f"{name}: an IPv4 link's MTU is 68 to 65,535 octets, not {mtu}")
        return self._ip.add_interface(name, mac, address, mtu)

    def receive(self, interface: Interface, frame: bytes, now: int) -> None:
        """A frame without FCS from the driver."""
        counters = interface.counters
        counters.received += 1
        counters.received_octets += len(frame)
        with self._environment.at(now):
            try:
                parsed = ethernet.parse(frame)
            except WireError as error:
                self._drop(interface, str(error))
                return
            group = parsed.destination[0] & 1 == 1
            if not group and parsed.destination != interface.mac:
                self._drop(interface, "frame for another station")
            elif parsed.type == ethernet.IPV4:
                self._ip.receive(interface, parsed.payload, group)
            elif parsed.type == ethernet.ARP:
                self._ip.neighbours[interface].receive(parsed.payload)
            else:
                self._drop(interface, f"EtherType 0x{parsed.type:04x} is not spoken here")

    def output(self) -> list[tuple[Interface, bytes]]:
        """The frames made since the last call, in order, for an owner whose links take all at once."""
        frames = []
        for interface, frame, charge in self._ip.outgoing:  # it grows when TCP may send what it held back
            frames.append((interface, frame))
            if charge is not None:
                sender, octets, mark = charge
                sender.uncharge(octets, mark)
        self._ip.outgoing.clear()
        return frames

    def outgoing(self) -> list[Outgoing]:
        """The same for an owner with queues: it calls `release` with each charge when its frame has left."""
        return self._ip.frames()

    def release(self, charge: Charge, now: int) -> None:
        """A frame with `charge` has been given to the wire, or was dropped."""
        with self._environment.at(now):
            sender, octets, mark = charge
            sender.uncharge(octets, mark)

    def next_deadline(self) -> int | None:
        """The instant (ns) at which `advance` has something to do; None when no timer is armed."""
        return self._environment.timers.next_deadline()

    def advance(self, now: int) -> None:
        """Run every timer that is due at `now`."""
        with self._environment.at(now):
            self._environment.timers.run(now)

    def socket(self, family: int, type: int, protocol: int = 0) -> Socket:
        """A new socket. OSError EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, as from socket(2)."""
        if family != constants.AF_INET:
            raise os_error(errno.EAFNOSUPPORT)
        error = errno.ESOCKTNOSUPPORT
        for one in self._protocols:
            if one.socket_type == type:
                if protocol in (0, one.number):
                    made = one.endpoint()
                    return Socket(self._environment, family, type, one.number, made, self._enter, self._leave)
                error = errno.EPROTONOSUPPORT
        raise os_error(error)

    def table(self, now: int | None = None) -> list[SocketRow]:
        """All sockets, those without a descriptor last (not accepted yet, TIME-WAIT …).

        The times of their TCP_INFO count back from `now`.
        """
        if now is not None:
            self._environment.now = now
        held = [self.sockets[fd].row() for fd in sorted(self.sockets)]
        return held + [row for one in self._protocols for row in one.rows_without_descriptor()]

    def neighbours(self) -> list[Neighbour]:
        """What is known of the stations on the links, like `arp -a`."""
        return [row for cache in self._ip.neighbours.values() for row in cache.rows()]

    def forget_neighbour(self, address: str, now: int) -> bool:
        """Delete what is known of a station on one of the links; whether there was anything."""
        with self._environment.at(now):
            number = parse_dotted(address)
            return any(cache.delete(number) for cache in self._ip.neighbours.values())

    def busy(self) -> bool:
        """Whether a socket that no program holds still has work to do."""
        return any(protocol.busy() for protocol in self._protocols)

    def _add(self, protocol: type[IpProtocol]) -> None:
        number = protocol.number
        if not 0 < number <= 0xFF:
            raise ValueError(f"{protocol.__qualname__}: an IP protocol's number is 1 to 255, not {number}")
        if number in self._ip.transports:
            other = self._ip.transports[number].name
            raise ValueError(
                f"{protocol.__qualname__}: IP protocol {number} is {other}'s; it needs a number of its own"
            )
        made = self._ip.transports[number] = protocol(self._environment, self._ip)
        self._protocols.append(made)

    def _enter(self, socket: Socket) -> int:
        fd = heapq.heappop(self._free) if self._free else FIRST_DESCRIPTOR + len(self.sockets)
        self.sockets[fd] = socket
        return fd

    def _leave(self, socket: Socket) -> None:
        del self.sockets[socket.fd]
        heapq.heappush(self._free, socket.fd)

    def _drop(self, interface: Interface, reason: str) -> None:
        interface.counters.received_dropped += 1
        self._environment.emit(events.IpDrop, reason=reason, interface=interface.name)
