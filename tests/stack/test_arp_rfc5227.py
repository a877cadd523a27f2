"""Address-conflict detection (RFC 5227): probes, announcements, rivals, defence."""

from __future__ import annotations

import errno
import itertools
import random
import socket
from ipaddress import IPv4Interface

import pytest
from scapy.layers.l2 import ARP, Ether
from virtual_link import SECOND, Host, Lan, Link

from stack.parameters import Parameters

CAREFUL = Parameters(conflict_detection=True)
RIVAL = "02:00:00:00:00:63"
EVERYBODY = "ff:ff:ff:ff:ff:ff"


@pytest.fixture
def careful(lan: Lan) -> Link:
    return lan(1, parameters=CAREFUL)


def heard(link: Link) -> list[tuple[int, ARP]]:
    return [(instant, Ether(frame)[ARP]) for instant, _, frame in link.taken]


def rival(link: Link, **fields: str) -> list[ARP]:
    """The rival broadcasts an ARP packet; what the host says at once."""
    packet = Ether(src=RIVAL, dst=EVERYBODY) / ARP(**{"op": "who-has", "hwsrc": RIVAL, **fields})
    return [Ether(frame)[ARP] for frame in link.inject(link.hosts[0], bytes(packet))]


def states(host: Host, interface: str = "eth0") -> list[str]:
    return [event["new"] for event in host.said("arp", "claim", interface=interface)]


def can_send(link: Link) -> bool:
    sock = link.hosts[0].stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.sendto(b"x", ("10.0.0.9", 9), link.now)
    except OSError as error:
        assert error.errno == errno.ENETUNREACH
        return False
    return True


def test_rfc5227_2_1_1_three_probes_then_two_announcements(careful: Link) -> None:
    careful.run(20 * SECOND)
    packets = heard(careful)
    assert [packet.psrc for _, packet in packets] == ["0.0.0.0"] * 3 + ["10.0.0.1"] * 2
    assert all((p.op, p.pdst, p.hwdst) == (1, "10.0.0.1", "00:00:00:00:00:00") for _, p in packets)
    instants = [instant for instant, _ in packets]
    assert 0 <= instants[0] < SECOND  # PROBE_WAIT
    gaps = [after - before for before, after in itertools.pairwise(instants)]
    assert all(SECOND <= gap < 2 * SECOND for gap in gaps[:2])  # PROBE_MIN, PROBE_MAX
    assert gaps[2:] == [2 * SECOND, 2 * SECOND]  # ANNOUNCE_WAIT, ANNOUNCE_INTERVAL
    assert states(careful.hosts[0]) == ["ANNOUNCING", "CLAIMED"]
    assert all(Ether(frame).dst == EVERYBODY for _, _, frame in careful.taken)


def test_rfc5227_2_1_the_address_is_not_used_before_it_is_claimed(careful: Link) -> None:
    host = careful.hosts[0]
    assert not can_send(careful)
    assert rival(careful, psrc="10.0.0.99", pdst="10.0.0.1") == []  # a request for it is not answered
    sock = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    with pytest.raises(OSError) as info:
        sock.bind(("10.0.0.1", 80), 0)
    assert info.value.errno == errno.EADDRNOTAVAIL
    careful.run(10 * SECOND)
    sock.bind(("10.0.0.1", 80), careful.now)
    assert can_send(careful)
    (answer,) = rival(careful, psrc="10.0.0.99", pdst="10.0.0.1")
    assert (answer.op, answer.psrc) == (2, "10.0.0.1")


@pytest.mark.parametrize(
    "packet",
    [
        {"op": "is-at", "psrc": "10.0.0.1", "pdst": "0.0.0.0"},
        {"op": "who-has", "psrc": "10.0.0.1", "pdst": "10.0.0.1"},
        {"op": "who-has", "psrc": "0.0.0.0", "pdst": "10.0.0.1"},
    ],
    ids=["answer", "announcement", "probe"],
)
def test_rfc5227_2_1_1_who_uses_or_probes_for_the_address_wins(careful: Link, packet: dict[str, str]) -> None:
    careful.run(SECOND)
    rival(careful, **packet)
    sent = len(careful.taken)
    careful.run(60 * SECOND)
    assert states(careful.hosts[0]) == ["LOST"]
    assert len(careful.taken) == sent and not can_send(careful)
    assert careful.hosts[0].stack.next_deadline() is None


def test_rfc5227_2_1_1_a_probe_for_another_address_is_no_conflict(careful: Link) -> None:
    rival(careful, psrc="0.0.0.0", pdst="10.0.0.2")
    careful.run(10 * SECOND)
    assert states(careful.hosts[0]) == ["ANNOUNCING", "CLAIMED"]


def test_rfc5227_2_1_1_two_hosts_with_one_address(lan: Lan) -> None:
    link = lan(2, parameters=CAREFUL)
    one, two = link.hosts
    twin = two.stack.add_interface("eth1", b"\2\0\0\0\0\7", IPv4Interface("10.0.0.1/24"))
    two.eth0 = twin  # what arrives, arrives there
    link.run(20 * SECOND)
    outcome = sorted([states(one)[-1], states(two, "eth1")[-1]])
    assert outcome in (["CLAIMED", "LOST"], ["LOST", "LOST"])  # both, if they probed at the same time


def test_rfc5227_2_4_c_a_conflict_is_answered_once_in_ten_seconds(careful: Link) -> None:
    careful.run(10 * SECOND)
    use = {"psrc": "10.0.0.1", "pdst": "10.0.0.50"}
    (defence,) = rival(careful, **use)
    assert (defence.op, defence.psrc, defence.pdst) == (1, "10.0.0.1", "10.0.0.1")
    assert rival(careful, **use) == []
    careful.run(10 * SECOND - 1)
    assert rival(careful, **use) == []
    careful.run(1)
    assert len(rival(careful, **use)) == 1
    assert len(careful.hosts[0].said("arp", "conflict", mac=RIVAL)) == 4
    assert can_send(careful)


def test_own_packets_that_come_back_are_no_conflict(careful: Link) -> None:
    careful.run(SECOND)
    for _, _, frame in list(careful.taken):
        careful.inject(careful.hosts[0], frame)
    careful.run(10 * SECOND)
    assert states(careful.hosts[0]) == ["ANNOUNCING", "CLAIMED"]


def test_rfc5227_2_3_an_announcement_corrects_an_entry_and_makes_none(lan: Lan) -> None:
    link = lan(1)
    host = link.hosts[0]
    rival(link, psrc="10.0.0.50", pdst="10.0.0.50")
    assert not host.said("arp", "resolved")
    rival(link, psrc="10.0.0.50", pdst="10.0.0.1")  # asks for us: worth remembering
    rival(link, psrc="10.0.0.50", pdst="10.0.0.50", hwsrc="02:00:00:00:00:64")
    assert [event["mac"] for event in host.said("arp", "resolved")] == [RIVAL, "02:00:00:00:00:64"]


def test_interface_counters(lan: Lan) -> None:
    link = lan(2)
    one, two = link.hosts
    sock = one.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for size in (10, 1000):
        sock.sendto(random.Random(size).randbytes(size), (two.address, 9), 0)
        link.run(SECOND)
    link.inject(two, b"short")
    link.inject(two, bytes((2, 0, 0, 0, 0, 9)) + bytes(54))
    sent = [len(frame) for _, host, frame in link.taken if host is one]
    counted = one.eth0.counters
    assert (counted.sent, counted.sent_octets) == (len(sent), sum(sent)) == (3, 42 + 52 + 1042)
    counted = two.eth0.counters
    assert (counted.received, counted.received_octets) == (5, sum(sent) + 5 + 60)
    assert counted.received_dropped == 2
    sock.sendto(b"to myself", ("127.0.0.1", 9), 0)
    lo = one.stack.interfaces[0].counters
    assert (lo.sent, lo.received) == (2, 2)  # the datagram and the port unreachable
