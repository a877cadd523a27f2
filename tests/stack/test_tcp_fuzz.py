"""Random segments into every state, random calls between them: no exception, no stall, nothing left behind.

The peer is seeded and mostly plausible (its numbers are near the right ones), so that it gets deep.
"""

from __future__ import annotations

import random
import socket
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

import pytest

from stack.stack import Stack
from stack.wire import arp, ethernet, ipv4, tcp, tcp_options

if TYPE_CHECKING:
    from stack.sockets import Socket

SECOND = 1_000_000_000
MAC, HOST, PEER = b"\2\0\0\0\0\2", 0x0A000001, 0x0A000002
FLAGS = [2, 16, 16, 17, 18, 24, 4, 20, 1, 0, 25, 3, 48, 56, 255]
NEAR_SEQ = [0, 0, 0, 0, 1, -1, 5, 1460, 65_535, 70_000, 2**31, -1460]
NEAR_ACK = [0, 0, 0, 0, -1, 1, 5, -70_000, 2**31]


class Peer:
    """Sends nonsense to a host, and calls the host's sockets."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0
        self.stack = Stack("host", random.Random(1), lambda layer, kind, /, **fields: None)
        self.eth0 = self.stack.add_interface("eth0", b"\2\0\0\0\0\1", IPv4Interface("10.0.0.1/24"))
        request = arp.Message(arp.REQUEST, MAC, PEER, bytes(6), HOST)
        self.stack.receive(
            self.eth0, ethernet.Frame(self.eth0.mac, MAC, ethernet.ARP, request.pack()).pack(), 0
        )
        self.listener = self.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.bind(("", 80), 0)
        self.listener.listen(3, 0)
        self.open: list[Socket] = []
        self.seq = self.random.getrandbits(32)
        self.ack = 0

    def hear(self) -> list[tcp.Segment]:
        """What the host has sent; the next nonsense will be near it."""
        segments = []
        for _, frame in self.stack.output():
            parsed = ethernet.parse(frame)
            if parsed.type == ethernet.IPV4:
                header, payload = ipv4.parse(parsed.payload)
                segment = tcp.parse(payload, header.source, header.destination)
                segments.append(segment)
                self.ack = (segment.sequence + segment.length) % 2**32
                if segment.flags & tcp.ACK and self.random.random() < 0.8:
                    self.seq = segment.acknowledgment
        return segments

    def say(self) -> None:
        pick = self.random.choice
        flags = pick(FLAGS)
        connecting = [each for each in self.open if each.getsockname()[1] not in (0, 80)]
        active = bool(connecting) and pick([True, False])
        segment = tcp.Segment(
            80 if active else 5000,
            pick(connecting).getsockname()[1] if active else 80,
            (self.seq + pick(NEAR_SEQ)) % 2**32,
            (self.ack + pick(NEAR_ACK)) % 2**32,
            flags,
            pick([0, 1, 100, 65_535, 65_535]),
            self.random.randbytes(pick([0, 0, 1, 5, 1460])),
            (tcp_options.maximum_segment_size(pick([0, 1, 500, 1460, 65_535])),)
            if pick([True, False])
            else (),
        )
        octets = segment.pack(PEER, HOST)
        packet = ipv4.Header(PEER, HOST, ipv4.TCP).pack(len(octets)) + octets
        self.hear()
        self.stack.receive(
            self.eth0, ethernet.Frame(self.eth0.mac, MAC, ethernet.IPV4, packet).pack(), self.now
        )
        if flags & tcp.RST:  # section 3.5.2: a RST is never answered with a RST
            assert not any(answer.flags & tcp.RST for answer in self.hear())

    def call(self) -> None:
        pick = self.random.choice
        what = pick(["accept", "connect", "send", "recv", "shutdown", "close", "option"])
        if what == "accept":
            self.open.append(self.listener.accept(self.now)[0])
        elif what == "connect":
            self.open.append(self.stack.socket(socket.AF_INET, socket.SOCK_STREAM))
            self.open[-1].connect(("10.0.0.2", 80), self.now)
        elif self.open:
            sock = pick(self.open)
            if what == "send":
                sock.send(bytes(pick([1, 100, 5000, 70_000])), self.now)
            elif what == "recv":
                sock.recv(pick([1, 1000, 70_000]), self.now)
            elif what == "shutdown":
                sock.shutdown(pick([socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR]), self.now)
            elif what == "close":
                self.open.remove(sock)
                sock.close(self.now)
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, pick([0, 1]), self.now)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, pick([0, 1]), self.now)

    def step(self) -> None:
        dice = self.random.random()
        if dice < 0.6:
            self.say()
        elif dice < 0.75:
            self.now += self.random.choice([1000, 200_000_000, SECOND, 60 * SECOND])
            self.stack.advance(self.now)
        else:
            try:
                self.call()
            except OSError as error:
                assert error.errno, error
        self.hear()

    def check(self) -> None:
        for row in self.stack.table():
            waiting = row.state in (
                "SYN-SENT",
                "SYN-RECEIVED",
                "TIME-WAIT",
                "CLOSING",
                "LAST-ACK",
                "FIN-WAIT-1",
            )
            if waiting or row.send_q:
                assert row.timer != "off" and row.expires is not None, row
            assert row.recv_q <= 65_535 and row.send_q <= 65_536
        for sock in self.open:
            sock.readable(), sock.writable()


@pytest.mark.parametrize("hundred", range(5))
def test_a_hundred_random_peers(hundred: int) -> None:
    for seed in range(100 * hundred, 100 * hundred + 100):
        peer = Peer(seed)
        for _ in range(60):
            peer.step()
            peer.check()
        for sock in [*peer.open, peer.listener]:
            sock.close(peer.now)
        steps = 0
        while (deadline := peer.stack.next_deadline()) is not None:  # the peer is silent for ever
            peer.stack.advance(deadline)
            steps += 1
            assert steps < 5000, f"seed {seed} never comes to rest"
        assert peer.stack.table() == [] and not peer.stack.busy(), f"seed {seed}"
