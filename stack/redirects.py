"""ICMP redirects believed (RFC 1122 section 3.2.2.2): a gateway knows a shorter way to one host.

A redirect counts only if it comes from the gateway that is used for the destination now, and names a
neighbour on the same link. It becomes a route to that host alone; a later one for the same host
replaces it, and the oldest gives way when there are too many.
"""

from ipaddress import IPv4Address, IPv4Network

from stack.environment import Environment
from stack.routes import RoutingTable


class Redirects:
    """The host routes that redirects made."""

    def __init__(self, environment: Environment, routes: RoutingTable) -> None:
        self._environment = environment
        self._routes = routes
        self._made: dict[int, int] = {}  # destination: gateway

    def take(self, sender: int, destination: int, gateway: int) -> str | None:
        """Follow the advice; otherwise the reason why not."""
        if not self._environment.parameters.accept_redirects:
            return "redirects are not taken"
        interface, hop_in_use = self._routes.lookup(destination) or (None, 0)
        if interface is None or hop_in_use != sender or sender == destination:
            return "redirect from another than the gateway in use"
        nobody = interface.broadcasts | {sender, interface.address}
        if IPv4Address(gateway) not in interface.network or gateway in nobody:
            return "redirect to a gateway that is no neighbour"
        self._forget(destination)
        while len(self._made) >= self._environment.parameters.redirected_routes:
            self._forget(next(iter(self._made)))
        self._made[destination] = gateway
        # The destination itself: it is on this link, and no gateway is needed.
        hop = None if gateway == destination else IPv4Address(gateway)
        self._routes.add(_host(destination), interface, hop)
        return None

    def _forget(self, destination: int) -> None:
        gateway = self._made.pop(destination, None)
        if gateway is not None:
            hop = None if gateway == destination else IPv4Address(gateway)
            self._routes.remove(_host(destination), hop)


def _host(address: int) -> IPv4Network:
    return IPv4Network((address, 32))
