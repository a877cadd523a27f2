"""Fields of frames and their places, as tshark finds them and as `sim.record.dissect` does."""

import subprocess
from pathlib import Path
from xml.etree import ElementTree

from sim.record.dissect import Layer, dissect
from sim.record.explain.captured import read

NAMES = {
    "eth.dst": "destination address",
    "eth.src": "source address",
    "eth.type": "length/type",
    "eth.padding": "pad",
    "eth.fcs": "frame check sequence",
    "macc.opcode": "opcode",
    "arp.hw.type": "hardware type",
    "arp.proto.type": "protocol type",
    "arp.hw.size": "hardware address length",
    "arp.proto.size": "protocol address length",
    "arp.opcode": "operation",
    "arp.src.hw_mac": "sender hardware address",
    "arp.src.proto_ipv4": "sender protocol address",
    "arp.dst.hw_mac": "target hardware address",
    "arp.dst.proto_ipv4": "target protocol address",
    "ip.version": "version",
    "ip.hdr_len": "header length",
    "ip.len": "total length",
    "ip.id": "identification",
    "ip.ttl": "time to live",
    "ip.proto": "protocol",
    "ip.checksum": "header checksum",
    "ip.src": "source address",
    "ip.dst": "destination address",
    "icmp.type": "type",
    "icmp.code": "code",
    "icmp.checksum": "checksum",
    "icmp.ident": "identifier",
    "icmp.seq": "sequence number",
    "icmp.mtu": "next-hop MTU",
    "icmp.redir_gw": "gateway address",
    "igmp.type": "type",
    "igmp.max_resp": "maximum response time",
    "igmp.checksum": "checksum",
    "igmp.maddr": "group address",
    "udp.srcport": "source port",
    "udp.dstport": "destination port",
    "udp.length": "length",
    "udp.checksum": "checksum",
    "tcp.srcport": "source port",
    "tcp.dstport": "destination port",
    "tcp.seq_raw": "sequence number",
    "tcp.ack_raw": "acknowledgment number",
    "tcp.hdr_len": "data offset",
    "tcp.window_size_value": "window",
    "tcp.checksum": "checksum",
    "tcp.urgent_pointer": "urgent pointer",
    "tcp.payload": "octets",
}
"""Wireshark's names of fields, and ours."""


def places(layers: list[Layer]) -> set[tuple[str, int, int]]:
    """Name, first octet, and octets (a part of one counted whole) of each field."""
    return {
        (field.name, field.offset_bits // 8, -(-(field.offset_bits % 8 + field.width_bits) // 8))
        for layer in layers
        for field in layer.fields
    }


def judged(path: Path) -> list[set[tuple[str, int, int]]]:
    """The same of each packet of a capture, by tshark."""
    command = ["tshark", "-o", "eth.fcs:Always", "-o", "eth.check_fcs:TRUE", "-T", "pdml", "-r", str(path)]
    pdml = subprocess.run(command, capture_output=True, check=True).stdout
    return [
        {
            (NAMES[name], int(field.attrib["pos"]), int(field.attrib["size"]))
            for field in packet.iter("field")
            if (name := field.attrib["name"]) in NAMES and int(field.attrib["size"])
        }
        for packet in ElementTree.fromstring(pdml).iter("packet")
    ]


def missed(capture: Path) -> list[tuple[int, set[tuple[str, int, int]]]]:
    """The frames in which `dissect` does not find a field where tshark does, and those fields."""
    frames = read(capture.parent, capture.stem)
    both = [
        (frame.number, theirs - places(dissect(frame.octets, fcs=frame.fcs)))
        for frame, theirs in zip(frames, judged(capture), strict=True)
    ]
    return [(number, fields) for number, fields in both if fields]
