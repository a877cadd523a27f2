"""Routers: forwarding, TTL, the errors a router makes, redirects, path MTU discovery."""

from __future__ import annotations

import errno
import random
import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

import pytest
from internet import EVERYWHERE, MS, chain
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption, IPOption_LSRR, IPOption_RR, fragment
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from stack.fragments import fragment as cut
from stack.parameters import LINUX, Parameters
from stack.path_mtu import PLATEAUS
from stack.wire import ipv4
from stack.wire.address import dotted
from stack.wire.ipv4_options import OptionError, copied, parse

if TYPE_CHECKING:
    from types import SimpleNamespace

    from internet import Internet, Node, Spy
    from scapy.packet import Packet
    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000
FAR = "10.3.0.2"


def ping(net: Internet, node: Node, address: str, *, ttl: int = 64, size: int = 8) -> Socket:
    """An echo request on its way; faults are reported to the socket."""
    made = node.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl, net.now)
    made.setsockopt(socket.IPPROTO_IP, 11, 1, net.now)  # IP_RECVERR
    made.sendto(bytes((8, 0, 0, 0, 0, 0, 0, 1)) + bytes(size), (address, 0), net.now)
    return made


def packets(spy: Spy) -> list[IP]:
    return [Ether(frame)[IP] for frame in spy.frames if IP in Ether(frame)]


# RFC 1812: what a router does


def test_rfc1812_5_3_1_a_packet_crosses_two_routers_and_loses_two_of_its_ttl() -> None:
    net, a, _, b, (middle, last) = chain()
    sock = ping(net, a, FAR, ttl=10)
    net.run(SECOND)
    assert sock.readable()
    assert [packet.ttl for packet in packets(middle) + packets(last)] == [9, 8]
    assert packets(last)[0].src == "10.1.0.1"
    assert b.said("icmp", "echo request received", peer="10.1.0.1")


@pytest.mark.parametrize(("ttl", "router"), [(1, "10.1.0.254"), (2, "10.2.0.2")])
def test_rfc792_11_0_traceroute_hears_of_each_router(ttl: int, router: str) -> None:
    net, a, _, _, _ = chain()
    sock = ping(net, a, FAR, ttl=ttl)
    net.run(SECOND)
    assert a.said("icmp", "error received", type=11, code=0, source=router, about=FAR)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH


def test_the_error_queue_of_a_socket_says_who_complained_about_what() -> None:
    net, a, _, _, _ = chain()
    sock = ping(net, a, FAR, ttl=1)
    net.run(SECOND)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 2, net.now)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH
    sock.sendto(bytes((8, 0, 0, 0, 0, 0, 0, 2)), (FAR, 0), net.now)
    net.run(SECOND)
    for sequence, router in ((1, "10.1.0.254"), (2, "10.2.0.2")):
        data, destination, fault = sock.receive_lost(net.now)
        assert (data[6:8], destination) == (bytes((0, sequence)), (FAR, 0))
        assert (fault.type, fault.code, dotted(fault.by)) == (11, 0, router)
    with pytest.raises(BlockingIOError):
        sock.receive_lost(net.now)
    assert not sock.readable()


def test_the_error_queue_is_bounded_and_the_oldest_gives_way() -> None:
    net, a, _, _, _ = chain()
    sock = a.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, 11, 1, net.now)
    for port in range(70):
        sock.sendto(b"", ("10.1.0.254", 1000 + port), net.now)
        net.run(SECOND)
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    assert sock.receive_lost(net.now)[1] == ("10.1.0.254", 1006)
    assert len(a.said("udp", "drop", reason="queue of errors is full")) == 6


def test_rfc1812_4_3_3_1_no_route_is_net_unreachable() -> None:
    net, a, _, _, _ = chain()
    sock = ping(net, a, "99.9.9.9")
    net.run(SECOND)
    assert a.said("icmp", "error received", type=3, code=0, source="10.1.0.254")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ENETUNREACH


def test_rfc1812_4_3_3_1_a_silent_last_hop_is_host_unreachable() -> None:
    net, a, _, _, _ = chain()
    sock = ping(net, a, "10.3.0.77")
    net.run(10 * SECOND)
    assert a.said("icmp", "error received", type=3, code=1, source="10.2.0.2")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH


def test_a_host_forwards_nothing() -> None:
    net, a, _, _, (middle, _) = chain()
    host = net.node("host")
    net.join(a, "10.7.0.1/24", host, "10.7.0.2/24")
    a.route(IPv4Network("10.8.0.0/16"), "10.7.0.2")
    ping(net, a, "10.8.0.1")
    net.run(SECOND)
    assert host.said("ip", "drop", reason="not for this host") and not packets(middle)
    assert not a.said("icmp", "error received")


@pytest.mark.parametrize("mtu", [68, 300, 1499])
def test_rfc791_a_router_cuts_what_is_too_long(mtu: int) -> None:
    net, a, _, _, (middle, last) = chain(mtu)
    sock = ping(net, a, FAR, size=3000)
    net.run(SECOND)
    assert sock.readable() and len(sock.recv(5000, net.now)) == 3008
    assert all(len(packet) <= mtu for packet in packets(middle))
    assert len(packets(middle)) == len(packets(last)) > 2  # put together by b, not by r2


# RFC 1191: path MTU discovery


def transfer(net: Internet, a: Node, b: Node, data: bytes) -> bytes:
    """`data` from a to b over TCP; what arrived."""
    server = b.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1, net.now)
    server.bind(("", 80), net.now)
    server.listen(1, net.now)
    client = a.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    with suppress(BlockingIOError):
        client.connect((FAR, 80), net.now)
    while not server.readable():
        assert net.step()
    child, _ = server.accept(net.now)
    sent, got = 0, bytearray()
    while len(got) < len(data):
        while sent < len(data) and client.writable():
            sent += client.send(data[sent : sent + 10_000], net.now)
        assert net.step() and net.now < 2000 * SECOND
        while child.readable():
            got += child.recv(65_536, net.now)
    client.close(net.now)
    child.close(net.now)
    server.close(net.now)
    return bytes(got)


@pytest.mark.parametrize("parameters", [Parameters(), LINUX], ids=["rfc", "linux"])
@pytest.mark.parametrize("mtu", [576, 1006, 1400])
def test_rfc1191_6_tcp_finds_the_paths_mtu_without_a_fragment(mtu: int, parameters: Parameters) -> None:
    net, a, _, b, (middle, _) = chain(
        mtu, timestamps=parameters.timestamps, initial_window=parameters.initial_window
    )
    data = random.Random(mtu).randbytes(100_000)
    assert transfer(net, a, b, data) == data
    crossed = packets(middle)
    assert max(len(packet) for packet in crossed) == mtu
    assert not any(packet.frag or packet.flags.MF for packet in crossed)
    assert all(packet.flags.DF for packet in crossed if TCP in packet)
    (told,) = a.said("tcp", "segment size")
    assert told["new"] == mtu - 40 - 12 * parameters.timestamps
    reasons = {event["reason"] for event in a.said("tcp", "retransmission")}
    assert reasons == {f"ICMP: the path takes packets of {mtu:,} octets"}


def test_rfc1191_3_1_the_next_connection_begins_with_what_was_learned() -> None:
    net, a, (r1, _), b, _ = chain(1000)
    transfer(net, a, b, bytes(10_000))
    complaints = len(r1.said("icmp", "error sent", code=4))
    assert complaints
    net.run(SECOND)
    transfer(net, a, b, bytes(10_000))
    assert len(r1.said("icmp", "error sent", code=4)) == complaints


def test_rfc1191_6_3_what_was_learned_is_forgotten_after_ten_minutes() -> None:
    net, a, (r1, _), b, _ = chain(1000)
    transfer(net, a, b, bytes(10_000))
    complaints = len(r1.said("icmp", "error sent", code=4))
    net.run(601 * SECOND)
    transfer(net, a, b, bytes(10_000))
    assert len(r1.said("icmp", "error sent", code=4)) > complaints


def too_big(stranger: Stranger, segment: TCP, told: int, *, seq: int | None = None) -> list[TCP]:
    """A router's complaint about a segment that the host has sent; what the host sends at once."""
    packet = IP(src=stranger.host.address, dst=stranger.address, flags="DF", len=40 + len(segment.payload))
    quoted = packet / TCP(
        sport=segment.sport, dport=segment.dport, seq=segment.seq if seq is None else seq, flags="A"
    )
    router = Ether(src=stranger.mac, dst=stranger.host.mac.hex(":")) / IP(
        src="10.0.0.254", dst=stranger.host.address
    )
    frames = stranger.link.inject(
        stranger.host, bytes(router / ICMP(type=3, code=4, nexthopmtu=told) / Raw(bytes(quoted)[:28]))
    )
    return [Ether(frame)[TCP] for frame in frames]


@pytest.mark.parametrize(
    ("told", "size"), [(1000, 960), (0, 1492 - 40), (1500, None), (9000, None), (20, 28)]
)
def test_rfc1191_4_and_7_1_the_routers_word_or_the_next_plateau(
    server: Socket, stranger: Stranger, child: Socket, host: Host, told: int, size: int | None
) -> None:
    child.send(bytes(1460), 0)
    (segment,) = stranger.hear()
    too_big(stranger, segment, told)
    assert [event["new"] for event in host.said("tcp", "segment size")] == ([size] if size else [])
    assert tuple(sorted(PLATEAUS, reverse=True)) == PLATEAUS


def test_rfc1191_6_5_a_narrower_path_in_the_midst_of_recovery(
    host: Host, server: Socket, tools: SimpleNamespace, link: Link
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[("MSS", 1460), ("SAckOK", b"")])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A")
    child = server.accept(link.now)[0]
    child.send(bytes(30 * 1460), link.now)
    flight = stranger.hear()
    flight += stranger.say("A", ack=flight[0].seq + 1460)
    base = stranger.ack + 1460
    for end in (3, 4, 5):  # the second segment is lost
        edges = (base + 1460, base + end * 1460)
        flight += stranger.say("A", ack=base, options=[("SAck", edges)])
    again = too_big(stranger, flight[-1], 576)
    assert host.said("tcp", "segment size", new=536)
    sizes = [len(tools.payload(segment)) for segment in again]
    assert again[0].seq == base and sizes[0] == max(sizes) == 536


def test_rfc5927_4_1_a_complaint_about_nothing_under_way_is_not_believed(
    server: Socket, stranger: Stranger, child: Socket, host: Host
) -> None:
    child.send(bytes(1460), 0)
    (segment,) = stranger.hear()
    too_big(stranger, segment, 500, seq=(segment.seq - 5) % 2**32)
    too_big(stranger, segment, 500, seq=(segment.seq + 1461) % 2**32)
    assert not host.said("tcp", "segment size")


def test_linux_believes_no_mtu_below_552(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=LINUX)
    server = tools.listening(link, link.hosts[0])
    stranger = tools.Stranger(link, link.hosts[0])
    stranger.shake_hands()
    server.accept(link.now)[0].send(bytes(1460), link.now)
    (segment,) = stranger.hear()
    too_big(stranger, segment, 68)
    assert [event["new"] for event in link.hosts[0].said("tcp", "segment size")] == [512]


# RFC 792 and 1122: redirects


def say(stranger: Stranger, packet: Packet, **below: object) -> list[Ether]:
    frame = Ether(src=stranger.mac, dst=stranger.host.mac.hex(":"))
    packet = frame / IP(**{"src": stranger.address, "dst": stranger.host.address, **below}) / packet
    return [Ether(octets) for octets in stranger.link.inject(stranger.host, bytes(packet))]


@pytest.fixture
def router(lan: Lan, tools: SimpleNamespace) -> Stranger:
    """A stranger whose neighbour, 10.0.0.1, routes 10.5/16 by 10.0.0.98 on the same link."""
    link = lan(1, parameters=Parameters(forwarding=True, arp_lifetime=10_000 * SECOND))
    host = link.hosts[0]
    stranger = tools.Stranger(link, host)

    host.stack.routes.add(IPv4Network("10.5.0.0/16"), host.eth0, IPv4Address("10.0.0.98"))
    return stranger


def test_rfc1812_5_2_7_2_a_detour_on_one_link_is_passed_on_and_redirected(router: Stranger) -> None:
    answers = say(router, UDP(dport=7), dst="10.5.0.1")
    (redirect,) = [answer for answer in answers if ICMP in answer]
    assert (redirect[ICMP].type, redirect[ICMP].code, redirect[ICMP].gw) == (5, 1, "10.0.0.98")
    assert [answer[ARP].pdst for answer in answers if ARP in answer] == ["10.0.0.98"]


@pytest.mark.parametrize(
    "below",
    [{"dst": "10.0.0.255"}, {"dst": "255.255.255.255"}, {"dst": "224.0.0.1"}, {"src": "0.0.0.0"}],
    ids=str,
)
def test_rfc1812_5_3_4_broadcasts_and_nameless_sources_stay_on_their_link(
    router: Stranger, below: dict[str, str]
) -> None:
    say(router, UDP(dport=7), **{"dst": "10.5.0.1", **below})
    assert not router.host.said("ip", "packet forwarded") and not router.host.said("icmp", "error sent")


def test_rfc1122_3_2_2_no_error_about_a_later_fragment(router: Stranger) -> None:
    first, second = fragment(
        IP(src=router.address, dst="10.5.0.1", ttl=1) / UDP(dport=7) / Raw(bytes(100)), 64
    )
    for piece, expected in ((first, 1), (second, 0)):
        router.host.events.clear()
        frame = Ether(src=router.mac, dst=router.host.mac.hex(":")) / piece
        router.link.inject(router.host, bytes(frame))
        assert len(router.host.said("icmp", "error sent", type=11)) == expected


def redirect(stranger: Stranger, destination: str, gateway: str, *, sender: str = "10.0.0.254") -> None:
    quoted = IP(src=stranger.host.address, dst=destination) / UDP(sport=9, dport=9)
    say(stranger, ICMP(type=5, code=1, gw=gateway) / Raw(bytes(quoted)), src=sender)


@pytest.mark.parametrize(
    ("gateway", "sender", "accepted"),
    [
        ("10.0.0.98", "10.0.0.254", True),
        ("10.0.0.98", "10.0.0.97", False),
        ("10.9.0.98", "10.0.0.254", False),
        ("10.0.0.254", "10.0.0.254", False),
        ("10.0.0.1", "10.0.0.254", False),
    ],
)
def test_rfc1122_3_2_2_2_a_redirect_must_come_from_the_gateway_and_name_a_neighbour(
    lan: Lan, tools: SimpleNamespace, gateway: str, sender: str, accepted: bool
) -> None:

    link = lan(1)
    host = link.hosts[0]
    host.stack.routes.add(EVERYWHERE, host.eth0, IPv4Address("10.0.0.254"))
    redirect(tools.Stranger(link, host), "99.0.0.1", gateway, sender=sender)
    assert bool(host.said("ip", "redirected")) is accepted
    rows = [str(row.gateway) for row in host.stack.routes if str(row.network) == "99.0.0.1/32"]
    assert rows == ([gateway] if accepted else [])


def test_redirected_routes_are_bounded_and_replaced(lan: Lan, tools: SimpleNamespace) -> None:

    link = lan(1, parameters=Parameters(redirected_routes=2))
    host = link.hosts[0]
    stranger = tools.Stranger(link, host)
    host.stack.routes.add(EVERYWHERE, host.eth0, IPv4Address("10.0.0.254"))
    for number in (1, 2, 3):
        redirect(stranger, f"99.0.0.{number}", "10.0.0.98")
    redirect(stranger, "99.0.0.3", "10.0.0.97", sender="10.0.0.98")
    rows = [(str(row.network), str(row.gateway)) for row in host.stack.routes if row.network.prefixlen == 32]
    assert rows == [("99.0.0.2/32", "10.0.0.98"), ("99.0.0.3/32", "10.0.0.97")]


# Options and limits


def test_rfc1812_4_3_2_8_errors_are_limited(stranger: Stranger, host: Host) -> None:
    answers = [say(stranger, UDP(dport=9)) for _ in range(60)]
    assert sum(map(len, answers)) == 50
    assert host.said("icmp", "drop", reason="too many ICMP errors")
    stranger.link.run(3 * MS)
    assert sum(len(say(stranger, UDP(dport=9))) for _ in range(10)) == 3


def test_rfc791_options_are_stepped_over(stranger: Stranger, host: Host) -> None:
    (answer,) = say(stranger, UDP(dport=9), options=[IPOption_RR(routers=["0.0.0.0"] * 3)])
    assert answer[ICMP].type == 3


def test_rfc7126_4_3_source_routes_are_refused(stranger: Stranger, host: Host) -> None:
    assert say(stranger, UDP(dport=9), options=[IPOption_LSRR(routers=["1.2.3.4"])]) == []
    assert host.said("ip", "drop", reason="source routes are refused")


@pytest.mark.parametrize(
    ("octets", "pointer"), [(b"\x07\x01\0\0", 21), (b"\x01\x01\x07\x09", 23), (b"\1\1\1\7", 23)]
)
def test_rfc792_12_0_the_pointer_names_the_octet_at_fault(
    stranger: Stranger, host: Host, octets: bytes, pointer: int
) -> None:
    (answer,) = say(stranger, UDP(dport=9), options=[IPOption(octets)])
    assert (answer[ICMP].type, answer[ICMP].code, answer[ICMP].ptr) == (12, 0, pointer)
    with pytest.raises(OptionError):
        list(parse(octets))


def test_rfc791_3_1_fragments_after_the_first_bear_the_copied_options_only() -> None:
    record_route, security = bytes((7, 7, 4, 0, 0, 0, 0)), bytes((130, 11)) + bytes(9)
    options = record_route + b"\1" + security + b"\0"
    assert copied(options) == security + b"\0"
    header = ipv4.Header(1, 2, 17, options=options)
    pieces = [ipv4.parse(head.pack(len(data)) + data) for head, data in cut(header, bytes(range(200)), 100)]
    assert [piece.options for piece, _ in pieces] == [options] + 3 * [security + b"\0"]
    assert b"".join(payload for _, payload in pieces) == bytes(range(200))
    assert [piece.offset for piece, _ in pieces] == [0, 56, 120, 184]
