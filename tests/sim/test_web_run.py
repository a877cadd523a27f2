"""`web`, from the timeline to the files, judged by tshark, scapy, vcdvcd, zlib and a JSON schema."""

import json
import re
import signal
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from json_schema import fits
from vcdvcd import VCDVCD

import sim
from sim.cli import main
from sim.os.clock import EPOCH_NS

signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # vcdvcd resets it, and writing to a closed socket kills pytest
PREAMBLE = b"\x55" * 7 + b"\xd5"
CHECKED = ("eth.check_fcs", "ip.check_checksum", "tcp.check_checksum", "udp.check_checksum")
FIELDS = (
    *("frame.interface_name", "eth.fcs.status", "ip.checksum.status"),
    *("tcp.checksum.status", "tcp.flags.syn", "tcp.flags.ack", "tcp.flags.fin", "tcp.analysis.flags"),
    *("_ws.malformed", "_ws.expert.severity"),
)
WARNING = 0x00600000
"""The `_ws.expert.severity` of tshark."""
Packets = list[dict[str, str]]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where it is recorded, and its timeline."""
    folder = tmp_path_factory.mktemp("web") / "run"
    done = CliRunner().invoke(main, ["run", "web", "-v", "-o", str(folder)])
    assert done.exit_code == 0, done.output[-2000:]
    return folder, done.output


@pytest.fixture(scope="module")
def dissected(web: tuple[Path, str]) -> Callable[[str], Packets]:
    """The packets of a capture as tshark takes them apart, which takes its time to start."""
    found: dict[str, Packets] = {}

    def packets(name: str) -> Packets:
        if name not in found:
            options = [word for check in CHECKED for word in ("-o", f"{check}:TRUE")]
            options += ["-T", "fields", *(word for field in FIELDS for word in ("-e", field))]
            done = subprocess.run(
                ["tshark", "-r", web[0] / f"{name}.pcapng", *options],
                capture_output=True,
                text=True,
                check=True,
            )
            lines = [line.split("\t") for line in done.stdout.splitlines()]
            found[name] = [dict(zip(FIELDS, line, strict=True)) for line in lines]
        return found[name]

    return packets


def test_the_timeline_goes_from_socket_to_the_removed_socket(web: tuple[Path, str]) -> None:
    """Missions 1 to 4: from the socket down to the cable and up again, in this order."""
    place = 0
    for words in (
        r"server +driver +reads 02:00:00:00:00:02 from the adapter's ROM",  # 5.7
        r"server +driver +writes 02:00:00:00:00:02 into the MAC",
        r"pc +socket +socket\(\) by browse: descriptor",  # 1.3
        r"pc +socket +connect\(\) to 192\.168\.1\.20:80",  # 2.3
        r"pc +tcp +\S+ is SYN-SENT, was CLOSED",
        r"pc +arp +asks everyone: who has 192\.168\.1\.20\?",  # 5.5
        r"pc +mac +the line is free: transmission begins",  # 5.9
        r"server +adapter +interrupt",  # 5.10
        r"server +arp +answers 192\.168\.1\.10 with its own address",
        r"yellow +coax +TCP \S+ > 192\.168\.1\.20:80 SYN ",
        r"yellow +coax +TCP 192\.168\.1\.20:80 > \S+ SYN ACK ",
        r"pc +tcp +\S+ is ESTABLISHED, was SYN-SENT",
        r"yellow +coax +TCP \S+ > 192\.168\.1\.20:80 PSH ACK ",  # 3.1
        r'"GET / HTTP/1\.1" 200',
        r"browse: 200 OK",
        r"browse: <!doctype html>",
        r"FIN",  # 4.1
        r"is TIME-WAIT",  # 4.2
        r"the socket of descriptor \d+ is removed",
        r"every program that is no service has ended",
    ):
        match = re.compile(words).search(web[1], place)
        assert match, words
        place = match.end()


def test_every_line_of_events_is_what_the_schema_says(web: tuple[Path, str]) -> None:
    schema = json.loads((Path(sim.__file__).parent / "record/events.schema.json").read_text("utf-8"))
    lines = [json.loads(line) for line in (web[0] / "events.jsonl").read_text("utf-8").splitlines()]
    one_of_each = {(line["layer"], line["kind"], *line["fields"]): line for line in lines}
    assert len(one_of_each) > 40
    assert all(fits(line, schema) for line in one_of_each.values())


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("name", ["yellow", "pc", "server"])
def test_tshark_finds_nothing_wrong(dissected: Callable[[str], Packets], name: str) -> None:
    packets = dissected(name)
    for packet in packets:
        assert not packet["tcp.analysis.flags"], packet
        assert not packet["_ws.malformed"], packet
        severities = [int(severity) for severity in packet["_ws.expert.severity"].split(",") if severity]
        assert max(severities, default=0) < WARNING, packet
        assert {packet["ip.checksum.status"], packet["tcp.checksum.status"]} in ({""}, {"1"}), packet
    right = [packet for packet in packets if packet["tcp.checksum.status"] == "1"]
    assert len(right) == 9, "three to open, three with data, three to close"


@pytest.mark.needs("tshark")
def test_every_fcs_is_good(dissected: Callable[[str], Packets]) -> None:
    """On the cable and in what the hosts received; what they send has none yet."""
    assert {packet["eth.fcs.status"] for packet in dissected("yellow")} == {"1"}
    for host in ("pc", "server"):
        statuses = {(p["frame.interface_name"], p["eth.fcs.status"]) for p in dissected(host)}
        assert statuses == {(f"{host}-received", "1"), (f"{host}-sent", "")}


@pytest.mark.needs("tshark")
def test_mission_2_3_and_4_1_handshake_and_four_segments_at_the_end(
    dissected: Callable[[str], Packets],
) -> None:
    names = ("tcp.flags.syn", "tcp.flags.ack", "tcp.flags.fin")
    segments = [packet for packet in dissected("yellow") if packet["tcp.flags.syn"]]
    flags = [tuple(packet[name] in ("1", "True") for name in names) for packet in segments]
    assert flags[:3] == [(True, False, False), (True, True, False), (False, True, False)]
    assert sum(fin for _, _, fin in flags) == 2


def decode_manchester(changes: list[tuple[int, float]]) -> list[tuple[int, bytes]]:
    """Frames in a voltage: (start in ps, octets). Written for this test from clause 7's definition alone.

    One sender, a crystal within 100 ppm, no jitter: a change less than three quarters of a bit after the last
    middle of a cell is a boundary, any other a middle. Silence of more than two bits ends a frame.
    """
    frames: list[tuple[int, bytes]] = []
    bits: list[int] = []
    start = middle = last = -(10**9)
    for ps, volts in [*changes, (10**18, 0.0)]:
        if ps - last > 200_000:
            if bits:
                octets = [
                    sum(bit << place for place, bit in enumerate(bits[n : n + 8]))
                    for n in range(0, len(bits) - 7, 8)
                ]
                frames.append((start, bytes(octets)))
            bits, start, middle = [], ps, ps - 50_000
        elif ps - middle > 75_000:
            bits.append(volts > -1.0)
            middle = ps
        if ps == start:
            middle = ps - 50_000
        last = ps
    return frames


def test_the_voltage_in_the_waveform_is_exactly_the_captured_frames(web: tuple[Path, str]) -> None:
    """Mission row 5.8: read by a waveform reader that is not ours; before each frame, preamble and SFD."""
    waveform = VCDVCD(str(web[0] / "waves.vcd"), signals=["yellow.pc.level_V"])
    changes = [(ps, float(volts)) for ps, volts in waveform["yellow.pc.level_V"].tv]
    seen = decode_manchester(changes[1:])
    captured = captured_packets(web[0] / "yellow.pcapng")
    assert len(seen) >= 12
    assert [octets for _, octets in seen] == [PREAMBLE + octets for _, octets in captured]
    assert [EPOCH_NS - (-ps // 1000) for ps, _ in seen] == [ns for ns, _ in captured]
    for _, frame in captured:
        assert zlib.crc32(frame[:-4]) == int.from_bytes(frame[-4:], "little")


def captured_packets(path: Path) -> list[tuple[int, bytes]]:
    """(ns, octets) of a capture, by scapy."""
    from scapy.utils import RawPcapNgReader

    with RawPcapNgReader(str(path)) as reader:
        return [
            ((meta.tshigh << 32 | meta.tslow), octets) for octets, meta in reader
        ]  # one nanosecond a tick
