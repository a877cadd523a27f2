"""What of a scenario has been checked so far: all that the next table can refer to.

Tables are checked in the order host, hub, switch, coax, cable, fault, program, so that whatever is named is
found.
"""

from dataclasses import dataclass, field

from sim.scenario.model import Adapter, Box, Cable, Coax, Host, Hub, Switch, is_port
from sim.scenario.rules import Fault, exists


@dataclass(slots=True)
class Plan:
    """Hosts and boxes, and what is on which cable."""

    hosts: list[Host] = field(default_factory=list)
    hubs: list[Hub] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    """Of other packages."""
    coaxes: list[Coax] = field(default_factory=list)
    cables: list[Cable] = field(default_factory=list)
    adapters: dict[str, Adapter] = field(default_factory=dict)
    """By the ends of cables that they are, as in `Host.sockets`."""
    cabled: dict[str, str] = field(default_factory=dict)
    """The cable that each adapter, or port of a hub or a switch, is on."""

    link: bool = False
    """There is no hardware."""
    breakable: frozenset[str] = frozenset()
    """The ends of cables where something may break (`Scenario.breakable`)."""

    @property
    def names(self) -> list[str]:
        """Those that are taken."""
        boxes = (self.hosts, self.hubs, self.switches, self.boxes)
        return [one.name for kind in (*boxes, self.coaxes, self.cables) for one in kind]

    @property
    def host_names(self) -> list[str]:
        """In the order of the file."""
        return [host.name for host in self.hosts]

    def free(self, key: str, end: str) -> None:
        """`end`, the value of `key`, must be an adapter, or a port of a hub or a switch, without a cable."""
        if not is_port(end):
            self.adapter(key, end)
            if end in self.cabled:
                raise Fault(key, f'"{end}" is already on "{self.cabled[end]}"; its adapter has one AUI')
            return
        word = box(end)
        boxes = {one.name: one for one in self._boxes()}
        if word not in boxes:
            raise Fault(key, f'there is no hub or switch "{word}"; those: {", ".join(boxes) or "none"}')
        if end not in boxes[word].sockets:
            raise Fault(key, f'there is no port "{end}"; "{word}" has 1 to {boxes[word].ports}')
        if end in self.cabled:
            raise Fault(key, f'"{end}" already has a cable, "{self.cabled[end]}"')

    def _boxes(self) -> list[Hub | Switch | Box]:
        """What has ports."""
        return [*self.hubs, *self.switches, *self.boxes]

    def adapter(self, key: str, end: str) -> None:
        """`end`, the value of `key`, must be an adapter."""
        if end in self.adapters:
            return
        known = [host for host in self.hosts if host.name == box(end)]
        if known:
            sockets = " or ".join(f'"{socket}"' for socket in known[0].sockets)
            raise Fault(key, f'"{end}" is not the name of an adapter; write {sockets}')
        for one in self._boxes():
            if one.name == end:
                free = next((port for port in one.sockets if port not in self.cabled), one.sockets[0])
                raise Fault(key, f'"{end}" has ports, and a cable goes to one of them; write "{free}"')
        exists(end, self.host_names, key=key)


def box(end: str) -> str:
    """The host, or the hub, at an end of a cable. Names have no dots."""
    return end.partition(".")[0]
