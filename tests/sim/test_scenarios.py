"""The shipped scenarios from the command line to the files, judged by tshark, pywellen, hashlib and zlib."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
import pywellen
from click.testing import CliRunner
from json_schema import fits
from vcdvcd import VCDVCD

import sim
from sim.apps.registry import PROGRAMS, Program
from sim.cli import main

signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # vcdvcd resets it, and writing to a closed socket kills pytest
THICKNET = Path(sys.executable).with_name("thicknet")
SCENARIOS = ("web", "ping", "udp-echo", "collision", "hub-collision")
PREAMBLE = b"\x55" * 7 + b"\xd5"


def thicknet(*arguments: str | Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    """Run the command in a fresh process with a hash seed."""
    return subprocess.run(
        [THICKNET, *arguments],
        capture_output=True,
        text=True,
        env={
            "PYTHONHASHSEED": seed,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "THICKNET_CACHE": os.environ["THICKNET_CACHE"],
        },
        check=False,
    )


def record(folder: Path, scenario: str | Path) -> str:
    """Run `scenario` into `folder`; returns the timeline."""
    done = thicknet("run", scenario, "-o", folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def tshark(capture: Path, *arguments: str) -> list[str]:
    """The lines that tshark prints of `capture`, with every checksum validated."""
    checks = ["eth.check_fcs", "ip.check_checksum", "tcp.check_checksum", "udp.check_checksum"]
    options = [word for check in checks for word in ("-o", f"{check}:TRUE")]
    done = subprocess.run(
        ["tshark", "-r", capture, *options, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def fields(capture: Path, *names: str, only: str = "") -> list[list[str]]:
    """Fields of the packets of `capture` that match the display filter `only`."""
    wanted = [word for name in names for word in ("-e", name)]
    filtered = ["-Y", only] if only else []
    return [line.split("\t") for line in tshark(capture, *filtered, "-T", "fields", *wanted)]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("web")
    return folder, record(folder, "web")


@pytest.fixture(scope="module")
def collision(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("collision")
    return folder, record(folder, "collision")


def in_order(text: str, phrases: Sequence[str]) -> None:
    """Each phrase occurs, after the one before it."""
    place = 0
    for phrase in phrases:
        found = text.find(phrase, place)
        assert found >= 0, f"{phrase!r} is not in the timeline, or not after what precedes it"
        place = found + len(phrase)


def test_mission_1_to_4_the_timeline_tells_of_a_socket_from_its_making_to_its_removal(
    web: tuple[Path, str],
) -> None:
    in_order(
        web[1],
        [
            "pc        socket   socket() by browse",
            "connect() to 192.168.1.20:80",
            "is SYN-SENT, was CLOSED",
            "asks everyone: who has 192.168.1.20?",
            "is ESTABLISHED, was SYN-SENT",
            '"GET / HTTP/1.1" 200',
            "browse: 200 OK",
            "browse: <!doctype html>",
            "is TIME-WAIT",
            "is removed",
            "every program has ended",
        ],
    )


def test_every_line_of_events_is_what_the_schema_says(web: tuple[Path, str]) -> None:
    schema = json.loads((Path(sim.__file__).parent / "record/events.schema.json").read_text("utf-8"))
    lines = [json.loads(line) for line in (web[0] / "events.jsonl").read_text("utf-8").splitlines()]
    one_of_each = {(line["layer"], line["kind"], *line["fields"]): line for line in lines}
    assert len(one_of_each) > 40
    assert all(fits(line, schema) for line in one_of_each.values())


@pytest.mark.needs("tshark")
def test_tshark_finds_no_error_and_no_retransmission_on_the_cable(web: tuple[Path, str]) -> None:
    wire = web[0] / "yellow.pcapng"
    rows = fields(wire, "fpp.checksum.status", "ip.checksum.status", "tcp.checksum.status")
    assert all(row[0] == "1" for row in rows)
    assert {tuple(row[1:]) for row in rows} == {("", ""), ("1", "1")}, "ARP has neither, TCP has both"
    assert sum(row[2] == "1" for row in rows) == 9, "three to open, three with data, three to close"
    assert tshark(wire, "-Y", "tcp.analysis.flags || _ws.malformed || _ws.expert.severity >= warning") == []


@pytest.mark.needs("tshark")
def test_tshark_finds_good_frame_check_sequences_in_what_the_hosts_received(web: tuple[Path, str]) -> None:
    for host in ("pc", "server"):
        statuses = [status for (status,) in fields(web[0] / f"{host}.pcapng", "eth.fcs.status")]
        assert "1" in statuses
        assert set(statuses) <= {"1", ""}


@pytest.mark.needs("tshark")
def test_mission_2_3_and_4_1_handshake_and_four_segments_at_the_end(web: tuple[Path, str]) -> None:
    rows = fields(web[0] / "yellow.pcapng", "tcp.flags.syn", "tcp.flags.ack", "tcp.flags.fin", only="tcp")
    flags = [tuple(value in ("1", "True") for value in row) for row in rows]
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
    """Mission row 5.8: preamble, SFD and FCS included, read by a waveform reader that is not ours."""
    waveform = VCDVCD(str(web[0] / "waves.vcd"), signals=["yellow.tap0.level"])
    changes = [(ps, float(volts)) for ps, volts in waveform["yellow.tap0.level"].tv]
    seen = decode_manchester(changes[1:])
    captured = captured_packets(web[0] / "yellow.pcapng")
    assert [octets for _, octets in seen] == [octets for _, octets in captured]
    assert [-(-ps // 1000) for ps, _ in seen] == [ns for ns, _ in captured]
    for _, octets in seen:
        assert octets.startswith(PREAMBLE)
        frame = octets[len(PREAMBLE) :]
        assert zlib.crc32(frame[:-4]) == int.from_bytes(frame[-4:], "little")


def captured_packets(path: Path) -> list[tuple[int, bytes]]:
    """(ns, octets) of a capture, by scapy."""
    from scapy.utils import RawPcapNgReader

    with RawPcapNgReader(str(path)) as reader:
        return [
            ((meta.tshigh << 32 | meta.tslow), octets) for octets, meta in reader
        ]  # one nanosecond a tick


def test_mission_5_9_two_stations_collide_back_off_and_both_get_through(collision: tuple[Path, str]) -> None:
    in_order(
        collision[1],
        ["attempt 1", "attempt 1", "is that of 2 senders", "jam", "jam", "backoff after", "attempt 2"],
    )
    assert collision[1].count("1 packets transmitted, 1 received, 0% packet loss") == 2


@pytest.mark.needs("tshark")
def test_fragments_go_to_an_interface_of_their_own_with_a_comment(collision: tuple[Path, str]) -> None:
    wire = collision[0] / "yellow.pcapng"
    rows = fields(wire, "frame.interface_name", "frame.comment", "fpp.checksum.status")
    fragments = [row for row in rows if row[0] == "yellow-fragments"]
    assert fragments
    assert all("the voltage of 2 senders" in row[1] for row in fragments)
    assert all(row[2] == "1" for row in rows if row[0] == "yellow")


def page_hash(timeline: str) -> str:
    found = re.search(r"sha256 ([0-9a-f]{64})", timeline)
    assert found, timeline[-1500:]
    return found[1]


def served_page(size: int, tmp_path: Path) -> str:
    """The hash of what the web server serves, fetched on a loopback interface: no cable, no driver."""
    scenario = tmp_path / "alone.toml"
    scenario.write_text(
        f"""title = "alone"
seed = 1
[[host]]
name = "server"
address = "192.168.1.20/24"
[[coax]]
name = "yellow"
length = "10 m"
taps = [{{ at = "0 m", host = "server" }}]
[[program]]
host = "server"
run = "web-server --size {size}"
[[program]]
host = "server"
run = "browse http://127.0.0.1/"
"""
    )
    return page_hash(record(tmp_path / "alone", scenario))


def lan(idle: int, size: str, length: str, far: str) -> str:
    hosts = ["pc", "server", *(f"idle{n}" for n in range(idle))]
    text = 'title = "web"\nseed = 7\n'
    for number, host in enumerate(hosts):
        ppm = (-1) ** number * 100
        text += f'[[host]]\nname = "{host}"\naddress = "192.168.1.{10 + number}/24"\ncrystal_ppm = {ppm}\n'
    places = ["0 m", far, *(f"{50 * (n + 1)} m" for n in range(idle))]
    taps = ", ".join(f'{{ at = "{at}", host = "{host}" }}' for host, at in zip(hosts, places, strict=True))
    text += f'[[coax]]\nname = "yellow"\nlength = "{length}"\ntaps = [{taps}]\n'
    text += f'[[program]]\nhost = "server"\nrun = "web-server{size}"\n'
    text += '[[program]]\nhost = "pc"\nrun = "browse http://192.168.1.11/"\nat = "1 ms"\n'
    return text


def test_a_page_of_20_kb_arrives_right_to_the_byte(tmp_path: Path) -> None:
    scenario = tmp_path / "big.toml"
    scenario.write_text(lan(0, " --size 20000", "100 m", "100 m"))
    done = thicknet("run", scenario, "-o", tmp_path / "run", "--no-vcd")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "20000 octets" in done.stdout
    assert page_hash(done.stdout) == served_page(20_000, tmp_path)


def test_a_page_over_500_m_with_five_idle_stations_is_right_to_the_byte(tmp_path: Path) -> None:
    scenario = tmp_path / "long.toml"
    scenario.write_text(lan(5, " --size 1000", "500 m", "500 m"))
    assert page_hash(record(tmp_path / "run", scenario)) == served_page(1000, tmp_path)


@pytest.mark.needs("tshark")
def test_a_page_through_the_worst_maus_that_clause_8_lets_pass(tmp_path: Path) -> None:
    """What they lose is of the preamble: tshark finds it an octet shorter, and each FCS good."""
    worst = 'transmit_loss = 2, receive_loss = 5, invalid_bit = true, jitter = "18 ns"'
    text = lan(0, " --size 4000", "500 m", "500 m")
    for host in ("pc", "server"):
        text = text.replace(f'host = "{host}" }}', f'host = "{host}", {worst} }}')
    assert text.count(worst) == 2
    scenario = tmp_path / "worst.toml"
    scenario.write_text(text + '[[program]]\nhost = "pc"\nrun = "ethtool -S"\nat = "60 ms"\n')
    done = CliRunner().invoke(main, ["run", str(scenario), "-o", str(tmp_path / "run"), "--no-vcd"])
    assert done.exit_code == 0, done.output[-2000:]
    assert page_hash(done.output) == served_page(4000, tmp_path)
    for counter in ("fcs_errors", "alignment_errors", "carrier_sense_errors", "sqe_test_errors"):
        assert re.search(rf"\b{counter}: 0\n", done.output), counter
    rows = fields(tmp_path / "run/yellow.pcapng", "fpp.preamble", "fpp.checksum.status", only="fpp")
    assert len(rows) > 10
    assert rows == [["555555555555d5", "1"]] * len(rows)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rule_6_same_seed_same_bits_in_fresh_processes(scenario: str, tmp_path: Path) -> None:
    folders = []
    for hash_seed in ("1", "4711"):
        folder = tmp_path / hash_seed
        done = thicknet("run", scenario, "-o", folder, "-q", seed=hash_seed)
        assert done.returncode == 0, done.stderr
        folders.append(folder)
    names = [sorted(path.name for path in folder.iterdir()) for folder in folders]
    assert names[0] == names[1]
    assert {"events.jsonl", "waves.vcd", "waves.gtkw"} <= set(names[0])
    assert ("yellow.pcapng" in names[0]) == (scenario != "hub-collision")
    for name in names[0]:
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second, name


def test_another_seed_gives_other_bits(tmp_path: Path) -> None:
    contents = []
    for number in ("1", "2"):
        folder = tmp_path / number
        assert thicknet("run", "collision", "--seed", number, "-q", "-o", folder).returncode == 0
        contents.append((folder / "events.jsonl").read_bytes())
    assert contents[0] != contents[1]


def test_events_are_the_same_without_a_waveform(collision: tuple[Path, str], tmp_path: Path) -> None:
    assert thicknet("run", "collision", "-q", "--no-vcd", "-o", tmp_path / "run").returncode == 0
    for name in ("events.jsonl", "yellow.pcapng"):
        assert (tmp_path / "run" / name).read_bytes() == (collision[0] / name).read_bytes()
    assert not (tmp_path / "run" / "waves.vcd").exists()


def test_a_program_that_fails_dies_alone_and_the_summary_names_it(tmp_path: Path) -> None:
    """A closed port answers RST: the browser raises, the ping beside it gets through."""
    scenario = tmp_path / "refused.toml"
    text = lan(0, "", "100 m", "100 m").replace("http://192.168.1.11/", "http://192.168.1.11:81/")
    scenario.write_text(text + '[[program]]\nhost = "pc"\nrun = "ping -c 1 192.168.1.11"\nat = "2 ms"\n')
    done = thicknet("run", scenario, "-o", tmp_path / "run", "--no-vcd")
    assert done.returncode == 1
    assert "1 packets transmitted, 1 received" in done.stdout
    (failed,) = [line for line in done.stdout.splitlines() if line.startswith("failed: ")]
    assert "pc: browse" in failed
    assert re.search(r"exit status 1 at 0\.001\d+ s", failed)
    assert "Connection refused" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_program_that_raises_dies_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket closes (the peer sees the end), the network goes on, the summary names it."""

    def broken(words: list[str]) -> None:
        connection = socket.create_connection(("192.168.1.11", 80))
        connection.send(b"GET /")
        raise RuntimeError("out of ideas")

    monkeypatch.setitem(PROGRAMS, "broken", Program(broken, lambda words: words, service=False))
    scenario = tmp_path / "raises.toml"
    text = lan(0, "", "100 m", "100 m")
    scenario.write_text(text + '[[program]]\nhost = "pc"\nrun = "broken"\n')
    done = CliRunner().invoke(main, ["run", str(scenario), "-o", str(tmp_path / "run"), "--no-vcd"])
    assert done.exit_code == 1, done.output
    (failed,) = [line for line in done.output.splitlines() if line.startswith("failed: ")]
    assert re.search(r"pc: broken: .*RuntimeError.*out of ideas.* at 0\.000\d+ s", failed), failed
    in_order(done.output, ["broken ends", "is FIN-WAIT-1", "browse: 200 OK"])


def test_a_deadlock_says_who_waits_for_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that accepts without end, and is no service, beside a browser that comes and goes."""

    def patient(words: list[str]) -> None:
        with socket.create_server(("", 80)) as server:
            server.accept()
            server.accept()

    monkeypatch.setitem(PROGRAMS, "patient", Program(patient, lambda words: words, service=False))
    scenario = tmp_path / "waits.toml"
    scenario.write_text(lan(0, "", "100 m", "100 m").replace('"web-server"', '"patient"'))
    done = CliRunner().invoke(main, ["run", str(scenario), "-o", str(tmp_path / "run"), "--no-vcd", "-q"])
    assert done.exit_code == 1, done.output
    assert "deadlock" in done.output
    waiting = [line for line in done.output.splitlines() if line.startswith("waiting: ")]
    assert any(re.search(r"server.*patient.*accept", line) for line in waiting), waiting


@pytest.mark.needs("tshark")
def test_ctrl_c_ends_the_run_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    scenario = tmp_path / "endless.toml"
    program = '[[program]]\nhost = "pc"\nrun = "ping -c 65535 -i 0.001 192.168.1.11"\nat = "3 ms"\n'
    scenario.write_text(lan(0, "", "100 m", "100 m") + program)
    folder = tmp_path / "run"
    run = subprocess.Popen([THICKNET, "run", scenario, "-o", folder], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    for line in run.stdout:
        if "echo reply 3" in line:
            run.send_signal(signal.SIGINT)
            break
    rest, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "interrupted" in rest
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert any(event["kind"] == "echo reply received" for event in events)
    assert len(fields(folder / "yellow.pcapng", "fpp.checksum.status", only="icmp")) >= 6
    assert any(
        var.full_name == "yellow.tap0.level"
        for var in pywellen.Waveform(str(folder / "waves.vcd")).all_vars()
    )


LATE = """\
title = "After a minute the server's ARP poll is answered when the last program has ended"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
[[coax]]
name = "yellow"
length = "500 m"
taps = [{ at = "85 m", host = "pc" }, { at = "362.5 m", host = "server" }]
[[program]]
host = "pc"
run = "ping -c 2 -i 60 10.0.0.2"
at = "1 ms"
"""


def test_a_run_does_not_end_before_its_last_frame_has_arrived(tmp_path: Path) -> None:
    """A driver knows that its frame is sent while the end of it is still on the cable."""
    (tmp_path / "late.toml").write_text(LATE)
    record(tmp_path / "out", tmp_path / "late.toml")
    events = [json.loads(line) for line in (tmp_path / "out/events.jsonl").read_text().splitlines()]
    sent = [event for event in events if event["kind"] == "frame sent"]
    received = [event for event in events if event["kind"] == "frame received"]
    assert len(sent) == len(received) == len(fields(tmp_path / "out/yellow.pcapng", "eth.src", only="eth"))
    assert events[-1]["layer"] == "arp", "the case has gone: no frame is under way when the last program ends"
