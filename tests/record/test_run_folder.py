"""What a run leaves behind, judged by tshark, pywellen, GTKWave and zlib (docs/running.md)."""

import json
import subprocess
import zlib
from collections.abc import Callable
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
import pywellen
from hosts import computer
from manchester import NETS, Sender, changes, end_of_bits, frame
from pcapng import FileScanner
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from hw.nets import Net, NetKind
from journal.event import Event, FieldValue
from sim.engine.interface import Change, Changes
from sim.record.hardware import HardwareDecoder
from sim.record.recorder import Recorder
from sim.scenario.model import Coax, Scenario, Tap
from stack.tcp.events import State

PC, SERVER = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
SCENARIO = Scenario(
    "Two on a cable",
    (computer("pc", "10.0.0.1/24", PC), computer("my-server", "10.0.0.2/24", SERVER)),
    (Coax("yellow", 500_000, (Tap(0, "pc"), Tap(500_000, "my-server"))),),
)
LINES = (
    Net("pc", "adapter.mac", "transmit_state", NetKind.STATE, 2, 0, ("IDLE", "PREAMBLE", "JAM")),
    Net("pc", "adapter.mac", "backoff_slots", NetKind.VECTOR, 10),
    Net("pc", "adapter.mac", "attempts", NetKind.VECTOR, 4),
    Net("pc", "adapter", "tx_en", NetKind.BIT),
    Net("pc", "adapter", "irq", NetKind.BIT),
    Net("pc", "adapter.mac", "deference_state", NetKind.STATE, 1, 0, ("WAIT", "WAIT FOR GAP")),
)
ALL = (*NETS, *LINES)
STATE, SLOTS, ATTEMPTS, TX_EN, IRQ, DEFERENCE = range(2, 8)

ASK = frame(
    bytes(Ether(dst="ff:ff:ff:ff:ff:ff", src="02:00:00:00:00:01") / ARP(pdst="10.0.0.2", psrc="10.0.0.1"))
)
PING = frame(
    bytes(
        Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
        / IP(dst="10.0.0.2", src="10.0.0.1")
        / ICMP(id=7, seq=1)
        / (b"x" * 200)
    )
)
FIRST = Sender(1_000_000_007, ASK, ppm=100)
JAMMING = b"\x55" * 12
COLLIDING = (Sender(2_000_000_000, b"", preamble=JAMMING), Sender(2_001_700_000, b"", preamble=JAMMING))
SECOND = Sender(2_100_000_000, PING, ppm=-100)
SENDERS = (FIRST, *COLLIDING, SECOND)
CABLE = changes(SENDERS)
END = 3_000_000_000
CLOSED: dict[str, FieldValue] = {
    "fd": 3,
    "local": "10.0.0.1:80",
    "remote": None,
    "old": "LISTEN",
    "new": "CLOSED",
}
Listener = Callable[[Event], None]


def record(
    folder: Path, batch: int = 1000, *, vcd: bool = True, listener: Listener | None = None, until: int = END
) -> Recorder:
    """A run of two frames with a collision between them, flushed after every `batch` instants."""
    recorder = Recorder(folder, SCENARIO, ALL, vcd=vcd, listeners=[listener] if listener else [])
    extra = [
        Change(FIRST.start_ps - 100, TX_EN, 1),
        Change(end_of_bits(FIRST), TX_EN, 0),
        Change(2_004_000_000, STATE, 2),
        Change(2_008_000_000, STATE, 0),
        Change(2_008_000_000, SLOTS, 1),
        Change(2_008_000_000, ATTEMPTS, 1),
        Change(2_009_000_000, DEFERENCE, 1),
        Change(2_099_000_000, TX_EN, 1),
        Change(2_700_000_000, IRQ, 1),
    ]
    stream = sorted([*CABLE, *extra])
    instants = [list(group) for ps, group in groupby(stream, key=itemgetter(0)) if ps <= until]
    recorder.frame("pc", "sent", FIRST.start_ps, ASK[:-4])
    for first in range(0, len(instants), batch):
        flushed = [change for instant in instants[first : first + batch] for change in instant]
        recorder.changes(Changes.of(flushed))
        recorder.flush(flushed[-1].ps)
    recorder.event(Event(2_700_000_000, "pc", State.layer, State.kind, CLOSED))
    recorder.frame("my-server", "received", 2_700_000_001, ASK[:-4], ASK[-4:])
    recorder.close(until)
    return recorder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    record(folder)
    return folder


def tshark(path: Path, *fields: str) -> list[list[str]]:
    command = ["tshark", "-r", str(path), "-o", "eth.check_fcs:TRUE", "-o", "ip.check_checksum:TRUE"]
    command += ["-T", "fields", "-E", "separator=|"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("|") for line in done.stdout.splitlines()]


@pytest.mark.needs("tshark")
def test_wire_capture_has_a_good_fcs(folder: Path) -> None:
    rows = tshark(
        folder / "yellow.pcapng",
        "frame.interface_name",
        "frame.time_epoch",
        "frame.len",
        "eth.fcs.status",
        "frame.protocols",
        "frame.comment",
        "_ws.malformed",
    )
    assert rows == [
        [
            "yellow",
            "1767225600.001000001",
            "64",
            "1",
            "eth:ethertype:arp",
            "",
            "",
        ],
        ["yellow", "1767225600.002100000", "246", "1", "eth:ethertype:ip:icmp:data", "", ""],
    ]


@pytest.mark.needs("tshark")
def test_what_a_collision_left_is_in_a_file_of_its_own(folder: Path) -> None:
    fields = ("frame.interface_name", "frame.time_epoch", "data.len", "frame.comment", "_ws.malformed")
    assert tshark(folder / "yellow.fragments.pcapng", *fields) == [
        [
            "yellow-fragments",
            "1767225600.002000000",
            "3",
            "17 bits read, 11550 ns of carrier, voltage of 2 senders",
            "",
        ]
    ]


@pytest.mark.needs("tshark")
def test_host_captures_tell_received_from_sent(folder: Path) -> None:
    fields = (
        "frame.interface_name",
        "frame.packet_flags_direction",
        "frame.time_epoch",
        "frame.len",
        "eth.fcs.status",
        "arp.dst.proto_ipv4",
    )
    assert tshark(folder / "my-server.pcapng", *fields) == [
        ["my-server-received", "0x00000001", "1767225600.002700001", "64", "1", "10.0.0.2"]
    ]
    assert tshark(folder / "pc.pcapng", *fields) == [
        ["pc-sent", "0x00000002", "1767225600.001000001", "60", "", "10.0.0.2"]
    ]


@pytest.mark.needs("tshark")
def test_tshark_sees_a_broken_fcs(tmp_path: Path) -> None:
    broken = ASK[:-1] + bytes([ASK[-1] ^ 1])
    recorder = Recorder(tmp_path, SCENARIO, NETS)
    recorder.changes(Changes.of(changes([Sender(1000, broken)])))
    recorder.close(1_000_000_000)
    assert tshark(tmp_path / "yellow.pcapng", "eth.fcs.status", "frame.packet_flags_crc_error") == [
        ["0", "1"]
    ]
    (event,) = events(tmp_path)
    assert event["fields"]["fcs"] == "bad"


def test_waveform_opens_elsewhere(folder: Path) -> None:
    waves = pywellen.Waveform(str(folder / "waves.vcd"))
    by_name = {var.full_name: var for var in waves.all_vars()}

    def value(name: str, ps: int) -> object:
        return by_name[name].signal.value_at(ps)

    bit = FIRST.start_ps + 50_000
    assert value("yellow.pc.level_V", FIRST.start_ps) == -2.05
    assert value("yellow.pc.level_V", bit) == 0.0
    assert value("yellow.pc.mean_V", bit) == -1.025
    assert value("yellow.pc.mean_V", 2_002_000_000) == -2.05
    cell = Fraction(100_000) / (1 + Fraction(100, 1_000_000))
    for first, name in (
        (0, "PRE"),
        (56, "SFD"),
        (64, "DA"),
        (112, "SA"),
        (160, "TYPE"),
        (176, "DATA"),
        (544, "FCS"),
    ):
        at = FIRST.start_ps + round(first * cell)
        assert value("yellow.field", at + 20) == name
        assert value("yellow.field", at - 20) != name
    assert value("yellow.octet", FIRST.start_ps + round(70 * cell)) == "ff"
    assert value("yellow.field", 2_002_000_000) == "COLLISION"
    assert value("yellow.field", 2_010_500_000) == "JAM"
    assert value("yellow.field", END) == "IDLE"
    assert value("pc.adapter.mac.transmit_state", 0) == "IDLE"
    assert value("pc.adapter.mac.transmit_state", 2_007_000_000) == "JAM"
    assert value("pc.adapter.mac.deference_state", 2_009_000_000) == "WAIT_FOR_GAP"
    assert int(str(value("pc.adapter.mac.backoff_slots", 2_008_000_000))) == 1


@pytest.mark.needs("gtkwave", "xvfb-run")
def test_gtkwave_shows_the_text_beside_the_bits(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "print.tcl"
    printed = tmp_path / "print.ps"
    script.write_text(
        f'gtkwave::/File/Print_To_File PS {{Letter (8.5" x 11")}} Full {printed}\ngtkwave::/File/Quit\n'
    )
    subprocess.run(
        ["xvfb-run", "-a", "gtkwave", "-S", str(script), "waves.gtkw"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=120,
    )
    drawn = printed.read_text(encoding="latin-1")
    names = ("field", "octet", "pc level_V", "adapter irq", "adapter mac transmit_state")
    for text in (*names, "IDLE", "PRE", "DA", "SA", "FCS", "ff"):
        assert f"({text}) show" in drawn, text


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def test_events_are_in_order_and_hardware_comes_first(folder: Path) -> None:
    told = [(event["ps"], event["where"], event["layer"], event["kind"]) for event in events(folder)]
    assert told == [
        (FIRST.start_ps - 100, "pc", "mac", "transmission begins"),
        (end_of_bits(FIRST), "pc", "mac", "transmission ends"),
        (end_of_bits(FIRST) + 250_000, "yellow", "coax", "frame"),
        (2_001_700_000, "yellow", "coax", "collision"),
        (2_004_000_000, "pc", "mac", "jam"),
        (2_008_000_000, "pc", "mac", "backoff"),
        (2_011_550_000, "yellow", "coax", "fragment"),
        (2_099_000_000, "pc", "mac", "transmission begins"),
        (end_of_bits(SECOND) + 250_000, "yellow", "coax", "frame"),
        (2_700_000_000, "pc", "adapter", "interrupt raised"),
        (2_700_000_000, "pc", "tcp", "state"),
    ]


def test_events_carry_what_was_decoded(folder: Path) -> None:
    found = {(str(event["kind"]), n): event["fields"] for n, event in enumerate(events(folder))}
    assert found["frame", 2] == {
        "start_ps": FIRST.start_ps,
        "bits": 576,
        "octets": 64,
        "destination": "ff:ff:ff:ff:ff:ff",
        "source": "02:00:00:00:00:01",
        "fcs": "good",
        "summary": "ARP who has 10.0.0.2? tell 10.0.0.1",
    }
    assert found["backoff", 5] == {"slots": 1, "collisions": 1}
    assert found["transmission begins", 7] == {"attempt": 2}
    assert found["frame", 8]["summary"] == "ICMP 10.0.0.1 > 10.0.0.2 echo request id 7 seq 1"


def test_every_line_of_events_begins_with_the_time(folder: Path) -> None:
    for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        assert list(json.loads(line)) == ["ps", "where", "layer", "kind", "fields"]


@pytest.mark.parametrize("batch", [1, 7, 100_000])
def test_how_often_is_flushed_changes_nothing(folder: Path, tmp_path: Path, batch: int) -> None:
    record(tmp_path, batch)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "events.jsonl",
        "my-server.pcapng",
        "pc.pcapng",
        "waves.gtkw",
        "waves.sucl",
        "waves.vcd",
        "yellow.fragments.pcapng",
        "yellow.pcapng",
    ]
    for name in names:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_collision_from_the_first_bit_on_leaves_a_fragment_all_the_same(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, SCENARIO, NETS)
    recorder.changes(Changes.of(changes([Sender(1000, b"", preamble=JAMMING)] * 2)))
    recorder.close(1_000_000_000)
    (packet,) = [
        block
        for block in FileScanner((tmp_path / "yellow.fragments.pcapng").open("rb"))
        if hasattr(block, "packet_data")
    ]
    assert b"fragment: 0 bits" in packet.packet_data
    assert packet.options["opt_comment"] == "0 bits read, 9850 ns of carrier, voltage of 2 senders"


def test_listeners_hear_what_is_written(tmp_path: Path) -> None:
    heard: list[Event] = []
    recorder = record(tmp_path, listener=heard.append)
    assert [event.ps for event in heard] == [event["ps"] for event in events(tmp_path)]
    assert recorder.frames == {"yellow": 2}
    assert recorder.fragments == {"yellow": 1}


def test_without_a_waveform(folder: Path, tmp_path: Path) -> None:
    record(tmp_path, vcd=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "events.jsonl",
        "my-server.pcapng",
        "pc.pcapng",
        "yellow.fragments.pcapng",
        "yellow.pcapng",
    ]
    assert (tmp_path / "events.jsonl").read_bytes() == (folder / "events.jsonl").read_bytes()


@pytest.mark.needs("tshark")
def test_a_run_that_is_cut_short_is_readable(tmp_path: Path) -> None:
    """Issue 2: Ctrl-C; what was recorded until then is kept and readable."""
    record(tmp_path, until=end_of_bits(SECOND) - 10_000_000)
    assert len(tshark(tmp_path / "yellow.pcapng", "frame.number")) == 1
    assert len(tshark(tmp_path / "yellow.fragments.pcapng", "frame.number")) == 1
    pywellen.Waveform(str(tmp_path / "waves.vcd"))
    assert [event["kind"] for event in events(tmp_path)].count("frame") == 1


def test_close_twice(tmp_path: Path) -> None:
    recorder = record(tmp_path)
    recorder.close(END)


def test_files_grow_during_the_run(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, SCENARIO, NETS)
    frames = [Sender(1_000_000_000 * n, PING) for n in range(1, 31)]
    recorder.changes(Changes.of(changes(frames)))
    recorder.flush(31_000_000_000)
    assert (tmp_path / "waves.vcd").stat().st_size > 100_000
    assert (tmp_path / "yellow.pcapng").stat().st_size >= 4096
    recorder.close(31_000_000_000)


def test_zlib_agrees_with_every_fcs_decoded() -> None:
    decoder = HardwareDecoder(NETS, {})
    decoder.changes(Changes.of(CABLE))
    _, frames = decoder.take()
    good = [passed.frame.frame for passed in frames if not passed.frame.collision]
    assert [zlib.crc32(octets) for octets in good] == [0x2144DF1C, 0x2144DF1C]
