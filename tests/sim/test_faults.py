"""Faults of a scenario, by what programs and counters see of them (docs/faults.md has the words)."""

import re
from typing import Any

import pytest

from sim import Lan, Run

pytestmark = pytest.mark.usefixtures("on_compiled")


def on_coax() -> Lan:
    """Two that begin at the same instant each time, and collide; what follows depends on the cable."""
    lan = Lan(seed=1)
    for number, host in enumerate(("pc", "server", "other"), start=1):
        lan.host(host, address=f"192.168.1.{number}/24")
    taps: Any = [
        {"at": at, "host": host} for at, host in (("0 m", "pc"), ("100 m", "server"), ("200 m", "other"))
    ]
    lan.coax("yellow", "200 m", taps)
    return lan


def pings(lan: Lan) -> Run:
    lan.program("pc", "ping -c 10 -i 0.002 -W 0.05 server")
    lan.program("other", "ping -c 10 -i 0.002 -W 0.05 pc")
    return lan.run(check=False)


def slowest_ms(run: Run) -> float:
    (line,) = [line for line in run.output("pc") if line.startswith("rtt ")]
    return float(re.split(r"[/ ]", line.partition("= ")[2])[2])


def received(run: Run) -> int:
    (line,) = [line for line in run.output("pc") if "packets transmitted" in line]
    return int(re.findall(r"(\d+) received", line)[0])


def test_without_a_fault_all_arrive_at_once() -> None:
    run = pings(on_coax())
    assert received(run) == 10
    assert slowest_ms(run) < 3


def test_an_interrupt_that_is_jammed_is_handled_when_the_line_is_free() -> None:
    """The level is still there: nothing is lost, and all that came waits for it."""
    lan = on_coax()
    lan.fault("interrupt off", at="5 ms", host="server")
    lan.fault("interrupt on", at="15 ms", host="server")
    run = pings(lan)
    begins = [event.ps // 1_000_000 for event in run.find("interrupt begins", where="server")]
    assert not [us for us in begins if 5_050 < us < 15_000]
    assert received(run) == 10
    assert 8 < slowest_ms(run) < 12


def test_a_babbling_station_makes_the_others_defer() -> None:
    lan = on_coax()
    lan.fault("babble on", at="5 ms", host="other")
    lan.fault("babble off", at="7 ms", host="other")
    run = pings(lan)
    begins = [
        event.ps // 1_000_000 for event in run.find(layer="mac", kind="transmission begins", where="pc")
    ]
    assert begins and not [us for us in begins if 5_010 < us < 7_000]


def together(lan: Lan) -> tuple[int, int]:
    """Two send to a third at the same instants: the collisions that pc detects, and the answers."""
    lan.program("server", "udp-echo-server")
    asked = [
        lan.program(host, f"udp-echo --tries 1 --timeout 0.05 server {'x' * 400}", at=f"{5 + 60 * n} ms")
        for n in range(5)
        for host in ("pc", "other")
    ]
    run = lan.run(check=False)
    answered = sum(job.result() == 0 for job in asked)
    return len(run.find("collision detected", where="pc")), answered


def test_a_third_terminator_hides_collisions() -> None:
    """Two senders are below the collision threshold: nobody sends again what they have spoilt."""
    collisions, answered = together(on_coax())
    assert collisions >= 5 and answered == 10
    lan = on_coax()
    lan.fault("terminator on", at="0 s", cable="yellow", where="150 m")
    hidden, rest = together(lan)
    assert hidden <= 2 and rest <= 7


def test_what_was_not_built_to_break_says_so() -> None:
    with on_coax().start() as network:
        with pytest.raises(ValueError, match='noise on: host: "pc" was built without what could break; give'):
            network.fault("noise on", host="pc", rate=0.1)
        with pytest.raises(ValueError, match="noise on: rate: is 2 and must be from 0 to 1"):
            network.fault("noise on", host="pc", rate=2)


def test_a_cable_pulled_at_both_ends_needs_both() -> None:
    lan = Lan(seed=1)
    for number, host in enumerate(("pc", "server"), start=1):
        lan.host(host, address=f"192.168.1.{number}/24")
    lan.cable("c", "10 m", ["pc", "server"], medium="twisted pair")
    lan.program("pc", "ping -c 1 -W 0.2 server", at="40 ms")
    for at, what, host in (("1 ms", "unplug", "pc"), ("2 ms", "unplug", "server"), ("3 ms", "plug", "pc")):
        lan.fault(what, at=at, host=host)  # type: ignore[arg-type]
    run = lan.run(check=False)
    assert received(run) == 0
