"""A frame from destination address to FCS (802.3 clause 3.2), and what it carries."""

import zlib

from sim.record.dissect import internet
from sim.record.dissect.layer import Field, Form, Layer, Row, Span, data, hexadecimal, mac, one_of, read
from stack.wire import ethernet

_FCS = 4
_MIN_WITHOUT_FCS = 60
"""Octets of the shortest frame, before its FCS (clause 4.2.3.3)."""
_LARGEST_LENGTH = 1500
_SMALLEST_TYPE = 0x0600
_MAC_CONTROL = 0x8808
_TYPES = {
    ethernet.IPV4: "IPv4",
    ethernet.ARP: "ARP",
    _MAC_CONTROL: "MAC control",
    0x8100: "VLAN tag (802.1Q)",
    0x86DD: "IPv6",
    0x88CC: "LLDP",
}


def _whose(value: int) -> str:
    """What the two bits that go first say (clause 3.2.3): group, and locally administered."""
    if value == (1 << 48) - 1:
        return "broadcast: every station"
    who = "a group" if value >> 40 & 1 else "one station"
    return f"{who}, {'locally' if value >> 41 & 1 else 'globally'} administered"


def _type(value: int) -> str:
    if value <= _LARGEST_LENGTH:
        return f"length: {value} octets of data"
    if value < _SMALLEST_TYPE:
        return "neither a length nor an EtherType"
    return f"EtherType: {_TYPES.get(value, 'unknown')}"


MAC = Form(
    "Ethernet MAC",
    "802.3 clause 3.2",
    (
        Row("destination address", 48, mac, _whose),
        Row("source address", 48, mac, _whose),
        Row("length/type", 16, hexadecimal(4), _type),
    ),
)
CONTROL = Form(
    "MAC control",
    "802.3 clause 31.4, annex 31B",
    (
        Row("opcode", 16, hexadecimal(4), one_of({1: "PAUSE"})),
        Row("pause time", 16, meaning=lambda value: f"{value} times 512 bit times"),
    ),
)


def dissect(frame: bytes, *, fcs: bool = True) -> list[Layer]:
    """The layers of `frame`, outermost first; with `fcs` it ends with one. No octets are too odd for it.

    The pad and the FCS are fields of the first layer, since the MAC has put them there. Each bit of the
    frame is in one field of one layer.
    """
    if fcs and len(frame) < MAC.octets + _FCS:
        layer = read(MAC, Span(frame, 0, len(frame)))
        problem = layer.problem or f"{len(frame)} octets are too few for a header and an FCS"
        return [layer._replace(problem=problem), *data(Span(frame, MAC.octets, len(frame)), "Rest")]
    end = len(frame) - _FCS if fcs else len(frame)
    layer = read(MAC, Span(frame, 0, end))
    if layer.problem:
        return [layer]
    carried, left = _carried(Span(frame, MAC.octets, end))
    fields = layer.fields
    if len(left):
        fields += (_behind(left, end),)
    if fcs:
        fields += (_check(frame),)
    return [layer._replace(fields=fields), *carried]


def _carried(span: Span) -> tuple[list[Layer], Span]:
    """What the frame carries, and what is behind it."""
    kind = int.from_bytes(span.frame[12:14], "big")
    if not len(span):
        return [], span
    if kind == ethernet.IPV4:
        return internet.ip(span)
    if kind == ethernet.ARP:
        return internet.arp(span)
    if kind == _MAC_CONTROL:
        return [read(CONTROL, span)], span.after(CONTROL.octets)
    if kind <= _LARGEST_LENGTH:
        problem = "" if kind <= len(span) else f"the length says {kind} octets, {len(span)} are there"
        return data(span.first(kind), problem=problem), span.after(kind)
    return data(span, problem=f"no reader for EtherType {kind:#06x}"), span.after(len(span))


def _behind(span: Span, end: int) -> Field:
    """What nobody above has asked for."""
    if end <= _MIN_WITHOUT_FCS:
        meaning = f"{len(span)} octets, to fill the frame up to {end + _FCS} with its FCS"
        return span.field("pad", meaning=meaning)
    return span.field("trailer", meaning="octets that belong to no layer above")


def _check(frame: bytes) -> Field:
    right = zlib.crc32(frame[:-_FCS]).to_bytes(_FCS, "little")
    covered = len(frame) - _FCS
    good = frame[-_FCS:] == right
    meaning = f"good: CRC-32 of the {covered} octets before it"
    if not good:
        meaning = f"bad: the {covered} octets before it have {right.hex(' ')}"
    return Span(frame, covered, len(frame)).field("frame check sequence", meaning=meaning)
