"""IPv4 and ICMP: routes, fragments, reassembly, errors, judged by scapy's packets."""

from __future__ import annotations

import errno
import hashlib
import random
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TYPE_CHECKING

import pytest
from declared import declared
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from stack.fragments import fragment as cut
from stack.parameters import Parameters
from stack.stack import Stack
from stack.wire import ipv4

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.packet import Packet
    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000


def ping(host: Host) -> Socket:
    return host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)


def request(sequence: int, data: bytes = b"") -> bytes:
    return bytes([8, 0, 0, 0, 0, 0]) + sequence.to_bytes(2, "big") + data


def ip_frames(link: Link, sender: Host) -> list[IP]:
    return [Ether(frame)[IP] for _, host, frame in link.taken if host is sender and IP in Ether(frame)]


@pytest.fixture
def stranger(lan: Lan, tools: SimpleNamespace) -> Stranger:
    link = lan(parameters=Parameters(arp_lifetime=3600 * SECOND))  # a stranger never answers ARP
    return tools.Stranger(link, link.hosts[0])


def say(stranger: Stranger, packet: Packet) -> list[Ether]:
    frames = stranger.link.inject(stranger.host, bytes(stranger.below / packet))
    return [Ether(frame) for frame in frames]


def test_rfc1122_3_2_1_6_and_rfc9293_must_48_programs_choose_the_type_of_service(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    for kind, protocol in ((socket.SOCK_STREAM, 0), (socket.SOCK_DGRAM, 0), (socket.SOCK_DGRAM, 1)):
        made = one.stack.socket(socket.AF_INET, kind, protocol)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xB8, link.now)
        with suppress(BlockingIOError):
            made.connect((two.address, 9), link.now)
        if kind == socket.SOCK_DGRAM:
            made.send(bytes((8, 0, 0, 0, 0, 0, 0, 1)) + bytes(2000), link.now)
    link.run(SECOND)
    sent = [Ether(frame)[IP] for _, host, frame in link.taken if host is one and IP in Ether(frame)]
    assert len(sent) == 5 and {packet.tos for packet in sent} == {
        0xB8
    }  # the datagrams are two fragments each
    answers = {
        packet[ICMP].type: packet.tos
        for _, host, frame in link.taken
        if host is two and ICMP in (packet := Ether(frame)[IP] if IP in Ether(frame) else Ether(frame))
    }
    # RFC 1812 section 4.3.2.5: an echo has the request's, an error precedence 6 and the packet's other bits.
    assert answers == {0: 0xB8, 3: 0xC0 | 0xB8 & 0x1E}


@pytest.mark.parametrize("size", [0, 1, 56, 1472, 1473, 2952, 65_507])
def test_rfc792_echo_of_any_size(lan: Lan, size: int) -> None:
    link = lan()
    one, _ = link.hosts
    asker, data = ping(one), random.Random(size).randbytes(size)
    asker.sendto(request(1, data), ("10.0.0.2", 0), 0)
    link.run(SECOND)
    reply, source = asker.recvfrom(70_000, link.now)
    assert source == ("10.0.0.2", 0)
    assert (reply[0], reply[6:8]) == (0, b"\0\1")
    assert hashlib.sha256(reply[8:]).digest() == hashlib.sha256(data).digest()
    assert len(ip_frames(link, one)) == max(1, -(-(size + 8) // 1480))
    assert all(len(packet) <= 1500 for packet in ip_frames(link, one))


def test_ping_socket_sets_identifier_and_checksum(lan: Lan) -> None:
    link = lan()
    one, _ = link.hosts
    asker = ping(one)
    asker.bind(("", 4242), 0)
    asker.sendto(request(7, b"data"), ("10.0.0.2", 0), 0)
    link.run(SECOND)
    seen = ip_frames(link, one)[0][ICMP]
    assert (seen.id, seen.seq, asker.getsockname()[1]) == (4242, 7, 4242)
    checksum = seen.chksum
    del seen.chksum
    assert ICMP(bytes(seen)).chksum == checksum


@pytest.mark.parametrize("message", [b"", b"\x08\0\0\0\0\0\0", b"\0\0\0\0\0\0\0\1", b"\x08\1\0\0\0\0\0\1"])
def test_ping_socket_sends_nothing_but_echo_requests(lan: Lan, message: bytes) -> None:
    link = lan()
    with pytest.raises(OSError) as info:
        ping(link.hosts[0]).sendto(message, ("10.0.0.2", 0), 0)
    assert info.value.errno == errno.EINVAL


def test_ping_of_65508_octets_is_too_long(lan: Lan) -> None:
    link = lan()
    with pytest.raises(OSError) as info:
        ping(link.hosts[0]).sendto(request(1, bytes(65_508)), ("10.0.0.2", 0), 0)
    assert info.value.errno == errno.EMSGSIZE


def test_rfc1122_3_2_2_6_echo_to_broadcast_is_ignored(stranger: Stranger) -> None:
    packet = (
        Ether(src=stranger.mac, dst="ff:ff:ff:ff:ff:ff") / IP(src=stranger.address, dst="10.0.0.255") / ICMP()
    )
    assert stranger.link.inject(stranger.host, bytes(packet)) == []
    assert stranger.host.said("icmp", "drop", reason="echo request to a group address")


def test_scapys_fragments_are_joined_in_any_order(stranger: Stranger) -> None:
    data = random.Random(1).randbytes(5000)
    whole = stranger.below / ICMP(type=8, id=1, seq=2) / Raw(data)
    pieces = fragment(whole[IP], 1000)
    random.Random(2).shuffle(pieces)
    answers = []
    for piece in [*pieces[:2], *pieces]:  # with two duplicates
        frame = Ether(src=stranger.mac, dst=stranger.host.mac.hex(":")) / piece
        answers += stranger.link.inject(stranger.host, bytes(frame))
    joined = b"".join(
        bytes(Ether(answer)[IP].payload)
        for answer in sorted(answers, key=lambda frame: Ether(frame)[IP].frag)
    )
    assert joined[8:] == data


def pieces_of(stranger: Stranger, *parts: tuple[int, bytes, bool]) -> list[bytes]:
    """Raw fragments: (offset, data, more)."""
    answers = []
    for offset, data, more in parts:
        packet = IP(
            src=stranger.address,
            dst=stranger.host.address,
            proto=1,
            id=9,
            frag=offset // 8,
            flags="MF" if more else 0,
        )
        frame = Ether(src=stranger.mac, dst=stranger.host.mac.hex(":")) / packet / Raw(data)
        answers += stranger.link.inject(stranger.host, bytes(frame))
    return answers


ECHO = bytes(ICMP(type=8, id=1, seq=1) / Raw(b"x" * 24))


def test_overlapping_fragments_condemn_the_datagram(stranger: Stranger) -> None:
    assert pieces_of(stranger, (0, ECHO[:16], True), (8, b"evil" * 4, True), (16, ECHO[16:], False)) == []
    assert stranger.host.said("ip", "drop", reason="overlapping fragments")


def test_contradicting_ends_condemn_the_datagram(stranger: Stranger) -> None:
    assert pieces_of(stranger, (16, ECHO[16:], False), (32, b"12345678", False), (0, ECHO[:16], True)) == []
    assert stranger.host.said("ip", "drop", reason="fragments disagree about the datagram's end")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ((0, b"1234567", True), "fragment length is not a multiple of 8"),
        ((65_528, b"12345678", False), "fragment ends beyond the largest datagram"),
    ],
)
def test_impossible_fragments_are_dropped(
    stranger: Stranger, part: tuple[int, bytes, bool], reason: str
) -> None:
    assert pieces_of(stranger, part) == []
    assert stranger.host.said("ip", "drop", reason=reason)


def test_rfc1122_3_3_2_reassembly_time_exceeded_is_told_with_the_first_fragment(stranger: Stranger) -> None:
    link = stranger.link
    pieces_of(stranger, (0, ECHO[:16], True))
    link.run(60 * SECOND - 1)
    assert not stranger.host.said("ip", "drop", reason="reassembly time exceeded")
    before = len(link.taken)
    link.run(1)
    (error,) = [Ether(frame) for _, _, frame in link.taken[before:] if ICMP in Ether(frame)]
    assert (error[ICMP].type, error[ICMP].code, error[IP].dst) == (11, 1, stranger.address)


def test_reassembly_time_exceeded_is_silent_without_the_first_fragment(stranger: Stranger) -> None:
    pieces_of(stranger, (8, ECHO[8:16], True))
    before = len(stranger.link.taken)
    stranger.link.run(61 * SECOND)
    assert stranger.host.said("ip", "drop", reason="reassembly time exceeded")
    assert not [frame for _, _, frame in stranger.link.taken[before:] if ICMP in Ether(frame)]


def test_reassembly_memory_is_bounded(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(parameters=Parameters(reassembly_memory=10_000))
    stranger = tools.Stranger(link, link.hosts[0])
    for ident in range(100):
        packet = IP(src=stranger.address, dst="10.0.0.1", proto=17, id=ident, flags="MF") / Raw(bytes(800))
        link.inject(link.hosts[0], bytes(Ether(src=stranger.mac, dst="02:00:00:00:00:01") / packet))
    assert len(stranger.host.said("ip", "drop", reason="reassembly memory is full")) == 100 - 10_000 // 1312


@given(st.integers(0, 3000), st.integers(68, 1500), st.randoms())
def test_rfc791_fragments_tile_the_payload(length: int, mtu: int, rng: random.Random) -> None:
    payload = rng.randbytes(length) or b"x"
    packets = [head.pack(len(data)) + data for head, data in cut(ipv4.Header(1, 2, 17), payload, mtu)]
    joined = bytearray()
    for number, packet in enumerate(packets):
        header, piece = ipv4.parse(packet)
        assert len(packet) <= mtu and header.offset == len(joined)
        assert header.more_fragments == (number < len(packets) - 1)
        joined += piece
    assert bytes(joined) == payload


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (IP(src="10.0.0.99", dst="10.0.0.5") / UDP(), "not for this host"),
        (IP(src="10.0.0.99", dst="127.0.0.1") / UDP(), "loopback address on a link"),
        (IP(src="127.0.0.1", dst="10.0.0.1") / UDP(), "loopback address on a link"),
        (IP(src="10.0.0.255", dst="10.0.0.1") / UDP(), "source is a group address"),
        (IP(src="224.0.0.1", dst="10.0.0.1") / UDP(), "source is a group address"),
    ],
)
def test_rfc1122_3_2_1_3_martians_are_dropped(lan: Lan, packet: Packet, reason: str) -> None:
    link = lan()
    one, _ = link.hosts
    assert link.inject(one, bytes(Ether(src="02:00:00:00:00:63", dst="02:00:00:00:00:01") / packet)) == []
    assert one.said("ip", "drop", reason=reason)


def test_unknown_protocol_is_answered_with_protocol_unreachable(stranger: Stranger) -> None:
    packet = IP(src=stranger.address, dst="10.0.0.1", proto=99) / Raw(b"12345678")
    frame = Ether(src=stranger.mac, dst="02:00:00:00:00:01") / packet
    (answer,) = [Ether(octets) for octets in stranger.link.inject(stranger.host, bytes(frame))]
    assert (answer[ICMP].type, answer[ICMP].code) == (3, 2)
    assert bytes(answer[ICMP].payload)[:20] == bytes(packet)[:20]


@pytest.mark.parametrize("kind", [3, 4, 5, 11, 12])
def test_rfc1122_3_2_2_no_error_about_an_error(stranger: Stranger, kind: int) -> None:
    quoted = IP(src="10.0.0.1", dst=stranger.address) / UDP(sport=1, dport=2)
    assert say(stranger, ICMP(type=kind) / Raw(bytes(quoted))) == []


def test_longest_prefix_then_metric_wins() -> None:
    stack = Stack("router", random.Random(1))
    left = stack.add_interface("eth0", b"\2\0\0\0\0\1", IPv4Interface("10.0.0.1/24"))
    right = stack.add_interface("eth1", b"\2\0\0\0\0\2", IPv4Interface("10.1.0.1/16"))
    add, find = stack.routes.add, stack.routes.lookup
    gateway = IPv4Address("10.0.0.254")
    add(IPv4Network("0.0.0.0/0"), left, gateway, metric=5)
    add(IPv4Network("0.0.0.0/0"), right, IPv4Address("10.1.0.254"), metric=9)
    add(IPv4Network("10.1.2.0/24"), left, gateway)
    assert find(int(IPv4Address("10.1.3.3"))) == (right, int(IPv4Address("10.1.3.3")))
    assert find(int(IPv4Address("10.1.2.3"))) == (left, int(gateway))
    assert find(int(IPv4Address("8.8.8.8"))) == (left, int(gateway))
    stack.routes.remove(IPv4Network("0.0.0.0/0"), gateway)
    assert find(int(IPv4Address("8.8.8.8")))[0] is right
    with pytest.raises(KeyError, match="no route"):
        stack.routes.remove(IPv4Network("9.0.0.0/8"))


def test_a_packet_by_a_gateway_bears_the_gateways_mac_and_the_hosts_address(lan: Lan) -> None:
    link = lan()
    one, _two = link.hosts
    one.stack.routes.add(IPv4Network("0.0.0.0/0"), one.eth0, IPv4Address("10.0.0.2"))
    sender = one.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.sendto(b"x", ("8.8.8.8", 53), 0)
    link.run(SECOND)
    frame = next(Ether(frame) for _, host, frame in link.taken if host is one and UDP in Ether(frame))
    assert (frame.dst, frame[IP].dst, frame[IP].src) == ("02:00:00:00:00:02", "8.8.8.8", "10.0.0.1")


def test_two_interfaces_the_route_picks_the_source_address() -> None:
    stack = Stack("pc", random.Random(1))
    for number in (1, 2):
        mac, address = bytes((2, 0, 0, 0, 0, number)), IPv4Interface(f"10.{number}.0.1/16")
        stack.add_interface(f"eth{number}", mac, address)
    sender = stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(("10.2.0.9", 7), 0)
    assert sender.getsockname()[0] == "10.2.0.1"


def test_rfc1122_3_3_6_a_packet_for_one_host_in_a_broadcast_frame_is_dropped(stranger: Stranger) -> None:
    host = stranger.host
    sink = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("", 9), 0)
    for station, arrives in (("ff:ff:ff:ff:ff:ff", False), (host.mac.hex(":"), True)):
        packet = IP(src=stranger.address, dst=host.address) / UDP(sport=9, dport=9) / b"x"
        stranger.link.inject(host, bytes(Ether(src=stranger.mac, dst=station) / packet))
        assert sink.readable() == arrives
    assert host.said("ip", "drop", reason="for this host alone, in a frame to a group")


def two_gateways(lan: Lan) -> tuple[Link, Host]:
    """A host whose best gateway, 10.0.0.66, does not exist; 10.0.0.2 is the other."""
    link = lan()
    one, _ = link.hosts
    for gateway, metric in (("10.0.0.66", 0), ("10.0.0.2", 5)):
        one.stack.routes.add(IPv4Network("0.0.0.0/0"), one.eth0, IPv4Address(gateway), metric)
    return link, one


def to(host: Host, address: str, link: Link) -> None:
    """Send a datagram."""
    made = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.sendto(b"x", (address, 9), link.now)
    made.close(link.now)


def test_rfc1122_3_3_1_4_a_dead_gateway_is_passed_over(lan: Lan) -> None:
    link, one = two_gateways(lan)
    to(one, "99.0.0.1", link)
    link.run(4 * SECOND)
    assert one.said("ip", "gateway is dead", gateway="10.0.0.66")
    asked = len(one.said("arp", "request sent", target="10.0.0.66"))
    to(one, "99.0.0.1", link)
    link.run(10 * SECOND)
    last = [Ether(frame) for _, host, frame in link.taken if host is one and UDP in Ether(frame)][-1]
    assert last.dst == "02:00:00:00:00:02" and last[IP].dst == "99.0.0.1"
    assert len(one.said("arp", "request sent", target="10.0.0.66")) == asked
    link.run(60 * SECOND)
    to(one, "99.0.0.1", link)  # another chance
    link.run(SECOND)
    assert len(one.said("arp", "request sent", target="10.0.0.66")) > asked


def test_rfc1122_3_3_1_4_a_gateway_that_is_heard_of_is_used_again(lan: Lan, tools: SimpleNamespace) -> None:
    link, one = two_gateways(lan)
    to(one, "99.0.0.1", link)
    link.run(4 * SECOND)
    back = Ether(src="02:00:00:00:00:66", dst=one.mac.hex(":")) / ARP(
        op="who-has", hwsrc="02:00:00:00:00:66", psrc="10.0.0.66", pdst=one.address
    )
    link.inject(one, bytes(back))
    to(one, "99.0.0.1", link)
    link.run(SECOND)
    last = [Ether(frame) for _, host, frame in link.taken if host is one and UDP in Ether(frame)][-1]
    assert last.dst == "02:00:00:00:00:66"


def test_rfc1122_3_3_1_4_the_only_gateway_is_tried_all_the_same(lan: Lan) -> None:
    link = lan(1)
    (one,) = link.hosts
    one.stack.routes.add(IPv4Network("0.0.0.0/0"), one.eth0, IPv4Address("10.0.0.66"))
    for _ in range(2):
        to(one, "99.0.0.1", link)
        link.run(4 * SECOND)
    assert len(one.said("arp", "request sent", target="10.0.0.66")) == 6
    to(one, "10.0.0.67", link)  # no gateway: nothing to pass over
    link.run(4 * SECOND)
    assert not one.said("ip", "gateway is dead", gateway="10.0.0.67")
    link.run(300 * SECOND)
    assert one.stack.next_deadline() is None


def test_no_route_is_network_unreachable(lan: Lan) -> None:
    link = lan()
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with pytest.raises(OSError) as info:
            link.hosts[0].stack.socket(socket.AF_INET, kind).connect(("8.8.8.8", 53), 0)
        assert info.value.errno == errno.ENETUNREACH


@pytest.mark.parametrize("target", ["127.0.0.1", "127.1.2.3", "10.0.0.1"])
def test_packets_to_own_addresses_make_no_frames(lan: Lan, target: str) -> None:
    link = lan()
    one, _ = link.hosts
    asker = ping(one)
    asker.sendto(request(1), (target, 0), 0)
    assert asker.recvfrom(100, 0)[1] == (target, 0)
    assert one.stack.output() == [] and one.stack.next_deadline() is None


@pytest.mark.parametrize(
    ("mac", "mtu"), [(bytes(5), 1500), (b"\3\0\0\0\0\1", 1500), (bytes(6), 67), (bytes(6), 65_536)]
)
def test_bad_interfaces_are_refused_with_a_sentence(mac: bytes, mtu: int) -> None:
    with pytest.raises(ValueError, match="eth0: "):
        Stack("pc", random.Random(1)).add_interface("eth0", mac, IPv4Interface("10.0.0.1/8"), mtu=mtu)


@given(st.binary(max_size=120))
def test_any_frame_is_survived_and_every_drop_has_a_reason(octets: bytes) -> None:
    events = []
    stack = Stack("pc", random.Random(1), lambda kind, /, **fields: events.append(declared(kind, fields)[1:]))
    eth0 = stack.add_interface("eth0", b"\2\0\0\0\0\1", IPv4Interface("10.0.0.1/8"))
    for frame in (octets, b"\2\0\0\0\0\1" + b"\2\0\0\0\0\2" + b"\x08\x00" + octets):
        stack.receive(eth0, frame, 0)
    assert all(fields["reason"] for kind, fields in events if kind == "drop")
    assert events
