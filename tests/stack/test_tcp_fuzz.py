"""Random segments into every state, random calls between them: no exception, no stall, nothing left behind.

The peer is seeded and mostly plausible (its numbers are near the right ones), so that it gets deep.
"""

from __future__ import annotations

import random
import socket
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

import pytest

from stack.parameters import LINUX, Parameters
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
        parameters = self.random.choice([Parameters(), Parameters(timestamps=True), LINUX])
        self.stack = Stack("host", random.Random(1), lambda kind, /, **fields: None, parameters)
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
        self.stamps = (0, 0)  # what the host's timestamp option said last

    def hear(self) -> list[tcp.Segment]:
        """What the host has sent; the next nonsense will be near it."""
        segments = []
        for _, frame in self.stack.output():
            parsed = ethernet.parse(frame)
            if parsed.type == ethernet.IPV4:
                header, payload = ipv4.parse(parsed.payload)
                segment = tcp.parse(payload, header.source, header.destination)
                segments.append(segment)
                self.stamps = tcp_options.find_timestamps(segment.options) or self.stamps
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
            self.options(flags),
            pick([0, 0, 1, 1000, 65_535]),
        )
        octets = segment.pack(PEER, HOST)
        packet = ipv4.Header(PEER, HOST, ipv4.TCP).pack(len(octets)) + octets
        self.hear()
        self.stack.receive(
            self.eth0, ethernet.Frame(self.eth0.mac, MAC, ethernet.IPV4, packet).pack(), self.now
        )
        if flags & tcp.RST:  # section 3.5.2: a RST is never answered with a RST
            assert not any(answer.flags & tcp.RST for answer in self.hear())

    def options(self, flags: int) -> tcp_options.Options:
        """Of every kind, mostly right ones in the right place; garbage now and then."""
        pick, dice = self.random.choice, self.random.random
        made: list[tcp_options.Option] = []
        if dice() < (0.6 if flags & tcp.SYN else 0.02):
            made.append(tcp_options.maximum_segment_size(pick([0, 1, 500, 1460, 65_535])))
        if dice() < (0.6 if flags & tcp.SYN else 0.02):
            made.append(tcp_options.window_scale(pick([0, 1, 7, 14, 15, 255])))
        if dice() < (0.6 if flags & tcp.SYN else 0.02):
            made.append(tcp_options.sack_permitted())
        if dice() < 0.6:
            near = (self.stamps[1] + pick([0, 0, 0, 1, 1000, -1, 2**31])) % 2**32
            made.append(tcp_options.timestamps(near, (self.stamps[0] + pick([0, 0, -5, 5])) % 2**32))
        if not flags & tcp.SYN and dice() < 0.3:
            edges = [(self.ack + pick([-70_000, -1460, -100, -1, 0, 5, 1460])) % 2**32 for _ in range(4)]
            made.append(tcp_options.sack([(edges[0], edges[1]), (edges[2], edges[3])][: pick([1, 2])]))
        if dice() < 0.02:
            made = [(pick([2, 3, 4, 5, 8, 253]), self.random.randbytes(pick([0, 1, 7, 30])))]
        while sum(len(value) + 2 + 3 & ~3 for _, value in made) > tcp_options.MAXIMUM_LENGTH:
            made.pop(0)
        return tuple(made)

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

    def end(self) -> None:
        """Close everything; the peer is silent from now on, and the host must come to rest."""
        for sock in [*self.open, self.listener]:
            sock.close(self.now)
        steps = 0
        while (deadline := self.stack.next_deadline()) is not None:
            self.stack.advance(deadline)
            steps += 1
            assert steps < 5000, "the host never comes to rest"
        assert self.stack.table() == [] and not self.stack.busy()


SLOW = [pytest.param(number, marks=pytest.mark.slow) for number in range(1, 10)]


def run(seeds: range, steps: int) -> None:
    for seed in seeds:
        try:
            peer = Peer(seed)
            for _ in range(steps):
                peer.step()
                peer.check()
            peer.end()
        except Exception as error:
            error.add_note(f"seed {seed}, {steps} steps")
            raise


@pytest.mark.parametrize("hundred", [0, *SLOW[:2]])
def test_a_hundred_long_conversations(hundred: int) -> None:
    run(range(100 * hundred, 100 * hundred + 100), steps=60)


@pytest.mark.parametrize("thousand", [0, *SLOW])
def test_a_thousand_short_conversations(thousand: int) -> None:
    run(range(1000 * thousand, 1000 * thousand + 1000), steps=8)


@pytest.mark.slow
@pytest.mark.parametrize("thousand", range(10, 100))
def test_ninety_thousand_more(thousand: int) -> None:
    run(range(1000 * thousand, 1000 * thousand + 1000), steps=12)
