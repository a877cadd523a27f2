"""`[[hub]]`: its keys and its rules, and where its ports may be."""

from pathlib import Path

import pytest
from scenario_file import complaint, read

from sim.scenario.faults import CableFault
from sim.scenario.model import Cable, Hub, Tap
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault
from sim.scenario.tables.hub import check

STAR = """\
title = "A star"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
[[hub]]
name = "hub"
ports = 2
[[hub]]
name = "attic"
ports = 64
crystal_ppm = -100
[[cable]]
name = "blue"
length = "100 m"
ends = ["pc", "hub.1"]
[[cable]]
name = "up"
length = "10 m"
ends = ["attic.64", "hub.2"]
[[cable]]
name = "red"
length = "1 m"
ends = ["attic.1", "server"]
"""


def test_hubs(tmp_path: Path) -> None:
    scenario = read(tmp_path, STAR)
    assert scenario.hubs == (Hub("hub", 2), Hub("attic", 64, -100.0))
    assert scenario.cables[1] == Cable("up", 10_000, ("attic.64", "hub.2"))
    assert all(cable.twisted_pair for cable in scenario.cables)
    assert scenario.cabled(scenario.hubs[1]) == [True, *[False] * 62, True]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("ports = 2", "ports = 1", 10, "hub.ports", "2"),
        ("ports = 64", "ports = 65", 13, "hub.ports", "64"),
        ("ports = 2", "", 8, "hub.ports", "missing"),
        ('name = "attic"', 'name = "hub"', 12, "hub.name", "already taken"),
        ('name = "blue"', 'name = "hub"', 16, "cable.name", "already taken"),
        ("crystal_ppm = -100", "crystal_ppm = -101", 14, "hub.crystal_ppm", "-100"),
        ('"100 m"', '"10.001 km"', 17, "cable.length", "at most 10 km"),
        ('["pc", "hub.1"]', '["pc", "hub.3"]', 18, "cable.ends", 'no port "hub.3"; "hub" has 1 to 2'),
        ('["pc", "hub.1"]', '["pc", "hub.0"]', 18, "cable.ends", 'no port "hub.0"'),
        (
            '["pc", "hub.1"]',
            '["pc", "cellar.1"]',
            18,
            "cable.ends",
            'no hub or switch "cellar"; those: hub',
        ),
        ('["pc", "hub.1"]', '["hub.1", "hub.1"]', 18, "cable.ends", 'are both "hub.1"'),
        ('["attic.64", "hub.2"]', '["attic.64", "hub.1"]', 22, "cable.ends", 'already has a cable, "blue"'),
        ('["attic.1", "server"]', '["attic.1", "pc"]', 26, "cable.ends", '"pc" is already on "blue"'),
    ],
)
def test_bad_hub(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    said = complaint(tmp_path, STAR.replace(old, new, 1))
    assert f":{line}: {key}: " in said
    assert words in said


def test_what_clause_9_leaves_to_the_maker(tmp_path: Path) -> None:
    keys = """\
start_delay = "0.8 us"
jam_delay = "700 ns"
collision_limit = 64
long_collision = "3 ms"
clean_time = "45 us"
reconnection = "alternative"
jabber_lockup = "7.5 ms"
"""
    (hub, _) = read(tmp_path, STAR.replace("ports = 2\n", "ports = 2\n" + keys)).hubs
    assert hub == Hub("hub", 2, 0.0, 800, 700, 64, 3_000_000, 45_000, "alternative", 7_500_000)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("start_delay", '"799 ns"', "from 800 ns to 3 us"),
        ("start_delay", '"3001 ns"', "from 800 ns to 3 us"),
        ("jam_delay", '"499 ns"', "from 500 ns to 2 us"),
        ("jam_delay", '"2001 ns"', "from 500 ns to 2 us"),
        ("collision_limit", "30", "31"),
        ("collision_limit", "256", "255"),
        ("long_collision", '"99.999 us"', "from 100 us to 3 ms"),
        ("long_collision", '"3000001 ns"', "from 100 us to 3 ms"),
        ("clean_time", '"44999 ns"', "from 45 us to 56 us"),
        ("clean_time", '"56001 ns"', "from 45 us to 56 us"),
        ("jabber_lockup", '"3999999 ns"', "from 4 ms to 7.5 ms"),
        ("jabber_lockup", '"7500001 ns"', "from 4 ms to 7.5 ms"),
        ("reconnection", '"never"', 'must be "standard" or "alternative"'),
        ("jam_delay", "5", "a time such as"),
    ],
)
def test_beyond_clause_9(tmp_path: Path, key: str, value: str, words: str) -> None:
    said = complaint(tmp_path, STAR.replace("ports = 2\n", f"ports = 2\n{key} = {value}\n"))
    assert f":11: hub.{key}: " in said
    assert words in said


def test_a_hub_built_in_python_has_the_same_rules() -> None:
    for hub, key in (
        (Hub("hub", 2, clean_time_ns=44_999), "clean_time"),
        (Hub("hub", 2, collision_limit=30), "collision_limit"),
    ):
        with pytest.raises(Fault) as caught:
            check(hub, Plan())
        assert caught.value.key == key


COAX = '[[coax]]\nname = "yellow"\nlength = "5 m"\ntaps = [{ at = "0 m", host = "attic.2" }]\n'


def test_a_port_of_a_hub_on_a_coax(tmp_path: Path) -> None:
    scenario = read(tmp_path, STAR + COAX)
    assert scenario.coaxes[0].taps == (Tap(0, "attic.2"),)
    assert scenario.cabled(scenario.hubs[1]) == [True, True, *[False] * 61, True]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('{ at = "2.5 m", host = "attic.2" }', 'taps.host: "attic.2" already has a cable, "yellow"'),
        ('{ at = "2.5 m", host = "attic.65" }', 'taps.host: there is no port "attic.65"'),
    ],
)
def test_bad_port_on_a_coax(tmp_path: Path, more: str, words: str) -> None:
    text = STAR.replace("ports = 2", "ports = 3") + COAX.replace("}]", "}, " + more + "]")
    assert words in complaint(tmp_path, text)


def test_the_plug_of_a_port(tmp_path: Path) -> None:
    fault = '[[fault]]\nat = "1 ms"\nwhat = "unplug"\nhost = "{}"\n'
    assert read(tmp_path, STAR + fault.format("hub.1")).faults == (CableFault(1_000_000, "unplug", "hub.1"),)
    assert 'fault.host: "hub.3" has no cable that could be pulled' in complaint(
        tmp_path, STAR.replace("ports = 2", "ports = 3") + fault.format("hub.3")
    )


def test_a_babbling_port_without_a_cable(tmp_path: Path) -> None:
    fault = '[[fault]]\nat = "1 ms"\nwhat = "babble on"\nhost = "hub.3"\n'
    assert 'fault.host: "hub.3" has no cable, so "babble on" changes nothing' in complaint(
        tmp_path, STAR.replace("ports = 2", "ports = 3") + fault
    )
