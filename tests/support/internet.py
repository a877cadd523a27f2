"""Hosts and routers joined by wires in virtual time: for what needs more than one link."""

import random
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from declared import declared

from journal.event import FieldValue
from journal.kind import EventKind
from stack.devices.device import Attachment, Device
from stack.devices.wire import Wire
from stack.parameters import Parameters
from stack.stack import Stack

MS = 1_000_000
EVERYWHERE = IPv4Network("0.0.0.0/0")


class Node:
    """A stack that can have many links, and what it said."""

    def __init__(self, name: str, parameters: Parameters) -> None:
        self.name = name
        self.events: list[tuple[str, str, dict]] = []
        self.stack = Stack(name, random.Random(name), self._emit, parameters)
        self.devices: dict = {}

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields))

    def said(self, layer: str, kind: str, **fields: object) -> list[dict]:
        """The events of this kind with these fields."""
        return [
            found
            for where, what, found in self.events
            if (where, what) == (layer, kind) and fields.items() <= found.items()
        ]

    def route(self, network: IPv4Network, gateway: str) -> None:
        """A route by a neighbour."""
        for interface in self.stack.interfaces:
            if IPv4Address(gateway) in interface.network:
                self.stack.routes.add(network, interface, IPv4Address(gateway))


class Spy:
    """A device that keeps a copy of what is sent into it. (`stack.devices.device.Device`)"""

    def __init__(self, device: Device) -> None:
        self.frames: list[bytes] = []
        self._device = device
        self.receive = device.receive
        self.next_deadline = device.next_deadline

    def send(self, frame: bytes, now: int) -> None:
        self.frames.append(frame)
        self._device.send(frame, now)


class Internet:
    """Nodes by name; `join` makes links, `run` lets time pass."""

    def __init__(self) -> None:
        self.now = 0
        self.nodes: dict[str, Node] = {}
        self._serial = 0

    def node(self, name: str, **parameters: object) -> Node:
        """A new node; `parameters` as in `Parameters`."""
        made = self.nodes[name] = Node(name, Parameters(**parameters))
        return made

    def join(self, one: Node, one_at: str, two: Node, two_at: str, mtu: int = 1500) -> tuple[Spy, Spy]:
        """A link between addresses like `10.1.0.1/24`; what each end sends is kept."""
        spies = []
        for node, address, wire in zip((one, two), (one_at, two_at), Wire.pair(MS), strict=True):
            self._serial += 1
            mac = bytes((2, 0, 0, 0, 1, self._serial))
            name = f"eth{len(node.devices)}"
            interface = node.stack.add_interface(name, mac, IPv4Interface(address), mtu=mtu)
            node.devices[interface] = Spy(wire)
            spies.append(node.devices[interface])
        return spies[0], spies[1]

    def step(self) -> bool:
        """Go to the next instant; False when there is none."""
        attachments = [Attachment(node.stack, node.devices) for node in self.nodes.values()]
        for attachment in attachments:
            attachment.poll(self.now)
        instants = [attachment.next_deadline() for attachment in attachments]
        known = [instant for instant in instants if instant is not None]
        self.now = max([self.now, min(known)]) if known else self.now
        return bool(known)

    def run(self, duration: int) -> None:
        """Let `duration` (ns) pass."""
        end = self.now + duration
        while self.step() and self.now <= end:
            pass
        self.now = end


def chain(mtu: int = 1500, **parameters: object) -> tuple[Internet, Node, list[Node], Node, list[Spy]]:
    """a (10.1.0.1) – r1 – r2 – b (10.3.0.2); `mtu` is that of the link in the middle.

    Returns the internet, a, the routers, b, and what r1 sends to r2 and r2 to b.
    """
    net = Internet()
    a, b = net.node("a", **parameters), net.node("b", **parameters)
    r1, r2 = net.node("r1", forwarding=True), net.node("r2", forwarding=True)
    net.join(a, "10.1.0.1/24", r1, "10.1.0.254/24")
    middle, _ = net.join(r1, "10.2.0.1/24", r2, "10.2.0.2/24", mtu)
    last, _ = net.join(r2, "10.3.0.254/24", b, "10.3.0.2/24")
    a.route(EVERYWHERE, "10.1.0.254")
    b.route(EVERYWHERE, "10.3.0.254")
    r1.route(IPv4Network("10.3.0.0/24"), "10.2.0.2")
    r2.route(IPv4Network("10.1.0.0/24"), "10.2.0.1")
    return net, a, [r1, r2], b, [middle, last]
