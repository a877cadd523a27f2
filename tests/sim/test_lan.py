"""The builder: the scenario file's words in Python, one's own functions as programs, what came of them."""

# ruff: noqa: ANN001, ANN003, ANN201, ANN202

import asyncio
import inspect
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.l2 import Ether

from sim import Lan, RunError, ScenarioError
from sim.apps.registry import find
from sim.os.outcome import Ending
from sim.python.dispatch import real
from sim.record.timeline import sentence
from sim.scenario.loader import load

ROOT = Path(__file__).parent.parent.parent


def two_hosts(**keys):
    lan = Lan(**keys)
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    return lan


def echo(port):
    with socket.create_server(("", port)) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(1000):
                    connection.sendall(data)


async def ask(host, port, text):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(text)
    answer = await reader.readexactly(len(text))
    writer.close()
    return answer


def test_a_function_and_a_coroutine_function_with_their_arguments():
    lan = two_hosts()
    lan.link(delay="5 ms")
    lan.program("server", echo, 7, service=True)
    job = lan.program("pc", ask, "server", 7, b"hello", at="1 ms")
    assert not job.done()
    run = lan.run()
    assert job.done() and job.result() == b"hello" and job.exception() is None
    assert run.outcome.ending is Ending.DONE and run.outcome.succeeded


def test_a_command_line_is_a_program_too():
    lan = two_hosts()
    lan.link()
    lan.program("pc", "ping -c 1 192.168.1.20")
    assert any("1 packets transmitted, 1 received" in line for line in lan.run().output("pc"))


def test_events_and_captures():
    lan = two_hosts()
    lan.link(delay="1 ms")
    lan.program("pc", "ping -c 2 192.168.1.20")
    run = lan.run()
    assert len(run.find("echo reply received", where="pc", layer="icmp")) == 2
    assert len(run.find("echo reply received", sequence=2)) == 1
    assert not run.find("echo reply received", where="server")
    assert [event.ps for event in run.events] == sorted(event.ps for event in run.events)
    packets = run.capture("pc")
    pings = [packet for packet in packets if ICMP in Ether(packet.octets)]
    assert [packet.interface for packet in pings] == ["pc-sent", "pc-received"] * 2
    assert len(pings[0].octets) == len(pings[1].octets) == 98
    assert 2_000_000 < pings[1].ns - pings[0].ns < 2_220_000
    assert (run.folder / "events.jsonl").is_file() and not (run.folder / "waves.vcd").exists()


def test_what_a_program_raises_ends_up_with_the_caller():
    def divide(number):
        return number / 0

    lan = two_hosts()
    lan.link()
    job = lan.program("pc", divide, 5, at="3 s")
    with pytest.raises(
        RunError, match=r"pc: divide\(\): ZeroDivisionError: division by zero at 3 s"
    ) as failed:
        lan.run()
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        job.result()
    run = lan.run(check=False)
    assert [failure.reason for failure in run.outcome.failures] == ["ZeroDivisionError: division by zero"]


def test_a_deadlock_is_an_error_that_says_who_waits():
    def wait():
        with socket.create_server(("", 7)) as listener:
            listener.accept()

    lan = two_hosts()
    lan.link()
    job = lan.program("pc", wait)
    with pytest.raises(RunError, match=r"deadlock\npc: wait\(\) waits in accept\(\)"):
        lan.run()
    with pytest.raises(RunError, match=r"wait\(\) had not ended when the run did"):
        job.result()


def test_a_program_that_exits_has_an_end_too():
    lan = two_hosts()
    lan.link()
    job = lan.program("pc", sys.exit, 3)
    with pytest.raises(RunError, match=r"pc: exit\(\): exit status 3"):
        lan.run()
    assert isinstance(job.exception(), SystemExit)


def test_ctrl_c_is_the_caller_s():
    lan = two_hosts()
    lan.link()
    lan.program("pc", lambda: real["signal.raise_signal"](signal.SIGINT))
    lan.program("pc", time.sleep, 100)
    with pytest.raises(KeyboardInterrupt):
        lan.run()


def test_until():
    lan = two_hosts(until="2 s")
    lan.link()
    lan.program("server", echo, 7, service=True)
    assert lan.run().outcome.ns == 2_000_000_000


def test_same_seed_same_events_and_another_seed_other_losses():
    def events(seed):
        lan = two_hosts(seed=seed)
        lan.link(loss=0.3)
        lan.program("pc", "ping -c 20 192.168.1.20")
        return [(event.ps, event.kind) for event in lan.run().events]

    assert events(1) == events(1) != events(2)


def test_a_lan_can_be_run_again():
    lan = two_hosts()
    lan.link()
    job = lan.program("pc", lambda: os.getpid())  # looked up there: the kernel's may not be in its place yet
    assert lan.run().events == lan.run().events
    assert job.result() == 1


def test_loss_is_the_part_of_the_frames_that_is_lost():
    lan = two_hosts()
    lan.link(loss=0.2)
    lan.program("pc", "ping -c 400 -i 0.01 192.168.1.20")
    run = lan.run(check=False)
    sent = [packet for name in ("pc", "server") for packet in run.capture(name) if "sent" in packet.interface]
    came = [packet for name in ("pc", "server") for packet in run.capture(name) if "rec" in packet.interface]
    assert 0.75 < len(came) / len(sent) < 0.85
    lost = run.find("frame lost", where="link")
    assert len(lost) == len(sent) - len(came)
    assert any("ICMP 192.168.1.10 > 192.168.1.20 echo request" in sentence(one) for one in lost)


TOML = """\
title = "t"
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
"""
COAX = """\
[[coax]]
name = "yellow"
length = "10 m"
taps = [{ at = "0 m", host = "pc" }, { at = "2.5 m", host = "server" }]
"""
TAPS = [{"at": "0 m", "host": "pc"}, {"at": "2.5 m", "host": "server"}]


def yellow(lan):
    lan.coax("yellow", length="10 m", taps=TAPS)


def linked(lan, **host):
    lan.host("x", **host)
    lan.link()


ASKEW = [TAPS[0], {**TAPS[1], "at": "2.6 m"}]
MISTAKES = [
    # the file's tables, the key complained of, the same in Python
    (
        '[[host]]\nname = "x"\naddress = "192.168.1.0/24"\n[link]',
        "host",
        lambda lan: linked(lan, address="192.168.1.0/24"),
    ),
    ('[[host]]\nname = "x"\n[link]', "host", linked),
    (
        '[[host]]\nname = "x"\naddres = "1.2.3.4/8"\n[link]',
        "host",
        lambda lan: linked(lan, addres="1.2.3.4/8"),
    ),
    ("[link]\nloss = 1.5", "link", lambda lan: lan.link(loss=1.5)),
    ('[link]\nloss = "half"', "link", lambda lan: lan.link(loss="half")),
    ('[link]\ndelay = "5"', "link", lambda lan: lan.link(delay="5")),
    ('[link]\ndelay = "-5 ms"', "link", lambda lan: lan.link(delay="-5 ms")),
    ("[link]\ndealy = 5", "link", lambda lan: lan.link(dealy=5)),
    (COAX + "[link]", "link", lambda lan: (yellow(lan), lan.link())),
    ("", "host", lambda lan: None),
    (
        COAX + '[[fault]]\nat = "1 s"\nwhat = "unplug"\nhost = "web"',
        "fault",
        lambda lan: (yellow(lan), lan.fault("unplug", at="1 s", host="web")),
    ),
    (
        COAX + '[[program]]\nhost = "pc"\nrun = "pong"',
        "program",
        lambda lan: (yellow(lan), lan.program("pc", "pong")),
    ),
    (
        COAX.replace("2.5 m", "2.6 m"),
        "coax",
        lambda lan: lan.coax("yellow", length="10 m", taps=ASKEW),
    ),
    ('[[hub]]\nname = "hub"\nports = 1', "hub", lambda lan: lan.hub("hub", ports=1)),
    (
        '[[box]]\nkind = "media-convertor"\nname = "box"',
        "box",
        lambda lan: lan.box("media-convertor", "box"),
    ),
    (
        '[[cable]]\nname = "c"\nlength = "10 m"\nends = ["pc", "hub.1"]',
        "cable",
        lambda lan: lan.cable("c", "10 m", ["pc", "hub.1"]),
    ),
]


@pytest.mark.parametrize(("toml", "kind", "build"), MISTAKES, ids=[str(n) for n in range(len(MISTAKES))])
def test_a_mistake_is_the_sentence_that_the_file_gets_with_the_line_of_the_call(tmp_path, toml, kind, build):
    (tmp_path / "lan.toml").write_text(TOML + toml)
    with pytest.raises(ScenarioError) as of_file:
        load(tmp_path / "lan.toml", lambda command: find(command)[0].service)
    with pytest.raises(ScenarioError) as of_python:
        lan = two_hosts()
        build(lan)
        lan.run()
    place, key, sentence = str(of_python.value).split(": ", 2)
    assert [key, sentence] == str(of_file.value).split(": ", 2)[1:]
    assert key.startswith(kind)
    file, _, line = place.rpartition(":")
    assert file == __file__ and int(line) > 0


def test_the_line_is_that_of_the_call():
    lan = two_hosts()
    lan.link()
    lan.program("pc", "ping -c 1 192.168.1.20")
    lan.program("pc", "ping -c 1 192.168.1.20", at="-1 s")
    line = inspect.currentframe().f_lineno - 1
    with pytest.raises(ScenarioError, match=f"test_lan.py:{line}: program.at: must not be negative"):
        lan.run()


@pytest.mark.parametrize("what", ["unplug", "power off"])
def test_faults_on_a_link(what):
    lan = two_hosts()
    lan.link()
    lan.fault(what, at="1500 ms", host="server")
    lan.fault(what.replace("un", "").replace("off", "on"), at="3500 ms", host="server")
    lan.program("pc", "ping -c 6 192.168.1.20")
    run = lan.run(check=False)
    assert [event.fields["sequence"] for event in run.find("echo reply received")] == [1, 2, 5, 6]


def test_a_lan_on_a_coax_with_a_waveform():
    lan = two_hosts()
    yellow(lan)
    lan.program("server", echo, 7, service=True)
    job = lan.program("pc", ask, "server", 7, b"hello", at="1 ms", stop="1 s")
    run = lan.run(waves=True)
    assert job.result() == b"hello"
    assert (run.folder / "waves.vcd").stat().st_size > 10_000
    first = run.capture("yellow")[0]
    sent = run.capture("pc")[0]
    assert first.octets.startswith(sent.octets) and len(first.octets) == 60  # padded
    assert 0 < first.ns - sent.ns < 100_000  # time is simulated time


def test_stop_kill_and_restart():
    begun = []

    def serve(name):
        begun.append(name)
        echo(7)

    def probe():
        try:
            socket.create_connection(("server", 7)).close()
        except OSError as error:
            return type(error).__name__
        return "served"

    lan = two_hosts()
    lan.link()
    lan.program("server", serve, "first", service=True, stop="2 s", restart="4 s")
    asked = [lan.program("pc", probe, at=f"{second} s") for second in (1, 3, 5)]
    lan.run()
    assert [job.result() for job in asked] == ["served", "ConnectionRefusedError", "served"]
    assert begun == ["first", "first"]


def test_each_host_has_a_directory_of_its_own(tmp_path):
    here = Path.cwd()

    def write(text):
        Path("note.txt").write_text(text)
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(text.encode())
        return Path.cwd(), Path.home(), file.name

    def read():
        return Path("note.txt").read_text()

    lan = two_hosts(folder=tmp_path / "run")
    lan.host("idle", address="192.168.1.30/24")
    lan.link()
    written = {host: lan.program(host, write, f"of {host}") for host in ("pc", "server")}
    lan.fault("power off", at="1 s", host="server")
    lan.fault("power on", at="2 s", host="server")
    read_again = [lan.program(host, read, at="3 s") for host in ("pc", "server")]
    lan.program("idle", int)
    lan.run()
    hosts = tmp_path / "run" / "hosts"
    for host, job in written.items():
        directory, home, temporary = job.result()
        assert directory == home == hosts / host
        assert Path(temporary).parent == hosts / host / "tmp" and Path(temporary).is_file()
    assert [job.result() for job in read_again] == ["of pc", "of server"]
    assert sorted(path.name for path in hosts.iterdir()) == ["pc", "server"]
    assert Path.cwd() == here
    (hosts / "pc" / "note.txt").write_text("of an earlier run")
    lan.run()
    assert (hosts / "pc" / "note.txt").read_text() == "of pc"


def test_the_files_that_say_who_a_host_is():
    def read():
        texts = [Path(f"/etc/{name}").read_text() for name in ("hostname", "hosts", "resolv.conf")]
        assert Path("/etc/hostname").read_bytes() == b"pc\n"
        with pytest.raises(PermissionError):
            Path("/etc/hosts").write_text("mine")
        return texts

    real_hosts = Path("/etc/hosts").read_text()
    lan = Lan()
    lan.host(
        "pc", address="192.168.1.10/24", nameserver=["192.168.1.20", "192.168.1.21"], search=["lan", "org"]
    )
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    job = lan.program("pc", read)
    lan.run()
    assert job.result() == [
        "pc\n",
        "127.0.0.1\tlocalhost\n192.168.1.10\tpc\n192.168.1.20\tserver\n",
        "nameserver 192.168.1.20\nnameserver 192.168.1.21\nsearch lan org\n",
    ]
    assert Path("/etc/hosts").read_text() == real_hosts


FAILING = """\
def test_it(lan):
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("pc", "ping -c 1 192.168.1.20")
    run = lan.run()
    assert (run.folder.parent / "run" / "pc.pcapng").exists()
    assert WANTED
"""


def pytest_run(folder, wanted):
    (folder / "test_mine.py").write_text(FAILING.replace("WANTED", wanted))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "sim.pytest_plugin", "-q", "-p", "no:cacheprovider", folder],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_fixture_shows_the_timeline_of_a_test_that_fails_and_the_line_of_a_mistake(tmp_path):
    """A mistake is in a line of that test, not in one of the fixture's file nor of what reads the tables."""
    (tmp_path / "test_typo.py").write_text(
        'def test_it(lan):\n    lan.host("pc", addres="10.0.0.1/24")\n    lan.run()\n'
    )
    failed = pytest_run(tmp_path, "run.find('echo reply received', sequence=2)")
    assert failed.returncode == 1 and "2 failed" in failed.stdout
    assert "thicknet, what happened" in failed.stdout and "echo reply 1 from 192.168.1.20" in failed.stdout
    assert (
        f'{tmp_path / "test_typo.py"}:2: host.addres: is not a key here; did you mean "address"?'
        in failed.stdout
    )
    assert "table.py" not in failed.stdout


def test_the_fixture_shows_nothing_of_a_test_that_passes_and_captures_warn_of_nothing(tmp_path):
    passed = pytest_run(tmp_path, "run.find('echo reply received', sequence=1) and run.capture('pc')")
    assert passed.returncode == 0, passed.stdout
    assert "thicknet" not in passed.stdout and "warning" not in passed.stdout, passed.stdout


def test_pytest_finds_the_fixture_by_itself():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"thicknet": "sim.pytest_plugin"}
