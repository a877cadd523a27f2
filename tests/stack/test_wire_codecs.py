"""Codecs against scapy: what we pack it must read, what it builds we must read, and nothing else passes."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers import inet, l2
from scapy.utils import checksum as scapy_checksum

from stack.wire import arp, ethernet, icmp, ipv4, tcp, tcp_options, udp
from stack.wire.address import dotted, parse_dotted
from stack.wire.checksum import checksum, is_valid, pseudo_header
from stack.wire.error import WireError
from stack.wire.ipv4_options import copied

if TYPE_CHECKING:
    from collections.abc import Callable

    from virtual_link import Host

addresses = st.integers(0, 2**32 - 1)
ports = st.integers(0, 2**16 - 1)
words = st.integers(0, 2**32 - 1)
A, B = parse_dotted("10.0.0.1"), parse_dotted("10.0.0.2")


@given(st.binary(min_size=1, max_size=200))
def test_rfc1071_checksum_is_scapys(data: bytes) -> None:
    assert checksum(data) == scapy_checksum(data)


@pytest.mark.parametrize("data", [b"\0\0", b"\0" * 20, b"\xff\xff", b"\0\1\xff\xfe", b"\x12"])
def test_rfc1071_checksum_at_both_zeros(data: bytes) -> None:
    assert checksum(data) == scapy_checksum(data)
    assert is_valid(data + b"\0" * (len(data) % 2) + checksum(data).to_bytes(2, "big"))


def test_rfc1071_all_zero_octets_are_no_valid_message() -> None:
    assert not is_valid(bytes(8))


@given(st.binary(min_size=2, max_size=64), st.integers(0, 511))
def test_rfc1071_one_flipped_bit_is_found(data: bytes, bit: int) -> None:
    even = data + b"\0" * (len(data) % 2)
    octets = bytearray(even + checksum(even).to_bytes(2, "big"))
    octets[bit // 8 % len(octets)] ^= 1 << bit % 8
    assert not is_valid(bytes(octets))


@given(addresses)
def test_dotted_is_ipaddress(address: int) -> None:
    assert dotted(address) == str(IPv4Address(address))
    assert parse_dotted(dotted(address)) == address


@given(st.binary(min_size=6, max_size=6), st.binary(min_size=6, max_size=6), st.integers(0x600, 0xFFFF))
def test_rfc894_frame(destination: bytes, source: bytes, kind: int) -> None:
    packed = ethernet.Frame(destination, source, kind, b"payload").pack()
    seen = l2.Ether(packed)
    assert (seen.dst, seen.src, seen.type) == (destination.hex(":"), source.hex(":"), kind)
    assert ethernet.parse(packed) == ethernet.Frame(destination, source, kind, b"payload")


@pytest.mark.parametrize("length", [0, 13])
def test_rfc894_short_frame(length: int) -> None:
    with pytest.raises(WireError):
        ethernet.parse(bytes(length))
    assert ethernet.parse(bytes(14)).payload == b""


@given(st.sampled_from([1, 2]), addresses, addresses)
def test_rfc826_message(operation: int, sender: Host, target: str) -> None:
    message = arp.Message(operation, b"\2\0\0\0\0\1", sender, b"\2\0\0\0\0\2", target)
    seen = l2.ARP(message.pack())
    assert (seen.op, seen.hwsrc, seen.psrc) == (operation, "02:00:00:00:00:01", dotted(sender))
    assert (seen.hwdst, seen.pdst) == ("02:00:00:00:00:02", dotted(target))
    assert arp.parse(bytes(seen) + bytes(18)) == message


@pytest.mark.parametrize("change", [{"hwtype": 6}, {"ptype": 0x86DD}, {"hwlen": 8}, {"plen": 16}, {"op": 3}])
def test_rfc826_other_kinds_are_refused(change: dict[str, int]) -> None:
    fields = {"hwlen": 6, "plen": 4, "hwsrc": "02:00:00:00:00:01", "psrc": "10.0.0.1"} | change
    octets = bytes(l2.ARP(**fields))
    with pytest.raises(WireError):
        arp.parse(octets.ljust(28, b"\0"))


@given(
    addresses,
    addresses,
    st.integers(0, 255),
    st.integers(0, 255),
    ports,
    st.booleans(),
    st.booleans(),
    st.integers(0, 8191),
    st.integers(0, 255),
    st.integers(0, 10),
    st.binary(max_size=40),
)
def test_rfc791_header(
    source: int,
    destination: int,
    protocol: int,
    ttl: int,
    ident: int,
    df: bool,
    mf: bool,
    offset: int,
    tos: int,
    words_of_options: int,
    data: bytes,
) -> None:
    options = bytes([1]) * (4 * words_of_options)
    header = ipv4.Header(source, destination, protocol, ttl, ident, df, mf, offset * 8, tos, options)
    packed = header.pack(len(data)) + data
    seen = inet.IP(packed)
    assert (seen.src, seen.dst, seen.proto, seen.ttl) == (dotted(source), dotted(destination), protocol, ttl)
    assert (seen.id, seen.frag, seen.tos, seen.len) == (ident, offset, tos, len(packed))
    assert (bool(seen.flags.DF), bool(seen.flags.MF)) == (df, mf)
    assert scapy_checksum(packed[: seen.ihl * 4]) == 0
    assert ipv4.parse(packed + b"padding") == (header, data)


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, 0x65), (0, 0x44), (0, 0x4F), (2, 0xFF), (3, 19), (10, 0)],
    ids=["version", "header too short", "header too long", "total too long", "total too short", "checksum"],
)
def test_rfc791_bad_headers_are_refused(at: int, value: int) -> None:
    packed = bytearray(ipv4.Header(A, B, 17).pack(4) + b"data")
    packed[at] = value
    with pytest.raises(WireError):
        ipv4.parse(bytes(packed))


@given(st.binary(max_size=100), ports, ports)
def test_rfc792_echo_from_scapy(data: bytes, identifier: int, sequence: int) -> None:
    built = bytes(inet.ICMP(type=8, id=identifier, seq=sequence) / data)
    message = icmp.parse(built)
    assert (message.type, message.identifier, message.sequence, message.data) == (
        8,
        identifier,
        sequence,
        data,
    )
    assert message.pack() == built


@given(ports, ports, st.binary(max_size=100))
def test_rfc768_datagram_from_and_to_scapy(source: int, destination: int, data: bytes) -> None:
    built = bytes(
        inet.IP(src="10.0.0.1", dst="10.0.0.2", id=1) / inet.UDP(sport=source, dport=destination) / data
    )
    packed = udp.Datagram(source, destination, data).pack(A, B)
    assert packed == built[20:]
    assert udp.parse(packed + b"padding", A, B) == udp.Datagram(source, destination, data)


def test_rfc768_checksum_zero_is_sent_as_ones_and_absent_when_zero() -> None:
    for filler in range(65536):
        data = filler.to_bytes(2, "big")
        if not checksum(b"\0\1\0\2\0\x0a\0\0" + data, pseudo_header(A, B, 17, 10)):
            break
    packed = udp.Datagram(1, 2, data).pack(A, B)
    assert packed[6:8] == b"\xff\xff"
    assert udp.parse(packed, A, B).data == data
    without = packed[:6] + b"\0\0" + b"xx"
    assert udp.parse(without, A, B).data == b"xx"


@pytest.mark.parametrize("length", [0, 7, 13])
def test_rfc768_bad_lengths_are_refused(length: int) -> None:
    packed = bytearray(udp.Datagram(1, 2, b"data").pack(A, B))
    packed[4:6] = length.to_bytes(2, "big")
    with pytest.raises(WireError):
        udp.parse(bytes(packed), A, B)


@given(ports, ports, words, words, st.integers(0, 255), ports, ports, st.binary(max_size=60))
def test_rfc9293_3_1_segment_from_and_to_scapy(
    source: int, destination: int, seq: int, ack: int, flags: int, window: int, urgent: int, data: bytes
) -> None:
    segment = tcp.Segment(
        source, destination, seq, ack, flags, window, data, (tcp_options.maximum_segment_size(1460),), urgent
    )
    layer = inet.TCP(
        sport=source,
        dport=destination,
        seq=seq,
        ack=ack,
        flags=flags,
        window=window,
        urgptr=urgent,
        options=[("MSS", 1460)],
    )
    built = bytes(inet.IP(src="10.0.0.1", dst="10.0.0.2") / layer / data)[20:]
    assert segment.pack(A, B) == built
    assert tcp.parse(built, A, B) == segment


def test_rfc9293_3_2_unknown_options_are_stepped_over() -> None:
    options = [
        ("NOP", None),
        ("WScale", 7),
        ("SAckOK", b""),
        ("Timestamp", (1, 2)),
        ("MSS", 1000),
        (253, b"xy"),
    ]
    built = bytes(inet.IP(src="10.0.0.1", dst="10.0.0.2") / inet.TCP(flags="S", options=options))[20:]
    segment = tcp.parse(built, A, B)
    assert tcp_options.find_maximum_segment_size(segment.options) == 1000
    assert [kind for kind, _ in segment.options] == [3, 4, 8, 2, 253]


@pytest.mark.parametrize("octets", [b"\2\0\0\0", b"\2\1\0\0", b"\2\x28\0\0", b"\1\1\1\2", b"\0\2\4\5"])
def test_rfc9293_3_1_must_7_impossible_option_lengths_do_no_harm(octets: bytes) -> None:
    blank = bytearray(tcp.Segment(1, 2, 3, 4, tcp.SYN, 5, octets).pack(A, B))
    blank[12] = 6 << 4
    blank[16:18] = b"\0\0"
    blank[16:18] = checksum(bytes(blank), pseudo_header(A, B, 6, len(blank))).to_bytes(2, "big")
    assert tcp_options.find_maximum_segment_size(tcp.parse(bytes(blank), A, B).options) is None


@pytest.mark.parametrize("offset", [0, 4, 6, 15])
def test_rfc9293_3_1_bad_data_offset_is_refused(offset: int) -> None:
    blank = bytearray(tcp.Segment(1, 2, 3, 4, tcp.ACK, 5).pack(A, B))
    blank[12] = offset << 4
    blank[16:18] = b"\0\0"
    blank[16:18] = checksum(bytes(blank), pseudo_header(A, B, 6, len(blank))).to_bytes(2, "big")
    with pytest.raises(WireError, match="data offset"):
        tcp.parse(bytes(blank), A, B)


def test_rfc9293_3_1_options_longer_than_40_octets_are_a_mistake() -> None:
    assert len(tcp.Segment(1, 2, 3, 4, 0, 5, options=((253, bytes(38)),)).pack(A, B)) == 60
    with pytest.raises(ValueError, match="40"):
        tcp.Segment(1, 2, 3, 4, 0, 5, options=((253, bytes(39)),)).pack(A, B)


def summed(octets: bytes, at: int, pseudo: int = 0) -> bytes:
    """The octets with the checksum field at `at` set right, if they reach so far."""
    if len(octets) < at + 2:
        return octets
    blank = octets[:at] + b"\0\0" + octets[at + 2 :]
    return octets[:at] + checksum(blank, pseudo).to_bytes(2, "big") + octets[at + 2 :]


def packet(octets: bytes) -> bytes:
    """The octets as a packet whose length, header length and checksum are right."""
    words = 5 + (octets[0] % 11 if len(octets) >= 60 else 0)
    header = bytes((0x40 | words, 0)) + len(octets).to_bytes(2, "big") + octets[4 : 4 * words]
    return summed(header, 10) + octets[4 * words :]


PARSERS = {
    "ethernet": ethernet.parse,
    "arp": lambda octets: arp.parse(b"\0\1\x08\0\6\4\0" + octets),
    "ipv4": lambda octets: ipv4.parse(packet(octets)),
    "ipv4 in icmp": ipv4.parse_quoted,
    "ipv4 options": lambda octets: copied(octets[:40]),
    "icmp": lambda octets: icmp.parse(summed(octets, 2)),
    "udp": lambda octets: udp.parse(summed(octets, 6, pseudo_header(A, B, 17, len(octets))), A, B),
    "tcp": lambda octets: tcp.parse(summed(octets, 16, pseudo_header(A, B, 6, len(octets))), A, B),
    "tcp options": lambda octets: [
        find(tcp_options.parse(octets[:40]))
        for find in (
            tcp_options.find_maximum_segment_size,
            tcp_options.find_window_scale,
            tcp_options.permits_sack,
            tcp_options.find_sack,
            tcp_options.find_timestamps,
        )
    ],
}


def survives(parse: Callable[[bytes], object], octets: bytes) -> None:
    try:
        parse(octets)
    except WireError as error:
        assert str(error)


@pytest.mark.parametrize("codec", PARSERS)
@settings(max_examples=100, deadline=None)
@given(octets=st.binary(max_size=80))
def test_any_octets_are_read_or_refused(codec: str, octets: bytes) -> None:
    survives(PARSERS[codec], octets)


@pytest.mark.slow
@pytest.mark.parametrize("codec", PARSERS)
@settings(max_examples=5000, deadline=None)
@given(octets=st.binary(max_size=200))
def test_5000_times_any_octets_are_read_or_refused(codec: str, octets: bytes) -> None:
    survives(PARSERS[codec], octets)


@given(st.lists(st.tuples(st.integers(2, 255), st.binary(max_size=10)), max_size=3).map(tuple))
def test_rfc9293_3_1_options_come_back_as_they_were(options: tcp_options.Options) -> None:
    packed = tcp_options.pack(options)
    assert len(packed) % 4 == 0 and tcp_options.parse(packed) == options


@given(
    st.lists(
        st.one_of(
            st.just(b"\1"),
            st.builds(
                lambda kind, data: bytes((kind, 2 + len(data))) + data,
                st.integers(2, 255),
                st.binary(max_size=9),
            ),
        ),
        max_size=4,
    )
)
def test_rfc791_3_1_copied_options_are_those_with_the_flag(pieces: list[bytes]) -> None:
    options = b"".join(pieces)
    kept = b"".join(piece for piece in pieces if piece[0] & 0x80)
    assert copied(options) == kept + bytes(-len(kept) % 4)
