"""RFC 1122, where no other test shows what a host must do (docs/rfc1122.md)."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP, IP, UDP, IPOption
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.packet import Packet
    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000
EVERYBODY = "ff:ff:ff:ff:ff:ff"
EVERYWHERE = IPv4Network("0.0.0.0/0")


@pytest.fixture
def gateway(lan: Lan, tools: SimpleNamespace) -> Stranger:
    """A stranger who is the gateway to everywhere of one host, whom it has asked by ARP."""
    link = lan(1, parameters=Parameters(arp_lifetime=3600 * SECOND))
    made = tools.Stranger(link, link.hosts[0])
    made.host.stack.routes.add(EVERYWHERE, made.host.eth0, IPv4Address(made.address))
    return made


def packets(stranger: Stranger, packet: Packet, to: str = "", **fields: object) -> list[IP]:
    """What the host answers to a packet in a frame for it or `to` others."""
    below = Ether(src=stranger.mac, dst=to or stranger.host.mac.hex(":"))
    header = IP(**{"src": stranger.address, "dst": stranger.host.address, **fields})
    frames = map(Ether, stranger.link.inject(stranger.host, bytes(below / header / packet)))
    return [frame[IP] for frame in frames if IP in frame]


def udp(host: Host, port: int = 0, address: str = "") -> Socket:
    """A socket that may send to everybody."""
    made = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, 0)
    made.bind((address, port), 0)
    return made


def sent(link: Link, host: Host) -> list[Ether]:
    link.collect()
    return [Ether(frame) for _, sender, frame in link.taken if sender is host]


# Section 2: the link layer


def test_rfc1122_2_3_2_1_a_neighbour_that_many_doubt_is_asked_once_a_second(
    gateway: Stranger, tools: SimpleNamespace
) -> None:
    host, link = gateway.host, gateway.link
    reply = ARP(op=2, hwsrc=gateway.mac, psrc=gateway.address, hwdst=host.mac.hex(":"), pdst=host.address)
    asked: list[int] = []
    for _ in range(100):  # a hundred SYNs without an answer: each connection doubts the gateway at 7 s
        tools.connecting(link, host, ("99.0.0.1", 80))
        link.run(SECOND // 50)
    while link.now < 10 * SECOND:
        link.taken.clear()
        link.run(SECOND // 50)
        for at, _, octets in link.taken:
            if ARP in Ether(octets):
                asked.append(at)
                link.inject(host, bytes(Ether(src=gateway.mac, dst=host.mac.hex(":")) / reply))
    assert len(asked) >= 2
    assert all(later - earlier >= SECOND for earlier, later in pairwise(asked))


def test_rfc1122_2_3_2_1_how_long_an_entry_lives_can_be_set(lan: Lan) -> None:
    link = lan(2, parameters=Parameters(arp_lifetime=5 * SECOND))
    one, two = link.hosts
    udp(two, 7)
    udp(one).sendto(b"x", (two.address, 7), 0)
    link.run(5 * SECOND)
    assert not two.said("arp", "expired") and len(one.said("arp", "request sent")) == 1
    link.run(SECOND)
    assert two.said("arp", "expired") and len(one.said("arp", "request sent")) == 2


def test_rfc1122_2_4_an_entry_that_gives_way_is_no_unreachable_host(lan: Lan) -> None:
    link = lan(1, parameters=Parameters(arp_entries=2))
    (host,) = link.hosts
    made = [udp(host) for _ in range(3)]
    for number, sender in enumerate(made):
        sender.connect((f"10.0.0.{number + 50}", 7), 0)
        sender.send(b"x", 0)
    assert host.said("arp", "gave way", address="10.0.0.50")
    assert made[0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert host.said("arp", "drop", address="10.0.0.50")
    link.run(4 * SECOND)
    assert made[1].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH


# Section 3.2.1: IP


@pytest.mark.parametrize("source", ["0.0.0.0", "0.0.0.7", "10.0.0.1", "255.255.255.255", "10.0.0.255"])
def test_rfc1122_3_2_1_3_a_packet_from_no_host_is_dropped(gateway: Stranger, source: str) -> None:
    sink = udp(gateway.host, 9)
    assert packets(gateway, UDP(sport=9, dport=9) / b"x", src=source) == []
    assert packets(gateway, ICMP(id=1), src=source) == []
    assert not sink.readable() and len(gateway.host.said("ip", "drop")) == 2


def test_rfc1122_3_2_1_3_nothing_is_sent_to_this_network(gateway: Stranger) -> None:
    sender = udp(gateway.host)
    with pytest.raises(OSError) as info:
        sender.sendto(b"x", ("0.0.0.7", 7), 0)
    assert info.value.errno == errno.EINVAL  # as on Linux, where 0.0.0.0 is the host itself
    sender.sendto(b"x", ("0.0.0.0", 7), 0)
    assert not [frame for frame in sent(gateway.link, gateway.host) if UDP in frame]


def test_rfc1122_3_2_1_3_who_has_no_address_yet_may_ask_everybody(gateway: Stranger) -> None:
    server = udp(gateway.host, 67)
    packets(gateway, UDP(sport=68, dport=67) / b"?", EVERYBODY, src="0.0.0.0", dst="255.255.255.255")
    assert server.recvfrom(9, gateway.link.now) == (b"?", ("0.0.0.0", 68))


@pytest.mark.parametrize("own", ["255.255.255.255", "10.0.0.255", ""])
def test_rfc1122_3_2_1_3_a_group_is_never_a_source(lan: Lan, own: str) -> None:
    link = lan()
    one, two = link.hosts
    made, sink = udp(one, 7, own), udp(two, 7)
    made.sendto(b"x", (two.address, 7), 0)
    link.run(SECOND)
    assert sink.recvfrom(9, link.now) == (b"x", (one.address, 7))
    assert made.getsockname() == (own or "0.0.0.0", 7)


def test_rfc1122_3_2_1_3_a_loopback_address_stays_inside_also_with_broadcasts(lan: Lan) -> None:
    link = lan(1)
    (host,) = link.hosts
    sink = udp(host, 7)
    udp(host, 0, "127.0.0.1").sendto(b"x", ("255.255.255.255", 7), 0)
    assert sent(link, host) == []
    assert sink.recvfrom(9, 0)[0] == b"x" and not sink.readable()


def test_rfc1122_3_2_1_3_lo_has_a_broadcast_address_too(lan: Lan) -> None:
    (host,) = lan(1).hosts
    sink = udp(host, 7)
    udp(host).sendto(b"x", ("127.255.255.255", 7), 0)
    assert sink.recvfrom(9, 0)[0] == b"x" and not sink.readable()
    assert not host.said("ip", "drop")


@pytest.mark.parametrize("ttl", [1, 0])
def test_rfc1122_3_2_1_7_a_host_takes_what_comes_with_its_last_hop(gateway: Stranger, ttl: int) -> None:
    sink = udp(gateway.host, 9)
    packets(gateway, UDP(sport=9, dport=9) / b"x", ttl=ttl)
    assert sink.readable()


def test_rfc1122_3_2_1_7_nothing_is_sent_with_a_ttl_of_0(lan: Lan) -> None:
    (host,) = lan(1).hosts
    sender = udp(host)
    with pytest.raises(OSError) as info:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 0, 0)
    assert info.value.errno == errno.EINVAL


def test_rfc1122_3_2_1_7_the_ttl_of_a_host_can_be_set(lan: Lan) -> None:
    link = lan(2, parameters=Parameters(ttl=9))
    one, two = link.hosts
    udp(one).sendto(b"x", (two.address, 7), 0)
    link.run(SECOND)
    assert [frame[IP].ttl for host in link.hosts for frame in sent(link, host) if IP in frame] == [9, 9]


@pytest.mark.parametrize("option", [b"\x88\4\0\7", b"\x5e\4\0\0", b"\x94\4\0\0"])
def test_rfc1122_3_2_1_8_unknown_options_and_stream_identifiers_are_ignored(
    gateway: Stranger, option: bytes
) -> None:
    sink = udp(gateway.host, 9)
    assert packets(gateway, UDP(sport=9, dport=9) / b"x", options=[IPOption(option)]) == []
    assert sink.readable()


@pytest.mark.parametrize("size", [10, 1464, 1465, 5000])
def test_rfc1122_3_2_1_8_and_4_1_3_2_options_from_program_to_program(lan: Lan, size: int) -> None:
    link = lan()
    one, two = link.hosts
    sink, sender = udp(two, 7), udp(one)
    sink.setsockopt(socket.IPPROTO_IP, socket.IP_RECVOPTS, 1, 0)
    options = b"\x94\4\0\0\x5e\3\7"  # router alert, with the copied flag, and one without, of no meaning
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, options, 0)
    sender.sendto(bytes(size), (two.address, 7), 0)
    link.run(SECOND)
    data, _, control = sink.recvmsg(70_000, link.now)
    assert len(data) == size
    assert control == [(socket.IPPROTO_IP, socket.IP_RECVOPTS, options + b"\0")]
    packets = [frame[IP] for frame in sent(link, one) if IP in frame]
    assert [packet.ihl for packet in packets] == [7] + [6] * (len(packets) - 1)
    assert len(packets) == -(-(size + 8) // 1472) and all(packet.len <= 1500 for packet in packets)


def test_rfc1122_3_2_1_8_a_ping_may_have_options(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    asker = one.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    asker.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x94\4\0\0", 0)
    asker.sendto(b"\x08" + bytes(7), (two.address, 0), 0)
    link.run(SECOND)
    assert asker.readable()
    (packet,) = [frame[IP] for frame in sent(link, one) if IP in frame]
    assert bytes(packet)[20:24] == b"\x94\4\0\0"


# Section 3.2.2: ICMP


def test_rfc1122_3_2_2_an_error_quotes_the_header_as_it_came(gateway: Stranger) -> None:
    received = IP(src=gateway.address, dst=gateway.host.address, flags=7 & 4, id=77, ttl=3, tos=9)
    whole = IP(bytes(received / UDP(sport=9, dport=9) / b"closed"))
    frame = Ether(src=gateway.mac, dst=gateway.host.mac.hex(":")) / Raw(bytes(whole))
    frame.type = 0x0800
    (answer,) = gateway.link.inject(gateway.host, bytes(frame))
    assert bytes(Ether(answer)[ICMP].payload) == bytes(whole)


def test_rfc1122_3_2_2_no_error_about_fragments_of_a_broadcast(gateway: Stranger) -> None:
    for source, expected in (("10.0.0.255", 0), (gateway.host.address, 1)):
        to = EVERYBODY if source == "10.0.0.255" else ""
        packets(gateway, Raw(bytes(16)), to, dst=source, proto=17, flags="MF", id=5)
        gateway.link.run(60 * SECOND)
        assert len(gateway.host.said("icmp", "error sent", type=11, code=1)) == expected


def test_rfc1122_3_2_2_no_error_to_240_4(gateway: Stranger) -> None:
    assert packets(gateway, UDP(sport=9, dport=9), src="240.0.0.1") == []
    assert not gateway.host.said("icmp", "error sent")


@pytest.mark.parametrize("code", [0, 1, 5])
def test_rfc1122_3_2_2_1_an_unreachable_network_is_no_dead_gateway(gateway: Stranger, code: int) -> None:
    host = gateway.host
    host.stack.routes.add(EVERYWHERE, host.eth0, IPv4Address("10.0.0.98"), metric=1)
    made = udp(host)
    made.connect(("99.0.0.1", 9), 0)
    made.send(b"x", 0)
    (packet,) = [frame[IP] for frame in sent(gateway.link, host) if UDP in frame]
    packets(gateway, ICMP(type=3, code=code) / Raw(bytes(packet)))
    with pytest.raises(OSError):
        made.recv(1, 0)
    made.send(b"x", 0)
    assert [frame.dst for frame in sent(gateway.link, host) if UDP in frame] == [gateway.mac] * 2
    assert not host.said("ip", "gateway is dead")


def test_rfc1122_3_2_2_6_an_echo_comes_from_the_address_that_was_asked(gateway: Stranger) -> None:
    host = gateway.host
    host.stack.add_interface("eth1", b"\2\0\0\0\1\1", IPv4Interface("10.1.0.1/24"))
    assert [packet.src for packet in packets(gateway, ICMP(id=1), dst="10.1.0.1")] == ["10.1.0.1"]


@pytest.mark.parametrize(
    ("kind", "code", "number"),
    [(11, 0, errno.EHOSTUNREACH), (11, 1, errno.EHOSTUNREACH), (12, 0, errno.EPROTO), (12, 1, errno.EPROTO)],
)
def test_rfc1122_3_2_2_4_and_3_2_2_5_the_program_learns_of_it(
    gateway: Stranger, kind: int, code: int, number: int
) -> None:
    made = udp(gateway.host)
    made.connect((gateway.address, 9), 0)
    made.send(b"x", 0)
    (packet,) = [frame[IP] for frame in sent(gateway.link, gateway.host) if UDP in frame]
    packets(gateway, ICMP(type=kind, code=code) / Raw(bytes(packet)))
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == number


@pytest.mark.parametrize("code", range(4))
def test_rfc1122_3_3_1_2_a_redirect_of_any_code_is_for_the_host(gateway: Stranger, code: int) -> None:
    redirected(gateway, "10.0.0.98", code)
    assert routes_to(gateway.host, "99.0.0.1") == ["10.0.0.98"]
    assert routes_to(gateway.host, "99.0.0.2") == []


@pytest.mark.parametrize("gateway_address", ["10.0.0.255", "255.255.255.255"])
def test_rfc1122_3_3_6_no_redirect_makes_a_host_broadcast(gateway: Stranger, gateway_address: str) -> None:
    redirected(gateway, gateway_address, 1)
    assert routes_to(gateway.host, "99.0.0.1") == []


def test_rfc1122_3_2_2_2_a_redirect_about_somebody_elses_packet_is_dropped(gateway: Stranger) -> None:
    redirected(gateway, "10.0.0.98", 1, source="10.0.0.5")
    assert routes_to(gateway.host, "99.0.0.1") == []


def redirected(stranger: Stranger, gateway: str, code: int, source: str = "10.0.0.1") -> None:
    quoted = IP(src=source, dst="99.0.0.1") / UDP(sport=9, dport=9)
    packets(stranger, ICMP(type=5, code=code, gw=gateway) / Raw(bytes(quoted)))


def routes_to(host: Host, address: str) -> list[str]:
    return [str(row.gateway) for row in host.stack.routes if str(row.network) == f"{address}/32"]


@pytest.mark.parametrize("kind", [13, 15, 16, 17, 18, 37])
def test_rfc1122_3_2_2_7_to_3_2_2_9_queries_that_nobody_needs_are_not_answered(
    gateway: Stranger, kind: int
) -> None:
    assert packets(gateway, ICMP(type=kind)) == []
    assert gateway.host.said("icmp", "drop", reason=f"ICMP type {kind} is not supported")


# Sections 3.3 and 3.4


def test_rfc1122_3_3_1_1_a_host_without_gateways_reaches_its_link(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    sink, sender = udp(two, 7), udp(one)
    sender.sendto(b"x", (two.address, 7), 0)
    with pytest.raises(OSError) as info:
        sender.sendto(b"x", ("99.0.0.1", 7), 0)
    link.run(SECOND)
    assert sink.readable() and info.value.errno == errno.ENETUNREACH


def test_rfc1122_3_3_1_1_what_is_for_a_group_goes_to_no_gateway(gateway: Stranger) -> None:
    udp(gateway.host).sendto(b"x", ("224.1.2.3", 7), 0)
    (frame,) = [frame for frame in sent(gateway.link, gateway.host) if UDP in frame]
    assert (frame.dst, frame[IP].dst) == ("01:00:5e:01:02:03", "224.1.2.3")


def test_rfc1122_4_1_3_5_the_chosen_source_is_known_to_the_program(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    made = udp(one)
    assert made.getsockname()[0] == "0.0.0.0"
    made.connect((two.address, 7), 0)
    assert made.getsockname()[0] == one.address
