"""The `thicknet` command (docs/running.md): what it prints, leaves behind and exits with."""

import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
import pywellen
from click.testing import CliRunner, Result
from pcapng import FileScanner
from pcapng.blocks import EnhancedPacket

from sim.cli import main

pytestmark = pytest.mark.usefixtures("on_compiled")

LAN = """\
title = "Two on a cable"
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
[[coax]]
name = "yellow"
length = "100 m"
taps = [{ at = "0 m", host = "pc" }, { at = "100 m", host = "server" }]
[[program]]
host = "pc"
"""
RUN = [sys.executable, "-c", "from sim.cli import main; main()"]
"""The command in a process of its own."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def thicknet(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def without_engine(stderr: str) -> str:
    """Without the line which says that `auto` is the compiled engine, if it is."""
    return stderr.removeprefix("engine: compiled\n")


def test_each_command_is_told_of_in_a_line_that_is_not_cut_off() -> None:
    _, commands = thicknet("--help").output.split("Commands:")
    assert len(commands.strip().splitlines()) == len(main.commands)
    assert "..." not in commands
    for name, command in main.commands.items():
        assert all(option.help for option in command.params if isinstance(option, click.Option)), name


@pytest.mark.parametrize(("end", "status"), [(b'run = "ping server"', 0), (b'run = "\xff"', 2)])
def test_a_scenario_may_come_from_a_pipe(here: Path, end: bytes, status: int) -> None:
    done = subprocess.run(
        [*RUN, "run", "-q", "--no-vcd", "/dev/stdin"],
        input=LAN.encode() + end,
        capture_output=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert status == 0 or done.stderr == b"/dev/stdin:14: is not UTF-8 text; save it as UTF-8\n"


def test_ping_is_told_and_recorded(here: Path) -> None:
    result = thicknet("run", "ping", "-v")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    for words in (
        "starts: ping -c 1 192.168.1.20",
        "socket() by ping: descriptor",
        "asks everyone: who has 192.168.1.20?",
        "transmission begins, attempt 1",
        "ARP who has 192.168.1.20? tell 192.168.1.10 (64 octets, FCS good)",
        "interrupt",
        "echo reply 1 from 192.168.1.20",
        "ping ends with status 0",
    ):
        assert any(words in line for line in lines), words
    assert lines[-2:] == ["yellow: 4 frames, 0 collisions", "recorded in runs/ping"]
    assert sorted(path.name for path in (here / "runs/ping").iterdir()) == [
        "events.jsonl",
        "pc.pcapng",
        "run.json",
        "server.pcapng",
        "waves.gtkw",
        "waves.sucl",
        "waves.vcd",
        "yellow.pcapng",
    ]


def test_quiet_prints_what_programs_print_and_the_summary(here: Path) -> None:
    result = thicknet("run", "ping", "-q", "--no-vcd", "-o", "out/one")
    assert result.exit_code == 0
    *printed, _, _, recorded = result.stdout.splitlines()
    assert printed[0] == "pc ping: PING 192.168.1.20 (192.168.1.20) 56(84) bytes of data."
    assert all(line.startswith("pc ping: ") for line in printed)
    assert recorded == "recorded in out/one"
    assert not (here / "out/one/waves.vcd").exists()


def test_json_prints_what_is_recorded(here: Path) -> None:
    result = thicknet("run", "ping", "--json", "--no-vcd")
    assert result.exit_code == 0
    *events, last = result.stdout.splitlines()
    assert events == (here / "runs/ping/events.jsonl").read_text(encoding="utf-8").splitlines()
    summary = json.loads(last)["summary"]
    assert summary["ending"] == "done"
    assert summary["cables"] == {"yellow": {"frame": 4}}


def test_until_ends_the_run(here: Path) -> None:
    result = thicknet("run", "ping", "-q", "--no-vcd", "--until", "1.1 ms")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "0.0011 s of simulated time: the time asked for is over" in lines
    assert "still running: pc: ping -c 1 192.168.1.20" in lines


@pytest.mark.parametrize("until", ["1", "1 m", "soon", "0 s", "-1 s"])
def test_until_must_be_a_time(here: Path, until: str) -> None:
    assert thicknet("run", "ping", "--until", until).exit_code == 2
    assert not (here / "runs").exists()


def test_a_seed_is_not_negative(here: Path) -> None:
    assert thicknet("run", "ping", "--seed", "-1").exit_code == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wbe", 'wbe: there is no such scenario; did you mean "web"?\n'),
        ("wbe.toml", "wbe.toml: there is no such file\n"),
        ("zzzzz", "zzzzz: there is no such scenario; `thicknet scenarios` lists those that ship\n"),
    ],
)
def test_a_scenario_that_does_not_exist(here: Path, name: str, words: str) -> None:
    result = thicknet("run", name)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", words)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('run = "pong 192.168.1.20"', "lan.toml:14: program.run: there is no program 'pong'; did you mean"),
        ('run = "telnet pc"', "lan.toml:14: program.run: there is no program 'telnet'; there are arp,"),
        ('run = "ping"', "lan.toml:14: program.run: "),
        ('rum = "ping 192.168.1.20"', 'lan.toml:14: program.rum: is not a key here; did you mean "run"?'),
    ],
)
def test_bad_input_is_one_line_and_status_2(here: Path, line: str, complaint: str) -> None:
    (here / "lan.toml").write_text(LAN + line)
    result = thicknet("run", "lan.toml")
    assert result.exit_code == 2
    assert result.stderr.startswith(complaint)
    assert result.stderr.count("\n") == 1
    assert not (here / "runs").exists()


def test_a_program_that_fails_is_named_and_the_status_is_1(here: Path) -> None:
    (here / "lan.toml").write_text(LAN + 'run = "browse http://192.168.1.20/"\n')
    result = thicknet("run", "lan.toml", "-q", "--no-vcd")
    assert result.exit_code == 1
    assert "failed: pc: browse http://192.168.1.20/: " in result.stdout
    assert "Traceback" not in result.output


def test_folder_of_somebody_else_is_left_alone(here: Path) -> None:
    (here / "thesis").mkdir()
    (here / "thesis/chapter.txt").write_text("all my work")
    result = thicknet("run", "ping", "-o", "thesis")
    assert result.exit_code == 2
    assert result.stderr == "thesis: holds other files and no earlier run; choose another with -o\n"
    (here / "file").write_text("")
    assert thicknet("run", "ping", "-o", "file").stderr == "file: cannot be written: File exists\n"


def test_a_run_replaces_an_earlier_one(here: Path) -> None:
    assert thicknet("run", "ping", "-q").exit_code == 0
    (here / "runs/ping/blue.pcapng").write_bytes(b"a cable that is no more")
    assert thicknet("run", "ping", "-q", "--no-vcd").exit_code == 0
    assert sorted(path.name for path in (here / "runs/ping").iterdir()) == [
        "events.jsonl",
        "pc.pcapng",
        "run.json",
        "server.pcapng",
        "yellow.pcapng",
    ]


def test_scenarios_lists_names_and_titles() -> None:
    result = thicknet("scenarios")
    assert result.exit_code == 0
    assert re.search(r"(?m)^web +A web page over one yellow cable$", result.stdout)


def test_scenarios_says_what_one_of_them_shows() -> None:
    result = thicknet("scenarios", "ping")
    assert result.exit_code == 0
    title, empty, *rest = result.stdout.splitlines()
    assert title == "One ping: ARP, an echo request and its reply" and not empty
    assert rest[0].startswith(
        "pc does not know the station address of 192.168.1.20, and asks all stations (ARP)."
    )
    result = thicknet("scenarios", "pong")
    assert result.exit_code == 2 and "pong" in result.stderr


@pytest.mark.needs("iverilog")
def test_convert_writes_what_icarus_compiles(here: Path) -> None:
    result = thicknet("convert", "mac_transmit", "--hdl", "verilog", "-o", "rtl")
    assert result.exit_code == 0, result.output
    subprocess.run(["iverilog", "-t", "null", result.stdout.split()[0]], check=True)
    result = thicknet("convert", "mac_transmit", "--hdl", "vhdl", "-o", "rtl")
    assert result.stdout.split() == ["rtl/mac_transmit.vhd", "rtl/mac_transmit.f"]


@pytest.mark.needs("iverilog")
def test_convert_writes_a_box_and_its_modules(here: Path) -> None:
    result = thicknet("convert", "adapter", "-o", "rtl")
    assert result.exit_code == 0, result.output
    written = result.stdout.split()
    assert sorted(map(str, Path("rtl").iterdir())) == sorted(written)
    listed = Path("rtl/adapter.f").read_text().split()
    assert listed[-1] == "adapter.v"
    subprocess.run(["iverilog", "-t", "null", "-s", "adapter", *listed], check=True, cwd="rtl")


def test_convert_counts_ports(here: Path) -> None:
    result = thicknet("convert", "hub", "--ports", "1", "-o", "rtl")
    assert (result.exit_code, result.stderr) == (2, "hub: has 2 to 64 ports, not 1\n")
    result = thicknet("convert", "mau", "--ports", "3", "-o", "rtl")
    assert result.exit_code == 2
    assert result.stderr == "mau: has no ports to be counted; --ports is for a hub or a switch\n"


def test_convert_of_a_circuit_that_does_not_exist(here: Path) -> None:
    result = thicknet("convert", "mac_transmitt", "-o", "rtl")
    assert result.exit_code == 2
    assert result.stderr == 'mac_transmitt: there is no such circuit; did you mean "mac_transmit"?\n'
    stderr = thicknet("convert", "zzz", "-o", "rtl").stderr
    assert "circuits: adapter, mac, phy, hub, mau, switch, " in stderr
    assert ", address_filter, " in stderr
    assert thicknet("convert", "mac_transmit", "--hdl", "abel", "-o", "rtl").exit_code == 2


def test_view_needs_a_waveform(here: Path) -> None:
    result = thicknet("view", "nowhere")
    assert result.exit_code == 2
    assert result.stderr.startswith("nowhere: holds no run")


def test_view_opens_the_arranged_waveform(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thicknet("run", "ping", "-q", "-o", "run")
    (here / "bin").mkdir()
    monkeypatch.setenv("PATH", str(here / "bin"))
    result = thicknet("view", "run")
    assert result.exit_code == 1
    assert "neither GTKWave nor Surfer is installed: `make tools` installs GTKWave" in result.stderr
    (here / "bin/gtkwave").write_text('#!/bin/sh\necho "$PWD/$1" > opened\n')
    (here / "bin/gtkwave").chmod(0o755)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "there is no display for GTKWave" in thicknet("view", "run").stderr
    monkeypatch.setenv("DISPLAY", ":1")
    assert thicknet("view", "run").exit_code == 0
    assert (here / "run/opened").read_text() == f"{here}/run/view.gtkw\n"


def test_a_pipe_that_closes_early_shows_no_traceback(here: Path) -> None:
    with subprocess.Popen([*RUN, "run", "web"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("number", "options"),
    [
        (signal.SIGINT, ("--engine", "myhdl")),
        pytest.param(signal.SIGINT, (), marks=pytest.mark.slow),
        (signal.SIGTERM, ()),
        (signal.SIGHUP, ()),
    ],
)
def test_a_signal_that_ends_the_run_keeps_what_was_recorded(
    here: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    """Issue 2: Ctrl-C ends the run; what was recorded until then is kept and readable."""
    (here / "lan.toml").write_text(LAN + 'run = "ping -c 60000 -i 0.01 192.168.1.20"\n')
    with subprocess.Popen(
        [*RUN, "run", "lan.toml", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while "echo reply 2 " not in process.stdout.readline():
            pass
        process.send_signal(number)
        rest = process.stdout.read()
        assert without_engine(process.stderr.read()) == ""
    assert process.returncode == 1
    assert "interrupted; what was recorded until then is kept" in rest
    waveform = pywellen.Waveform("runs/lan/waves.vcd")
    assert any(var.full_name == "yellow.pc.level_V" for var in waveform.all_vars())
    events = [json.loads(line) for line in (here / "runs/lan/events.jsonl").read_text("utf-8").splitlines()]
    assert any(event["kind"] == "echo reply received" for event in events)
    with (here / "runs/lan/yellow.pcapng").open("rb") as capture:
        packets = [block.packet_data for block in FileScanner(capture) if isinstance(block, EnhancedPacket)]
    assert sum(b"\x08\x00\x45" in packet for packet in packets) >= 4, "IPv4 in Ethernet"


def test_a_terminal_without_micro_signs_gets_a_timeline(here: Path) -> None:
    done = CliRunner(charset="ascii").invoke(main, ["run", "ping"])
    assert done.exit_code == 0, done.output
    assert "1 000.000 \\xb5s  pc        program  starts: ping" in done.stdout


def test_a_full_disk_is_a_sentence(here: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        done = thicknet("run", "ping", "-q")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert done.exit_code == 1
    assert without_engine(done.stderr) == "runs/ping: cannot be written: File too large\n"


def test_the_list_of_scenarios_waits_for_no_circuit() -> None:
    """MyHDL, numpy and every circuit are loaded by the commands that simulate."""
    listing = """if True:
        import sys
        from sim.cli import main
        main(["scenarios"], standalone_mode=False)
        print(*sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "click" in loaded and not loaded & {"myhdl", "numpy", "hw", "greenlet"}
