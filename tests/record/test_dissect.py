"""Frames taken apart: fields where Wireshark finds them, and no bit without a field."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.igmp import IGMP
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw
from scapy.utils import wrpcap
from wireshark_fields import judged, places

from sim.record.dissect import Layer, dissect

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
IP_HEAD = IP(src="10.0.0.1", dst="10.0.0.2", id=7)
SYN_OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (5, 0)), ("NOP", None), ("WScale", 7)]
FRAMES: dict[str, Packet] = {
    "ARP": Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff") / ARP(psrc="10.0.0.1", pdst="10.0.0.2"),
    "echo": ETHER / IP_HEAD / ICMP(id=3, seq=4) / b"ping",
    "unreachable": ETHER / IP_HEAD / ICMP(type=3, code=3) / IP(src="10.0.0.2", dst="10.0.0.1") / UDP(dport=9),
    "too big": ETHER / IP_HEAD / ICMP(type=3, code=4, nexthopmtu=576) / IP_HEAD / TCP(),
    "redirect": ETHER / IP_HEAD / ICMP(type=5, code=1, gw="10.0.0.9") / IP_HEAD / UDP(),
    "UDP": ETHER / IP_HEAD / UDP(sport=68, dport=4000) / b"abc",
    "SYN": ETHER / IP_HEAD / TCP(sport=49152, dport=4000, flags="S", seq=9, options=SYN_OPTIONS),
    "text": ETHER / IP_HEAD / TCP(sport=49152, dport=4000, flags="PA", seq=10, ack=20) / (b"x" * 100),
    "SACK": ETHER / IP_HEAD / TCP(flags="A", options=[("NOP", None), ("NOP", None), ("SAck", (1, 5))]),
    "last fragment": ETHER / IP(src="10.0.0.1", dst="10.0.0.2", frag=10, proto=17) / (b"y" * 30),
    "IGMP": ETHER
    / IP(dst="224.0.0.9", ttl=1, options=IPOption_Router_Alert())
    / IGMP(type=0x16, gaddr="224.0.0.9"),
    "PAUSE": Ether(src="02:00:00:00:00:01", dst="01:80:c2:00:00:01", type=0x8808) / bytes.fromhex("0001ffff"),
}


def on_the_wire(packet: Packet) -> bytes:
    octets = bytes(packet).ljust(60, b"\0")
    return octets + zlib.crc32(octets).to_bytes(4, "little")


def value(layers: list[Layer], layer: str, name: str) -> tuple[str, str]:
    (found,) = [
        field for one in layers if one.name == layer for field in one.fields if field.name.endswith(name)
    ]
    return found.value, found.meaning


@pytest.mark.needs("tshark")
def test_fields_are_where_wireshark_finds_them(tmp_path: Path) -> None:
    path = tmp_path / "frames.pcap"
    octets = [on_the_wire(packet) for packet in FRAMES.values()]
    wrpcap(str(path), [Ether(one) for one in octets])
    for name, frame, theirs in zip(FRAMES, octets, judged(path), strict=True):
        assert len(theirs) > 4, name
        assert theirs <= places(dissect(frame)), name


@pytest.mark.parametrize("name", FRAMES)
def test_each_checksum_is_judged_good(name: str) -> None:
    layers = dissect(on_the_wire(FRAMES[name]))
    assert not any(layer.problem for layer in layers)
    meanings = {
        field.meaning
        for layer in layers
        for field in layer.fields
        if "check" in field.name and not layer.name.endswith("quoted")
    }
    assert all(meaning.startswith("good") for meaning in meanings if "not whole" not in meaning)


def test_rfc_9293_3_1_the_fields_of_a_syn() -> None:
    layers = dissect(on_the_wire(FRAMES["SYN"]))
    assert [layer.name for layer in layers] == ["Ethernet MAC", "IPv4", "TCP"]
    assert value(layers, "TCP", "control bits") == ("0x02", "SYN")
    assert value(layers, "TCP", "sequence number") == ("9", "of the SYN")
    assert value(layers, "TCP", "maximum segment size")[0] == "1460"
    assert value(layers, "TCP", "window scale") == ("7", "windows count 128 octets (RFC 7323 2.2)")
    assert value(layers, "TCP", "timestamps")[0] == "value 5, echo reply 0"


def test_rfc_791_3_1_the_fields_of_a_fragment() -> None:
    layers = dissect(on_the_wire(FRAMES["last fragment"]))
    assert value(layers, "IPv4", "fragment offset") == ("10", "octet 80 of the datagram")
    assert layers[-1].name == "Fragment"


@pytest.mark.parametrize(("octets", "pad"), [(b"", 18), (b"x" * 17, 1), (b"x" * 18, 0)])
def test_802_3_clause_3_2_8_the_pad_fills_a_frame_up_to_64_octets(octets: bytes, pad: int) -> None:
    layers = dissect(on_the_wire(ETHER / IP_HEAD / UDP() / Raw(octets)))
    pads = [field.width_bits // 8 for field in layers[0].fields if field.name == "pad"]
    assert pads == ([pad] if pad else [])


@pytest.mark.parametrize("bit", [0, 300, 511])
def test_802_3_clause_3_2_9_one_wrong_bit_is_a_bad_fcs(bit: int) -> None:
    frame = bytearray(on_the_wire(FRAMES["ARP"]))
    frame[bit // 8] ^= 1 << bit % 8
    assert value(dissect(bytes(frame)), "Ethernet MAC", "frame check sequence")[1].startswith("bad")


def test_rfc_1071_a_wrong_checksum_names_the_right_one() -> None:
    packet = ETHER / IP_HEAD / UDP(chksum=0x1234) / b"abc"
    right = f"{Ether(bytes(ETHER / IP_HEAD / UDP() / b'abc'))[UDP].chksum:#06x}"
    assert value(dissect(on_the_wire(packet)), "UDP", "checksum") == (
        "0x1234",
        f"wrong: it is {right} of these octets",
    )


def covered(frame: bytes, layers: list[Layer]) -> bool:
    """Whether each bit is in one field."""
    spans = sorted(
        (field.offset_bits, field.offset_bits + field.width_bits)
        for layer in layers
        for field in layer.fields
    )
    return [start for start, _ in spans] + [8 * len(frame)] == [0, *(end for _, end in spans)]


@pytest.mark.parametrize("name", FRAMES)
def test_any_beginning_of_a_frame_is_taken_apart(name: str) -> None:
    frame = on_the_wire(FRAMES[name])
    for length in range(len(frame) + 1):
        for fcs in (False, True):
            layers = dissect(frame[:length], fcs=fcs)
            assert covered(frame[:length], layers) or not length


@given(
    st.sampled_from(list(FRAMES)), st.lists(st.tuples(st.integers(12, 63), st.integers(0, 255)), max_size=8)
)
def test_any_octets_in_a_frame_are_taken_apart(name: str, changes: list[tuple[int, int]]) -> None:
    frame = bytearray(on_the_wire(FRAMES[name]))
    for at, octet in changes:
        frame[at] = octet
    assert covered(bytes(frame), dissect(bytes(frame)))


@given(st.binary(max_size=1600), st.booleans())
def test_any_octets_are_taken_apart(octets: bytes, fcs: bool) -> None:
    assert covered(octets, dissect(octets, fcs=fcs)) or not octets
