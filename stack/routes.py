"""The routing table: interface and next hop of a destination (RFC 1122 section 3.3.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from journal.kind import Emit, EventKind, silent
from stack.events import RouteAdded, RouteRemoved
from stack.interface import Interface


@dataclass(frozen=True, slots=True)
class Route:
    """One row. `gateway` is None for a network that the interface is connected to."""

    network: IPv4Network
    interface: Interface
    gateway: IPv4Address | None
    metric: int


class RoutingTable:
    """Rows in the order of preference: longest prefix, then lowest metric, then first added."""

    def __init__(self, emit: Emit = silent) -> None:
        self._emit = emit
        self._rows: list[Route] = []
        self.dead: set[tuple[Interface, int]] = set()
        """Gateways that do not answer: other routes are preferred (see `gateways`)."""
        self._match: list[tuple[int, int, int, Route, str]] = []
        """Mask, network, next hop (0: direct), row, and the network as events have it."""

    def add(
        self, network: IPv4Network, interface: Interface, gateway: IPv4Address | None = None, metric: int = 0
    ) -> None:
        """Add a row. A lower metric is preferred."""
        row = Route(network, interface, gateway, metric)
        self._rows.append(row)
        self._rows.sort(key=lambda row: (-row.network.prefixlen, row.metric))
        self._index()
        self._event(RouteAdded, row)

    def remove(self, network: IPv4Network, gateway: IPv4Address | None = None) -> None:
        """Remove the first row with this network and gateway; KeyError when there is none."""
        for row in self._rows:
            if (row.network, row.gateway) == (network, gateway):
                self._rows.remove(row)
                self._index()
                self._event(RouteRemoved, row)
                return
        raise KeyError(f"no route to {network}" + (f" by {gateway}" if gateway else ""))

    def lookup(self, destination: int, device: str = "") -> tuple[Interface, int] | None:
        """Interface (`device`, if named) and next hop for `destination`, None when it is unreachable."""
        resort = None
        for mask, network, gateway, row, _ in self._match:
            if destination & mask == network and (not device or device == row.interface.name):
                if not gateway:
                    return row.interface, destination
                found = row.interface, gateway
                if found not in self.dead:
                    return found
                resort = resort or found
        return resort

    def used(self, destination: int, interface: Interface, next_hop: int) -> str | None:
        """The network of the row that leads to `next_hop`; None where no row was asked."""
        for mask, network, gateway, row, name in self._match:
            leads = row.interface is interface and next_hop == (gateway or destination)
            if leads and destination & mask == network:
                return name
        return None

    def has_gateway(self, interface: Interface, address: int) -> bool:
        """Whether a route leads by the neighbour `address`."""
        return any(row.interface is interface and gateway == address for _, _, gateway, row, _ in self._match)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._rows)

    def _event(self, kind: type[EventKind], row: Route) -> None:
        self._emit(
            kind,
            destination=str(row.network),
            gateway=None if row.gateway is None else str(row.gateway),
            interface=row.interface.name,
            metric=row.metric,
        )

    def _index(self) -> None:
        self._match = [
            (
                int(row.network.netmask),
                int(row.network.network_address),
                int(row.gateway or 0),
                row,
                str(row.network),
            )
            for row in self._rows
        ]
