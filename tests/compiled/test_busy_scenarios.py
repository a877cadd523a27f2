"""The scenarios that carry much: hashes, and a call judged by tshark.

The short forms are the shipped files with smaller numbers; the slow ones are as they ship.
"""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.apps import site
from sim.cli import main
from sim.scenario.shipped import scenario_path

SHORT = {
    "download": {"file/2000000": "file/100000"},
    "office": {
        **{
            "phone --seconds 2": "phone --seconds 1",
            "file/500000": "file/40000",
            "--post 100000": "--post 20000",
        },
        **{"--attach 20000": "--attach 5000", "1200 ms": "700 ms", "1500 ms": "900 ms", "1600 ms": "950 ms"},
    },
    "voice": {"--seconds 4": "--seconds 1", "1500 ms": "400 ms", "file/1000000": "file/150000"},
}


def record(name: str, tmp_path: Path, changes: dict[str, str] | None = None) -> list[str]:
    """Run it on the compiled engine, with other numbers if some are given; the timeline."""
    text = scenario_path(name).read_text()
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "scenario.toml").write_text(text)
    words = ["run", str(tmp_path / "scenario.toml"), "--engine", "compiled", "-o", str(tmp_path / "run")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output[-2000:]
    assert not (tmp_path / "run/waves.vcd").exists(), "a long scenario records no waveform"
    return done.output.splitlines()


def printed(timeline: list[str], host: str, program: str) -> list[str]:
    found = (re.search(rf"{host} +program +{program}: (.*)", line) for line in timeline)
    return [match[1] for match in found if match]


def judge_download(timeline: list[str], octets: int) -> None:
    last = printed(timeline, "pc", "download")[-1]
    digest = hashlib.sha256(site.file("server", octets)).hexdigest()
    assert re.fullmatch(rf"{octets} octets in [0-9.]+ s, [0-9.]+ kB/s, sha256 {digest}", last)


def judge_call(timeline: list[str], folder: Path, spoken: int) -> None:
    """What each phone says of the call is what tshark finds in what its adapter received."""
    for host, address in (("alice", "192.168.1.10"), ("bob", "192.168.1.11")):
        counts, jitter, playable = printed(timeline, host, "phone")
        received, expected, lost, late = map(int, re.findall(r"\d+", counts))
        assert (expected, received) == (spoken, spoken - lost)
        streams = subprocess.run(
            [
                "tshark",
                "-r",
                folder / f"{host}.pcapng",
                "-d",
                "udp.port==5004,rtp",
                "-q",
                "-z",
                "rtp,streams",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        (stream,) = [line.split() for line in streams.splitlines() if f"{address}  5004 0x" in line]
        assert stream[7:11] == ["g711U", str(received), str(lost), f"({100 * lost / expected:.1f}%)"]
        mean, largest, _ = map(float, re.findall(r"[0-9.]+(?= ms)", jitter))
        crystal = largest * 100e-6  # by which the phone measures, and tshark does not
        assert largest == pytest.approx(float(stream[16]), abs=0.002 + crystal)
        assert mean == pytest.approx(float(stream[15]), rel=0.05)
        assert (
            playable
            == f"{(received - late) * 0.02:.2f} s of {expected * 0.02:.2f} s of speech could be played"
        )
        assert late > 0, "the hub is not loaded enough to hear it"


def test_a_download_over_500_m_of_coax(tmp_path: Path) -> None:
    judge_download(record("download", tmp_path, SHORT["download"]), 100_000)


@pytest.mark.needs("tshark")
def test_mission_6_3_a_call_over_a_loaded_hub(tmp_path: Path) -> None:
    judge_call(record("voice", tmp_path, SHORT["voice"]), tmp_path / "run", 50)


@pytest.mark.needs("tshark")
def test_mission_3_5_a_slow_reader_closes_its_window_and_opens_it_again(tmp_path: Path) -> None:
    timeline = record("slow-reader", tmp_path)
    last = printed(timeline, "pc", "download")[-1]
    assert re.fullmatch(r"90000 octets in 15\.00\d s, 6\.0 kB/s, sha256 [0-9a-f]{64}", last)
    assert hashlib.sha256(site.file("server", 90_000)).hexdigest() in last
    capture = tmp_path / "run/pc.pcapng"
    fields = ["-T", "fields", "-e", "tcp.window_size", "-Y", "tcp.flags.syn == 0 and ip.src == 192.168.1.10"]
    shown = subprocess.run(["tshark", "-r", capture, *fields], capture_output=True, text=True, check=True)
    windows = list(map(int, shown.stdout.split()))
    closed = windows.index(0)
    assert windows[closed - 1] < 1460 and windows[closed + 1] == 8192


@pytest.mark.slow
def test_the_download_as_it_ships(tmp_path: Path) -> None:
    judge_download(record("download", tmp_path), 2_000_000)


@pytest.mark.slow
@pytest.mark.needs("tshark")
def test_the_call_as_it_ships(tmp_path: Path) -> None:
    timeline = record("voice", tmp_path)
    judge_call(timeline, tmp_path / "run", 150)
    judge_download(timeline, 1_000_000)


@pytest.mark.slow
def test_10_mb_arrive_right_to_the_byte(tmp_path: Path) -> None:
    judge_download(record("download", tmp_path, {"file/2000000": "file/10000000"}), 10_000_000)


def judge_office(timeline: list[str], downloaded: int = 500_000, attached: int = 20_000) -> None:
    """Everything but the call and the film, which UDP promises nobody."""
    told = "\n".join(timeline)
    for number in (1, 2, 3):
        image = site.image(number)
        digest = hashlib.sha256(image).hexdigest()
        assert f"/image/{number}.png: {len(image)} octets, sha256 {digest}" in told
    file = hashlib.sha256(site.file("web", downloaded)).hexdigest()
    assert printed(timeline, "carol", "download")[-1].endswith(file)
    attachment = hashlib.sha256(site.file("alice", attached)).hexdigest()
    assert f"data.bin: {attached} octets, sha256 {attachment}" in printed(timeline, "bob", "fetch-mail")
    sent, _, received, *_ = printed(timeline, "carol", "browse")[-4:]
    assert sent == f"posting {received}"
    assert "www.lan is 192.168.1.20" in told
    assert "2 packets transmitted, 2 received" in told


def counted(timeline: list[str], host: str, program: str) -> list[int]:
    """Packets that came, packets sent, lost, late."""
    return list(map(int, re.findall(r"\d+", printed(timeline, host, program)[0])))


def test_everything_at_once_on_a_hub(tmp_path: Path) -> None:
    timeline = record("office", tmp_path, SHORT["office"])
    judge_office(timeline, 40_000, 5_000)
    for host, program in (("alice", "phone"), ("bob", "phone"), ("carol", "watch")):
        received, expected, *_ = counted(timeline, host, program)
        assert received >= expected - 5, "who collides 16 times in a row loses a frame"


@pytest.mark.slow
def test_everything_at_once_on_a_hub_as_it_ships(tmp_path: Path) -> None:
    timeline = record("office", tmp_path)
    judge_office(timeline)
    for host, program in (("alice", "phone"), ("bob", "phone"), ("carol", "watch")):
        received, expected, *_ = counted(timeline, host, program)
        assert received >= expected - 5, "who collides 16 times in a row loses a frame"
    assert counted(timeline, "alice", "phone")[3] > 0, "late, since others were sending"


@pytest.mark.slow
def test_everything_at_once_on_a_switch(tmp_path: Path) -> None:
    timeline = record("office-switch", tmp_path)
    judge_office(timeline)
    assert counted(timeline, "alice", "phone") == [75, 75, 0, 0]
    assert counted(timeline, "bob", "phone") == [75, 75, 0, 0]
    assert counted(timeline, "carol", "watch")[2:] == [0, 0]
    assert printed(timeline, "carol", "watch")[2] == "25 of 25 frames could be shown, 1.00 s of 1.00 s"
