"""Gateways that do not answer (RFC 1122 section 3.3.1.4): while one is dead, other routes are preferred.

A gateway is dead when it leaves our ARP requests unanswered, and alive when anything is received from it by
ARP. After a while it gets another chance, as nobody asks for it meanwhile. TCP's negative advice, when
retransmissions are not answered, has it asked before its entry is old.
"""

from typing import TYPE_CHECKING

from stack import events
from stack.environment import Environment
from stack.interface import Interface
from stack.routes import RoutingTable
from stack.wire.address import dotted

if TYPE_CHECKING:
    from stack.timers import Timer


class DeadGateways:
    """Tells `routes` which gateways are dead."""

    def __init__(self, environment: Environment, routes: RoutingTable) -> None:
        self._environment = environment
        self._routes = routes
        self._timers: dict[tuple[Interface, int], Timer] = {}

    def silent(self, interface: Interface, address: int) -> None:
        """A neighbour does not answer; it matters if it is a gateway."""
        gateway = interface, address
        if gateway in self._timers or not self._routes.has_gateway(*gateway):
            return
        timer = self._timers[gateway] = self._environment.timer(lambda: self._another_chance(gateway))
        timer.arm(self._environment.now + self._environment.parameters.dead_gateway_time)
        self._routes.dead.add(gateway)
        self._environment.emit(events.GatewayIsDead, gateway=dotted(address), interface=interface.name)

    def heard(self, interface: Interface, address: int) -> None:
        """A neighbour's address was confirmed."""
        if (interface, address) in self._timers:
            self._another_chance((interface, address))

    def _another_chance(self, gateway: tuple[Interface, int]) -> None:
        self._timers.pop(gateway).retire()
        self._routes.dead.discard(gateway)
        self._environment.emit(
            events.GatewayMayBeAlive, gateway=dotted(gateway[1]), interface=gateway[0].name
        )
