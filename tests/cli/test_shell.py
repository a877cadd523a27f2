"""`thicknet shell`, the command itself: lines from a pipe, and a person at a terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pywellen
from click.testing import CliRunner
from shell_lines import COMMAND, LINK, shell

from sim.apps.registry import PROGRAMS, Program
from sim.cli import main
from sim.cli.shell.commands import completions

pytestmark = pytest.mark.usefixtures("on_compiled")

CTRL_C, CTRL_D, TAB, UP = "\x03", "\x04", "\t", "\x1b[A"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("link.toml").write_text(LINK)
    return tmp_path


def events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_a_program_runs_on_the_host_before_the_dollar_sign(here: Path) -> None:
    result = shell("server$ ping -c 1 pc", "ip link", "use server", "ip link")
    assert result.exit_code == 0, result.output
    text = result.output
    assert text.startswith("pc$ server$ ping -c 1 pc\nPING pc (192.168.1.10) 56(84) bytes of data.\n")
    assert "1 packets transmitted, 1 received, 0% packet loss" in text
    first, second = re.findall(r"link/ether (\S+)", text)
    assert (first, second) == ("02:00:00:00:00:01", "02:00:00:00:00:02")
    assert text.endswith("recorded in runs/link\n")


def test_what_others_print_meanwhile_says_who_they_are() -> None:
    lines = shell("step 10 ms").output.splitlines()
    assert "pc ping: 1 packets transmitted, 1 received, 0% packet loss, time 0ms" in lines


def test_a_service_runs_in_the_background_and_can_be_killed() -> None:
    result = shell(
        "server$ web-server",
        "browse http://server/",
        "server$ ps",
        "server$ kill 1",
        "server$ ps",
        "time",
        "server$ web-server",
        "browse --timeout 1 http://server/",
    )
    assert result.exit_code == 0, result.output
    assert "pc$ server$ web-server\n[1] web-server\npc$" in result.output
    assert result.output.count("\n200 OK\n") == 2, "its port was free again"
    assert "ps\n    1 web-server\n" in result.output
    assert "pc$ server$ ps\npc$ time" in result.output, "nothing runs after kill"


def test_an_ampersand_lets_a_program_run_behind_the_prompt() -> None:
    result = shell("ping -c 2 server &", "time", "step 3 s", "time")
    assert "[2] ping -c 2 server\npc$ time\n0 s\n" in result.output
    assert "pc ping: 2 packets transmitted, 2 received" in result.output
    assert result.output.endswith("pc$ time\n3 s\nrecorded in runs/link\n")


def test_step_and_run_let_time_pass() -> None:
    result = shell("step 1ms", "time", "step 0.5 us", "time", "run")
    assert result.exit_code == 0
    assert "pc$ time\n0.001 s\n" in result.output
    assert "pc$ time\n0.0010005 s\n" in result.output
    assert re.search(r"pc ping: rtt min.* ms\n0\.00[0-9]+ s: every program has ended\n", result.output)


def test_a_pulled_cable_and_put_back_again(here: Path) -> None:
    result = shell(
        "ping -c 1 server",
        "server# unplug",
        "ping -c 1 -W 1 server",
        "server# plug",
        "ping -c 1 server",
        scenario="ping",
    )
    assert re.findall(r"(\d) received", result.output.replace("pc ping: ", "")).count("0") == 1
    assert result.exit_code == 1, "one ping failed"
    assert "failed: pc: ping -c 1 -W 1 server: exit status 1 at " in result.output
    told = [
        (event["where"], event["kind"]) for event in events(here / "runs/ping") if event["layer"] == "cable"
    ]
    assert told.index(("server", "unplug")) < told.index(("server", "plug"))


@pytest.mark.slow
def test_a_router_has_several_cables_and_one_says_which() -> None:
    result = shell(
        "gw# unplug",
        "gw# unplug eth7",
        "gw# unplug eth1",
        "pc# unplug eth0",
        "pc# plug",
        "gw# power on eth0",
        scenario="router",
    )
    assert result.output.count("say which of the interfaces of gw: eth0, eth1\n") == 2
    assert 'there is no "power on eth0" for a host' in result.output
    told = [event for event in events(Path("runs/router")) if event["kind"] in ("plug", "unplug")]
    assert [(event["where"], event["kind"]) for event in told] == [
        ("gw.eth1", "unplug"),
        ("pc", "unplug"),
        ("pc", "plug"),
    ]


def test_a_host_is_switched_off_and_on() -> None:
    result = shell(
        "server$ web-server",
        "step 1 ms",
        "server# power off",
        "server$ ps",
        "server$ ping pc",
        "hosts",
        "server# power on",
        "step 1 ms",
        "server$ ps",
        "browse http://server/",
    )
    assert "pc$ server$ ps\npc$ server$ ping pc\nserver is switched off\n" in result.output
    assert "server       switched off\n" in result.output
    assert "pc$ server$ ps\n    2 web-server\n" in result.output
    assert "\n200 OK\n" in result.output


def test_the_timeline_is_told_while_it_is_on() -> None:
    text = shell(
        "timeline on", "ping -c 1 server", "timeline off", "ping -c 1 server", scenario="ping"
    ).output
    assert text.count("asks everyone: who has 192.168.1.20?") == 1
    assert "transmission begins, attempt 1" in text
    assert text.count("echo reply 1 from 192.168.1.20") < 4


def test_hosts_time_and_help() -> None:
    result = shell("hosts", "time", "help", "", "   ", "# nothing", "exit", "hosts")
    assert result.exit_code == 0
    assert "pc           192.168.1.10/24 (eth0)\nserver       192.168.1.20/24 (eth0)\n" in result.output
    assert "pc$ time\n0 s\n" in result.output
    assert "step TIME         let simulated time pass" in result.output
    assert "programs: arp, browse, " in result.output
    assert result.output.count("pc$ hosts") == 1, "exit ends it"


@pytest.mark.slow
def test_the_tables_of_switches_at_any_time() -> None:
    """Before, between and after the first two frames; 7 s on."""
    result = shell("tables", "step 1080 us", "tables", "step 7 s", "tables", scenario="switch-learning")
    assert result.exit_code == 0
    first, second, third = (text.split("\nleft$ ")[0] for text in result.output.split("left$ tables\n")[1:])
    assert first.splitlines()[0] == "switch       no addresses"
    assert first.splitlines()[1] == "switch       port 1: half duplex"
    assert second.splitlines()[0] == "switch       02:00:00:00:00:01 at port 1, last frame 0 s ago"
    assert third.splitlines()[0] == "switch       02:00:00:00:00:01 at port 1, last frame 7 s ago"
    assert third.splitlines()[1] == "switch       02:00:00:00:00:02 at port 2, last frame 7 s ago"


COMPLAINTS = {
    "pign server": "there is no program 'pign'; did you mean \"ping\"?",
    "nobody$ ping pc": 'there is no host "nobody"; hosts: pc, server',
    "use nobody": 'there is no host "nobody"; hosts: pc, server',
    "ping": "ping: the following arguments are required: HOST (usage: ping",
    "ping 'pc": 'the command line "ping \'pc" cannot be split into words',
    "&": "the command line is empty",
    "server# power  of": 'there is no "power  of" for a host;',
    "server# paint": 'there is no "paint" for a host; after # there are: unplug, plug, power off, power on',
    "server#": 'there is no "" for a host; after # there are: unplug, plug, power off, power on',
    "step": '"" is not a time such as "1 ms"',
    "step 5": '"5" has no unit; write a time such as "1 ms"',
    "step -1 s": "time goes forward only",
    "kill 77": 'pc runs no program with the number "77"; ps lists them',
    "timeline maybe": "timeline on, or timeline off",
    "ping nowhere": "ping: nowhere: Name or service not known",
    "browse http://server/": "browse: http://server/: Connection refused",
}


def test_a_bad_line_is_a_sentence_and_the_shell_goes_on() -> None:
    result = shell(*COMPLAINTS, "hosts")
    assert result.exit_code == 1
    told = dict(answer.split("\n", 1) for answer in result.output.split("pc$ ")[1:] if "\n" in answer)
    for line, complaint in COMPLAINTS.items():
        if "$" not in line:  # which look like a prompt
            assert told[line].startswith(complaint) or f"\n{complaint}" in told[line], line
    assert result.output.count('there is no host "nobody"; hosts: pc, server\n') == 2
    assert "Traceback" not in result.output
    assert "192.168.1.20/24" in told["hosts"]


def test_one_bad_line_is_exit_status_1() -> None:
    assert shell("pign server").exit_code == 1
    assert shell("time").exit_code == 0


def test_an_unknown_scenario_is_bad_input() -> None:
    result = shell("help", scenario="pign")
    assert result.exit_code == 2
    assert 'did you mean "ping"?' in result.output


def test_a_program_that_waits_for_what_cannot_come_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(words: list[str]) -> None:
        import threading

        threading.Event().wait()

    monkeypatch.setitem(PROGRAMS, "waits", Program(waits, lambda words: words, service=False))
    result = shell("waits", "ps", "ping -c 1 server")
    assert "waiting: pc: waits waits in acquire() on " in result.output
    assert "pc$ ps\npc$ ping" in result.output
    assert "1 packets transmitted, 1 received" in result.output.split("pc$ ping")[1]


def test_a_program_that_raises_leaves_the_shell_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(words: list[str]) -> None:
        raise RuntimeError("out of ideas")

    monkeypatch.setitem(PROGRAMS, "broken", Program(broken, lambda words: words, service=False))
    result = shell("broken", "hosts")
    assert "RuntimeError: out of ideas\n" in result.output
    assert "failed: pc: broken: RuntimeError: out of ideas at " in result.output
    assert "192.168.1.20/24" in result.output


def test_the_recordings_are_whole(here: Path) -> None:
    """The same frames as `run` records, and a waveform that a reader takes."""
    assert shell("run", scenario="ping", options=()).exit_code == 0
    assert CliRunner().invoke(main, ["run", "ping", "-o", "told"]).exit_code == 0
    for name in ("events.jsonl", "yellow.pcapng", "pc.pcapng", "server.pcapng", "waves.vcd"):
        assert (here / "runs/ping" / name).read_bytes() == (here / "told" / name).read_bytes(), name
    pywellen.Waveform(str(here / "runs/ping/waves.vcd"))


def test_ctrl_c_ends_a_shell_that_reads_a_pipe_and_keeps_the_recordings(here: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "link.toml"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("ping -c 60000 -i 0.01 server\nhosts\n")
        process.stdin.flush()
        while "icmp_seq=20 " not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 1
    assert rest.endswith("recorded in runs/link\n")
    assert "192.168.1.20/24" not in rest, "the lines behind it are not carried out"
    assert sum(event["kind"] == "echo reply received" for event in events(here / "runs/link")) >= 20


# -- a person at a terminal ------------------------------------------------------------------------


class Terminal:
    """A shell on a pseudoterminal."""

    def __init__(self, folder: Path) -> None:
        self._end, theirs = pty.openpty()
        environ = os.environ | {
            "XDG_STATE_HOME": str(folder / "state"),
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        self.process = subprocess.Popen(
            [*COMMAND, "link.toml"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environ,
            cwd=folder,
            start_new_session=True,
        )
        os.close(theirs)
        self._shown = ""

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def until(self, wanted: str) -> str:
        """What is shown next, until `wanted` is."""
        deadline = time.monotonic() + 60
        while wanted not in self._shown:
            ready, _, _ = select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, self._shown
            self._shown += os.read(self._end, 4096).decode()
        shown, _, self._shown = self._shown.partition(wanted)
        return shown


@pytest.fixture
def terminal(here: Path) -> Iterator[Terminal]:
    one = Terminal(here)
    one.until("pc$")
    yield one
    if one.process.poll() is None:
        one.process.kill()
    one.process.wait()


STUBBORN = """\
import time
print("begun", flush=True)
while True:
    try:
        time.sleep(1e-6)
    except KeyboardInterrupt:
        print("I was asked to stop", flush=True)
"""


def test_ctrl_c_stops_the_program_and_not_the_shell(terminal: Terminal, here: Path) -> None:
    """It is SIGINT to the program, and twice is its end; at the prompt it takes the line away."""
    terminal.type("ping -c 60000 -i 0.01 server\r")
    terminal.until("icmp_seq=20 ")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.until("packets transmitted")
    terminal.until("pc$")
    terminal.type("ps\r")
    terminal.until("ps")
    assert "60000" not in terminal.until("pc$")
    (here / "stubborn.py").write_text(STUBBORN)
    terminal.type("python stubborn.py\r")
    terminal.until("begun")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.until("I was asked to stop")
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.until("pc$")
    terminal.type("ps\r")
    terminal.until("ps")
    assert "stubborn" not in terminal.until("pc$")
    terminal.type(f"hosts{CTRL_C}exit\r")
    terminal.until("recorded in runs/link")
    assert terminal.process.wait(60) == 0
    killed = [event for event in events(here / "runs/link") if event["kind"] == "ended"]
    assert [event["fields"]["signal"] for event in killed if event["fields"].get("signal")] == ["SIGKILL"]


def test_history_and_completion(terminal: Terminal, here: Path) -> None:
    terminal.type(f"pc$ eth{TAB}")
    terminal.until("ool")
    terminal.type("\r")
    terminal.until("Operation not supported")
    terminal.until("pc$")
    terminal.type(f"{UP}\r")
    terminal.until("Operation not supported")
    terminal.until("pc$")
    terminal.type(CTRL_D)
    terminal.until("recorded in runs/link")
    assert terminal.process.wait(60) == 0
    assert (here / "state/thicknet/history").read_text().count("+pc$ ethtool\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_keeps_the_recordings(
    terminal: Terminal, here: Path, number: signal.Signals
) -> None:
    terminal.type("ping -c 1 server\r")
    terminal.until("rtt min")
    terminal.until("pc$")
    terminal.process.send_signal(number)
    assert terminal.process.wait(60) == 1
    assert any(event["kind"] == "echo reply received" for event in events(here / "runs/link"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("st", ["step"]),
        ("pi", ["ping"]),
        ("ser", ["server#", "server$"]),
        ("st", ["step"]),
        ("server$ pi", ["ping"]),
        ("server$ ki", ["kill"]),
        ("server$ st", []),
        ("server# ", ["plug", "power", "unplug"]),
        ("server# power o", ["off", "on"]),
        ("server# unplug ", []),
        ("ping se", ["server"]),
        ("ping -c 1 ", ["pc", "server"]),
        ("timeline o", ["off", "on"]),
    ],
)
def test_completions(text: str, found: list[str]) -> None:
    assert completions(text, ["pc", "server"]) == found
