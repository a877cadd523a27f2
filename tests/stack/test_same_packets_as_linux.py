"""The same ARP, IP, ICMP and UDP packets from the same stranger, to our stack and to Linux: the same answers.

Answers are compared octet by octet, but for the identification of IP's header and its checksum. Where the two
differ, `DIFFERENCES` says why.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from beside_linux import OWN, STRANGER, STRANGER_MAC, beside_linux
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption, IPOption_LSRR, IPOption_NOP, IPOption_RR
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ECHO = ICMP(id=7, seq=1) / Raw(b"0123456789abcdef")
EVERYBODY = "ff:ff:ff:ff:ff:ff"


def ip(upper: Packet, to: str = "", **fields: object) -> list[Packet]:
    """One packet to the host."""
    return [Ether(src=STRANGER_MAC, dst=to) / IP(**{"src": STRANGER, "dst": OWN, **fields}) / upper]


def pieces(*cuts: tuple[int, int, bool]) -> list[Packet]:
    """Fragments of an echo request of 48 octets: offset, end, whether more follow."""
    whole = bytes(ICMP(bytes(ICMP(id=9, seq=1) / Raw(bytes(range(40))))))
    return [
        ip(Raw(whole[start:end]), proto=1, id=500, flags="MF" if more else 0, frag=start // 8)[0]
        for start, end, more in cuts
    ]


def arp(**fields: object) -> list[Packet]:
    message = {"op": 1, "hwsrc": STRANGER_MAC, "psrc": STRANGER, "pdst": OWN, **fields}
    return [Ether(src=STRANGER_MAC, dst=EVERYBODY) / ARP(**message)]


def about(upper: Packet, **fields: object) -> Packet:
    """An ICMP error about a packet of the host's."""
    return ICMP(**fields) / IP(src=OWN, dst=STRANGER) / upper


CASES: dict[str, Callable[[], list[Packet]]] = {
    "ping": lambda: ip(ECHO),
    "ping of 1,472 octets": lambda: ip(ICMP(id=7, seq=1) / Raw(bytes(1472))),
    "ping with a type of service": lambda: ip(ECHO, tos=0xB8),
    "ping with DF": lambda: ip(ECHO, flags="DF"),
    "ping with TTL 1": lambda: ip(ECHO, ttl=1),
    "ping with TTL 0": lambda: ip(ECHO, ttl=0),
    "ping with a wrong ICMP checksum": lambda: ip(ICMP(id=7, seq=1, chksum=1) / Raw(b"x")),
    "ping with a wrong IP checksum": lambda: ip(ECHO, chksum=1),
    "ping with code 5": lambda: ip(ICMP(code=5, id=7, seq=1)),
    "ping cut off": lambda: ip(ECHO, len=60),
    "ping of IP version 5": lambda: ip(ECHO, version=5),
    "ping with padding": lambda: [ip(ECHO)[0] / Raw(bytes(10))],
    "ping with no-operation options": lambda: ip(ECHO, options=[IPOption_NOP()]),
    "ping with a source route": lambda: ip(ECHO, options=[IPOption_LSRR(routers=["10.9.0.99"])]),
    "ping with a broken option": lambda: ip(ECHO, options=[IPOption(b"\x07\x01\0\0")]),
    "ping to the broadcast address": lambda: ip(ECHO, to=EVERYBODY, dst="10.9.0.255"),
    "ping to everybody": lambda: ip(ECHO, to=EVERYBODY, dst="255.255.255.255"),
    "ping to us in a broadcast frame": lambda: ip(ECHO, to=EVERYBODY),
    "ping to a group": lambda: ip(ECHO, to="01:00:5e:01:02:03", dst="224.1.2.3"),
    "ping to loopback": lambda: ip(ECHO, dst="127.0.0.1"),
    "ping to another host": lambda: ip(ECHO, dst="10.9.0.200"),
    "ping to another network": lambda: ip(ECHO, dst="99.1.2.3"),
    "ping from loopback": lambda: ip(ECHO, src="127.0.0.1"),
    "ping from the broadcast address": lambda: ip(ECHO, src="10.9.0.255"),
    "ping from a group": lambda: ip(ECHO, src="224.0.0.1"),
    "ping from nobody": lambda: ip(ECHO, src="0.0.0.0"),
    "ping from ourselves": lambda: ip(ECHO, src=OWN),
    "ping for another station": lambda: ip(ECHO, to="02:00:00:00:00:aa"),
    "echo reply nobody asked for": lambda: ip(ICMP(type=0, id=7, seq=1)),
    "ICMP address mask request": lambda: ip(ICMP(type=17, id=7, seq=1)),
    "ICMP timestamp request": lambda: ip(ICMP(type=13, id=7, seq=1)),
    "ICMP information request": lambda: ip(ICMP(type=15, id=7, seq=1)),
    "ICMP source quench": lambda: ip(about(UDP(sport=9, dport=9), type=4)),
    "ICMP of an unknown type": lambda: ip(ICMP(type=99)),
    "ICMP error about no packet of ours": lambda: ip(about(UDP(sport=9, dport=9), type=3, code=3)),
    "ICMP error cut off": lambda: ip(ICMP(type=3, code=3) / Raw(b"x")),
    "ICMP redirect from a stranger": lambda: ip(about(UDP(), type=5, code=1, gw="10.9.0.99")),
    "fragments in order": lambda: pieces((0, 24, True), (24, 48, False)),
    "fragments out of order": lambda: pieces((24, 48, False), (0, 24, True)),
    "fragments in three, one twice": lambda: pieces(
        (0, 16, True), (32, 48, False), (0, 16, True), (16, 32, True)
    ),
    "fragments that overlap": lambda: pieces((0, 24, True), (16, 40, True), (40, 48, False)),
    "fragments with two ends": lambda: pieces((0, 24, True), (24, 40, False), (24, 48, False)),
    "a fragment of no multiple of eight": lambda: pieces((0, 20, True), (24, 48, False)),
    "a fragment beyond the largest datagram": lambda: ip(Raw(bytes(100)), proto=1, frag=8190),
    "a lone last fragment": lambda: pieces((24, 48, False)),
    "unknown protocol": lambda: ip(Raw(b"what is this?"), proto=200),
    "unknown protocol in a broadcast": lambda: ip(Raw(b"?"), to=EVERYBODY, dst="10.9.0.255", proto=200),
    "UDP to a closed port": lambda: ip(UDP(sport=5000, dport=9) / Raw(b"hello")),
    "UDP to a closed port, long": lambda: ip(UDP(sport=5000, dport=9) / Raw(bytes(1400))),
    "UDP to a closed port, type of service": lambda: ip(UDP(sport=5000, dport=9) / Raw(b"x"), tos=0x38),
    "UDP to a closed port from port 0": lambda: ip(UDP(sport=0, dport=9) / Raw(b"hello")),
    "UDP to a closed port, empty": lambda: ip(UDP(sport=5000, dport=9)),
    "UDP to a closed port without checksum": lambda: ip(UDP(sport=5000, dport=9, chksum=0) / Raw(b"x")),
    "UDP to a closed port from nobody": lambda: ip(UDP(sport=5000, dport=9), src="0.0.0.0"),
    "UDP to a closed port from this network": lambda: ip(UDP(sport=5000, dport=9), src="0.0.0.7"),
    "UDP to a closed port from ourselves": lambda: ip(UDP(sport=5000, dport=9), src=OWN),
    "UDP to a closed port from 240/4": lambda: ip(UDP(sport=5000, dport=9), src="240.0.0.1"),
    "UDP to a closed port with the reserved flag": lambda: ip(UDP(sport=5000, dport=9), flags="evil"),
    "UDP to a closed port with a router alert": lambda: ip(
        UDP(sport=5000, dport=9), options=[IPOption(b"\x94\4\0\0")]
    ),
    "UDP to a closed port with a stream identifier": lambda: ip(
        UDP(sport=5000, dport=9), options=[IPOption(b"\x88\4\0\7")]
    ),
    "UDP to the group of all hosts": lambda: ip(
        UDP(sport=5000, dport=9), to="01:00:5e:00:00:01", dst="224.0.0.1"
    ),
    "UDP with a wrong checksum": lambda: ip(UDP(sport=5000, dport=9, chksum=1) / Raw(b"hello")),
    "UDP shorter than it says": lambda: ip(UDP(sport=5000, dport=9, len=100) / Raw(b"hello")),
    "UDP longer than it says": lambda: ip(UDP(sport=5000, dport=9, len=10, chksum=0) / Raw(b"hello")),
    "UDP of an impossible length": lambda: ip(UDP(sport=5000, dport=9, len=7, chksum=0)),
    "UDP to a closed port, broadcast": lambda: ip(UDP(dport=9), to=EVERYBODY, dst="10.9.0.255"),
    "UDP to us in a broadcast frame": lambda: ip(UDP(sport=5000, dport=9), to=EVERYBODY),
    "UDP to a closed port with a recorded route": lambda: ip(
        UDP(sport=5000, dport=9), options=[IPOption_RR(routers=["0.0.0.0"] * 3)]
    ),
    "TCP to a closed port": lambda: ip(TCP(sport=5000, dport=9, flags="S", seq=1)),
    "TCP in a broadcast frame": lambda: ip(TCP(sport=5000, dport=9, flags="S"), to=EVERYBODY),
    "TCP to the broadcast address": lambda: ip(TCP(dport=80, flags="S"), to=EVERYBODY, dst="10.9.0.255"),
    "TCP with a wrong checksum": lambda: ip(TCP(sport=5000, dport=9, flags="S", chksum=1)),
    "TCP with a data offset of 4": lambda: ip(TCP(sport=5000, dport=9, flags="S", dataofs=4)),
    "TCP with options behind its end": lambda: ip(TCP(sport=5000, dport=9, flags="S", dataofs=15)),
    "TCP from port 0": lambda: ip(TCP(sport=0, dport=9, flags="S")),
    "TCP cut off": lambda: ip(Raw(b"\x13\x88\0\x09\0"), proto=6),
    "ARP request": arp,
    "ARP request by unicast": lambda: [Ether(src=STRANGER_MAC, dst="") / arp()[0][ARP]],
    "ARP request for another": lambda: arp(pdst="10.9.0.200"),
    "ARP request for loopback": lambda: arp(pdst="127.0.0.1"),
    "ARP request for a group": lambda: arp(pdst="224.0.0.1"),
    "ARP probe": lambda: arp(psrc="0.0.0.0"),
    "ARP probe for another": lambda: arp(psrc="0.0.0.0", pdst="10.9.0.200"),
    "ARP announcement": lambda: arp(pdst=STRANGER),
    "ARP reply nobody asked for": lambda: arp(op=2, psrc="10.9.0.99"),
    "ARP request from our own address": lambda: arp(psrc=OWN, pdst="10.9.0.200"),
    "ARP request from loopback": lambda: arp(psrc="127.0.0.1"),
    "ARP request from a group": lambda: arp(psrc="224.0.0.1"),
    "ARP request from everybody": lambda: arp(psrc="255.255.255.255"),
    "ARP request from the link's broadcast address": lambda: arp(psrc="10.9.0.255"),
    "ARP request from this network": lambda: arp(psrc="0.0.0.7"),
    "ARP request from another network": lambda: arp(psrc="203.0.113.5"),
    "ARP request from 240/4": lambda: arp(psrc="240.0.0.1"),
    "ARP with another hardware type": lambda: arp(hwtype=6),
    "ARP with another protocol type": lambda: arp(ptype=0x86DD),
    "ARP with addresses of other lengths": lambda: arp(hwlen=8),
    "ARP of another operation": lambda: arp(op=3),
    "an unknown EtherType": lambda: [Ether(src=STRANGER_MAC, dst="", type=0x88B5) / Raw(bytes(46))],
    "an 802.3 length": lambda: [Ether(src=STRANGER_MAC, dst="", type=46) / Raw(bytes(46))],
}
DIFFERENCES = {
    "ping to us in a broadcast frame": "RFC 1122 section 3.3.6 has it dropped; Linux answers",
    "ping with a broken option": "the length is wrong, and named as the octet at fault; Linux names the type",
    "ICMP timestamp request": "RFC 1122 section 3.2.2.8 lets a host leave it out; Linux answers",
    "UDP longer than it says": "Linux cuts the datagram to UDP's length before it quotes it",
    "UDP to a closed port with a recorded route": "Linux records itself; RFC 7126 section 4.5 advises not to",
    "ARP request from the link's broadcast address": "as a ping from there",
    "ping from the broadcast address": "RFC 1122 section 3.2.1.3 has it dropped; Linux only with rp_filter",
}


@pytest.fixture(scope="module")
def sides() -> Iterator[list[Any]]:
    with beside_linux() as both:
        # Of this namespace; our own limit has RFC 1812's test.
        Path("/proc/sys/net/ipv4/icmp_ratelimit").write_text("0")
        yield both


def answers(side: Any, packets: list[Packet]) -> list[bytes]:
    """What the side sends when it gets all of them; without what must differ, and IP's header checksum."""
    told: list[bytes] = []
    for packet in packets:
        packet.dst = packet.dst or side.mac
        for frame in side.exchange(bytes(packet)):
            kind = frame[12:14]
            told.append(
                frame[:18] + b"id" + frame[20:24] + b"cs" + frame[26:] if kind == b"\x08\0" else frame
            )
    return told


@pytest.mark.parametrize("case", CASES)
def test_the_packet_is_answered_as_by_linux(sides: list[Any], case: str) -> None:
    ours, theirs = (answers(side, CASES[case]()) for side in sides)
    assert (ours == theirs) == (case not in DIFFERENCES), (ours, theirs)
