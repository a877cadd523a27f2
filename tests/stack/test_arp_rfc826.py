"""Address resolution: RFC 826's algorithm, RFC 1122's ageing, and what a program sees of a failure."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.l2 import ARP, Ether

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Lan, Link

    from stack.sockets import Socket

SECOND = 1_000_000_000


def arps(link: Link, sender: Host) -> list[tuple[int, ARP]]:
    packets = [(instant, Ether(frame)) for instant, host, frame in link.taken if host is sender]
    return [(instant, packet[ARP]) for instant, packet in packets if ARP in packet]


def udp(host: Host) -> Socket:
    return host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)


def test_request_is_broadcast_and_the_reply_releases_the_packet(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    sender, receiver = udp(one), udp(two)
    receiver.bind(("", 7), 0)
    sender.sendto(b"hello", ("10.0.0.2", 7), 0)
    link.run(SECOND)
    request, reply = Ether(link.taken[0][2]), Ether(link.taken[1][2])
    assert (request.dst, request[ARP].op, request[ARP].pdst) == ("ff:ff:ff:ff:ff:ff", 1, "10.0.0.2")
    assert request[ARP].hwdst == "00:00:00:00:00:00"
    assert (reply.dst, reply[ARP].op, reply[ARP].hwsrc) == ("02:00:00:00:00:01", 2, "02:00:00:00:00:02")
    assert receiver.recv(10, link.now) == b"hello"


def test_who_asks_is_learned_so_that_the_answer_needs_no_request(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    udp(one).sendto(b"x", ("10.0.0.2", 7), 0)
    link.run(SECOND)
    assert len(arps(link, one)) == 1 and len(arps(link, two)) == 1
    assert one.said("icmp", "error received", code=3)  # two answered over IP without asking


def test_unsolicited_reply_creates_no_entry(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    reply = ARP(
        op="is-at", hwsrc="02:00:00:00:00:63", psrc="10.0.0.99", hwdst="02:00:00:00:00:01", pdst="10.0.0.1"
    )
    assert link.inject(one, bytes(Ether(src="02:00:00:00:00:63", dst="02:00:00:00:00:01") / reply)) == []
    assert one.said("arp", "drop", reason="unsolicited ARP reply")
    udp(one).sendto(b"x", ("10.0.0.99", 7), 0)
    link.collect()
    assert len(arps(link, one)) == 1


def test_request_for_another_host_creates_no_entry_but_refreshes_one(lan: Lan) -> None:
    link = lan(3)
    one, _two, three = link.hosts
    udp(one).sendto(b"x", ("10.0.0.2", 7), 0)
    link.run(SECOND)
    assert not three.said("arp", "resolved")
    assert three.said("arp", "request received", target="10.0.0.2")


def test_probe_is_answered_and_not_learned(lan: Lan) -> None:
    """RFC 5227 section 2.1.1: the sender's protocol address is all zero."""
    link = lan()
    one, _ = link.hosts
    probe = ARP(op="who-has", hwsrc="02:00:00:00:00:63", psrc="0.0.0.0", pdst="10.0.0.1")
    (answer,) = link.inject(one, bytes(Ether(src="02:00:00:00:00:63", dst="ff:ff:ff:ff:ff:ff") / probe))
    assert Ether(answer)[ARP].op == 2
    assert not one.said("arp", "resolved")


@pytest.mark.parametrize("sender", ["127.0.0.1", "224.0.0.1", "255.255.255.255", "10.0.0.255"])
@pytest.mark.parametrize("operation", ["who-has", "is-at"])
def test_rfc1122_3_2_1_3_an_impossible_sender_is_neither_answered_nor_remembered(
    lan: Lan, sender: str, operation: str
) -> None:
    link = lan()
    one, _ = link.hosts
    message = ARP(op=operation, hwsrc="02:00:00:00:00:63", psrc=sender, pdst="10.0.0.1")
    assert link.inject(one, bytes(Ether(src="02:00:00:00:00:63", dst="ff:ff:ff:ff:ff:ff") / message)) == []
    assert one.stack.neighbours() == []
    assert one.said("arp", "drop", reason="ARP sender is no host's address", sender=sender)


def test_rfc5227_conflict_is_reported_and_changes_nothing(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    thief = ARP(op="who-has", hwsrc="02:00:00:00:00:63", psrc="10.0.0.1", pdst="10.0.0.1")
    assert link.inject(one, bytes(Ether(src="02:00:00:00:00:63", dst="ff:ff:ff:ff:ff:ff") / thief)) == []
    assert one.said("arp", "conflict", mac="02:00:00:00:00:63")


def test_rfc5227_2_4_an_own_message_that_comes_back_is_no_conflict(lan: Lan) -> None:
    """A loop of switches sends what a host has sent back to it."""
    link = lan()
    one, _ = link.hosts
    own = ARP(op="who-has", hwsrc="02:00:00:00:00:01", psrc="10.0.0.1", pdst="10.0.0.2")
    assert link.inject(one, bytes(Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff") / own)) == []
    assert not one.said("arp", "conflict")
    assert one.said("arp", "drop", reason="its own message has come back")


def test_three_requests_one_second_apart_then_host_unreachable(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    sender = udp(one)
    sender.connect(("10.0.0.77", 7), 0)
    sender.send(b"x", 0)
    link.run(3 * SECOND - 1)
    assert [instant for instant, _ in arps(link, one)] == [0, SECOND, 2 * SECOND]
    assert not sender.readable()
    link.run(1)
    assert sender.readable()
    with pytest.raises(OSError) as info:
        sender.recv(1, link.now)
    assert info.value.errno == errno.EHOSTUNREACH
    assert one.stack.next_deadline() is None


def test_tcp_connect_to_a_silent_host_fails_with_host_unreachable(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    one, _ = link.hosts
    client = tools.connecting(link, one, ("10.0.0.77", 80))
    link.run(3 * SECOND)
    assert client.writable()
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH


def test_ip_recverr_lets_unconnected_sockets_learn(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    deaf, keen = udp(one), udp(one)
    keen.setsockopt(socket.IPPROTO_IP, 11, 1, 0)
    deaf.sendto(b"x", ("10.0.0.77", 7), 0)
    keen.sendto(b"x", ("10.0.0.77", 7), 0)
    link.run(4 * SECOND)
    assert keen.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH
    assert deaf.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_entries_are_bounded_and_one_that_is_not_used_gives_way(lan: Lan) -> None:
    """Anybody can send requests under many names."""
    link = lan(1, parameters=Parameters(arp_entries=10))
    (one,) = link.hosts

    def ask(number: int) -> None:
        frame = Ether(src="02:00:00:00:00:99", dst=one.mac.hex(":")) / ARP(
            op="who-has", hwsrc="02:00:00:00:00:99", psrc=f"10.0.0.{number}", pdst=one.address
        )
        link.inject(one, bytes(frame))

    ask(50)
    udp(one).sendto(b"x", ("10.0.0.50", 7), link.now)  # in use
    for number in range(100, 130):
        ask(number)
    known = [row.address for row in one.stack.neighbours()]
    assert known == ["10.0.0.50", *(f"10.0.0.{number}" for number in range(121, 130))]
    for number in range(200, 215):  # all are asked for: the oldest gives way, and what waits is lost
        udp(one).sendto(b"x", (f"10.0.0.{number}", 7), link.now)
    assert len(one.stack.neighbours()) == 10
    assert one.said("arp", "gave way", address="10.0.0.50")
    assert one.said("arp", "drop", reason="entry of an unresolved address gave way")


def test_queue_of_waiting_packets_is_bounded_and_keeps_the_latest(lan: Lan) -> None:
    link = lan(parameters=Parameters(arp_queue=64 * 832))  # as much as a small datagram takes up
    one, two = link.hosts
    receiver, sender = udp(two), udp(one)
    receiver.bind(("", 7), 0)
    for number in range(66):
        sender.sendto(bytes([number]), ("10.0.0.2", 7), 0)
    link.run(SECOND)
    assert len(one.said("arp", "drop")) == 2
    received = []
    while receiver.readable():
        received.append(receiver.recv(1, link.now)[0])
    assert received == list(range(2, 66))


def test_rfc1122_2_3_2_1_used_entry_is_polled_by_unicast_unused_one_expires(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    udp(two).bind(("", 7), 0)
    udp(one).sendto(b"x", ("10.0.0.2", 7), 0)
    link.run(59 * SECOND)
    assert not one.said("arp", "expired") and not two.said("arp", "expired")
    link.run(2 * SECOND)
    assert two.said("arp", "expired", address="10.0.0.1")  # two never sent a packet to one
    requests = [Ether(frame) for _, host, frame in link.taken if host is one and ARP in Ether(frame)]
    assert [frame.dst for frame in requests] == ["ff:ff:ff:ff:ff:ff", "02:00:00:00:00:02"]
    assert not one.said("arp", "expired")
    link.run(62 * SECOND)
    assert one.said("arp", "expired", address="10.0.0.2")
    assert one.stack.next_deadline() is None


def test_used_entry_whose_host_has_gone_is_given_up(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    sender = udp(one)
    sender.sendto(b"x", ("10.0.0.2", 7), 0)
    link.run(SECOND)
    link.drop = lambda host, frame: host is two
    link.run(59 * SECOND + 10)
    sender.sendto(b"still sent to the old address", ("10.0.0.2", 7), link.now)
    link.run(4 * SECOND)
    assert one.said("arp", "unreachable", address="10.0.0.2")


def test_the_table_of_neighbours_shows_every_entry(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    sender = udp(one)
    for address in ("10.0.0.2", "10.0.0.77"):
        sender.sendto(b"x", (address, 7), 0)
    link.run(SECOND // 2)
    known, asked = one.stack.neighbours()
    assert known[:4] == ("eth0", "10.0.0.2", "02:00:00:00:00:02", "REACHABLE")
    assert asked == ("eth0", "10.0.0.77", None, "INCOMPLETE", SECOND)
    assert known.expires is not None and 60 * SECOND <= known.expires < 61 * SECOND
    link.run(200 * SECOND)
    assert one.stack.neighbours() == []
