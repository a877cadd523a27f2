"""Bit errors on an AUI crossover, where there is no MAU: what is received is wrong; both engines alike."""

import pytest
from bench import fresh_simulator

from sim import Lan, Run

RATE = 0.002

pytestmark = pytest.mark.usefixtures("on_compiled")


def crossover(until: str = "2 ms", **keys: float) -> Lan:
    """Each sends requests to the other."""
    lan = Lan(seed=2, until=until)
    for number, host in enumerate(("pc", "server"), start=1):
        lan.host(host, address=f"192.168.1.{number}/24", duplex="full")
        lan.program(host, f"ping -c 20 -i 0.1 192.168.1.{3 - number}", at="1 ms")
    lan.cable("crossed", "10 m", ends=["pc", "server"], **keys)
    return lan


def dropped(run: Run) -> set[str]:
    """Where a frame with a bad FCS was dropped."""
    return {event.where for event in run.find("received frame dropped")}


def test_bit_errors_are_at_both_ends() -> None:
    assert dropped(crossover("4 s").run(check=False)) == set()
    assert dropped(crossover("4 s", bit_errors=RATE).run(check=False)) == {"pc", "server"}


def test_noise_is_at_the_end_that_receives_it_on_both_engines() -> None:
    runs = []
    for engine in ("compiled", "myhdl"):
        lan = crossover()
        lan.fault("noise on", at="0 s", host="server", rate=10 * RATE)
        with fresh_simulator():
            runs.append(lan.run(engine=engine, check=False))
    one, other = runs
    assert dropped(one) == {"server"}
    assert one.events == other.events
