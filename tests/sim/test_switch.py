"""Switches in whole runs: who received what, a storm and its end, a hub behind a port, pulled cables."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hosts import computer

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.record.summary import Summary
from sim.scenario.faults import CableFault
from sim.scenario.loader import load
from sim.scenario.model import Cable, Hub, Program, Scenario, Switch
from sim.scenario.shipped import scenario_path

NEXT_PING_PS = 1_000_000_000_000


def play(scenario: Scenario, folder: Path) -> tuple[list[dict[str, object]], Summary, list[str]]:
    """Run it; return the events of switches, the counts, and the summary's lines."""
    summary = Summary()
    outcome = run(scenario, Options(folder, "auto", False, listeners=(summary,)))
    assert outcome.succeeded, outcome
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    told = [event for event in events if event["layer"] in ("switch", "driver")]
    return told, summary, summary.lines(outcome, folder)


def shipped(name: str) -> Scenario:
    return load(scenario_path(name), lambda command: find(command)[0].service)


def of(events: list[dict[str, object]], kind: str) -> list[dict[str, object]]:
    """The fields of the events of one kind."""
    return [dict(event["fields"]) for event in events if event["kind"] == kind]  # type: ignore[call-overload]


def test_switch_learning(tmp_path: Path) -> None:
    events, _, lines = play(shipped("switch-learning"), tmp_path)
    assert [(fields["station"], fields["port"]) for fields in of(events, "learns")] == [
        ("02:00:00:00:00:01", 1),
        ("02:00:00:00:00:02", 2),
    ]
    assert [fields["to"] for fields in of(events, "floods")] == ["2, 3"]
    assert [(fields["port"], fields["to"]) for fields in of(events, "forwards")] == [
        (2, "1"),
        (1, "2"),
        (2, "1"),
    ]
    assert "switch.3 (full duplex): 1 frame sent" in lines
    assert "switch knows 02:00:00:00:00:01 at port 1, 02:00:00:00:00:02 at port 2" in lines
    heard = Counter(event["where"] for event in events if event["kind"] == "frame received")
    assert heard == {"left": 2, "right": 2, "third": 1}


@pytest.mark.slow
def test_loop(tmp_path: Path) -> None:
    """One broadcast is sent again and again, by both switches, until the cable is pulled, and no longer."""
    scenario = shipped("loop")
    (pulled,) = (fault.at_ns * 1000 for fault in scenario.faults)
    events, _, lines = play(scenario, tmp_path)
    floods = [event for event in events if event["kind"] == "floods"]
    assert {event["where"] for event in floods} == {"east", "west"}
    storm = [ps for event in floods if (ps := int(str(event["ps"]))) < NEXT_PING_PS]
    assert len(storm) > 10
    assert max(storm) < pulled + 1_000_000_000
    assert len(of(events, "station moved")) > 2
    assert "east knows 02:00:00:00:00:01 at port 1, 02:00:00:00:00:02 at port 2" in lines
    assert "west knows 02:00:00:00:00:01 at port 2, 02:00:00:00:00:02 at port 1" in lines


def closet(*programs: Program, faults: tuple[CableFault, ...] = ()) -> Scenario:
    """Two hosts on a hub behind port 1 of a switch, one at port 2, one at port 3."""
    hosts = tuple(
        computer(name, f"10.0.0.{n}/24", bytes([2, 0, 0, 0, 0, n]))
        for n, name in enumerate(("one", "two", "three", "four"), start=1)
    )
    ends = (("one", "hub.1"), ("two", "hub.2"), ("hub.3", "sw.1"), ("three", "sw.2"), ("four", "sw.3"))
    return Scenario(
        "",
        hosts,
        programs=programs,
        hubs=(Hub("hub", 3),),
        switches=(Switch("sw", 3),),
        cables=tuple(Cable(f"c{n}", 20_000, pair) for n, pair in enumerate(ends)),
        faults=faults,
    )


@pytest.mark.slow
def test_a_repeater_behind_a_port_has_half_duplex_and_collisions(tmp_path: Path) -> None:
    """Both ends of the cable to the hub begin at once; after backoff all is delivered."""
    programs = (
        Program("one", "ping -c 2 -i 0.001 10.0.0.3"),
        Program("three", "ping -c 2 -i 0.001 10.0.0.2"),
    )
    events, summary, _ = play(closet(*programs), tmp_path)
    of_one = [event for event in events if event["where"] == "one"]
    assert [fields["full_duplex"] for fields in of(of_one, "link up")] == [False]
    assert of(events, "frame not sent") == []
    assert summary.counts["switch"].record()["sw.1"]["received"] >= 4


@pytest.mark.slow
def test_a_cable_pulled_in_the_middle_of_a_frame(tmp_path: Path) -> None:
    """The frame is dropped and counted, the others' traffic goes on, and afterwards that of the one too."""
    programs = (
        Program("three", "ping -c 2 -i 0.002 10.0.0.4"),
        Program("one", "ping -c 1 10.0.0.4", 500_000),
    )
    faults = (CableFault(230_000, "unplug", "three"), CableFault(900_000, "plug", "three"))
    _, summary, _ = play(closet(*programs, faults=faults), tmp_path)
    counts = summary.counts["switch"].record()
    assert counts["sw.2"].get("bad", 0) + counts["sw.2"].get("unsent", 0) >= 1
    assert counts["sw.3"]["sent"] >= 4
