"""What the public face promises to a type checker: a small right program, and one with a mistake a line.

mypy runs once, strict, over both, with the project's configuration and so with the cache that `make lint` has
filled. In the wrong program each line with a mistake says which error it is.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

RIGHT = """\
from pathlib import Path
from typing import assert_type

from sim import Event, Host, Job, Lan, Match, Network, Options, Outcome, Packet, Process, Run, TapKeys, load


def answer(text: str, times: int = 2) -> bytes:
    return text.encode() * times


async def ask(host: str) -> list[str]:
    return [host]


lan = Lan(seed=7, until="2 s", folder=Path("out"))
lan.host("pc", address="192.168.1.10/24", crystal_ppm=80, duplex="half", nameserver=["192.168.1.20"])
lan.router("gw", adapters=[{"address": "192.168.1.1/24", "mtu": 576}, {"address": "10.0.0.1/24"}])
taps: list[TapKeys] = [{"at": "0 m", "host": "pc"}, {"at": "2.5 m", "host": "gw.eth0", "sqe_test": False}]
lan.coax("yellow", "500 m", taps, terminators=["left"])
lan.hub("hub", ports=4, reconnection="alternative", start_delay="1 us")
lan.switch("switch", ports=4, duplex=["half", "full", "auto", "auto"], cut_through=True)
lan.cable("patch", "10 m", ["gw.eth1", "hub.1"], fidelity="pulses", attenuation="9.8 dB")
lan.link(delay="5 ms", loss=0.05)
lan.fault("power off", at="1 s", host="pc")
assert_type(lan.program("pc", "ping -c 1 gw", at="1 ms", stop="2 s"), Job[int])
assert_type(lan.program("pc", answer, "a", at="1 ms"), Job[bytes])
assert_type(lan.program("pc", answer, "a", 3, service=True), Job[bytes])
assert_type(lan.program("pc", ask, "gw"), Job[list[str]])
run: Run = lan.run(engine="compiled", waves=True)
outcome: Outcome = run.outcome
packets: list[Packet] = run.capture("pc")
with lan.start() as network:
    network.run_for("1 ms")
    network.run_until("2 ms")
    assert_type(network.run_until(Match("collision", where="yellow"), within="1 s"), Event)
    network.run_until(lambda: network.now > 5_000_000)
    network.step()
    pc: Host = network.host("pc")
    assert_type(pc.run(answer, "a").wait(), bytes)
    assert_type(pc.run(ask, "gw").wait(within="1 s"), list[str])
    job = pc.run("ping -c 1 gw", service=False)
    assert_type(job, Job[int])
    process: Process = job.process
    level: int | str = network.probe("pc.adapter.tx_en")
    network.listen(lambda event: print(event.ps), Match(layer="tcp", retransmissions=3))
    network.terminator_off("yellow", "left")
with Network(load("ping"), Options(Path("out"))) as network:
    network.run()
"""

WRONG = """\
from sim import Lan, Match, Run


def answer(text: str) -> bytes:
    return text.encode()


lan = Lan()
lan.host("pc", adress="192.168.1.10/24")  # call-arg
lan.host("pc", address="192.168.1.10/24", duplex="simplex")  # arg-type
lan.host("pc", address=19216811024)  # arg-type
lan.router("gw")  # call-arg
lan.router("gw", adapters=[{"adress": "10.0.0.1/24"}])  # typeddict-unknown-key
lan.coax("yellow", "500 m", [{"at": "0 m"}])  # typeddict-item
lan.hub("hub", port=4)  # call-arg
lan.switch("switch", ports=4, cut_trough=True)  # call-arg
lan.cable("patch", "10 m", ["pc", "hub.1"], medium="coax")  # arg-type
lan.link(lost=0.5)  # call-arg
lan.fault("unplugged", at="1 s", host="pc")  # arg-type
lan.fault("unplug", host="pc")  # call-arg
lan.program("pc", answer, 5)  # arg-type
lan.program("pc", answer, "a", att="1 ms")  # call-overload
lan.program("pc", "ping pc", service="yes")  # call-overload
text: str = lan.program("pc", answer, "a").result()  # assignment
text = lan.program("pc", "ping pc").result()  # assignment
run: Run = lan.start()  # assignment
lan.run(wave=True)  # call-arg
with lan.start() as network:
    network.run_fro("1 ms")  # attr-defined
    network.run_until(5)  # call-overload
    network.host("pc").run(answer)  # arg-type
    network.terminator_off("yellow", "top")  # arg-type
    number: int = network.run_until(Match("collision"))  # assignment
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, set[str]]]:
    """By file and line, the codes of mypy's errors."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "right.py").write_text(RIGHT)
    (folder / "wrong.py").write_text(WRONG)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", folder / "right.py", folder / "wrong.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, dict[int, set[str]]] = {"right.py": {}, "wrong.py": {}}
    for file, line, code in re.findall(
        r"(\w+\.py):(\d+): error: .*\[([a-z-]+)\]$", done.stdout, re.MULTILINE
    ):
        found[file].setdefault(int(line), set()).add(code)
    assert "wrong.py" in done.stdout, done.stdout + done.stderr
    return found


def test_a_right_program_has_no_error(errors: dict[str, dict[int, set[str]]]) -> None:
    assert errors["right.py"] == {}


def test_each_mistake_is_found_in_its_line(errors: dict[str, dict[int, set[str]]]) -> None:
    marked = {
        number: set(line.split("  # ")[1].split())
        for number, line in enumerate(WRONG.splitlines(), 1)
        if "  # " in line
    }
    found = errors["wrong.py"]
    assert list(found) == list(marked)
    assert [number for number, codes in marked.items() if not codes & found[number]] == []
