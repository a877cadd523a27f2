"""ARP (RFC 826), IPv4 (RFC 791 section 3.1), and what packets carry: ICMP (RFC 792), IGMP (RFC 2236)."""

from sim.record.dissect import transport
from sim.record.dissect.layer import (
    Field,
    Form,
    Layer,
    Row,
    Span,
    data,
    hexadecimal,
    judged,
    mac,
    one_of,
    read,
    units,
)
from stack.wire import icmp, igmp, ipv4, ipv4_options
from stack.wire.address import dotted
from stack.wire.error import WireError

ARP = Form(
    "ARP",
    "RFC 826",
    (
        Row("hardware type", 16, meaning=one_of({1: "Ethernet"})),
        Row("protocol type", 16, hexadecimal(4), one_of({0x0800: "IPv4"})),
        Row("hardware address length", 8),
        Row("protocol address length", 8),
        Row("operation", 16, meaning=one_of({1: "request", 2: "reply"})),
        Row("sender hardware address", 48, mac),
        Row("sender protocol address", 32, dotted),
        Row("target hardware address", 48, mac, lambda value: "" if value else "not known: it is asked for"),
        Row("target protocol address", 32, dotted),
    ),
)
_PROTOCOLS = {ipv4.ICMP: "ICMP", ipv4.IGMP: "IGMP", ipv4.TCP: "TCP", ipv4.UDP: "UDP"}
IPV4 = Form(
    "IPv4",
    "RFC 791 section 3.1",
    (
        Row("version", 4),
        Row("header length", 4, meaning=units(4)),
        Row("type of service", 8, hexadecimal(2)),
        Row("total length", 16, meaning=lambda value: f"{value} octets with this header"),
        Row("identification", 16, hexadecimal(4)),
        Row("reserved", 1),
        Row("don't fragment", 1, meaning=one_of({0: "may be fragmented", 1: "must not be fragmented"})),
        Row(
            "more fragments", 1, meaning=one_of({0: "last fragment, or the only one", 1: "more will follow"})
        ),
        Row("fragment offset", 13, meaning=lambda value: f"octet {8 * value} of the datagram"),
        Row("time to live", 8, meaning=lambda value: f"at most {value} hops"),
        Row("protocol", 8, meaning=one_of(_PROTOCOLS)),
        Row("header checksum", 16, hexadecimal(4)),
        Row("source address", 32, dotted),
        Row("destination address", 32, dotted),
    ),
)
_HEAD = (
    Row("type", 8, meaning=one_of({0: "echo reply", 3: "destination unreachable", 4: "source quench",
        5: "redirect", 8: "echo request", 11: "time exceeded", 12: "parameter problem"})),
    Row("code", 8),
    Row("checksum", 16, hexadecimal(4)),
)  # fmt: skip
ICMP = Form("ICMP", "RFC 792", (*_HEAD, Row("rest of the header", 32, hexadecimal(8))))
ECHO = Form("ICMP", "RFC 792", (*_HEAD, Row("identifier", 16), Row("sequence number", 16)))
REDIRECT = Form("ICMP", "RFC 792", (*_HEAD, Row("gateway address", 32, dotted)))
TOO_BIG = Form("ICMP", "RFC 792, RFC 1191 section 4", (*_HEAD, Row("unused", 16), Row("next-hop MTU", 16)))
IGMP = Form(
    "IGMP",
    "RFC 2236 section 2",
    (
        Row(
            "type",
            8,
            hexadecimal(2),
            one_of(
                {
                    igmp.QUERY: "membership query",
                    igmp.REPORT_1: "version 1 report",
                    igmp.REPORT: "report",
                    igmp.LEAVE: "leave group",
                }
            ),
        ),
        Row("maximum response time", 8, meaning=lambda value: f"{value / 10:g} s"),
        Row("checksum", 16, hexadecimal(4)),
        Row("group address", 32, dotted),
    ),
)


def arp(span: Span) -> tuple[list[Layer], Span]:
    """A message, and what is left behind it."""
    layer = read(ARP, span)
    if not layer.problem and span.octets[:6] != b"\0\1\x08\0\6\4":
        layer = layer._replace(problem="it is not about IPv4 over Ethernet: the addresses are no such ones")
    return [layer], span.after(ARP.octets)


def ip(span: Span, quoted: bool = False) -> tuple[list[Layer], Span]:
    """A packet, and what is left behind it; one that is `quoted` in an ICMP message may be cut."""
    octets = span.octets
    length = (octets[0] & 15) * 4 if octets else 0
    if len(span) < IPV4.octets:
        return [_named(read(IPV4, span), quoted)], span.after(len(span))
    problem = ""
    if octets[0] >> 4 != 4:
        problem = f"version {octets[0] >> 4} is not IPv4"
    elif not IPV4.octets <= length <= len(span):
        problem = f"its header length is wrong: {length} octets"
    if problem:
        says = {"header checksum": "not judged"}
        header = _named(read(IPV4, span, says), quoted)._replace(problem=problem)
        return [header, *data(span.after(20))], span.after(len(span))
    total = int.from_bytes(octets[2:4], "big")
    header = _named(read(IPV4, span, {"header checksum": judged(octets[:length], 10)}), quoted)
    header = header._replace(fields=header.fields + _options(span.first(length).after(20)))
    if total < length or (total > len(span) and not quoted):
        problem = f"its total length of {total} octets does not fit the {len(span)} that are there"
        header = header._replace(problem=problem)
    if total < length:
        return [header, *data(span.after(length))], span.after(len(span))
    whole = span.first(total)
    return [header, *_carried(whole.after(length), octets, len(whole) == total)], span.after(len(whole))


def _named(header: Layer, quoted: bool) -> Layer:
    return header._replace(name="IPv4, quoted") if quoted else header


def _carried(span: Span, header: bytes, whole: bool) -> list[Layer]:
    """What a packet with this header carries."""
    place = int.from_bytes(header[6:8], "big")
    if place & 0x1FFF:
        return data(span, "Fragment", f"octets from {8 * (place & 0x1FFF)} of the datagram: no header here")
    whole = whole and not place & 0x2000
    protocol = header[9]
    source, destination = (int.from_bytes(header[at : at + 4], "big") for at in (12, 16))
    pseudo = transport.pseudo_sum(source, destination, protocol) if whole else None
    match protocol:
        case ipv4.TCP:
            return transport.tcp(span, pseudo)
        case ipv4.UDP:
            return transport.udp(span, pseudo)
        case ipv4.ICMP:
            return _icmp(span, whole)
        case ipv4.IGMP:
            return _igmp(span)
    return data(span, f"Protocol {protocol}", problem="no reader for this protocol")


def _icmp(span: Span, whole: bool) -> list[Layer]:
    octets = span.octets
    if len(span) < ICMP.octets:
        return [read(ICMP, span)]
    kind, code = octets[0], octets[1]
    form = ICMP
    if kind in (icmp.ECHO_REPLY, icmp.ECHO_REQUEST):
        form = ECHO
    elif kind == icmp.REDIRECT:
        form = REDIRECT
    elif (kind, code) == (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED):
        form = TOO_BIG
    says = {"checksum": judged(octets, 2) if whole else "not judged: the message is not whole"}
    if kind in icmp.ERRORS:
        says["code"] = icmp.words(kind, code)
    rest = span.after(ICMP.octets)
    if kind in icmp.ERRORS:
        quoted, left = ip(rest, quoted=True)
        return [read(form, span, says), *quoted, *data(left, "Behind the quoted packet")]
    return [read(form, span, says), *data(rest)]


def _igmp(span: Span) -> list[Layer]:
    if len(span) < IGMP.octets:
        return [read(IGMP, span)]
    return [read(IGMP, span, {"checksum": judged(span.octets, 2)}), *data(span.after(IGMP.octets))]


_OPTIONS = {
    ipv4_options.RECORD_ROUTE: "record route",
    ipv4_options.TIMESTAMP: "timestamp",
    ipv4_options.LOOSE_SOURCE_ROUTE: "loose source route",
    ipv4_options.STRICT_SOURCE_ROUTE: "strict source route",
    ipv4_options.ROUTER_ALERT: "router alert (RFC 2113)",
}


def _options(span: Span) -> tuple[Field, ...]:
    """One field for each option."""
    if not len(span):
        return ()
    try:
        kinds = list(ipv4_options.parse(span.octets))
    except WireError as error:
        return (span.field("options", meaning=f"cannot be read: {error}"),)
    fields = []
    for kind, octets in kinds:
        name = _OPTIONS.get(kind, f"of kind {kind}")
        fields.append(span.first(len(octets)).field(f"option: {name}"))
        span = span.after(len(octets))
    if len(span):
        fields.append(span.field("option padding"))
    return tuple(fields)
