"""`ethtool` on whole hosts: what the adapter counted (RFC 2665) is what driver and cable show."""

from pathlib import Path

import pytest
from hosts import computer

from journal.event import Event
from sim.api.network import run
from sim.api.options import Options
from sim.scenario.model import Coax, Program, Scenario, Tap

NAMES = ("a", "b", "c")
HOSTS = tuple(computer(name, f"10.0.0.{n}/24", bytes([2, 0, 0, 0, 0, n])) for n, name in enumerate(NAMES, 1))
YELLOW = Coax("yellow", 500_000, (Tap(0, "a"), Tap(250_000, "b"), Tap(500_000, "c")))


@pytest.fixture(params=["myhdl", "compiled"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def output(told: list[Event], host: str, program: str) -> list[str]:
    return [
        str(event.fields["text"])
        for event in told
        if (event.where, event.kind, event.fields.get("program")) == (host, "output", program)
    ]


def test_counters_agree_with_what_happened(tmp_path: Path, engine: str) -> None:
    """Three pings at once, round about: questions to everybody collide, and so do the answers."""
    told: list[Event] = []
    pings = [Program(name, f"ping -c 1 10.0.0.{(n + 1) % 3 + 1}", 1_000_000) for n, name in enumerate(NAMES)]
    tools = [Program(name, "ethtool -S", 20_000_000) for name in NAMES]
    scenario = Scenario("three at once", HOSTS, (YELLOW,), (*pings, *tools), seed=3)
    assert run(scenario, Options(tmp_path, engine, vcd=False, listeners=(told.append,))).succeeded
    collided = 0
    for host in NAMES:
        lines = output(told, host, "ethtool")
        counters = {name: int(value) for name, value in (line.strip().split(": ") for line in lines[1:])}
        sent = [event.fields for event in told if (event.where, event.kind) == (host, "frame sent")]
        collisions = [int(str(fields["collisions"])) for fields in sent]
        assert counters["transmitted_frames"] == counters["tx_packets"] == len(sent)
        assert counters["received_frames"] == counters["rx_packets"] > 0
        assert counters["single_collision_frames"] == collisions.count(1)
        assert counters["multiple_collision_frames"] == sum(count > 1 for count in collisions)
        assert counters["deferred_transmissions"] == sum(
            bool(fields["deferred"]) and not fields["collisions"] for fields in sent
        )
        assert counters["collisions"] == sum(collisions)
        none = ("fcs_errors", "alignment_errors", "late_collisions", "excessive_collisions", "missed_frames")
        assert [counters[name] for name in none] == [0] * len(none)
        collided += sum(collisions)
    assert collided >= 3


def test_the_driver_finds_the_phy_and_its_link(tmp_path: Path, engine: str) -> None:
    told: list[Event] = []
    coax = Coax("yellow", 500_000, (Tap(0, "a"),))
    scenario = Scenario("alone", HOSTS[:1], (coax,), (Program("a", "ethtool", 1_000_000),))
    assert run(scenario, Options(tmp_path, engine, vcd=False, listeners=(told.append,))).succeeded
    (up,) = [event for event in told if event.kind == "link up"]
    assert up.fields == {"phy": 1, "full_duplex": False, "negotiated": False}
    assert output(told, "a", "ethtool")[-2:] == ["\tPHYAD: 1", "\tLink detected: yes"]
