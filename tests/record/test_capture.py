"""The packets of our captures are, octet for octet, what python-pcapng would have written."""

import io
from pathlib import Path
from typing import Any

import pytest
from bitarray import bitarray
from pcapng import FileScanner, FileWriter, blocks

from sim.os.clock import EPOCH_NS
from sim.record.capture import FragmentCapture, HostCapture, WireCapture
from sim.record.wire import WireFrame


def rewritten(path: Path) -> bytes:
    """A capture's blocks, read by python-pcapng and made again with it."""
    out = io.BytesIO()
    section: Any = None
    writer: Any = None
    for block in FileScanner(io.BytesIO(path.read_bytes())):
        options = {name: block.options[name] for name in block.options}
        if isinstance(block, blocks.SectionHeader):
            section = blocks.SectionHeader(options=options)
            writer = FileWriter(out, section)
            continue
        fields = {
            name: getattr(block, name) for name, *_ in block.schema if name not in ("options", "packet_len")
        }
        writer.write_block(section.new_member(type(block), options=options, **fields))
    return out.getvalue()


@pytest.mark.parametrize("length", [1, 59, 60, 61, 62, 1514])
def test_packets_of_a_host(tmp_path: Path, length: int) -> None:
    capture = HostCapture(tmp_path / "pc.pcapng", "pc")
    octets = bytes(n & 255 for n in range(length))
    capture.received(1, octets, b"\1\2\3\4")
    capture.sent((1 << 32) * 1000 + 1, octets)
    capture.close()
    assert rewritten(tmp_path / "pc.pcapng") == (tmp_path / "pc.pcapng").read_bytes()
    _, *described, received, sent = FileScanner((tmp_path / "pc.pcapng").open("rb"))
    assert [interface.options["if_name"] for interface in described] == ["pc-received", "pc-sent"]
    assert received.packet_data == octets + b"\1\2\3\4"
    assert sent.packet_data == octets
    assert [
        (packet.timestamp_high << 32) + packet.timestamp_low - EPOCH_NS for packet in (received, sent)
    ] == [
        1,
        (1 << 32) + 1,  # rounded up, as the host's clock is
    ]
    assert received.options["epb_flags"].inout == "inbound"
    assert received.options["epb_flags"].fcslen == 4
    assert sent.options["epb_flags"].inout == "outbound"


def test_packets_of_a_segment(tmp_path: Path) -> None:
    frame = bitarray(endian="little")
    frame.frombytes(b"\x55" * 7 + b"\xd5" + bytes(range(70)))
    capture = WireCapture(tmp_path / "yellow.pcapng", "yellow")
    capture.frame(WireFrame(5, 6_000_000, frame, 64, True, 1))
    capture.frame(WireFrame(5, 6_000_000, frame[5:], 59, True, 1))
    capture.close()
    assert rewritten(tmp_path / "yellow.pcapng") == (tmp_path / "yellow.pcapng").read_bytes()
    _, _, *packets = FileScanner((tmp_path / "yellow.pcapng").open("rb"))
    assert [packet.packet_data for packet in packets] == [bytes(range(70))] * 2
    assert [packet.options.get("opt_comment") for packet in packets] == [None, "preamble and SFD of 59 bits"]
    assert packets[0].options["epb_flags"].fcslen == 4
    assert packets[0].options["epb_flags"].err_crc


@pytest.mark.parametrize(("senders", "meeting"), [(1, "no collision here"), (2, "voltage of 2 senders")])
def test_fragments_of_a_segment(tmp_path: Path, senders: int, meeting: str) -> None:
    capture = FragmentCapture(tmp_path / "f.pcapng", "yellow")
    bits = bitarray("1010101010101", endian="little")
    capture.fragment(WireFrame(7_000_000, 9_000_000, bits, None, False, senders))
    capture.close()
    assert rewritten(tmp_path / "f.pcapng") == (tmp_path / "f.pcapng").read_bytes()
    _, described, packet = FileScanner((tmp_path / "f.pcapng").open("rb"))
    assert described.options["if_name"] == "yellow-fragments"
    assert packet.packet_data.endswith(b"\x55\x15")
    assert packet.options["opt_comment"] == f"13 bits read, 2000 ns of carrier, {meeting}"
