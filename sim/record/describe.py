"""A frame in one line, the way a protocol analyser's list shows it."""

from journal.words import counted
from stack.wire import arp, ethernet, icmp, ipv4, tcp, udp
from stack.wire.address import dotted, pair
from stack.wire.error import WireError


def describe(octets: bytes, *, damaged: bool = False) -> str:
    """Describe an Ethernet frame without its FCS; what cannot be read is said to be so.

    Of a `damaged` one, whose FCS is bad, lengths and checksums may be wrong, and the sender's they are not.
    """
    try:
        frame = ethernet.parse(octets)
        if frame.type == ethernet.ARP:
            return _arp(arp.parse(frame.payload))
        if frame.type == ethernet.IPV4:
            return _ipv4(*ipv4.parse(frame.payload))
    except WireError as error:
        return "cut or damaged on its way" if damaged else f"unreadable: {error}"
    kind = "length" if frame.type <= 1500 else "type"
    return f"Ethernet {kind} {frame.type:#06x}, {counted(len(frame.payload), 'octet')}"


def _arp(message: arp.Message) -> str:
    if message.operation == arp.REQUEST:
        return f"ARP who has {dotted(message.target)}? tell {dotted(message.sender)}"
    return f"ARP {dotted(message.sender)} is at {ethernet.mac_text(message.sender_mac)}"


def _ipv4(header: ipv4.Header, payload: bytes) -> str:
    source, destination = header.source, header.destination
    ends = f"{dotted(source)} > {dotted(destination)}"
    if header.offset:
        return f"IP {ends} fragment at {header.offset}, {counted(len(payload), 'octet')}"
    if header.more_fragments:
        return f"IP {ends} first fragment, {counted(len(payload), 'octet')}"
    if header.protocol == ipv4.ICMP:
        return f"ICMP {ends} {_icmp(icmp.parse(payload))}"
    if header.protocol == ipv4.UDP:
        datagram = udp.parse(payload, source, destination)
        ends = f"{pair(source, datagram.source_port)} > {pair(destination, datagram.destination_port)}"
        return f"UDP {ends} {counted(len(datagram.data), 'octet')}"
    if header.protocol == ipv4.TCP:
        segment = tcp.parse(payload, source, destination)
        ends = f"{pair(source, segment.source_port)} > {pair(destination, segment.destination_port)}"
        numbers = f"seq {segment.sequence}"
        if segment.flags & tcp.ACK:
            numbers += f" ack {segment.acknowledgment}"
        length = f", {counted(len(segment.data), 'octet')}" if segment.data else ""
        return f"TCP {ends} {tcp.flag_names(segment.flags)} {numbers} win {segment.window}{length}"
    return f"IP {ends} protocol {header.protocol}, {counted(len(payload), 'octet')}"


def _icmp(message: icmp.Message) -> str:
    if message.type in (icmp.ECHO_REQUEST, icmp.ECHO_REPLY):
        name = "echo request" if message.type == icmp.ECHO_REQUEST else "echo reply"
        return f"{name} id {message.identifier} seq {message.sequence}"
    return icmp.words(message.type, message.code)
