"""UDP sockets: who gets what, and what becomes of what no socket wants."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Lan

    from stack.sockets import Socket

SECOND = 1_000_000_000


def udp(host: Host, *address: int) -> Socket:
    made = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if address:
        made.bind(address, 0)
    return made


def test_datagrams_keep_their_borders_and_an_empty_one_arrives(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    server, client = udp(two, "", 7), udp(one)
    for data in (b"one", b"", b"three"):
        client.sendto(data, ("10.0.0.2", 7), 0)
    link.run(SECOND)
    received = [server.recvfrom(2, link.now)[0] for _ in range(3)]
    assert received == [b"on", b"", b"th"]  # the rest of a datagram is lost, as in POSIX
    with pytest.raises(BlockingIOError):
        server.recv(1, link.now)


@pytest.mark.parametrize(("size", "frames"), [(1472, 1), (1473, 2), (65_507, 45)])
def test_large_datagrams_are_fragmented(lan: Lan, size: int, frames: int) -> None:
    link = lan()
    one, two = link.hosts
    server = udp(two, "", 7)
    udp(one).sendto(bytes(size), ("10.0.0.2", 7), 0)
    link.run(SECOND)
    assert server.recv(70_000, link.now) == bytes(size)
    assert len([1 for _, host, frame in link.taken if host is one and IP in Ether(frame)]) == frames


def test_65508_octets_are_too_long(lan: Lan) -> None:
    with pytest.raises(OSError) as info:
        udp(lan().hosts[0]).sendto(bytes(65_508), ("10.0.0.2", 7), 0)
    assert info.value.errno == errno.EMSGSIZE


def test_closed_port_answers_port_unreachable_and_the_connected_socket_is_refused(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    client = udp(one)
    client.connect(("10.0.0.2", 9), 0)
    client.send(b"x", 0)
    link.run(SECOND)
    assert client.readable()
    with pytest.raises(ConnectionRefusedError):
        client.recv(1, link.now)
    with pytest.raises(BlockingIOError):
        client.recv(1, link.now)  # reported once


def test_rfc1122_3_2_2_broadcast_to_a_closed_port_is_not_answered(lan: Lan) -> None:
    link = lan()
    sender = udp(link.hosts[0])
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, 0)
    sender.sendto(b"x", ("10.0.0.255", 9), 0)
    link.run(SECOND)
    assert not [1 for _, _, frame in link.taken if ICMP in Ether(frame)]


@pytest.mark.parametrize("target", ["<broadcast>", "10.0.0.255"])
def test_broadcast_reaches_every_socket_on_every_host(lan: Lan, target: str) -> None:
    link = lan(3)
    sender = udp(link.hosts[0])
    receivers = [udp(host, "", 7) for host in link.hosts[1:]]
    with pytest.raises(PermissionError):
        sender.sendto(b"x", (target, 7), 0)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, 0)
    sender.sendto(b"hello", (target, 7), 0)
    link.run(SECOND)
    assert [receiver.recv(9, link.now) for receiver in receivers] == [b"hello", b"hello"]
    assert Ether(link.taken[0][2]).dst == "ff:ff:ff:ff:ff:ff"


@pytest.mark.parametrize("target", ["<broadcast>", "10.0.0.255"])
def test_a_host_receives_its_own_broadcasts(lan: Lan, target: str) -> None:
    link = lan(2)
    sender, others = udp(link.hosts[0], "", 7), [udp(host, "", 7) for host in link.hosts[1:]]
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, 0)
    octets = bytes(range(200)) * 20  # more than a frame
    sender.sendto(octets, (target, 7), 0)
    assert sender.recvfrom(9999, 0) == (octets, ("10.0.0.1", 7))
    link.run(SECOND)
    assert others[0].recvfrom(9999, link.now) == (octets, ("10.0.0.1", 7))
    assert not sender.readable() and len(link.taken) == 3


def test_connected_socket_hears_only_its_peer(lan: Lan) -> None:
    link = lan(3)
    one, two, three = link.hosts
    listener = udp(one, "", 7)
    listener.connect(("10.0.0.2", 7), 0)
    stranger, peer = udp(three, "", 7), udp(two, "", 7)
    stranger.sendto(b"noise", ("10.0.0.1", 7), 0)
    peer.sendto(b"word", ("10.0.0.1", 7), 0)
    link.run(SECOND)
    assert listener.recv(10, link.now) == b"word"
    assert not listener.readable()
    assert three.said("icmp", "error received", code=3)


def test_the_best_match_gets_the_datagram(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    everywhere, here = udp(one), udp(one)
    for made, address in ((everywhere, ""), (here, "127.0.0.1")):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1, 0)
        made.bind((address, 7), 0)
    udp(one).sendto(b"x", ("127.0.0.1", 7), 0)
    assert here.readable() and not everywhere.readable()


def test_receive_buffer_is_bounded_and_the_drop_is_told(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    server, client = udp(one, "", 7), udp(one)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 3000, 0)
    for _ in range(4):
        client.sendto(bytes(1000), ("127.0.0.1", 7), 0)
    assert [server.recv(2000, 0) for _ in range(3)] == [bytes(1000)] * 3
    assert not server.readable()
    assert one.said("udp", "drop", reason="receive buffer is full")


def test_empty_datagrams_do_not_wait_without_bound(lan: Lan) -> None:
    link = lan(1)
    one = link.hosts[0]
    server, client = udp(one), udp(one)
    server.bind(("", 7), 0)
    for _ in range(2000):
        client.sendto(b"", ("127.0.0.1", 7), 0)
    waiting = 0
    while server.readable():
        server.recv(1, 0)
        waiting += 1
    assert waiting == 212_992 // 256


def test_bad_checksum_is_dropped_and_absent_one_accepted(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    one, _ = link.hosts
    server = udp(one, "", 7)
    stranger = tools.Stranger(link, one)
    for value in (0x1234, 0):
        packet = stranger.below / UDP(sport=1, dport=7, chksum=value) / Raw(b"data")
        assert link.inject(one, bytes(packet)) == []
    assert one.said("udp", "drop", reason="UDP checksum is wrong")
    assert server.recv(10, 0) == b"data" and not server.readable()


def test_icmp_error_about_somebody_elses_datagram_changes_nothing(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    one, _ = link.hosts
    client = udp(one, "", 5000)
    client.connect(("10.0.0.2", 9), 0)
    stranger = tools.Stranger(link, one)
    for quoted in (
        IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=5001, dport=9),
        IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=5000, dport=10),
        IP(src="10.0.0.3", dst="10.0.0.2") / UDP(sport=5000, dport=9),
    ):
        link.inject(one, bytes(stranger.below / ICMP(type=3, code=3) / Raw(bytes(quoted))))
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    quoted = IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=5000, dport=9)
    link.inject(one, bytes(stranger.below / ICMP(type=3, code=3) / Raw(bytes(quoted))))
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


def test_descriptors_are_the_lowest_free_ones_and_events_tell_of_them(lan: Lan) -> None:
    one = lan().hosts[0]
    made = [udp(one) for _ in range(3)]
    assert [each.fd for each in made] == [1_000_003, 1_000_004, 1_000_005]
    made[1].close(0)
    made[0].close(0)
    assert [udp(one).fd, udp(one).fd, udp(one).fd] == [1_000_003, 1_000_004, 1_000_006]
    assert [event["fd"] for event in one.said("socket", "removed")] == [1_000_004, 1_000_003]
    assert sorted(one.stack.sockets) == [1_000_003, 1_000_004, 1_000_005, 1_000_006]
