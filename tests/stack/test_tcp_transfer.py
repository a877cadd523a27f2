"""Two stacks back to back: octets in, the same octets out, whatever the link does to the frames."""

from __future__ import annotations

import gc
import hashlib
import random
import socket
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Lan, Link

    from stack.sockets import Socket

MS = 1_000_000
SECOND = 1_000_000_000
QUICK = Parameters(minimum_rto=200 * MS)
"""Linux's minimum RTO: the losses below are the same, the simulated hours fewer."""


class Program:
    """Writes `data` as fast as it can, reads to the end, closes."""

    def __init__(self, sock: Socket, data: bytes) -> None:
        self.socket, self.data, self.sent, self.received = sock, data, 0, bytearray()
        self.shut = self.done = False

    def run(self, now: int) -> None:
        if self.done:
            return
        try:
            while self.sent < len(self.data) and self.socket.writable():
                self.sent += self.socket.send(self.data[self.sent : self.sent + 10_000], now)
        except BlockingIOError:
            pass
        if self.sent == len(self.data) and not self.shut and self.socket.writable():
            self.socket.shutdown(socket.SHUT_WR, now)
            self.shut = True
        while self.socket.readable():
            octets = self.socket.recv(8192, now)
            if not octets:
                if self.shut:
                    self.socket.close(now)
                    self.done = True
                return
            self.received += octets


def exchange(link: Link, tools: SimpleNamespace, there: bytes, back: bytes) -> list[Program]:
    """Move `there` and `back` at once; the two programs, finished."""
    one, two = link.hosts
    server = tools.listening(link, two)
    programs = [Program(tools.connecting(link, one, (two.address, 80)), there)]
    while not all(program.done for program in programs) or len(programs) < 2:
        # No stall: until both have finished, something flies or a timer runs.
        assert link.step(), "stalled"
        assert link.now < 10_000 * SECOND
        if len(programs) < 2 and server.readable():
            programs.append(Program(server.accept(link.now)[0], back))
        for program in programs:
            program.run(link.now)
    server.close(link.now)
    return programs


def same(octets: bytes, expected: int) -> bool:
    return hashlib.sha256(octets).digest() == hashlib.sha256(expected).digest()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"loss": 0.05},
        {"loss": 0.2},
        {"duplication": 0.3},
        {"reordering": 0.5},
        {"loss": 0.05, "duplication": 0.02, "reordering": 0.05},
        {"loss": 0.15, "duplication": 0.15, "reordering": 0.3, "delay": 20 * MS},
    ],
    ids=str,
)
def test_200_kb_each_way_arrive_unharmed(
    lan: Lan, tools: SimpleNamespace, faults: dict[str, float], seed: int
) -> None:
    link = lan(parameters=QUICK, seed=seed, **faults)
    there, back = (random.Random(seed + n).randbytes(200_000) for n in (10, 20))
    client, server = exchange(link, tools, there, back)
    assert same(server.received, there) and same(client.received, back)
    link.run(600 * SECOND)
    for host in link.hosts:  # nothing is left behind
        assert host.stack.table() == [] and not host.stack.busy()
        assert host.stack.sockets == {}
        assert len(host.said("socket", "removed")) == len(host.said("socket", "created"))


@pytest.mark.parametrize("mtu", [68, 576, 9000])
def test_any_mtu(lan: Lan, tools: SimpleNamespace, mtu: int) -> None:
    there = random.Random(mtu).randbytes(min(30_000, 100 * mtu))
    link = lan(mtu=mtu)
    client, server = exchange(link, tools, there, b"")
    assert same(server.received, there) and client.received == b""
    segments = [Ether(frame)[TCP] for _, _, frame in link.taken if TCP in Ether(frame)]
    assert max(len(bytes(segment.payload)) for segment in segments) == max(mtu - 40, 28)


def test_fault_free_transfer_has_no_retransmission_and_right_checksums(
    lan: Lan, tools: SimpleNamespace
) -> None:
    link = lan()
    exchange(link, tools, bytes(50_000), bytes(20_000))
    assert not any(host.said("tcp", "retransmission") for host in link.hosts)
    for _, _, frame in link.taken:
        packet = Ether(frame)
        if TCP not in packet:
            continue
        ours = packet[IP].chksum, packet[TCP].chksum
        del packet[IP].chksum, packet[TCP].chksum
        again = Ether(bytes(packet))
        assert (again[IP].chksum, again[TCP].chksum) == ours


@pytest.mark.parametrize(
    "parameters", [QUICK, Parameters(minimum_rto=200 * MS, sack=False)], ids=["sack", "reno"]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_segment_that_goes_twice_is_told_as_a_retransmission(
    lan: Lan, tools: SimpleNamespace, parameters: Parameters, seed: int
) -> None:
    link = lan(parameters=parameters, seed=seed, loss=0.2, reordering=0.2)
    exchange(link, tools, bytes(100_000), bytes(20_000))
    for host in link.hosts:
        again, highest = [], None
        for _, sender, frame in link.taken:
            packet = Ether(frame)
            if sender is not host or TCP not in packet:
                continue
            segment = packet[TCP]
            octets = packet[IP].len - 20 - 4 * segment.dataofs
            length = octets + ("S" in segment.flags) + ("F" in segment.flags)
            if not length:
                continue
            end = segment.seq + length  # numbers do not wrap in these runs
            if highest is not None and segment.seq < highest:
                again.append(segment.seq)
            highest = end if highest is None else max(highest, end)
        told = [event["seq"] for event in host.said("tcp", "retransmission")]
        probes = len(host.said("tcp", "window probe"))
        assert again and len(again) == len(told) + probes
        assert probes or again == told


def test_loopback_moves_200_kb_in_no_time_and_without_a_frame(lan: Lan, tools: SimpleNamespace) -> None:
    host = lan(1).hosts[0]
    data = random.Random(1).randbytes(200_000)
    server = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 80), 0)
    server.listen(1, 0)
    client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    with pytest.raises(BlockingIOError):
        client.connect(("127.0.0.1", 80), 0)
    assert client.writable()
    there, back = Program(client, data), Program(server.accept(0)[0], data)
    for _ in range(100):
        there.run(0)
        back.run(0)
    assert same(there.received, data) and same(back.received, data)
    assert host.stack.output() == []


@pytest.mark.parametrize("waves", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_1000_connections_at_once_and_nothing_left(lan: Lan, tools: SimpleNamespace, waves: int) -> None:
    """400 in the short form."""
    link = lan(delay=10_000)
    one, two = link.hosts
    server = tools.listening(link, two, backlog=1000)
    clients = []
    for _ in range(waves):  # waves, because at most 256 may be half open
        clients += [tools.connecting(link, one, (two.address, 80)) for _ in range(200)]
        link.run(100 * MS)
    link.run(3 * SECOND)  # the first wave overflowed the ARP queue: some sent their SYN twice
    children = [server.accept(link.now)[0] for _ in clients]
    assert len({client.getsockname() for client in clients}) == len(clients) == 200 * waves
    for number, client in enumerate(clients):
        client.send(number.to_bytes(2, "big"), link.now)
    link.run(SECOND)
    names = {client.getsockname(): number for number, client in enumerate(clients)}
    for child in children:
        assert int.from_bytes(child.recv(10, link.now), "big") == names[child.getpeername()]
        child.close(link.now)
    link.run(SECOND)
    for client in clients:
        assert client.recv(1, link.now) == b""
        client.close(link.now)
    server.close(link.now)
    link.run(300 * SECOND)
    assert one.stack.table() == two.stack.table() == []
    assert one.stack.next_deadline() is None and two.stack.next_deadline() is None


def test_what_is_over_is_freed_without_the_garbage_collector(lan: Lan, tools: SimpleNamespace) -> None:
    """A simulation runs with the collector off, so that cycles would live until its end."""
    link = lan(delay=10_000)
    one, two = link.hosts
    server = tools.listening(link, two, backlog=100)

    def dial(port: int, address: str) -> Socket:
        made = one.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        with suppress(BlockingIOError):
            made.connect((address, port), link.now)
        return made

    def conversations() -> None:
        clients = [dial(80, two.address) for _ in range(20)]
        clients += [dial(81, two.address), dial(80, "10.0.0.77")]  # refused, unreachable
        link.run(5 * SECOND)
        children = [server.accept(link.now)[0] for _ in range(20)]
        for number, (client, child) in enumerate(zip(clients, children, strict=False)):
            client.send(bytes(5000), link.now)
            link.run(10 * MS)
            if number % 3:
                child.recv(5000, link.now)  # otherwise unread: closing resets
            (child if number % 2 else client).close(link.now)
            link.run(10 * MS)
            (client if number % 2 else child).close(link.now)
        for client in clients[20:]:
            client.close(link.now)
        datagrams = one.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for address in (two.address, "10.0.0.78"):
            datagrams.sendto(bytes(5000), (address, 9), link.now)
        datagrams.close(link.now)
        link.run(700 * SECOND)
        for host in link.hosts:
            host.events.clear()
        link.taken.clear()

    def living() -> Counter[str]:
        return Counter(
            kind.__qualname__
            for kind in map(type, gc.get_objects())
            if str(kind.__module__).startswith("stack.")
        )

    gc.collect()
    gc.disable()
    try:
        conversations()
        before = living()
        conversations()
        assert living() == before
        assert "ControlBlock" not in before
    finally:
        gc.enable()


def test_same_seed_same_frames(lan: Lan, tools: SimpleNamespace) -> None:
    def run() -> None:
        link = lan(parameters=QUICK, loss=0.1, duplication=0.1, reordering=0.2)
        exchange(link, tools, bytes(range(256)) * 100, b"back" * 3000)
        return [(instant, frame) for instant, _, frame in link.taken]

    assert run() == run()


def test_simultaneous_open_of_two_stacks(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    one, two = link.hosts
    ends = []
    for host in (one, two):
        end = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        end.bind(("", 7), 0)
        ends.append(end)
    for end, peer in zip(ends, (two, one), strict=True):
        with pytest.raises(BlockingIOError):
            end.connect((peer.address, 7), 0)
    link.run(100 * MS)
    assert tools.states(one) == tools.states(two) == ["ESTABLISHED"]
    assert one.said("tcp", "state", new="SYN-RECEIVED") and two.said("tcp", "state", new="SYN-RECEIVED")
    for end in ends:
        end.send(b"hello", link.now)
    link.run(SECOND)
    assert [end.recv(10, link.now) for end in ends] == [b"hello", b"hello"]
    for end in ends:
        end.close(link.now)
    link.run(SECOND)
    assert tools.states(one) == tools.states(two) == ["TIME-WAIT"]


@pytest.mark.parametrize("lost", range(10))
def test_any_one_lost_frame_of_a_whole_conversation_is_recovered(
    lan: Lan, tools: SimpleNamespace, lost: int
) -> None:
    link = lan()
    offered = iter(range(1000))
    link.drop = lambda host, frame: next(offered) == lost
    client, server = exchange(link, tools, b"request", b"response")
    assert (server.received, client.received) == (b"request", b"response")
    link.run(300 * SECOND)
    assert link.hosts[0].stack.table() == link.hosts[1].stack.table() == []


def test_every_segment_event_matches_the_wire(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    exchange(link, tools, bytes(5000), bytes(100))
    for host in link.hosts:
        wire = [
            (str(segment.flags), segment.seq, segment.ack, len(bytes(segment.payload)), segment.window)
            for _, sender, frame in link.taken
            if sender is host and TCP in Ether(frame)
            for segment in [Ether(frame)[TCP]]
        ]
        names = {"FIN": "F", "SYN": "S", "PSH": "P", "ACK": "A"}
        told = [
            (
                "".join(names[name] for name in event["flags"].split()),
                event["seq"],
                event["ack"],
                event["length"],
                event["window"],
            )
            for event in host.said("tcp", "segment sent")
        ]
        assert told == wire
