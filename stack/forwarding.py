"""Forwarding between interfaces (RFC 1812 section 5): what a router does with packets for others.

Only `Parameters.forwarding` makes a host a router. Packets are passed on fragment by fragment, with
their options; broadcasts stay on their link (RFC 2644).
"""

from collections.abc import Callable
from typing import Protocol

from stack import events
from stack.environment import Environment
from stack.fragments import fragment, piece_fields
from stack.interface import Interface
from stack.routes import RoutingTable
from stack.wire import icmp, ipv4
from stack.wire.address import dotted


class ErrorSender(Protocol):
    """Makes an ICMP error about a received packet (see `icmp`)."""

    def __call__(
        self, header: ipv4.Header, payload: bytes, type: int, code: int, group: bool, rest: int = 0
    ) -> None:
        """`rest` is the message's second word."""


class Forwarder:
    """The part of one host's IP that makes it a router."""

    def __init__(
        self,
        environment: Environment,
        routes: RoutingTable,
        transmit: Callable[[Interface, int, bytes], None],
    ) -> None:
        self._environment = environment
        self._routes = routes
        self._transmit = transmit
        self.send_error: ErrorSender = lambda *_, **__: None

    def forward(self, arrived: Interface, header: ipv4.Header, payload: bytes) -> None:
        """Pass on a packet for somebody else, or say why not."""
        found = self._routes.lookup(header.destination)
        # Section 5.2.1.2: the TTL is looked at before the packet is passed on, and after it is known
        # not to be ours.
        if header.ttl <= 1:
            self._refuse(header, payload, "time to live exceeded", icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED)
            return
        if found is None:
            self._refuse(header, payload, "no route", icmp.DESTINATION_UNREACHABLE, icmp.NET_UNREACHABLE)
            return
        interface, next_hop = found
        if interface is arrived and int(interface.network.netmask) & (header.source ^ next_hop) == 0:
            # Section 5.2.7.2: source and next hop are neighbours, so the way here was a detour.
            self.send_error(header, payload, icmp.REDIRECT, icmp.REDIRECT_HOST, False, next_hop)
        onward = header._replace(ttl=header.ttl - 1)
        length = ipv4.HEADER_LENGTH + len(header.options) + len(payload)
        if length <= interface.mtu:
            self._tell(arrived, interface, onward, next_hop)
            self._transmit(interface, next_hop, onward.pack(len(payload)) + payload)
        elif header.dont_fragment:
            self._refuse(
                header,
                payload,
                "packet is too long for the next link and must not be fragmented",
                icmp.DESTINATION_UNREACHABLE,
                icmp.FRAGMENTATION_NEEDED,
                interface.mtu,
            )
        else:
            self._tell(arrived, interface, onward, next_hop)
            for piece, octets in fragment(onward, payload, interface.mtu):
                packet = piece.pack(len(octets)) + octets
                if self._environment.traced:
                    self._environment.emit(events.FragmentSent, **piece_fields(piece, octets))
                self._transmit(interface, next_hop, packet)

    def _refuse(
        self, header: ipv4.Header, payload: bytes, reason: str, type: int, code: int, rest: int = 0
    ) -> None:
        self._environment.emit(
            events.IpDrop, reason=reason, source=dotted(header.source), destination=dotted(header.destination)
        )
        self.send_error(header, payload, type, code, False, rest)

    def _tell(self, arrived: Interface, interface: Interface, header: ipv4.Header, next_hop: int) -> None:
        if not self._environment.traced:
            return
        route = self._routes.used(header.destination, interface, next_hop)
        self._environment.emit(
            events.PacketForwarded,
            source=dotted(header.source),
            destination=dotted(header.destination),
            ttl=header.ttl,
            interface=interface.name,
            by=dotted(next_hop),
            arrived=arrived.name,
            **({} if route is None else {"route": route}),
        )
