"""The shipped scenarios from the command line to the files, judged by tshark and hashlib.

A run without a waveform leaves the same events and captures (a test here): only where the waveform is the
point is one recorded. `web` has a file of its own.
"""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from pcapng import FileScanner
from pcapng.blocks import EnhancedPacket

from sim.apps import site
from sim.apps.registry import PROGRAMS, Program
from sim.cli import main
from sim.scenario.shipped import scenario_path

SCENARIOS = {"web": 8, "ping": 8, "udp-echo": 8, "collision": 10, "hub-collision": 8, "office.toml": 8}
"""With the number of files that each leaves behind."""
ONE_AFTER_THE_OTHER = """if True:
    import sys
    from sim.cli import main
    for scenario in sys.argv[1:]:
        try:
            main(["run", scenario, "-q", "-o", scenario.split(".")[0]])
        except SystemExit as end:
            assert end.code == 0, end.code
"""


def record(folder: Path, scenario: str | Path, *options: str) -> str:
    """Run `scenario` into `folder`; returns the timeline."""
    done = CliRunner().invoke(main, ["run", str(scenario), "-o", str(folder), *options])
    assert done.exit_code == 0, done.output[-2000:]
    return done.output


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
def collision(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("collision")
    return folder, record(folder, "collision", "-v")


def in_order(text: str, phrases: Sequence[str]) -> None:
    """Each phrase occurs, after the one before it."""
    place = 0
    for phrase in phrases:
        found = text.find(phrase, place)
        assert found >= 0, f"{phrase!r} is not in the timeline, or not after what precedes it"
        place = found + len(phrase)


def test_mission_5_9_two_stations_collide_back_off_and_both_get_through(collision: tuple[Path, str]) -> None:
    in_order(
        collision[1],
        ["attempt 1", "attempt 1", "is that of 2 senders", "jam", "jam", "backoff after", "attempt 2"],
    )
    assert collision[1].count("1 packets transmitted, 1 received, 0% packet loss") == 2


@pytest.mark.needs("tshark")
def test_fragments_go_to_a_file_of_their_own_with_a_comment(collision: tuple[Path, str]) -> None:
    comments = fields(collision[0] / "yellow.fragments.pcapng", "frame.comment")
    assert comments
    assert all("voltage of 2 senders" in comment for (comment,) in comments)
    frames = fields(collision[0] / "yellow.pcapng", "eth.fcs.status")
    assert frames == [["1"]] * len(frames)


def page_hash(timeline: str) -> str:
    found = re.search(r"sha256 ([0-9a-f]{64})", timeline)
    assert found, timeline[-1500:]
    return found[1]


def served_page(size: int) -> str:
    return hashlib.sha256(site.page("server", size)).hexdigest()


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
    timeline = record(tmp_path / "run", scenario, "--no-vcd", "-v")
    assert "20000 octets" in timeline
    assert page_hash(timeline) == served_page(20_000)


def test_a_page_over_500_m_with_five_idle_stations_is_right_to_the_byte(tmp_path: Path) -> None:
    scenario = tmp_path / "long.toml"
    scenario.write_text(lan(5, " --size 1000", "500 m", "500 m"))
    assert page_hash(record(tmp_path / "run", scenario, "--no-vcd")) == served_page(1000)


@pytest.mark.needs("tshark")
def test_a_page_through_the_worst_maus_that_clause_8_lets_pass(tmp_path: Path) -> None:
    """What they lose is of the preamble: it is an octet shorter, and tshark finds each FCS good."""
    worst = 'transmit_loss = 2, receive_loss = 5, invalid_bit = true, jitter = "18 ns"'
    text = lan(0, " --size 4000", "500 m", "500 m")
    for host in ("pc", "server"):
        text = text.replace(f'host = "{host}" }}', f'host = "{host}", {worst} }}')
    assert text.count(worst) == 2
    scenario = tmp_path / "worst.toml"
    scenario.write_text(text + '[[program]]\nhost = "pc"\nrun = "ethtool -S"\nat = "60 ms"\n')
    timeline = record(tmp_path / "run", scenario, "--no-vcd", "-v")
    assert page_hash(timeline) == served_page(4000)
    for counter in ("fcs_errors", "alignment_errors", "carrier_sense_errors", "sqe_test_errors"):
        assert re.search(rf"\b{counter}: 0\n", timeline), counter
    rows = fields(tmp_path / "run/yellow.pcapng", "frame.comment", "eth.fcs.status")
    assert len(rows) > 10
    for comment, fcs in rows:
        bits = re.fullmatch(r"preamble and SFD of (\d+) bits", comment)
        assert bits and 56 <= int(bits[1]) < 64
        assert fcs == "1"


def in_a_process(place: Path, hash_seed: str, scenarios: Sequence[str]) -> None:
    """Run `scenarios` in a process with this hash seed, into folders of `place`."""
    place.mkdir(exist_ok=True)
    # asyncio, threads and random numbers of all programs at once; the cabling does not matter there
    office = re.sub(
        r"(?s)\[\[hub\]\].*?(?=\[\[program\]\])", "", scenario_path("office").read_text(), count=1
    )
    (place / "office.toml").write_text(office.replace("[[host]]", '[link]\ndelay = "5 us"\n\n[[host]]', 1))
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, *scenarios],
        capture_output=True,
        text=True,
        cwd=place,
        env={
            "PYTHONHASHSEED": hash_seed,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "THICKNET_CACHE": os.environ["THICKNET_CACHE"],
        },
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(done.stderr.splitlines()) <= {"engine: compiled", "engine: myhdl"}


def assert_same(folders: Sequence[Path], scenario: str) -> None:
    names = [sorted(path.name for path in folder.iterdir()) for folder in folders]
    assert names[0] == names[1]
    assert "events.jsonl" in names[0] and len(names[0]) == SCENARIOS[scenario]
    assert ({"waves.vcd", "waves.gtkw", "waves.sucl"} <= set(names[0])) == (scenario != "office.toml")
    assert ("yellow.pcapng" in names[0]) == (scenario not in ("hub-collision", "office.toml"))
    for name in names[0]:
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second, name


def test_rule_6_same_seed_same_bits_in_other_processes(tmp_path: Path) -> None:
    """And what has been run before in the same process does not matter. `ping` and `udp-echo`: see below."""
    scenarios = ["web", "collision", "hub-collision", "office.toml"]
    in_a_process(tmp_path / "1", "1", scenarios)
    in_a_process(tmp_path / "4711", "4711", scenarios[::-1])
    for scenario in scenarios:
        assert_same([tmp_path / seed / scenario.split(".")[0] for seed in ("1", "4711")], scenario)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rule_6_same_seed_same_bits_in_fresh_processes(scenario: str, tmp_path: Path) -> None:
    for hash_seed in ("1", "4711"):
        in_a_process(tmp_path / hash_seed, hash_seed, [scenario])
    assert_same([tmp_path / seed / scenario.split(".")[0] for seed in ("1", "4711")], scenario)


def test_another_seed_gives_other_bits(collision: tuple[Path, str], tmp_path: Path) -> None:
    record(tmp_path / "2", "collision", "--seed", "2", "-q", "--no-vcd")
    events = [(folder / "events.jsonl").read_bytes() for folder in (collision[0], tmp_path / "2")]
    assert events[0] != events[1]


def test_events_are_the_same_without_a_waveform(collision: tuple[Path, str], tmp_path: Path) -> None:
    record(tmp_path / "run", "collision", "-q", "--no-vcd")
    for name in ("events.jsonl", "yellow.pcapng", "left.pcapng"):
        assert (tmp_path / "run" / name).read_bytes() == (collision[0] / name).read_bytes()
    assert (collision[0] / "waves.vcd").exists() and not (tmp_path / "run" / "waves.vcd").exists()


def test_a_program_that_fails_dies_alone_and_the_summary_names_it(tmp_path: Path) -> None:
    """A closed port answers RST: the browser raises, the ping beside it gets through."""
    scenario = tmp_path / "refused.toml"
    text = lan(0, "", "100 m", "100 m").replace("http://192.168.1.11/", "http://192.168.1.11:81/")
    scenario.write_text(text + '[[program]]\nhost = "pc"\nrun = "ping -c 1 192.168.1.11"\nat = "2 ms"\n')
    done = CliRunner().invoke(main, ["run", str(scenario), "-o", str(tmp_path / "run"), "--no-vcd"])
    assert done.exit_code == 1
    assert "1 packets transmitted, 1 received" in done.output
    (failed,) = [line for line in done.output.splitlines() if line.startswith("failed: ")]
    assert "pc: browse" in failed
    assert re.search(r"exit status 1 at 0\.001\d+ s", failed)
    assert "Connection refused" in done.output
    assert "Traceback" not in done.output


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
    done = CliRunner().invoke(main, ["run", str(scenario), "-o", str(tmp_path / "run"), "--no-vcd", "-v"])
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


LATE = """\
title = "After a minute the server's ARP poll is answered when the last program has ended"
[[host]]
name = "pc"
address = "10.0.0.1/24"
processing_time = "0 s"
clock_ppm = 0
[[host]]
name = "server"
address = "10.0.0.2/24"
processing_time = "0 s"
clock_ppm = 0
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
    record(tmp_path / "out", tmp_path / "late.toml", "--no-vcd")
    events = [json.loads(line) for line in (tmp_path / "out/events.jsonl").read_text().splitlines()]
    sent = [event for event in events if event["kind"] == "frame sent"]
    received = [event for event in events if event["kind"] == "frame received"]
    with (tmp_path / "out/yellow.pcapng").open("rb") as capture:
        packets = [block for block in FileScanner(capture) if isinstance(block, EnhancedPacket)]
    assert len(sent) == len(received) == len(packets)
    assert events[-1]["layer"] == "arp", "the case has gone: no frame is under way when the last program ends"
