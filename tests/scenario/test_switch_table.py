"""`[[switch]]`: its keys and its rules, and where its ports may be."""

from pathlib import Path

import pytest
from scenario_file import complaint, read

from sim.scenario.model import Switch
from sim.scenario.topology import examine

LAN = """\
title = "Two switches and a hub"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
[[switch]]
name = "sw"
ports = 4
crystal_ppm = 50
ageing = "10 s"
cut_through = true
addresses = 64
buffers = 8
duplex = ["full", "half", "auto", "auto"]
[[switch]]
name = "core"
ports = 48
[[hub]]
name = "hub"
ports = 3
[[cable]]
name = "blue"
length = "100 m"
ends = ["pc", "sw.1"]
[[cable]]
name = "trunk"
length = "10 m"
ends = ["sw.4", "core.48"]
[[cable]]
name = "down"
length = "10 m"
ends = ["core.1", "hub.1"]
[[cable]]
name = "red"
length = "100 m"
ends = ["hub.2", "server"]
"""


def test_switches(tmp_path: Path) -> None:
    scenario = read(tmp_path, LAN)
    modes = ("full", "half", "auto", "auto")
    assert scenario.switches == (
        Switch("sw", 4, 50.0, 10_000_000_000, cut_through=True, addresses=64, buffers=8, duplex=modes),
        Switch("core", 48),
    )
    assert scenario.cabled(scenario.switches[0]) == [True, False, False, True]
    assert all(cable.twisted_pair for cable in scenario.cables)


def test_one_duplex_mode_for_all_ports(tmp_path: Path) -> None:
    text = LAN.replace('["full", "half", "auto", "auto"]', '"half"')
    assert read(tmp_path, text).switches[0].duplex == ("half",) * 4


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("ports = 4\n", "ports = 1\n", 10, "switch.ports", "from 2 to 48"),
        ("ports = 48", "ports = 49", 19, "switch.ports", "from 2 to 48"),
        ("ports = 48", "", 17, "switch.ports", "missing"),
        ('name = "core"', 'name = "sw"', 18, "switch.name", "already taken"),
        ('name = "trunk"', 'name = "core"', 28, "cable.name", "already taken"),
        ("crystal_ppm = 50", "crystal_ppm = 101", 11, "switch.crystal_ppm", "-100 to 100"),
        ('"10 s"', '"9 s"', 12, "switch.ageing", "from 10 s to 1000000 s"),
        ('"10 s"', '"10.5 s"', 12, "switch.ageing", "must be whole seconds"),
        ('"10 s"', '"1000001 s"', 12, "switch.ageing", "from 10 s to 1000000 s"),
        ("cut_through = true", 'cut_through = "yes"', 13, "switch.cut_through", "must be true or false"),
        ("addresses = 64", "addresses = 65", 14, "switch.addresses", "is 65 and must be a power of two"),
        ("addresses = 64", "addresses = 2", 14, "switch.addresses", "from 4 to 8192"),
        ("addresses = 64", "addresses = 16384", 14, "switch.addresses", "from 4 to 8192"),
        ("buffers = 8", "buffers = 0", 15, "switch.buffers", "from 1 to 32"),
        ("buffers = 8", "buffers = 33", 15, "switch.buffers", "from 1 to 32"),
        ("buffers = 8", "bufers = 8", 15, "switch.bufers", 'did you mean "buffers"?'),
        ('["full", "half", "auto", "auto"]', '"both"', 16, "switch.duplex", 'is "both" and must be'),
        (
            '["full", "half", "auto", "auto"]',
            '["full", "half"]',
            16,
            "switch.duplex",
            "one for each of the 4",
        ),
        ('["full", "half", "auto", "auto"]', "4", 16, "switch.duplex", "must be an array of strings"),
        ('"sw.1"', '"sw.5"', 26, "cable.ends", 'no port "sw.5"; "sw" has 1 to 4'),
        ('"sw.1"', '"ws.1"', 26, "cable.ends", 'no hub or switch "ws"; those: hub, sw, core'),
        ('"sw.4"', '"sw.1"', 30, "cable.ends", '"sw.1" already has a cable, "blue"'),
        ('"sw.1"', '"sw"', 26, "cable.ends", '"sw" has ports, and a cable goes to one of them; write "sw.1"'),
    ],
)
def test_bad_switch(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    said = complaint(tmp_path, LAN.replace(old, new, 1))
    assert f":{line}: {key}: " in said
    assert words in said


def test_a_port_of_a_switch_ends_a_collision_domain(tmp_path: Path) -> None:
    """From the server through the hub to the switch: 26.55 + 165 + 1.13 + 5, or 16.38 + 176.3 + 5."""
    (path,) = examine(read(tmp_path, LAN)).paths
    assert path.ends == ("core.1", "server")
    assert path.delay_bt == pytest.approx(16.38 + 176.3 + 5)


@pytest.mark.parametrize("ends", ['"sw.2", "core.2"', '"hub.3", "sw.3"', '"core.7", "core.8"'])
def test_a_loop_of_switches_is_a_warning(tmp_path: Path, ends: str) -> None:
    more = f'[[cable]]\nname = "second"\nlength = "1 m"\nends = [{ends}]\n'
    (told,) = examine(read(tmp_path, LAN + more)).warnings
    assert told.startswith("second closes a loop of switches (")
    assert told.endswith("they know no spanning tree, and a broadcast goes round it for ever")
