"""A leader election on networks that fall apart: never two leaders, and one again when all is well."""

import time
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from election import LEASE_S, PORT, WORK_S, Node
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import Fault, Lan, Match, Network, chaos

NAMES = ["a", "b", "c"]
END_S, QUIET_S = 20, 10
FAULTS = ("partition", "unplug", "power off", "impair", "clock step")


def trouble(random: Random) -> list[Fault]:
    """Up to four faults, all mended when half of the time is over."""
    return chaos(random, NAMES, end=f"{END_S - QUIET_S} s", most=4, faults=FAULTS)


def cluster(make: Callable[[str, list[str]], Node] = Node) -> tuple[Lan, list[Node]]:
    """Three nodes; their clocks run equally fast, so that times can be compared."""
    lan = Lan(until=f"{END_S} s")
    nodes = [make(name, NAMES) for name in NAMES]
    for number, node in enumerate(nodes, start=1):
        lan.host(node.name, address=f"10.0.0.{number}/24", clock_ppm=0)
        lan.program(node.name, node.run, service=True)
    lan.link(delay="5 ms")
    return lan, nodes


def first_leader(network: Network, nodes: list[Node]) -> str:
    """Let time pass until there is one."""
    network.run_until(lambda: any(node.acted for node in nodes))
    return next(node.name for node in nodes if node.acted)


def two_led(nodes: list[Node]) -> bool:
    """Whether one acted between two acts of another that follow each other closely."""
    return any(
        first < act < second < first + 1.5 * WORK_S
        for one in nodes
        for first, second in pairwise(one.acted)
        for other in nodes
        if other is not one
        for act in other.acted
    )


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False).map(trouble))
def test_there_are_never_two_leaders_and_one_again_in_the_end(schedule: list[Fault]) -> None:
    lan, nodes = cluster()
    lan.faults(schedule)
    lan.run()
    assert not two_led(nodes)
    assert any(node.acted and node.acted[-1] > END_S - 2 * WORK_S for node in nodes)


def test_without_a_majority_a_network_that_falls_apart_has_two() -> None:
    """The fault that chance finds: who knows of no leader leads."""

    def with_a_fault(seed: int) -> list[Node]:
        lan, nodes = cluster(lambda name, names: Node(name, names, quorum=1))
        lan.faults(trouble(Random(seed)))
        lan.run()
        return nodes

    assert any(two_led(with_a_fault(seed)) for seed in range(10))


@pytest.mark.parametrize("waits", [True, False])
def test_a_node_that_begins_again_waits_before_it_votes(waits: bool) -> None:
    """The third node cannot reach the leader, and asks the voter, which is switched off and on just then."""
    lan, nodes = cluster(lambda name, names: Node(name, names, waits=waits))
    with lan.start() as network:
        leader = first_leader(network, nodes)
        voter, third = (name for name in NAMES if name != leader)
        network.partition(leader, third)
        asked = f"10.0.0.{NAMES.index(voter) + 1}:{PORT}"
        for _ in range(3):
            network.run_until(Match("datagram sent", where=third, remote=asked))
            network.bounce(voter)
        network.run_for("1 s")
    assert two_led(nodes) is not waits


@pytest.mark.parametrize("clock", [time.monotonic, time.time])
def test_a_lease_is_measured_by_a_clock_that_nobody_sets(clock: Callable[[], float]) -> None:
    """The leader is cut off, and somebody sets its clock back: by the calendar its lease goes on."""
    lan, nodes = cluster(lambda name, names: Node(name, names, clock=clock))
    with lan.start() as network:
        leader = first_leader(network, nodes)
        network.partition(leader, [name for name in NAMES if name != leader])
        network.step_clock(leader, "-10 s")
        network.run_for(f"{5 * LEASE_S} s")
    assert two_led(nodes) is (clock.__name__ == "time")
