"""Every capture is read by programs that are not ours: on libpcap (tcpdump), Wireshark's, and two in Python.

On the cable are a frame, a collision and a frame; each reader finds the same frames at the same instants.
"""

import datetime
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import computer
from manchester import NETS, Sender, changes, frame
from pcapng import FileScanner
from scapy.layers.l2 import ARP, Ether

from sim.engine.interface import Changes
from sim.record.recorder import Recorder
from sim.scenario.model import Coax, Scenario, Tap

PC, SERVER = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
SCENARIO = Scenario(
    "Two on a cable",
    (computer("pc", "10.0.0.1/24", PC), computer("server", "10.0.0.2/24", SERVER)),
    (Coax("yellow", 500_000, (Tap(0, "pc"), Tap(500_000, "server"))),),
)
ASK = frame(
    bytes(Ether(dst="ff:ff:ff:ff:ff:ff", src="02:00:00:00:00:01") / ARP(pdst="10.0.0.2", psrc="10.0.0.1"))
)
JAMMING = b"\x55" * 12
FIRST, SECOND = 1_000_000_000, 2_100_000_000
SENT, RECEIVED = 999_000_000, 2_200_000_000
SENDERS = (
    Sender(FIRST, ASK),
    Sender(2_000_000_000, b"", preamble=JAMMING),
    Sender(2_001_700_000, b"", preamble=JAMMING),
    Sender(SECOND, ASK),
)
BEGIN = int(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp()) * 10**9
CAPTURES = {"yellow": (FIRST, SECOND), "pc": (SENT,), "server": (RECEIVED,)}
Read = Callable[[Path], list[int]]
"""When the file's packets came, in ns, each an ARP request for 10.0.0.2."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    recorder = Recorder(folder, SCENARIO, NETS, vcd=False)
    recorder.changes(Changes.of(changes(SENDERS)))
    recorder.frame("pc", "sent", SENT, ASK[:-4])
    recorder.frame("server", "received", RECEIVED, ASK[:-4], ASK[-4:])
    recorder.close(3_000_000_000)
    return folder


def output(*command: str | Path) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def nanoseconds(seconds: str) -> int:
    whole, _, rest = seconds.partition(".")
    return int(whole) * 10**9 + int(rest.ljust(9, "0"))


def tcpdump(path: Path) -> list[int]:
    lines = output("tcpdump", "--nano", "-tt", "-n", "-r", path)
    assert all("ARP, Request who-has 10.0.0.2 tell 10.0.0.1" in line for line in lines)
    return [nanoseconds(line.split()[0]) for line in lines]


def tshark(path: Path) -> list[int]:
    rows = output("tshark", "-r", path, "-Y", "arp.opcode == 1", "-T", "fields", "-e", "frame.time_epoch")
    return [nanoseconds(row) for row in rows]


def scapy(path: Path) -> list[int]:
    from scapy.utils import PcapNgReader

    with PcapNgReader(str(path)) as reader:
        packets = list(reader)
    assert all(packet[ARP].pdst == "10.0.0.2" for packet in packets)
    return [nanoseconds(str(packet.time)) for packet in packets]


def dpkt(path: Path) -> list[int]:
    import dpkt

    with path.open("rb") as file:
        packets = list(dpkt.pcapng.Reader(file))
    assert all(dpkt.ethernet.Ethernet(octets).arp.tpa == b"\x0a\0\0\2" for _, octets in packets)
    return [round(seconds * 10**6) * 1000 for seconds, _ in packets]  # dpkt's times are floats


READERS = [
    pytest.param(tcpdump, marks=pytest.mark.needs("tcpdump"), id="tcpdump"),
    pytest.param(tshark, marks=pytest.mark.needs("tshark"), id="tshark"),
    pytest.param(scapy, id="scapy"),
    pytest.param(dpkt, marks=pytest.mark.needs("wheel:dpkt"), id="dpkt"),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("capture", CAPTURES)
def test_each_reader_reads_each_capture(folder: Path, capture: str, read: Read) -> None:
    times = read(folder / f"{capture}.pcapng")
    assert times == [BEGIN + ps // 1000 for ps in CAPTURES[capture]]


@pytest.mark.needs("tshark")
def test_a_line_of_tshark_says_what_a_fragment_is(folder: Path) -> None:
    (line,) = output("tshark", "-r", folder / "yellow.fragments.pcapng")
    assert "fragment: 17 bits, voltage of 2 senders" in line


@pytest.mark.needs("tcpdump")
def test_libpcap_reads_the_fragments_too(folder: Path) -> None:
    first, *_ = output("tcpdump", "-tt", "--nano", "-r", folder / "yellow.fragments.pcapng")
    assert nanoseconds(first.split()[0]) == BEGIN + 2_000_000


def test_the_file_says_when_simulated_time_begins(folder: Path) -> None:
    for path in folder.glob("*.pcapng"):
        with path.open("rb") as file:
            section = next(iter(FileScanner(file)))
        assert section.options["opt_comment"] == "simulated time 0 is 2026-01-01 00:00:00 UTC"


def test_without_a_collision_there_is_no_file_of_fragments(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, SCENARIO, NETS, vcd=False)
    recorder.changes(Changes.of(changes(SENDERS[:1])))
    recorder.close(3_000_000_000)
    assert not (tmp_path / "yellow.fragments.pcapng").exists()
