"""Hosts joined by a link in virtual time, and a stranger made of scapy: they know the public face only."""

import errno
import heapq
import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from typing import Protocol

import pytest
from declared import declared
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from journal.event import FieldValue
from journal.kind import EventKind
from stack.parameters import Parameters
from stack.protocol import IpProtocol
from stack.sockets import Socket
from stack.stack import Stack

MS = 1_000_000
SECOND = 1_000_000_000
DEFAULTS = Parameters()


class Host:
    """A stack with one interface, `eth0`, and its events."""

    def __init__(
        self,
        name: str,
        number: int,
        parameters: Parameters = DEFAULTS,
        mtu: int = 1500,
        protocols: Sequence[type[IpProtocol]] = (),
    ) -> None:
        self.events: list[tuple[str, str, dict]] = []
        self.stack = Stack(name, random.Random(number), self._emit, parameters, protocols)
        self.mac = bytes((2, 0, 0, 0, 0, number))
        self.address = f"10.0.0.{number}"
        self.eth0 = self.stack.add_interface("eth0", self.mac, IPv4Interface(f"{self.address}/24"), mtu=mtu)

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields))

    def said(self, layer: str, kind: str, **fields: object) -> list[dict]:
        """The events of this kind with these fields."""
        return [
            found
            for where, what, found in self.events
            if (where, what) == (layer, kind) and fields.items() <= found.items()
        ]


@dataclass
class Link:
    """Delivers each frame to all other hosts after `delay` (ns); loss, duplication and reordering are seeded.

    `taken` are all frames offered, as (instant, sender, octets).
    """

    hosts: list[Host]
    delay: int = 1 * MS
    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    seed: int = 1
    now: int = 0
    taken: list[tuple[int, Host, bytes]] = field(default_factory=list)
    drop: Callable[[Host, bytes], bool] | None = None
    """`drop(sender, frame)`: a test's own choice of what is lost."""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._flying: list[tuple[int, int, Host, bytes]] = []
        self._serial = 0

    def collect(self) -> None:
        """Put what the hosts have sent on its way."""
        for host in self.hosts:
            for _, frame in host.stack.output():
                self.taken.append((self.now, host, frame))
                if self._random.random() < self.loss or (self.drop and self.drop(host, frame)):
                    continue
                for _ in range(2 if self._random.random() < self.duplication else 1):
                    late = self._random.random() < self.reordering
                    delay = self.delay + (self._random.randrange(5 * self.delay) if late else 0)
                    self._serial += 1
                    heapq.heappush(self._flying, (self.now + delay, self._serial, host, frame))

    def next_instant(self) -> int | None:
        """When something happens next."""
        instants = [host.stack.next_deadline() for host in self.hosts]
        instants.append(self._flying[0][0] if self._flying else None)
        return min((instant for instant in instants if instant is not None), default=None)

    def step(self) -> bool:
        """Go to the next instant; False when there is none."""
        self.collect()
        instant = self.next_instant()
        if instant is None:
            return False
        assert instant >= self.now, "time runs backwards"
        self.now = instant
        while self._flying and self._flying[0][0] == self.now:
            _, _, sender, frame = heapq.heappop(self._flying)
            for host in self.hosts:
                if host is not sender:
                    host.stack.receive(host.eth0, frame, self.now)
            self.collect()  # at once, as a device takes frames: until then they count as in the host
        for host in self.hosts:
            host.stack.advance(self.now)
        self.collect()
        return True

    def run(self, duration: int) -> None:
        """Let `duration` (ns) pass."""
        end = self.now + duration
        self.collect()
        while (instant := self.next_instant()) is not None and instant <= end:
            self.step()
        self.now = end

    def inject(self, host: Host, frame: bytes) -> list[bytes]:
        """Give `host` a stranger's frame now; returns what it sends in answer."""
        self.collect()
        before = len(self.taken)
        host.stack.receive(host.eth0, frame, self.now)
        self.collect()
        return [frame for _, sender, frame in self.taken[before:] if sender is host]


class Lan(Protocol):
    """Makes a link and its hosts 10.0.0.1, 10.0.0.2, …; `link` are further fields of `Link`."""

    def __call__(
        self, n: int = 2, parameters: Parameters = DEFAULTS, mtu: int = 1500, **link: float
    ) -> Link: ...


class Stranger:
    """A peer made of scapy: it says what a test makes it say, and reads answers with scapy's eyes."""

    def __init__(self, link: Link, host: Host, port: int = 80, own_port: int = 5000) -> None:
        self.link, self.host = link, host
        self.port, self.own_port = port, own_port
        self.mac, self.address = "02:00:00:00:00:63", "10.0.0.99"
        self.seq = 1000
        self.ack = 0
        host_mac = host.mac.hex(":")
        arp = Ether(src=self.mac, dst=host_mac) / ARP(
            op="who-has", hwsrc=self.mac, psrc=self.address, pdst=host.address
        )
        link.inject(host, bytes(arp))
        self.below = Ether(src=self.mac, dst=host_mac) / IP(src=self.address, dst=host.address)

    def say(
        self, flags: str, seq: int | None = None, ack: int | None = None, data: bytes = b"", **more: object
    ) -> list[TCP]:
        """Send a segment now; the host's immediate answers."""
        more.setdefault("window", 65535)
        segment = TCP(
            sport=self.own_port,
            dport=self.port,
            flags=flags,
            seq=(self.seq if seq is None else seq) % 2**32,
            ack=(self.ack if ack is None else ack) % 2**32 if "A" in flags else 0,
            **more,
        )
        return self.read(self.link.inject(self.host, bytes(self.below / segment / Raw(data))))

    def hear(self, duration: int = 0) -> list:
        """The segments that the host sends within `duration` (ns)."""
        before = len(self.link.taken)
        self.link.run(duration)
        return self.read([frame for _, sender, frame in self.link.taken[before:] if sender is self.host])

    def listen_for(self, duration: int) -> list[tuple[int, TCP]]:
        """As `hear`, each segment with the time (ms) from now to when it was sent."""
        begun, before = self.link.now, len(self.link.taken)
        self.link.run(duration)
        taken = [(at, frame) for at, sender, frame in self.link.taken[before:] if sender is self.host]
        return [((at - begun) // MS, Ether(frame)[TCP]) for at, frame in taken if TCP in Ether(frame)]

    def shake_hands(self, mss: int | None = 1460, **more: object) -> None:
        """Open a connection to the host's listening port."""
        (answer,) = self.say("S", options=[("MSS", mss)] if mss else [], **more)
        assert answer.flags == "SA" and answer.ack == self.seq + 1
        self.seq, self.ack = self.seq + 1, answer.seq + 1
        assert self.say("A", **more) == []

    def read(self, frames: list[bytes]) -> list:
        """The segments in frames of the host."""
        packets = [Ether(frame) for frame in frames]
        return [packet[TCP] for packet in packets if TCP in packet]


def payload(segment: TCP) -> bytes:
    """A scapy segment's data, without Ethernet padding."""
    return bytes(segment.payload)


def listening(link: Link, host: Host, port: int = 80, backlog: int = 5) -> Socket:
    """A listening socket on `host`."""
    server = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("", port), link.now)
    server.listen(backlog, link.now)
    return server


def connecting(link: Link, host: Host, address: tuple[str, int]) -> Socket:
    """A socket on its way to `address`."""
    client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    with pytest.raises(BlockingIOError) as info:
        client.connect(address, link.now)
    assert info.value.errno == errno.EINPROGRESS
    return client


def connected(link: Link, port: int = 80, backlog: int = 5) -> tuple[Socket, Socket, Socket]:
    """Client socket on the first host, its accepted counterpart on the second, and the listening socket."""
    first, second = link.hosts[:2]
    server = listening(link, second, port, backlog)
    client = connecting(link, first, (second.address, port))
    while not (server.readable() and client.writable()):
        assert link.step()
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    child, _ = server.accept(link.now)
    return client, child, server


def states(host: Host) -> list[str]:
    """The TCP states in the host's socket table, without LISTEN."""
    return [row.state for row in host.stack.table() if row.proto == "tcp" and row.state != "LISTEN"]


def so_error(sock: Socket) -> int:
    """SO_ERROR, cleared by reading."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
