"""TCP (RFC 9293 section 3.1) and UDP (RFC 768), and the octets that they carry."""

from sim.record.dissect.layer import Field, Form, Layer, Row, Span, data, hexadecimal, judged, read, units
from stack.wire import tcp_options
from stack.wire.checksum import pseudo_header
from stack.wire.tcp import flag_names

UDP = Form(
    "UDP",
    "RFC 768",
    (
        Row("source port", 16),
        Row("destination port", 16),
        Row("length", 16, meaning=lambda value: f"header of 8 octets and {value - 8} of data"),
        Row("checksum", 16, hexadecimal(4)),
    ),
)
TCP = Form(
    "TCP",
    "RFC 9293 section 3.1",
    (
        Row("source port", 16),
        Row("destination port", 16),
        Row("sequence number", 32),
        Row("acknowledgment number", 32),
        Row("data offset", 4, meaning=units(4)),
        Row("reserved", 4),
        Row("control bits", 8, hexadecimal(2), flag_names),
        Row("window", 16),
        Row("checksum", 16, hexadecimal(4)),
        Row("urgent pointer", 16),
    ),
)
_ACK, _URG = 16, 32


def udp(span: Span, pseudo: int | None) -> list[Layer]:
    """A datagram and its data; `pseudo` is the sum of its pseudo-header's addresses and protocol.

    Without it the checksum is not judged: the datagram is not whole.
    """
    if len(span) < UDP.octets:
        return [read(UDP, span)]
    length = int.from_bytes(span.octets[4:6], "big")
    problem = (
        "" if UDP.octets <= length <= len(span) or pseudo is None else "its length does not fit the packet"
    )
    whole = span.first(length) if not problem else span
    field = int.from_bytes(span.octets[6:8], "big")
    says = "none was made" if not field else _judged(whole, 6, None if problem else pseudo)
    header = read(UDP, span, {"checksum": says})._replace(problem=problem)
    return [header, *data(whole.after(8)), *data(span.after(len(whole)), "Behind the datagram")]


def tcp(span: Span, pseudo: int | None) -> list[Layer]:
    """A segment, its options and its text."""
    if len(span) < TCP.octets:
        return [read(TCP, span)]
    flags = span.octets[13]
    says = {"checksum": _judged(span, 16, pseudo)}
    if not flags & _ACK:
        says["acknowledgment number"] = "means nothing without ACK"
    else:
        says["acknowledgment number"] = "the next octet that its sender expects"
    says["sequence number"] = "of the SYN" if flags & 2 else "of the first octet of text"
    if not flags & _URG:
        says["urgent pointer"] = "means nothing without URG"
    header = read(TCP, span, says)
    length = span.octets[12] // 16 * 4
    if not TCP.octets <= length <= len(span):
        return [header._replace(problem=f"its data offset is wrong: {length} octets"), *data(span.after(20))]
    options = _options(span.first(length).after(20))
    return [header._replace(fields=header.fields + options), *data(span.after(length))]


def _judged(span: Span, at: int, pseudo: int | None) -> str:
    """What its checksum field, octets `at` and the next, is worth."""
    if pseudo is None:
        return "not judged: what it covers is not whole"
    return judged(span.octets, at, pseudo + len(span))


def pseudo_sum(source: int, destination: int, protocol: int) -> int:
    """The pseudo-header's sum without the length, which only the transport protocol knows."""
    return pseudo_header(source, destination, protocol, 0)


def _options(span: Span) -> tuple[Field, ...]:
    """One field for each option; what cannot be one is a field, too."""
    fields = []
    while len(span):
        kind = span.octets[0]
        length = 1 if kind in (tcp_options.END, tcp_options.NO_OPERATION) else (span.octets[1:2] or b"\0")[0]
        if kind == tcp_options.END:
            fields.append(span.first(1).field("option: end of list", "0"))
            if len(span.after(1)):
                fields.append(span.after(1).field("option padding"))
            break
        if not length or (length < 2 and kind != tcp_options.NO_OPERATION) or length > len(span):
            fields.append(span.field("option", meaning="its length is wrong: the list ends here"))
            break
        fields.append(_option(kind, span.first(length)))
        span = span.after(length)
    return tuple(fields)


def _option(kind: int, span: Span) -> Field:
    body = span.octets[2:]
    words = [int.from_bytes(body[at : at + 4], "big") for at in range(0, len(body), 4)]
    match kind, len(body):
        case tcp_options.NO_OPERATION, _:
            return span.field("option: no operation", "1")
        case tcp_options.MAXIMUM_SEGMENT_SIZE, 2:
            size = int.from_bytes(body, "big")
            return span.field(
                "option: maximum segment size", str(size), f"segments of up to {size} octets of text"
            )
        case tcp_options.WINDOW_SCALE, 1:
            shift = min(body[0], 14)
            return span.field(
                "option: window scale", str(body[0]), f"windows count {1 << shift} octets (RFC 7323 2.2)"
            )
        case tcp_options.SACK_PERMITTED, 0:
            return span.field("option: SACK permitted", meaning="RFC 2018 section 2")
        case tcp_options.SACK, octets if octets and octets % 8 == 0:
            runs = " ".join(f"{words[at]}-{words[at + 1]}" for at in range(0, len(words), 2))
            return span.field("option: SACK", runs, "received behind a gap (RFC 2018 section 3)")
        case tcp_options.TIMESTAMPS, 8:
            stamps = f"value {words[0]}, echo reply {words[1]}"
            return span.field("option: timestamps", stamps, "RFC 7323 section 3.2")
    return span.field(f"option of kind {kind}", meaning="unknown, or of a wrong length")
