"""Schedules of faults: from a seed, mended in time, and made smaller by hypothesis."""

import socket
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from sim import Fault, Lan, chaos
from sim.api.chaos import MENDS
from sim.scenario.quantities import time_ns

HOSTS = ("a", "b", "c")
ALL = tuple(MENDS)


def schedules(**keys: Any) -> st.SearchStrategy[list[Fault]]:
    return st.randoms(use_true_random=False).map(lambda random: chaos(random, HOSTS, end="10 s", **keys))


def place(fault: Fault) -> tuple[object, ...]:
    keys = fault.keys
    return (keys.get("host"), *keys.get("between", ()), keys.get("one_way"))


@given(schedules(begin="2 s", faults=ALL, most=6))
def test_each_fault_is_in_its_time_and_mended(schedule: list[Fault]) -> None:
    times = [time_ns(fault.at) for fault in schedule]
    assert times == sorted(times)
    assert all(2_000_000_000 <= time <= 10_000_000_000 for time in times)
    begun = [fault for fault in schedule if fault.what in MENDS]
    assert len(begun) <= 6
    for fault in begun:
        mend = MENDS[fault.what]
        later = [one for one in schedule if one.what == mend and place(one) == place(fault)]
        assert mend is None or any(time_ns(one.at) > time_ns(fault.at) for one in later)


def test_the_same_seed_is_the_same_schedule_and_others_are_others() -> None:
    drawn = [chaos(Random(seed), HOSTS, end="10 s") for seed in (1, 1, *range(2, 30))]
    assert drawn[0] == drawn[1]
    assert len({repr(schedule) for schedule in drawn}) > 20
    kinds = {fault.what for schedule in drawn for fault in schedule}
    assert {"partition", "unplug", "power off", "impair", "heal", "plug", "power on"} == kinds


def test_what_is_shown_can_be_pasted() -> None:
    schedule = chaos(Random(3), HOSTS, end="10 s", faults=ALL)
    assert schedule and eval(repr(schedule)) == schedule


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match='"open" cannot be in a schedule; these can: unplug, power off'):
        chaos(Random(1), HOSTS, end="10 s", faults=("open",))
    with pytest.raises(ValueError, match="between 10 s and 10 s is no whole millisecond"):
        chaos(Random(1), HOSTS, begin="10 s", end="10 s")
    for hosts, faults in (([], ("unplug",)), (HOSTS, ()), (["a"], ("partition", "hold"))):
        with pytest.raises(ValueError, match="nothing can happen: give a host, two for what"):
            chaos(Random(1), hosts, end="10 s", faults=faults)  # type: ignore[arg-type]


def test_one_host_has_no_pairs() -> None:
    kinds = {fault.what for seed in range(30) for fault in chaos(Random(seed), ["a"], end="10 s")}
    assert kinds == {"unplug", "plug", "power off", "power on"}


def sent_once(schedule: list[Fault]) -> bool:
    """A client that sends one datagram and does not ask whether it came; the right one would."""

    def receive() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(("", 5000))
            receiver.settimeout(9)
            return receiver.recv(100)

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"once", ("b", 5000))

    lan = Lan()
    for number, host in enumerate(HOSTS, start=1):
        lan.host(host, address=f"10.0.0.{number}/24")
    lan.link(delay="1 ms")
    job = lan.program("b", receive)
    lan.program("a", send, at="5 s")
    lan.faults(schedule)
    lan.run(check=False)
    return job.done() and job.exception() is None


def test_hypothesis_finds_a_fault_and_makes_the_schedule_small() -> None:
    """The least that loses a datagram of 5 s: one fault and its end."""
    quick = settings(
        max_examples=50,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    schedule = find(schedules(faults=("unplug",), most=2), lambda one: not sent_once(one), settings=quick)
    begun, mended = schedule
    assert (begun.what, mended.what) == ("unplug", "plug")
    assert time_ns(begun.at) <= 5_001_000_000 <= time_ns(mended.at)
