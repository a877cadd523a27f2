"""What options of the level IP, and a bond to an interface, do to what is sent and received (ip(7))."""

from __future__ import annotations

import errno
import random
import socket
import struct
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, Any

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw
from virtual_link import SECOND, Stranger, connected

from stack.parameters import LINUX
from stack.stack import Stack

if TYPE_CHECKING:
    from virtual_link import Host, Lan, Link

    from stack.interface import Interface
    from stack.sockets import Socket

IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVTTL, IP_MTU = 8, 10, 12, 14
DONT, WANT, DO, PROBE = range(4)
EVERYBODY = "255.255.255.255"


def udp(stack: Stack, address: str = "", port: int = 0) -> Socket:
    made = stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, 0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1, 0)
    made.bind((address, port), 0)
    return made


def packets(link: Link, host: Host) -> list[Any]:
    return [Ether(frame)[IP] for _, sender, frame in link.taken if sender is host and IP in Ether(frame)]


def discovering(lan: Lan, mode: int | None) -> tuple[Stranger, Socket]:
    link = lan(1)
    stranger = Stranger(link, link.hosts[0])
    made = udp(link.hosts[0].stack)
    made.connect((stranger.address, 9), 0)
    if mode is not None:
        made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, mode, 0)
    return stranger, made


def too_long(stranger: Stranger, mtu: int) -> None:
    """A router says that the last packet does not fit its next link."""
    (*_, last) = packets(stranger.link, stranger.host)
    message = stranger.below / ICMP(type=3, code=4, nexthopmtu=mtu) / Raw(bytes(last)[:28])
    stranger.link.inject(stranger.host, bytes(message))


@pytest.mark.parametrize(
    ("mode", "fits", "cut"),
    [(None, False, True), (DONT, False, True), (WANT, True, True), (DO, True, False), (PROBE, True, False)],
)
def test_ip_mtu_discover_decides_on_df_and_on_fragments(
    lan: Lan, mode: int | None, fits: bool, cut: bool
) -> None:
    stranger, made = discovering(lan, mode)
    made.send(bytes(1472), 0)
    stranger.link.collect()
    assert ["DF" in packet.flags for packet in packets(stranger.link, stranger.host)] == [fits]
    if not cut:
        with pytest.raises(OSError) as info:
            made.send(bytes(1473), 0)
        assert info.value.errno == errno.EMSGSIZE
        return
    made.send(bytes(1473), 0)
    stranger.link.collect()
    assert [str(packet.flags) for packet in packets(stranger.link, stranger.host)[1:]] == ["MF", ""]


@pytest.mark.parametrize("mode", [WANT, DO, PROBE])
def test_rfc1191_a_datagram_that_was_too_long_lowers_the_paths_mtu(lan: Lan, mode: int) -> None:
    stranger, made = discovering(lan, mode)
    assert made.getsockopt(socket.IPPROTO_IP, IP_MTU) == 1500
    made.send(bytes(1472), 0)
    stranger.link.collect()
    too_long(stranger, 576)
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EMSGSIZE
    assert made.getsockopt(socket.IPPROTO_IP, IP_MTU) == 576
    before = len(packets(stranger.link, stranger.host))
    if mode == DO:
        with pytest.raises(OSError) as info:
            made.send(bytes(549), 0)
        assert info.value.errno == errno.EMSGSIZE
    assert made.send(bytes(549 if mode != DO else 548), 0)
    stranger.link.collect()
    flags = [str(packet.flags) for packet in packets(stranger.link, stranger.host)[before:]]
    assert flags == {WANT: ["MF", ""], DO: ["DF"], PROBE: ["DF"]}[mode]


def test_rfc1191_who_sends_without_df_believes_no_such_message(lan: Lan) -> None:
    stranger, made = discovering(lan, DONT)
    made.send(bytes(1000), 0)
    stranger.link.collect()
    too_long(stranger, 576)
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert made.getsockopt(socket.IPPROTO_IP, IP_MTU) == 1500


def test_profile_linux_sends_datagrams_with_df(lan: Lan) -> None:
    made = udp(lan(1, LINUX).hosts[0].stack)
    assert made.getsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER) == WANT


def test_ip_mtu_discover_of_a_connection(lan: Lan) -> None:
    link = lan()
    client, child, _ = connected(link)
    assert [end.getsockopt(socket.IPPROTO_IP, IP_MTU) for end in (client, child)] == [1500, 1500]
    client.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, DONT, 0)
    before = len(packets(link, link.hosts[0]))
    client.send(b"x", link.now)
    link.collect()
    assert [str(packet.flags) for packet in packets(link, link.hosts[0])[before:]] == [""]


@pytest.mark.parametrize("target", [EVERYBODY, "10.0.0.255", "10.0.0.2"])
def test_ip_pktinfo_says_what_address_a_datagram_was_sent_to_and_where_it_came(lan: Lan, target: str) -> None:
    link = lan()
    receiver, sender = udp(link.hosts[1].stack, port=7), udp(link.hosts[0].stack)
    receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1, 0)
    receiver.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1, 0)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 5, 0)
    sender.sendto(b"hello", (target, 7), 0)
    link.run(SECOND)
    info = struct.pack("=i4s4s", 2, socket.inet_aton("10.0.0.2"), socket.inet_aton(target))
    data, source, control = receiver.recvmsg(99, link.now)
    assert (data, source[0]) == (b"hello", "10.0.0.1")
    assert control == [(0, IP_PKTINFO, info), (0, socket.IP_TTL, struct.pack("=i", 5))]


class TwoLinks:
    """A host on two links, 10.1.0.1 on eth0 and 10.2.0.1 on eth1."""

    def __init__(self) -> None:
        self.stack = Stack("two", random.Random(1))
        self.links = [
            self.stack.add_interface(
                f"eth{number}", bytes((2, 0, 0, 0, 0, number)), IPv4Interface(f"10.{number + 1}.0.1/24")
            )
            for number in range(2)
        ]

    def sent(self) -> list[tuple[str, Any]]:
        return [(frame[0].name, Ether(frame[1])) for frame in self.stack.output()]

    def broadcast(self, link: Interface, source: str, port: int) -> None:
        frame = Ether(src="02:00:00:00:00:99", dst="ff:ff:ff:ff:ff:ff") / IP(src=source, dst=EVERYBODY)
        self.stack.receive(link, bytes(frame / UDP(sport=5, dport=port) / Raw(b"x")), 0)


def bond(made: Socket, name: bytes) -> Socket:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name, 0)
    return made


def test_so_bindtodevice_sends_by_this_interface_alone() -> None:
    two = TwoLinks()
    made = bond(udp(two.stack), b"eth1")
    for target in (
        EVERYBODY,
        "10.2.0.9",
        "10.1.0.9",
        "192.0.2.1",
    ):  # all on the link
        made.sendto(b"x", (target, 9), 0)
    sent = two.sent()
    assert [name for name, _ in sent] == ["eth1"] * 4
    assert (sent[0][1][IP].src, sent[0][1].dst) == ("10.2.0.1", "ff:ff:ff:ff:ff:ff")
    assert [frame[ARP].pdst for _, frame in sent[1:]] == ["10.2.0.9", "10.1.0.9", "192.0.2.1"]


def test_so_bindtodevice_receives_by_this_interface_alone() -> None:
    two = TwoLinks()
    first, second, third = udp(two.stack, port=7), udp(two.stack, port=7), udp(two.stack, port=7)
    bond(first, b"eth0"), bond(second, b"eth1"), bond(third, b"lo")
    for link in two.links:
        two.broadcast(link, str(link.network[9]), 7)
    assert [first.recvfrom(9, 0)[1][0], second.recvfrom(9, 0)[1][0]] == ["10.1.0.9", "10.2.0.9"]
    assert not any(each.readable() for each in (first, second, third))
    udp(two.stack).sendto(b"x", ("10.2.0.1", 7), 0)  # to itself: by the interface whose address it has
    assert second.readable() and not third.readable()


def test_so_bindtodevice_of_a_ping_socket() -> None:
    two = TwoLinks()
    made = two.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    bond(made, b"eth1").bind(("", 77), 0)
    reply = Ether(src="02:00:00:00:00:99") / IP(src="10.9.9.9") / ICMP(type=0, id=77)
    for link, taken in zip(two.links, (False, True), strict=True):
        reply.dst, reply[IP].dst = link.mac.hex(":"), str(link.network[1])
        two.stack.receive(link, bytes(reply), 0)
        assert made.readable() == taken


def test_so_bindtodevice_of_a_listener_and_its_connections() -> None:
    two = TwoLinks()
    listener = two.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    bond(listener, b"eth1").bind(("", 80), 0)
    listener.listen(5, 0)
    for address in ("10.1.0.1", "10.2.0.1"):
        client = two.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        with pytest.raises(BlockingIOError):
            client.connect((address, 80), 0)
        refused = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        assert refused == (errno.ECONNREFUSED if address == "10.1.0.1" else 0)
    child, _ = listener.accept(0)
    assert child.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE) == b"eth1"


def test_a_connection_that_is_bound_goes_by_its_interface() -> None:
    two = TwoLinks()
    client = bond(two.stack.socket(socket.AF_INET, socket.SOCK_STREAM), b"eth0")
    with pytest.raises(BlockingIOError):
        client.connect(("10.2.0.9", 80), 0)
    assert [(name, frame[ARP].pdst) for name, frame in two.sent()] == [("eth0", "10.2.0.9")]
    assert client.getsockname()[0] == "10.1.0.1"


def test_ip_pktinfo_chooses_interface_and_source() -> None:
    two = TwoLinks()
    made = udp(two.stack)
    choice = struct.pack("=i4s4s", 3, bytes(4), bytes(4))
    made.sendmsg(b"x", (EVERYBODY, 9), [(socket.IPPROTO_IP, IP_PKTINFO, choice)], 0)
    ((name, frame),) = two.sent()
    assert (name, frame[IP].src) == ("eth1", "10.2.0.1")
    choice = struct.pack("=i4s4s", 0, socket.inet_aton("10.2.0.1"), bytes(4))
    made.sendmsg(b"x", (EVERYBODY, 9), [(socket.IPPROTO_IP, IP_PKTINFO, choice)], 0)
    ((name, frame),) = two.sent()
    assert (name, frame[IP].src) == ("eth1", "10.2.0.1")
    with pytest.raises(OSError) as info:
        bond(made, b"eth0").sendmsg(b"x", (EVERYBODY, 9), [(0, IP_PKTINFO, struct.pack("=i8x", 3))], 0)
    assert info.value.errno == errno.EINVAL
