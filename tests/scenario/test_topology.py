"""What is said of a network's cables before it runs."""

from pathlib import Path

import pytest
from scenario_file import read

from sim.scenario.model import Scenario
from sim.scenario.topology import examine


def chain(coaxes: int, *, more: str = "") -> str:
    """Two hosts at the ends of this many coaxes of 500 m in a row, with repeaters between."""
    text = 'title = "chain"\n'
    for number, name in enumerate(("west", "east"), start=1):
        text += f'[[host]]\nname = "{name}"\naddress = "10.0.0.{number}/24"\n'
    text += "".join(f'[[hub]]\nname = "r{n}"\nports = 3\n' for n in range(1, coaxes))
    for n in range(1, coaxes + 1):
        left = "west" if n == 1 else f"r{n - 1}.2"
        right = "east" if n == coaxes else f"r{n}.1"
        taps = f'{{ at = "0 m", host = "{left}" }}, {{ at = "500 m", host = "{right}" }}'
        text += f'[[coax]]\nname = "c{n}"\nlength = "500 m"\ntaps = [{taps}]\n'
    return text + more


def of(folder: Path, text: str) -> Scenario:
    return read(folder, text)


def test_five_coaxes_in_a_row_are_just_allowed(tmp_path: Path) -> None:
    found = examine(of(tmp_path, chain(5)))
    (path,) = found.paths
    assert (path.ends, path.segments) == (("west", "east"), ("c1", "c2", "c3", "c4", "c5"))
    assert path.delay_bt == pytest.approx(542.25)
    assert path.shrinkage_bt == 49.0
    assert found.warnings == ()


def test_six_are_not_and_the_figures_and_the_way_are_told(tmp_path: Path) -> None:
    delay, shrinkage = examine(of(tmp_path, chain(6))).warnings
    assert delay == (
        "west to east by c1, c2, c3, c4, c5, c6: a round trip of 632.0 bit times, and 575 are allowed "
        "(clause 13): a station may detect a collision too late"
    )
    assert shrinkage.startswith(
        "west to east by c1, c2, c3, c4, c5, c6: a gap may shrink by 60.0 bit times, and 49 are allowed"
    )


def test_the_rule_of_5_4_and_3_is_told_with_the_figures(tmp_path: Path) -> None:
    (path,) = examine(of(tmp_path, chain(3))).paths
    assert path.lines()[-1] == "  3 segments, 2 repeaters, 3 coax segments: within the rule of 5, 4 and 3"
    (path,) = examine(of(tmp_path, chain(4))).paths
    assert path.lines()[-1] == "  4 segments, 3 repeaters, 4 coax segments: beyond the rule of 5, 4 and 3"


BRANCH = """\
title = "A coax with a hub in its middle, and a star"
[[host]]
name = "a"
address = "10.0.0.1/24"
[[host]]
name = "b"
address = "10.0.0.2/24"
[[host]]
name = "c"
address = "10.0.0.3/24"
[[host]]
name = "d"
address = "10.0.0.4/24"
[[hub]]
name = "hub"
ports = 4
[[coax]]
name = "yellow"
length = "500 m"
taps = [{ at = "0 m", host = "a" }, { at = "100 m", host = "hub.1" }, { at = "500 m", host = "b" }]
[[cable]]
name = "pc"
length = "10 m"
ends = ["c", "hub.2"]
[[cable]]
name = "pd"
length = "100 m"
ends = ["hub.4", "d"]
"""


def test_a_path_has_of_a_coax_what_lies_between_its_taps(tmp_path: Path) -> None:
    """The worst is from b over 400 m of coax to d: 15.25 + 11.3 + 169.5 + 34.64 + 5."""
    found = examine(of(tmp_path, BRANCH))
    (path,) = found.paths
    assert (path.ends, [one.metres for one in path.stretches]) == (("b", "d"), [400, 100])
    assert path.delay_bt == pytest.approx(15.25 + 11.3 + 169.5 + 34.64 + 5)
    assert path.lines()[1:3] == [
        "  pd      10BASE-T     100 m     26.55 BT",
        "  yellow  10BASE5      400 m    204.14 BT",
    ]
    assert found.warnings == ()


def test_two_domains_are_told_apart(tmp_path: Path) -> None:
    hosts = "".join(
        f'[[host]]\nname = "{n}"\naddress = "10.0.1.{place}/24"\n' for place, n in enumerate("xyz", 1)
    )
    cables = "".join(
        f'[[cable]]\nname = "c{n}"\nlength = "1 m"\nends = ["{n}", "other.{place}"]\n'
        for place, n in enumerate("xyz", 1)
    )
    text = BRANCH.replace("[[coax]]", f'{hosts}[[hub]]\nname = "other"\nports = 3\n[[coax]]', 1) + cables
    assert [path.ends for path in examine(of(tmp_path, text)).paths] == [("b", "d"), ("x", "y")]


def test_a_path_without_a_repeater_needs_no_sum(tmp_path: Path) -> None:
    found = examine(of(tmp_path, chain(1)))
    assert (found.paths, found.warnings) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'length = "500 m"',
            'length = "500.001 m"',
            "yellow is 500.001 m long; a segment of 10BASE5 may have 500 m",
        ),
        ('length = "100 m"', 'length = "100.001 m"', "pd is 100.001 m long; 10BASE-T may have 100 m"),
    ],
)
def test_lengths(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert examine(of(tmp_path, BRANCH.replace(old, new))).warnings == (words,)


@pytest.mark.parametrize(("metres", "link"), [(151, True), (152, False)])
def test_14_a_pair_that_is_too_long_for_the_squelch(tmp_path: Path, metres: int, link: bool) -> None:
    """2.5 V less 9.8 dB per 100 m against 450 mV: 151.98 m."""
    warnings = examine(of(tmp_path, BRANCH.replace('length = "100 m"', f'length = "{metres} m"'))).warnings
    assert any("there is no link" in warning for warning in warnings) is not link
    assert any("10BASE-T may have 100 m" in warning for warning in warnings)


def test_the_length_of_a_crossover(tmp_path: Path) -> None:
    hosts = "".join(
        f'[[host]]\nname = "{n}"\naddress = "10.0.1.{place}/24"\n' for place, n in enumerate("xy", 1)
    )
    cable = '[[cable]]\nname = "aui"\nlength = "50.5 m"\nends = ["x", "y"]\n'
    (told,) = examine(of(tmp_path, f'title = "t"\n{hosts}{cable}')).warnings
    assert told == "aui is 50.5 m long; an AUI cable may have 50 m"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            '[[cable]]\nname = "patch"\nlength = "1 m"\nends = ["r1.3", "r2.3"]\n',
            "patch closes a loop of repeaters (r1, r2) at r2.3: a frame in it collides with itself, "
            "until ports are partitioned",
        ),
        (
            '[[cable]]\nname = "patch"\nlength = "1 m"\nends = ["r3.3", "r1.3"]\n',
            "patch closes a loop of repeaters (r3, r2, r1) at r1.3: a frame in it collides with itself, "
            "until ports are partitioned",
        ),
    ],
)
def test_loops_of_repeaters(tmp_path: Path, more: str, told: str) -> None:
    found = examine(of(tmp_path, chain(4, more=more)))
    assert found.warnings == (told,)
    assert [path.ends for path in found.paths] == [("west", "east")]


def test_a_hub_plugged_into_itself(tmp_path: Path) -> None:
    text = BRANCH.replace("ports = 4", "ports = 5")
    text += '[[cable]]\nname = "patch"\nlength = "1 m"\nends = ["hub.3", "hub.5"]\n'
    (told,) = examine(of(tmp_path, text)).warnings
    assert told.startswith("patch closes a loop of repeaters (hub) at hub.5: ")


def test_the_record_for_a_machine(tmp_path: Path) -> None:
    assert examine(of(tmp_path, chain(2))).record() == {
        "paths": [
            {
                "ends": ["west", "east"],
                "segments": [
                    {"name": "c1", "medium": "10BASE5", "metres": 500.0},
                    {"name": "c2", "medium": "10BASE5", "metres": 500.0},
                ],
                "delay_bt": 272.85,
                "shrinkage_bt": 16.0,
            }
        ],
        "delay_limit_bt": 575.0,
        "shrinkage_limit_bt": 49.0,
        "warnings": [],
    }


TWO = """\
title = "two"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
"""
THIN = """\
[[coax]]
name = "thin"
length = "185 m"
type = "10BASE2"
taps = [{ at = "0 m", host = "pc" }, { at = "0.5 m", host = "server" }]
"""
PAIR = '[[cable]]\nname = "c"\nlength = "5 m"\nends = ["pc", "server"]\nmedium = "twisted pair"\n'


def warnings(folder: Path, text: str) -> tuple[str, ...]:
    return examine(of(folder, text)).warnings


def test_10_7_2_thin_coax_within_its_rules(tmp_path: Path) -> None:
    """185 m, 0.5 m between MAUs, 30 of them, no marks."""
    assert warnings(tmp_path, TWO + THIN) == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"185 m"', '"185.001 m"', "thin is 185.001 m long; a segment of 10BASE2 may have 185 m"),
        ('"0.5 m"', '"0.499 m"', "thin has taps at 0 m and 0.499 m; the least between two is 0.5 m"),
        (
            'type = "10BASE2"',
            'type = "10BASE2"\nterminators = ["left", "right", "90 m"]',
            "thin has a terminator at 90 m, which is one too many: "
            "it takes so much of the signal that collisions are not detected",
        ),
    ],
)
def test_10_7_2_thin_coax_beyond_them(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert warnings(tmp_path, TWO + THIN.replace(old, new)) == (words,)


@pytest.mark.parametrize("stations", [30, 31])
def test_10_7_2_2_stations_on_thin_coax(tmp_path: Path, stations: int) -> None:
    hosts = "".join(f'[[host]]\nname = "h{n}"\naddress = "10.0.0.{n + 1}/24"\n' for n in range(stations))
    taps = ", ".join(f'{{ at = "{n} m", host = "h{n}" }}' for n in range(stations))
    text = (
        f'title = "t"\n{hosts}[[coax]]\nname = "thin"\nlength = "40 m"\ntype = "10BASE2"\ntaps = [{taps}]\n'
    )
    expected = () if stations == 30 else ("thin has 31 taps; a segment of 10BASE2 may have 30",)
    assert warnings(tmp_path, text) == expected


@pytest.mark.parametrize("key", ["address", "mac", "station_address"])
def test_two_stations_with_one_address_are_warned_of(tmp_path: Path, key: str) -> None:
    value = {"address": "10.0.0.1/24"}.get(key, "02:00:00:00:00:01")
    line = f'{key} = "{value}"\n'
    text = TWO.replace(
        'address = "10.0.0.2/24"\n', line if key == "address" else f'address = "10.0.0.2/24"\n{line}'
    )
    what = "address 10.0.0.1" if key == "address" else "station address 02:00:00:00:00:01"
    (said,) = warnings(tmp_path, text + PAIR)
    assert said.startswith(f"pc and server have the {what}: ")


def test_a_wrong_cable_is_warned_of(tmp_path: Path) -> None:
    """Station to station needs a crossed cable, station to hub a straight one (clause 14.5.2)."""
    assert warnings(tmp_path, TWO + PAIR + 'wiring = "crossed"\n') == ()
    (said,) = warnings(tmp_path, TWO + PAIR + 'wiring = "straight"\n')
    assert said == (
        "c is straight and joins transmitter to transmitter: there is no link; "
        "pc and server need a crossed cable"
    )
    hub = '[[hub]]\nname = "hub"\nports = 2\n'
    cables = "".join(
        f'[[cable]]\nname = "c{n}"\nlength = "5 m"\nends = ["{host}", "hub.{n}"]\nwiring = "{wiring}"\n'
        for n, host, wiring in ((1, "pc", "straight"), (2, "server", "crossed"))
    )
    (said,) = warnings(tmp_path, TWO + hub + cables)
    assert said.startswith("c2 is crossed and joins transmitter to transmitter")
