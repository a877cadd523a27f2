"""The run `web`, judged by tshark and by a waveform reader that is not ours."""

import re
import subprocess
from bisect import bisect_right
from pathlib import Path

import pytest
import pywellen
from click.testing import CliRunner
from pcapng import FileScanner
from pcapng.blocks import EnhancedPacket

from sim.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web") / "run"
    result = CliRunner().invoke(main, ["run", "web", "-o", str(folder)])
    assert result.exit_code == 0, result.output
    (folder / "timeline.txt").write_text(result.stdout, encoding="utf-8")
    return folder


def tshark(path: Path, *options: str) -> list[str]:
    checked = [f"{layer}.check_checksum:TRUE" for layer in ("ip", "tcp", "udp")] + ["eth.check_fcs:TRUE"]
    preferences = [word for preference in checked for word in ("-o", preference)]
    done = subprocess.run(
        ["tshark", "-r", str(path), *preferences, *options], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_the_timeline_goes_from_socket_to_the_removed_socket(folder: Path) -> None:
    """From the socket down to the cable and up again, in this order."""
    told = (folder / "timeline.txt").read_text(encoding="utf-8")
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
        r"pc +tcp +\S+ is ESTABLISHED",
        r"yellow +coax +TCP \S+ > 192\.168\.1\.20:80 PSH ACK ",  # 3.1
        r"FIN",  # 4.1
        r"is TIME-WAIT",  # 4.2
        r"the socket of descriptor \d+ is removed",
    ):
        match = re.compile(words).search(told, place)
        assert match, words
        place = match.end()


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("name", ["yellow", "pc", "server"])
def test_tshark_finds_nothing_wrong(folder: Path, name: str) -> None:
    wrong = "tcp.analysis.flags && !tcp.analysis.window_update"
    wrong += " || _ws.malformed || _ws.expert.severity == error || fpp.checksum.status == 0"
    wrong += " || eth.fcs.status == 0 || ip.checksum.status == 0 || tcp.checksum.status == 0"
    assert tshark(folder / f"{name}.pcapng", "-Y", wrong) == []
    assert len(tshark(folder / f"{name}.pcapng", "-Y", "tcp.checksum.status == 1")) >= 9


@pytest.mark.needs("tshark")
def test_every_fcs_is_good(folder: Path) -> None:
    frames = tshark(folder / "yellow.pcapng", "-T", "fields", "-e", "fpp.checksum.status")
    assert frames
    assert set(frames) == {"1"}
    received = ["-Y", 'frame.interface_name == "pc-received"', "-T", "fields", "-e", "eth.fcs.status"]
    assert set(tshark(folder / "pc.pcapng", *received)) == {"1"}


def test_the_level_in_the_waveform_is_the_capture(folder: Path) -> None:
    """Read the cable's voltage by the definition of Manchester: the second half of a cell is the bit."""
    waves = pywellen.Waveform(str(folder / "waves.vcd"))
    variables = {var.full_name: var for var in waves.all_vars()}

    def changes(name: str) -> list[tuple[int, float]]:
        signal = variables[name].signal
        return [signal[index] for index in range(len(signal))]

    levels = changes("yellow.tap0.level")
    times = [ps for ps, _ in levels]
    seen = []
    begin = None
    middle = 0.0
    for ps, mean in changes("yellow.tap0.mean"):
        if mean < 0 and begin is None:
            begin, middle = ps, mean
        elif mean == 0 and begin is not None:
            highs = [(at, volts > middle) for at, volts in levels]
            seen.append(octets_between(highs, times, begin, ps))
            begin = None
    with (folder / "yellow.pcapng").open("rb") as file:
        captured = [block.packet_data for block in FileScanner(file) if isinstance(block, EnhancedPacket)]
    assert seen == captured
    assert len(seen) >= 12


def octets_between(levels: list[tuple[int, bool]], times: list[int], begin: int, end: int) -> bytes:
    first = next(ps for ps, high in levels if ps > begin and high)
    bits = []
    for sample in range(first + 25_000, end, 100_000):
        bits.append(levels[bisect_right(times, sample) - 1][1])
    whole = len(bits) // 8  # the high level at the end of a frame reads as two or three ones more
    return bytes(sum(bit << n for n, bit in enumerate(bits[8 * i : 8 * i + 8])) for i in range(whole))
