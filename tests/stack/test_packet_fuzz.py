"""Random frames with right checksums into a router with open sockets: no exception, nothing without bound,
no answer to what must not be answered, and a reason for every drop."""

from __future__ import annotations

import random
import socket
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TYPE_CHECKING

import pytest
from declared import declared

from stack.parameters import Parameters
from stack.stack import Stack
from stack.wire import arp, ethernet, icmp, ipv4, tcp, udp
from stack.wire.address import dotted

if TYPE_CHECKING:
    from journal.event import FieldValue
    from journal.kind import EventKind

MAC, PEER_MAC = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"
OWN, PEER, BEYOND, NOWHERE = 0x0A000001, 0x0A000002, 0x0B000005, 0x63000001
LINK_BROADCAST, BROADCAST, GROUP, LOOPBACK = 0x0A0000FF, 0xFFFFFFFF, 0xE0000001, 0x7F000001
PLACES = [OWN, OWN, OWN, PEER, BEYOND, BEYOND, NOWHERE, LINK_BROADCAST, BROADCAST, GROUP, LOOPBACK, 0]
GROUPS = {LINK_BROADCAST, BROADCAST, GROUP}
PORTS = [7, 9, 80, 5000]


class Router:
    """10.0.0.1 between 10.0.0.0/24 and 11.0.0.0/24, with sockets of each kind; eth0 receives lies."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0
        self.events: list[tuple[str, str, dict]] = []
        parameters = Parameters(forwarding=True, reassembly_memory=20_000, arp_queue=4_000)
        self.stack = Stack("router", random.Random(1), self._emit, parameters)
        self.eth0 = self.stack.add_interface("eth0", MAC, IPv4Interface("10.0.0.1/24"))
        eth1 = self.stack.add_interface("eth1", b"\2\0\0\0\1\1", IPv4Interface("11.0.0.1/24"), mtu=500)
        self.stack.routes.add(IPv4Network("99.1.0.0/16"), eth1, IPv4Address("11.0.0.9"))
        udp_socket = self.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp_socket.bind(("", 7), 0)
        server = self.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("", 80), 0)
        server.listen(2, 0)
        self.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).bind(("", 7), 0)

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields))

    def packet(self, depth: int = 0) -> tuple[ipv4.Header, bytes]:
        """Any packet, its checksums right (mostly), its fields any."""
        pick, chance, octets = self.random.choice, self.random.random, self.random.randbytes
        source, destination = pick([PEER, PEER, PEER, *PLACES]), pick(PLACES)
        protocol = pick([ipv4.ICMP, ipv4.ICMP, ipv4.UDP, ipv4.TCP, 89])
        if protocol == ipv4.ICMP:
            data = octets(pick([0, 8, 60]))
            if depth == 0 and chance() < 0.7:
                header, quoted = self.packet(1)
                data = (header.pack(len(quoted)) + quoted)[: pick([5, 20, 28, 60, 600])]
            rest = pick([0, 7 << 16, PEER, BEYOND, 68, 1000, self.random.getrandbits(32)])
            kind = pick([0, 3, 3, 3, 4, 5, 5, 8, 8, 11, 12, 13, 255])
            payload = icmp.Message(kind, pick([0, 1, 2, 3, 4, 13, 99]), rest, data).pack()
        elif protocol == ipv4.UDP:
            data = octets(pick([0, 1, 600, 1400]))
            payload = udp.Datagram(pick(PORTS), pick(PORTS), data).pack(source, destination)
        elif protocol == ipv4.TCP:
            segment = tcp.Segment(
                pick(PORTS), pick(PORTS), self.random.getrandbits(32), 5, self.random.randrange(256), 500
            )
            payload = segment.pack(source, destination)
        else:
            payload = octets(pick([0, 40]))
        if chance() < 0.05:
            payload = payload[: self.random.randrange(len(payload) + 1)] + octets(pick([0, 3]))
        offset, more = pick([0, 0, 0, 8, 64, 8000, 65_528]), chance() < 0.2
        options = pick([b"", b"", b"", bytes(4), octets(4), octets(40), b"\x83\x04\x04\0", b"\x94\x04\0\0"])
        return (
            ipv4.Header(
                source,
                destination,
                protocol,
                pick([0, 1, 2, 64]),
                pick([1, 2, 3, 4]),
                chance() < 0.3,
                more,
                offset if chance() < 0.4 else 0,
                0,
                options,
            ),
            payload,
        )

    def step(self) -> None:
        if self.random.random() < 0.1:
            self.now += self.random.choice([1000, 10**8, 10**9, 30 * 10**9])
            self.stack.advance(self.now)
            self.stack.output()
        target = self.random.choice([MAC, MAC, MAC, ethernet.BROADCAST])
        if self.random.random() < 0.15:
            senders = [(PEER_MAC, PEER), (PEER_MAC, OWN), (PEER_MAC, 0), (b"\3" * 6, PEER), (MAC, OWN)]
            message = arp.Message(
                self.random.choice([1, 2]),
                *self.random.choice(senders),
                MAC,
                self.random.choice([OWN, PEER, 0]),
            )
            self.stack.receive(
                self.eth0, ethernet.Frame(target, PEER_MAC, ethernet.ARP, message.pack()).pack(), self.now
            )
            self.stack.output()
            return
        header, payload = self.packet()
        self.events.clear()
        frame = ethernet.Frame(target, PEER_MAC, ethernet.IPV4, header.pack(len(payload)) + payload)
        self.stack.receive(self.eth0, frame.pack(), self.now)
        self.check(header, payload, target == ethernet.BROADCAST)
        self.check_errors([frame for _, frame in self.stack.output()])

    def check(self, header: ipv4.Header, payload: bytes, broadcast: bool) -> None:
        kinds = {(layer, kind) for layer, kind, _ in self.events}
        assert ("ip", "packet received") in kinds or ("ip", "drop") in kinds
        assert all(fields["reason"] for _, kind, fields in self.events if kind == "drop")
        about_error = header.protocol == ipv4.ICMP and payload[:1] in {bytes((kind,)) for kind in icmp.ERRORS}
        nobody = header.source in GROUPS | {0}
        if broadcast or header.destination in GROUPS or about_error or nobody:
            assert ("icmp", "error sent") not in kinds, (header, self.events)
        if broadcast or header.destination in GROUPS:
            assert ("ip", "packet forwarded") not in kinds and ("icmp", "echo reply sent") not in kinds
            assert ("tcp", "segment sent") not in kinds

    def check_errors(self, frames: list[bytes]) -> None:
        """No error is about a later fragment; one about a datagram that such a fragment made whole may be."""
        sent = [fields for layer, kind, fields in self.events if (layer, kind) == ("icmp", "error sent")]
        for frame in frames:
            header, payload = frame[14:34], frame[34:]  # an error of ours has no options
            for fields in sent:
                ours = header[9] == ipv4.ICMP and payload[:2] == bytes((fields["type"], fields["code"]))
                if ours and dotted(int.from_bytes(header[16:20], "big")) == fields["destination"]:
                    offset = int.from_bytes(payload[14:16], "big") & 0x1FFF
                    assert offset == 0 or payload[8 + 12 : 8 + 16] != header[16:20], (fields, self.events)


def run(seeds: range) -> None:
    for seed in seeds:
        router = Router(seed)
        for _ in range(100):
            router.step()
        # Addresses asked for, fragments held, half-open connections: all come to an end.
        for _ in range(1000):
            if (deadline := router.stack.next_deadline()) is None:
                break
            router.stack.advance(deadline)
            router.stack.output()
        assert router.stack.next_deadline() is None, f"seed {seed} never comes to rest"
        assert all(row.fd is not None for row in router.stack.table()), f"seed {seed}"


@pytest.mark.parametrize(
    "ten", [0, 1, 2, *(pytest.param(ten, marks=pytest.mark.slow) for ten in range(3, 10))]
)
def test_10_000_frames(ten: int) -> None:
    run(range(10 * ten, 10 * ten + 10))


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(1, 10))
def test_90_000_frames_more(hundred: int) -> None:
    run(range(100 * hundred, 100 * hundred + 100))
