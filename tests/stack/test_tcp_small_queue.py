"""What a connection has inside its own host, below TCP: Linux's small queues (`tcp_small_queue_check`).

The stack's frames are kept here until the test lets them leave, as a device's queue keeps them.
"""

from __future__ import annotations

import socket
from collections import deque
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import TCP
from scapy.layers.l2 import ARP, Ether
from virtual_link import SECOND

from stack.parameters import Parameters
from stack.send_memory import true_size

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Lan, Link

    from stack.ip import Outgoing
    from stack.sockets import Socket

MS = 1_000_000
MSS = 1460
SEGMENT = true_size(MSS + 40)
LARGE = Parameters(initial_window=10)


class Wire:
    """A connection over a wire that takes a frame at a time, when the test says so."""

    def __init__(self, lan: Lan, tools: SimpleNamespace, delay: int) -> None:
        self.link: Link = lan(parameters=LARGE, delay=delay)
        self.client, self.child, _ = tools.connected(self.link)
        self.host: Host = self.link.hosts[0]
        self.queue: deque[Outgoing] = deque()

    def fill(self) -> int:
        """Take what the sender's stack gives into the queue; how many segments with text stand there."""
        self.queue.extend(self.host.stack.outgoing())
        return sum(len(bytes(Ether(frame)[TCP].payload)) > 0 for _, frame, _ in self.queue)

    def leave(self) -> None:
        """The oldest frame leaves and arrives; if there is none, the receiver's delayed ACK is due."""
        peer = self.link.hosts[1]
        if self.queue:
            _, frame, charge = self.queue.popleft()
            self.link.now += self.link.delay
            peer.stack.receive(peer.eth0, frame, self.link.now)
            if charge is not None:
                self.host.stack.release(charge, self.link.now)
        else:
            deadline = peer.stack.next_deadline()
            assert deadline is not None
            self.link.now = max(deadline, self.link.now)
            peer.stack.advance(self.link.now)
        for _, frame in peer.stack.output():
            self.host.stack.receive(self.host.eth0, frame, self.link.now)


def write(made: Socket, octets: int, now: int) -> None:
    assert made.send(bytes(octets), now) == octets


def test_two_segments_at_least_stand_in_the_host_and_one_that_leaves_lets_one_in(
    lan: Lan, tools: SimpleNamespace
) -> None:
    wire = Wire(lan, tools, delay=50 * MS)  # ten segments in a round trip of 100 ms: 0.3 in a millisecond
    write(wire.client, 10 * MSS, wire.link.now)
    assert wire.fill() == 2
    for left in range(8, 0, -1):
        _, _, charge = wire.queue.popleft()
        assert charge is not None and charge[1] == SEGMENT
        wire.host.stack.release(charge, wire.link.now)
        assert wire.fill() == 2, left
    assert wire.host.stack.next_deadline() is not None  # the retransmission timer runs


def test_a_millisecond_of_a_fast_connections_rate_may_stand_there(lan: Lan, tools: SimpleNamespace) -> None:
    wire = Wire(lan, tools, delay=MS)  # with ARP the SYN took 4 ms: 2 * 14,600 octets / 4 ms / 1024 = 7,128
    write(wire.client, 10 * MSS, wire.link.now)
    assert wire.fill() == -(-7_128 // SEGMENT) == 4


def test_nothing_is_lost_or_stuck_when_segments_leave_one_by_one(lan: Lan, tools: SimpleNamespace) -> None:
    wire = Wire(lan, tools, delay=MS)
    data = bytes(range(256)) * 200
    sent = wire.client.send(data, wire.link.now)
    got = bytearray()
    most = 0
    while len(got) < sent:
        most = max(most, wire.fill())
        wire.leave()
        while wire.child.readable():
            got += wire.child.recv(65_536, wire.link.now)
    assert got == data[:sent] and sent == len(data)
    assert most <= 10
    assert wire.host.said("tcp", "retransmission") == []


def test_a_device_that_drops_the_newest_leaves_the_others_waiting(lan: Lan, tools: SimpleNamespace) -> None:
    wire = Wire(lan, tools, delay=50 * MS)
    write(wire.client, 2 * MSS, wire.link.now)
    assert wire.fill() == 2
    _, _, charge = wire.queue.pop()
    assert charge is not None
    wire.host.stack.release(charge, wire.link.now)
    deadline = wire.host.stack.next_deadline()
    assert deadline is not None
    wire.host.stack.advance(deadline)
    assert wire.fill() == 1  # the first one still stands there, and is not made once more
    info = wire.client.row().info
    assert info is not None and (info.total_rto, info.total_retrans) == (1, 0)
    _, _, charge = wire.queue.popleft()
    assert charge is not None
    wire.host.stack.release(charge, deadline)
    assert wire.fill() == 1


@pytest.mark.parametrize("octets", [100, 0, 3 * MSS])
def test_what_still_waits_in_the_host_is_not_queued_once_more_when_the_timer_expires(
    lan: Lan, tools: SimpleNamespace, octets: int
) -> None:
    """Linux: `skb_still_in_host_queue`. A FIN counts as text does."""
    wire = Wire(lan, tools, delay=MS)
    if octets:
        write(wire.client, octets, wire.link.now)
    else:
        wire.client.shutdown(socket.SHUT_WR, wire.link.now)
    wire.fill()
    before = len(wire.queue)
    info = wire.client.row().info
    assert info is not None and info.total_rto == 0
    for timeouts in (1, 2):
        deadline = wire.host.stack.next_deadline()
        assert deadline is not None
        wire.link.now = deadline
        wire.host.stack.advance(deadline)
        wire.fill()
        assert len(wire.queue) == before
        info = wire.client.row().info
        assert info is not None and (info.total_rto, info.total_retrans) == (timeouts, 0)
        assert (info.snd_cwnd, info.backoff) == (1, timeouts)
    assert len(wire.host.said("tcp", "retransmission held back")) == 2
    # Once it has left it goes again, as soon as the small queue has room: it may be lost.
    first = Ether(wire.queue[0][1])[TCP].seq
    for _ in range(before):
        assert wire.host.said("tcp", "retransmission") == []
        _, _, charge = wire.queue.popleft()
        assert charge is not None
        wire.host.stack.release(charge, wire.link.now)
        wire.fill()
        if [frame for _, frame, _ in wire.queue if Ether(frame)[TCP].seq == first]:
            break
    assert [event["seq"] for event in wire.host.said("tcp", "retransmission")] == [first]
    assert len(wire.queue) <= before


def test_one_syn_waits_for_arp(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    link.drop = lambda sender, frame: ARP in Ether(frame) and link.now < 2 * SECOND
    tools.listening(link, link.hosts[1])
    client = tools.connecting(link, link.hosts[0], (link.hosts[1].address, 80))
    link.run(2500 * MS)
    assert client.writable()
    syns = [at for at, sender, frame in link.taken if TCP in Ether(frame) and sender is link.hosts[0]]
    assert len(syns) == 2 and syns[0] >= 2 * SECOND  # the SYN and the ACK of the answer
    assert link.hosts[0].said("tcp", "retransmission") == []
    client.send(b"x", link.now)
    link.collect()
    link.run(2 * SECOND)
    assert link.hosts[0].said("tcp", "retransmission") == []


def test_acknowledgments_are_charged_to_nobody(lan: Lan, tools: SimpleNamespace) -> None:
    wire = Wire(lan, tools, delay=MS)
    write(wire.child, 4 * MSS, wire.link.now)
    for frame in wire.link.hosts[1].stack.output():
        wire.host.stack.receive(wire.host.eth0, frame[1], wire.link.now)
    assert [charge for _, _, charge in wire.host.stack.outgoing()] == [None, None]


def test_who_resets_a_connection_leaves_its_queued_segments_alone(lan: Lan, tools: SimpleNamespace) -> None:
    wire = Wire(lan, tools, delay=50 * MS)
    write(wire.client, 10 * MSS, wire.link.now)
    linger = (1).to_bytes(4, "little") + bytes(4)
    wire.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger, wire.link.now)
    wire.client.close(wire.link.now)
    assert wire.fill() == 2 and len(wire.queue) == 3  # and the RST
    for _, _, charge in wire.queue:
        if charge is not None:
            wire.host.stack.release(charge, wire.link.now)
    assert wire.host.stack.outgoing() == []
