"""Groups: RFC 1112 for hosts and IGMP, RFC 2236; what sockets say of it is in test_options_linux.py."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import checksum

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.packet import Packet
    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000
GROUP = "239.1.2.3"
STATION = "01:00:5e:01:02:03"
ADD, DROP, BY, TTL, LOOP, ALL = 35, 36, 32, 33, 34, 49
QUERY, REPORT_1, REPORT, LEAVE = 0x11, 0x12, 0x16, 0x17


def message(kind: int, response: int, group: str) -> bytes:
    """An IGMP message (RFC 2236 section 2)."""
    head, tail = bytes((kind, response)), socket.inet_aton(group)
    return head + checksum(head + b"\0\0" + tail).to_bytes(2, "big") + tail


def request(group: str, address: str = "0.0.0.0") -> bytes:
    return socket.inet_aton(group) + socket.inet_aton(address)


def udp(host: Host, port: int = 0, *groups: str, now: int = 0) -> Socket:
    made = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1, now)
    made.bind(("", port), now)
    for group in groups:
        made.setsockopt(socket.IPPROTO_IP, ADD, request(group), now)
    return made


def sent(link: Link, host: Host) -> list[Ether]:
    link.collect()
    return [Ether(frame) for _, sender, frame in link.taken if sender is host]


def igmp(link: Link, host: Host) -> list[tuple[int, str, str]]:
    """Type, group and destination of the host's messages until now; they are forgotten."""
    frames = [frame[IP] for frame in sent(link, host) if IP in frame and frame[IP].proto == 2]
    link.taken.clear()
    for frame in frames:
        assert frame.ttl == 1 and bytes(frame)[20:24] == b"\x94\4\0\0"  # router alert
    messages = [bytes(frame.payload)[:8] for frame in frames]
    pairs = zip(messages, frames, strict=True)
    found = [(octets[0], socket.inet_ntoa(octets[4:]), frame.dst) for octets, frame in pairs]
    assert messages == [message(kind, 0, group) for kind, group, _ in found]
    return found


@pytest.fixture
def router(lan: Lan, tools: SimpleNamespace) -> Stranger:
    """A stranger who asks a host that is in GROUP, and has reported it twice."""
    link = lan(1, parameters=Parameters(arp_lifetime=3600 * SECOND))
    made = tools.Stranger(link, link.hosts[0])
    udp(made.host, 7, GROUP)
    link.run(10 * SECOND)
    link.taken.clear()
    return made


def say(
    router: Stranger, kind: int, response: int = 0, group: str = "0.0.0.0", to: str = "224.0.0.1"
) -> None:
    packet = IP(src=router.address, dst=to, ttl=1, proto=2) / Raw(message(kind, response, group))
    router.link.inject(router.host, bytes(Ether(src=router.mac, dst="01:00:5e:00:00:01") / packet))


def test_rfc1112_6_1_and_7_1_from_member_to_member(lan: Lan) -> None:
    link = lan(3)
    one, two, three = link.hosts
    sender, member, other = udp(one), udp(two, 7, GROUP), udp(three, 7)
    sender.sendto(b"x", (GROUP, 7), 0)
    link.run(SECOND)
    (frame,) = [frame for frame in sent(link, one) if UDP in frame]
    assert (frame.dst, frame[IP].ttl, frame[IP].src) == (STATION, 1, one.address)
    assert member.recvfrom(9, link.now)[0] == b"x"
    assert not other.readable()
    assert not three.said("icmp", "error sent")


@pytest.mark.parametrize("size", [10, 5000])
@pytest.mark.parametrize("loop", [0, 1])
def test_rfc1112_6_1_a_member_on_the_senders_host_gets_it_too_unless_told_otherwise(
    lan: Lan, size: int, loop: int
) -> None:
    link = lan()
    one, two = link.hosts
    near, far, sender = udp(one, 7, GROUP), udp(two, 7, GROUP), udp(one)
    sender.setsockopt(socket.IPPROTO_IP, LOOP, loop, 0)
    sender.sendto(bytes(size), (GROUP, 7), 0)
    link.run(SECOND)
    assert (near.readable(), far.readable()) == (bool(loop), True)


def test_rfc1112_6_1_the_time_to_live_is_the_programs_and_0_stays_in_the_host(lan: Lan) -> None:
    link = lan(1)
    (one,) = link.hosts
    near, sender = udp(one, 7, GROUP), udp(one)
    for ttl in (5, 0):
        sender.setsockopt(socket.IPPROTO_IP, TTL, ttl, 0)
        sender.sendto(b"x", (GROUP, 7), 0)
        assert near.recvfrom(9, 0)[0] == b"x"
    assert [frame[IP].ttl for frame in sent(link, one) if UDP in frame] == [5]


def test_rfc1112_7_1_a_socket_that_leaves_or_is_closed_ends_the_membership_with_the_last(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    first, second, sender = udp(one, 7, GROUP), udp(one, 7, GROUP), udp(two)

    def arrives() -> bool:
        sender.sendto(b"x", (GROUP, 7), link.now)
        link.run(SECOND)
        taken = [made.readable() and made.recv(9, link.now) for made in (first, second)]
        return any(taken)

    assert arrives()
    first.setsockopt(socket.IPPROTO_IP, DROP, request(GROUP), link.now)
    assert arrives()
    second.close(link.now)
    second = udp(one, 7, now=link.now)
    assert not arrives() and one.eth0.groups == {0xE0000001}


def test_rfc1112_7_2_every_host_is_in_the_group_of_all_hosts_and_does_not_report_it(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    sink = udp(two, 7, "224.0.0.1")
    udp(one).sendto(b"x", ("224.0.0.1", 7), 0)
    link.run(20 * SECOND)
    assert sink.readable() and igmp(link, two) == []


def test_rfc1112_6_4_32_groups_share_a_station_address(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    sink = udp(two, 7, GROUP)
    given: list[list[bytes]] = []
    two.eth0.listen = given.append
    udp(two, 0, "224.129.2.3")
    assert given == [[b"\1\0\x5e\0\0\1", b"\1\0\x5e\1\2\3"]]
    udp(one).sendto(b"x", ("238.1.2.3", 7), 0)
    link.run(SECOND)
    assert not sink.readable() and two.said("ip", "drop", reason="not for this host")


def test_a_group_is_of_an_interface(lan: Lan) -> None:
    """RFC 1122 section 3.2.1.3: what comes by an interface is for the members there."""
    link = lan()
    one, two = link.hosts
    two.stack.add_interface("eth1", b"\2\0\0\0\1\1", IPv4Interface("10.1.0.1/24"))
    sink = udp(two, 7)
    sink.setsockopt(socket.IPPROTO_IP, ADD, request(GROUP, "10.1.0.1"), 0)
    link.taken.clear()
    udp(one).sendto(b"x", (GROUP, 7), 0)
    link.run(SECOND)
    assert not sink.readable()
    sender = udp(two)
    for value, out in ((socket.inet_aton("10.1.0.1"), "eth1"), (socket.inet_aton("10.0.0.2"), "eth0")):
        sender.setsockopt(socket.IPPROTO_IP, BY, value, link.now)
        sender.sendto(b"y", (GROUP, 9), link.now)
        frames = [(interface.name, Ether(frame)) for interface, frame in two.stack.output()]
        assert [(name, frame[IP].src) for name, frame in frames if UDP in frame] == [
            (out, socket.inet_ntoa(value))
        ]


def test_ip_multicast_all_is_for_who_wants_its_own_groups_alone(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    member, other, picky = udp(two, 7, GROUP), udp(two, 7), udp(two, 7)
    picky.setsockopt(socket.IPPROTO_IP, ALL, 0, 0)
    udp(one).sendto(b"x", (GROUP, 7), 0)
    link.run(SECOND)
    assert [made.readable() for made in (member, other, picky)] == [True, True, False]


def test_a_host_answers_no_echo_to_a_group(router: Stranger) -> None:
    frame = Ether(src=router.mac, dst=STATION) / IP(src=router.address, dst=GROUP) / ICMP(id=1)
    assert router.link.inject(router.host, bytes(frame)) == []


def test_rfc2236_3_a_report_at_once_and_again_within_ten_seconds(lan: Lan) -> None:
    link = lan(1)
    (one,) = link.hosts
    udp(one, 7, GROUP)
    udp(one, 8, GROUP, "239.9.9.9")
    report, other = (REPORT, GROUP, GROUP), (REPORT, "239.9.9.9", "239.9.9.9")
    assert igmp(link, one) == [report, other]
    link.run(10 * SECOND)
    assert sorted(igmp(link, one)) == [report, other]
    link.run(1000 * SECOND)
    assert igmp(link, one) == [] and one.stack.next_deadline() is None


@pytest.mark.parametrize(("group", "answers"), [("0.0.0.0", 1), (GROUP, 1), ("239.9.9.9", 0)])
def test_rfc2236_3_a_query_is_answered_in_its_time(router: Stranger, group: str, answers: int) -> None:
    say(router, QUERY, 20, group)
    assert igmp(router.link, router.host) == []
    router.link.run(2 * SECOND)
    assert igmp(router.link, router.host) == [(REPORT, GROUP, GROUP)] * answers
    router.link.run(100 * SECOND)
    assert igmp(router.link, router.host) == []


def test_rfc2236_3_the_earlier_of_two_deadlines_counts(router: Stranger) -> None:
    say(router, QUERY, 1)
    say(router, QUERY, 255)
    router.link.run(SECOND // 10)
    assert len(igmp(router.link, router.host)) == 1


def test_rfc2236_3_another_members_report_is_enough(router: Stranger) -> None:
    say(router, QUERY, 100)
    say(router, REPORT, 0, GROUP, GROUP)
    router.link.run(100 * SECOND)
    assert igmp(router.link, router.host) == []


@pytest.mark.parametrize("last", [True, False])
def test_rfc2236_3_who_reported_last_says_that_it_leaves(
    lan: Lan, tools: SimpleNamespace, last: bool
) -> None:
    link = lan(1)
    stranger = tools.Stranger(link, link.hosts[0])
    made = udp(stranger.host, 7, GROUP)
    if not last:
        say(stranger, REPORT, 0, GROUP, GROUP)
    link.run(10 * SECOND if last else 0)
    igmp(link, stranger.host)
    made.close(link.now)
    assert igmp(link, stranger.host) == ([(LEAVE, GROUP, "224.0.0.2")] if last else [])
    link.run(100 * SECOND)
    assert igmp(link, stranger.host) == []


def test_rfc2236_4_a_router_of_version_1_gets_reports_that_it_knows(router: Stranger) -> None:
    say(router, QUERY, 0)
    router.link.run(10 * SECOND)
    assert igmp(router.link, router.host) == [(REPORT_1, GROUP, GROUP)]
    udp(router.host, 0, "239.9.9.9", now=router.link.now).close(router.link.now)
    assert igmp(router.link, router.host) == [(REPORT_1, "239.9.9.9", "239.9.9.9")]
    router.link.run(390 * SECOND)
    say(router, QUERY, 10)
    router.link.run(SECOND)
    assert igmp(router.link, router.host) == [(REPORT, GROUP, GROUP)]


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\x11\0\0\0", "IGMP message shorter than eight octets"),
        (b"\x11\x64\1\2\0\0\0\0", "IGMP checksum is wrong"),
        (message(0x22, 0, "0.0.0.0"), "IGMP type 0x22 is not spoken here"),
        (message(QUERY, 9, "10.0.0.1"), "query about no group"),
    ],
)
def test_rfc2236_2_what_is_no_message_is_dropped(router: Stranger, octets: bytes, reason: str) -> None:
    packet: Packet = IP(src=router.address, dst="224.0.0.1", proto=2) / Raw(octets)
    router.link.inject(router.host, bytes(Ether(src=router.mac, dst="01:00:5e:00:00:01") / packet))
    router.link.run(20 * SECOND)
    assert router.host.said("igmp", "drop", reason=reason) and igmp(router.link, router.host) == []


def test_without_an_interface_there_is_no_group(lan: Lan) -> None:
    host = lan(1).hosts[0]
    host.eth0.usable = False
    made = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(OSError) as info:
        made.sendto(b"x", (GROUP, 7), 0)
    assert info.value.errno == errno.ENETUNREACH
    with pytest.raises(OSError) as info:
        made.setsockopt(socket.IPPROTO_IP, ADD, request(GROUP), 0)
    assert info.value.errno == errno.ENODEV
