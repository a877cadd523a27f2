"""Issue 2, "Bad input": every error of a scenario is one line with file, line and key."""

import re
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.loader import ScenarioError, load
from sim.scenario.model import Cable, CableFault, Coax, Host, Hub, Program, Scenario, Tap
from sim.scenario.positions import key_lines
from sim.scenario.quantities import length_mm, time_ns
from sim.scenario.shipped import scenario_path, scenario_titles

GOOD = """\
title = "Two on a cable"
seed = 7
until = "2 s"

[[host]]
name = "pc"
address = "192.168.1.10/24"
gateway = "192.168.1.1"
crystal_ppm = -12.5

[[host]]
name = "server"
address = "192.168.1.20/24"
mac = "02:aa:bb:cc:dd:ee"

[[coax]]
name = "yellow"
length = "500 m"
taps = [
    { at = "0 m", host = "pc" },
    { at = "497.5 m", host = "server" },
]

[[program]]
host = "server"
run = "web-server"

[[program]]
host = "pc"
run = "ping 192.168.1.20"
at = "1.5 ms"
service = true
"""


def check(command: str) -> bool:
    name = command.split()[0]
    if name not in ("web-server", "ping"):
        raise ValueError(f'there is no program "{name}"')
    return name == "web-server"


def write(folder: Path, text: str) -> Path:
    path = folder / "lan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(write(folder, text), check)
    return str(caught.value)


def test_every_key_arrives(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD), check) == Scenario(
        "Two on a cable",
        (
            Host(
                "pc",
                IPv4Interface("192.168.1.10/24"),
                bytes.fromhex("020000000001"),
                IPv4Address("192.168.1.1"),
                -12.5,
            ),
            Host("server", IPv4Interface("192.168.1.20/24"), bytes.fromhex("02aabbccddee")),
        ),
        (Coax("yellow", 500_000, (Tap(0, "pc"), Tap(497_500, "server"))),),
        (Program("server", "web-server", 0, True), Program("pc", "ping 192.168.1.20", 1_500_000, True)),
        7,
        2_000_000_000,
    )


MAC = 'mac = "02:aa:bb:cc:dd:ee"'
BAD = [
    # what is replaced, by what, line of the complaint, its key, words in its sentence
    ('title = "Two on a cable"', "", 1, "title", "missing"),
    ('title = "Two on a cable"', 'title = ""', 1, "title", "empty"),
    ('title = "Two on a cable"', "title = 3", 1, "title", "a whole number and must be a string"),
    ("seed = 7", "sead = 7", 2, "sead", 'did you mean "seed"?'),
    ("seed = 7", "zzz = 7", 2, "zzz", "known keys: title, seed"),
    ("seed = 7", "seed = -1", 2, "seed", "from 0"),
    ("seed = 7", "seed = 9223372036854775808", 2, "seed", "from 0"),
    ("seed = 7", "seed = 1.5", 2, "seed", "must be a whole number"),
    ("seed = 7", "seed = true", 2, "seed", "must be a whole number"),
    ("seed = 7", "seed = 1979-05-27", 2, "seed", "a date or time and must be"),
    ("seed = 7", "seed = ", 2, "", "is not TOML"),
    ("seed = 7", "seed = " + "7" * 4301, 2, "", "too many digits"),
    ("seed = 7", "seed = " + "[" * 5000 + "]" * 5000, 1, "", "nested too deep"),
    ("seed = 7", ".".join("a" * 5000) + " = 7", 1, "", "too deep for a scenario"),
    ("seed = 7", '"a\\nb" = 7', 2, "a\\nb", "is not a key here"),
    ("seed = 7", '"\\u001b[7m" = 7', 2, "\\x1b[7m", "is not a key here"),
    ('until = "2 s"', 'until = "0 s"', 3, "until", "above 0"),
    ('until = "2 s"', 'until = "2 m"', 3, "until", '"m" is not a unit here'),
    ('until = "2 s"', "until = 2", 3, "until", "must be a string"),
    ('name = "pc"', 'nmae = "pc"', 6, "host.nmae", 'did you mean "name"?'),
    ('name = "pc"\n', "", 5, "host.name", "missing"),
    ('name = "pc"', 'name = "p c"', 6, "host.name", "letters, digits"),
    ('name = "server"', 'name = "PC"', 12, "host.name", "already taken"),
    ('name = "yellow"', 'name = "pc"', 17, "coax.name", "already taken"),
    ('"192.168.1.10/24"', '"192.168.1.10"', 7, "host.address", 'write it as "192.168.1.10/24"'),
    ('"192.168.1.10/24"', '"192.168.1.256/24"', 7, "host.address", "is not an address"),
    ('"192.168.1.10/24"', '"192.168.1.0/24"', 7, "host.address", "network or broadcast"),
    ('"192.168.1.10/24"', '"192.168.1.255/24"', 7, "host.address", "network or broadcast"),
    ('"192.168.1.10/24"', '"224.0.0.1/24"', 7, "host.address", "cannot be the address of a host"),
    ('"192.168.1.20/24"', '"192.168.1.10/24"', 13, "host.address", 'already the address of "pc"'),
    ('"02:aa:bb:cc:dd:ee"', '"03:aa:bb:cc:dd:ee"', 14, "host.mac", "group bit"),
    ('"02:aa:bb:cc:dd:ee"', '"02:aa:bb:cc:dd"', 14, "host.mac", "six octets"),
    ('"02:aa:bb:cc:dd:ee"', '"00:00:00:00:00:00"', 14, "host.mac", "all zeros"),
    ('"02:aa:bb:cc:dd:ee"', '"02:00:00:00:00:01"', 14, "host.mac", 'already the station address of "pc"'),
    ('gateway = "192.168.1.1"', 'gateway = "192.168.2.1"', 8, "host.gateway", "in 192.168.1.0/24"),
    ('gateway = "192.168.1.1"', 'gateway = "192.168.1.10"', 8, "host.gateway", "another address"),
    ('gateway = "192.168.1.1"', 'gateway = "192.168.1.255"', 8, "host.gateway", "network or broadcast"),
    ("crystal_ppm = -12.5", "crystal_ppm = -100.1", 9, "host.crystal_ppm", "from -100 to 100"),
    ("crystal_ppm = -12.5", "crystal_ppm = 101", 9, "host.crystal_ppm", "from -100 to 100"),
    ("crystal_ppm = -12.5", "crystal_ppm = nan", 9, "host.crystal_ppm", "from -100 to 100"),
    ("crystal_ppm = -12.5", 'crystal_ppm = "1"', 9, "host.crystal_ppm", "a string and must be a number"),
    (MAC, 'station_address = "03:00:00:00:00:09"', 14, "host.station_address", "group bit"),
    (MAC, 'station_address = "9"', 14, "host.station_address", "six octets"),
    (
        MAC,
        'station_address = "02:00:00:00:00:01"',
        14,
        "host.station_address",
        'is already what "pc" answers',
    ),
    (MAC, 'duplex = "both"', 14, "host.duplex", 'is "both" and must be "half" or "full"'),
    (MAC, "duplex = 2", 14, "host.duplex", "must be a string: one of half, full"),
    (MAC, "flow_control = true", 14, "host.flow_control", 'needs duplex = "full"'),
    (MAC, "flow_control = 1", 14, "host.flow_control", "must be true or false"),
    (MAC, 'promiscuous = "yes"', 14, "host.promiscuous", "must be true or false"),
    (MAC, "late_collision_retry = 1", 14, "host.late_collision_retry", "must be true or false"),
    (MAC, 'late_collision_origin = "frame"', 14, "host.late_collision_origin", '"preamble" or "sfd"'),
    (MAC, 'interrupt_latency = "-1 us"', 14, "host.interrupt_latency", "must not be negative"),
    (MAC, 'interrupt_latency = "1"', 14, "host.interrupt_latency", "has no unit"),
    (MAC, 'processing_latency = "-1 ns"', 14, "host.processing_latency", "must not be negative"),
    (MAC, 'link_poll = "999999 ns"', 14, "host.link_poll", "must be at least 1 ms"),
    (MAC, "link_pole = 1", 14, "host.link_pole", 'did you mean "link_poll"?'),
    ('length = "500 m"', 'length = "500"', 18, "coax.length", "has no unit"),
    ('length = "500 m"', 'length = "500 ms"', 18, "coax.length", '"ms" is not a unit here'),
    ('length = "500 m"', 'length = "far"', 18, "coax.length", "is not a length"),
    ('length = "500 m"', 'length = "500.001 m"', 18, "coax.length", "at most 500 m"),
    ('length = "500 m"', 'length = "0 m"', 18, "coax.length", "above 0"),
    ('length = "500 m"', 'length = "0.1 mm"', 18, "coax.length", "finer than 1 mm"),
    ('length = "500 m"', 'length = "495 m"', 21, "coax.taps.at", "beyond the cable, which is 495 m long"),
    ('at = "0 m"', 'at = "-2.5 m"', 20, "coax.taps.at", "beyond the cable"),
    ('at = "0 m"', 'at = "2.6 m"', 20, "coax.taps.at", "the mark before it is 2.5 m"),
    ('at = "0 m"', 'at = "497.5 m"', 21, "coax.taps.at", 'the MAU of "pc"'),
    ('host = "pc" },', 'host = "cp" },', 20, "coax.taps.host", 'no host "cp"; hosts: pc, server'),
    ('host = "server" },', 'host = "pc" },', 21, "coax.taps.host", 'already on "yellow"'),
    ('    { at = "497.5 m", host = "server" },\n', "", 12, "host.name", '"server" is on no cable'),
    ('{ at = "0 m", host = "pc" }', '{ host = "pc" }', 20, "coax.taps.at", "missing"),
    ('{ at = "0 m", host = "pc" }', '"pc"', 20, "coax.taps", "a string and must be a table"),
    ('host = "server"\nrun', 'host = "web"\nrun', 25, "program.host", 'no host "web"'),
    ('run = "web-server"', 'run = "web-sever"', 26, "program.run", 'no program "web-sever"'),
    ('run = "web-server"', "", 24, "program.run", "missing"),
    ('at = "1.5 ms"', 'at = "1.5 ns"', 31, "program.at", "finer than 1 ns"),
    ('at = "1.5 ms"', 'at = "-1 ms"', 31, "program.at", "negative"),
    ("service = true", "service = 1", 32, "program.service", "must be true or false"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), BAD, ids=[f"{b[3]}: {b[4]}" for b in BAD])
def test_bad_input_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    assert GOOD.count(old) == 1
    said = complaint(tmp_path, GOOD.replace(old, new))
    assert said.startswith(f"{tmp_path / 'lan.toml'}:{line}: " + (f"{key}: " if key else ""))
    assert words in said
    assert "\n" not in said


def test_keys_of_a_host_that_describe_its_driver_and_its_speed(tmp_path: Path) -> None:
    keys = """
station_address = "02-00-00-c0-ff-ee"
duplex = "full"
flow_control = true
promiscuous = true
late_collision_retry = true
late_collision_origin = "sfd"
interrupt_latency = "20 us"
processing_latency = "0.5 ms"
link_poll = "1 ms"
"""
    pc, server = load(write(tmp_path, GOOD.replace(MAC, keys)), check).hosts
    assert server.mac.hex(":") == "02:00:00:00:00:02"
    assert server.effective_address.hex(":") == "02:00:00:c0:ff:ee"
    assert (server.duplex, server.flow_control, server.promiscuous) == ("full", True, True)
    assert (server.late_collision_retry, server.late_collision_origin) == (True, "sfd")
    assert (server.interrupt_latency_ns, server.processing_latency_ns) == (20_000, 500_000)
    assert server.link_poll_ns == 1_000_000
    assert pc.effective_address == pc.mac
    assert (pc.duplex, pc.late_collision_origin, pc.link_poll_ns) == ("half", "preamble", None)


def test_at_most_100_taps(tmp_path: Path) -> None:
    def lan(stations: int) -> str:
        hosts = "".join(f'[[host]]\nname = "h{n}"\naddress = "10.0.0.{n + 1}/24"\n' for n in range(stations))
        taps = ", ".join(f'{{ at = "{2.5 * n} m", host = "h{n}" }}' for n in range(stations))
        return f'title = "t"\n{hosts}[[coax]]\nname = "y"\nlength = "500 m"\ntaps = [{taps}]\n'

    assert len(load(write(tmp_path, lan(100)), check).coaxes[0].taps) == 100
    assert "taps: has 101 taps; a segment carries at most 100" in complaint(tmp_path, lan(101))


def test_host_on_two_cables(tmp_path: Path) -> None:
    second = '[[coax]]\nname = "blue"\nlength = "5 m"\ntaps = [{ at = "0 m", host = "pc" }]\n'
    assert 'coax.taps.host: "pc" is already on "yellow"' in complaint(tmp_path, GOOD + second)


def test_a_table_where_an_array_of_tables_belongs(tmp_path: Path) -> None:
    said = complaint(tmp_path, GOOD.replace("[[coax]]", "[coax]"))
    assert said.endswith("lan.toml:16: coax: is a table and must be written as [[coax]]")


def test_no_hosts(tmp_path: Path) -> None:
    assert complaint(tmp_path, 'title = "t"').endswith(
        ":1: host: is missing; describe at least one computer under [[host]]"
    )


def test_unclosed_string_at_the_end_of_the_document(tmp_path: Path) -> None:
    assert re.search(r"lan\.toml:2: is not TOML: ", complaint(tmp_path, 'title = "t"\nx = """'))


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nothing\.toml: cannot be read: No such file"):
        load(tmp_path / "nothing.toml", check)
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        load(tmp_path, check)


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "lan.toml"
    path.write_bytes(b'title = "x"\nseed = "\xff"\n')
    with pytest.raises(ScenarioError, match=r"lan\.toml:2: is not UTF-8"):
        load(path, check)


def test_addresses_by_default_follow_the_place_in_the_file() -> None:
    macs = [host.mac.hex(":") for host in load(scenario_path("collision"), lambda _: False).hosts]
    assert macs == ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"]


def test_shipped_scenarios_have_titles() -> None:
    titles = scenario_titles()
    assert {"web", "ping", "udp-echo", "collision"} <= set(titles)
    for name, title in titles.items():
        assert load(scenario_path(name), lambda _: False).title == title


def test_a_name_that_does_not_ship_is_a_path() -> None:
    assert scenario_path("./web.toml") == Path("./web.toml")
    assert scenario_path("../scenarios/web") == Path("../scenarios/web")


def test_lines_of_every_way_to_write_a_key() -> None:
    lines = key_lines(
        "a.b = 1\n"  # 1
        '"c d" = [ 1,\n  # no\n  { x = 1, y = 2 },\n]\n'  # 2 to 5
        "[e.f]\ng = 1\n"  # 6, 7
        "[[h]]\ni = 1\n[[h]]\ni = 2\n"  # 8 to 11
        "[h.j]\nk = 1\n"  # 12, 13: belongs to the second h
        "[[h.l]]\nm = 1\n"  # 14, 15
    )
    assert lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 1,
        ("c d",): 2,
        ("c d", 0): 2,
        ("c d", 1): 4,
        ("c d", 1, "x"): 4,
        ("c d", 1, "y"): 4,
        ("e",): 6,
        ("e", "f"): 6,
        ("e", "f", "g"): 7,
        ("h",): 8,
        ("h", 0): 8,
        ("h", 0, "i"): 9,
        ("h", 1): 10,
        ("h", 1, "i"): 11,
        ("h", 1, "j"): 12,
        ("h", 1, "j", "k"): 13,
        ("h", 1, "l"): 14,
        ("h", 1, "l", 0): 14,
        ("h", 1, "l", 0, "m"): 15,
    }


@given(st.integers(min_value=0, max_value=10**12))
def test_quantities_are_exact(nanoseconds: int) -> None:
    assert time_ns(f"{nanoseconds} ns") == nanoseconds
    assert time_ns(f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d} s") == nanoseconds
    assert length_mm(f"{nanoseconds // 1000}.{nanoseconds % 1000:03d}m") == nanoseconds


@pytest.mark.parametrize(
    ("text", "ns"), [("10 us", 10_000), ("10 µs", 10_000), ("0.1 s", 10**8), (" 1ms ", 10**6)]
)
def test_time_units(text: str, ns: int) -> None:
    assert time_ns(text) == ns


@pytest.mark.parametrize("text", ["", "s", "1e3 s", "1 s s", "0x1 s", "1,5 s", "١ s", "inf s"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        time_ns(text)


CROSSOVER = """\
title = "Back to back"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
[[cable]]
name = "crossover"
length = "10 m"
ends = ["pc", "server"]
"""


def test_crossover_cable(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, CROSSOVER), check)
    assert scenario.cables == (Cable("crossover", 10_000, ("pc", "server")),)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('"10 m"', '"50.001 m"', 10, "cable.length", "at most 50 m"),
        ('"10 m"', '"0 m"', 10, "cable.length", "above 0"),
        ('["pc", "server"]', '["pc"]', 11, "cable.ends", "has 1 words; a cable has two ends"),
        ('["pc", "server"]', '["pc", "pc"]', 11, "cable.ends", 'are both "pc"'),
        ('["pc", "server"]', '["pc", "web"]', 11, "cable.ends", 'no host "web"'),
        ('["pc", "server"]', '["pc", 7]', 11, "cable.ends", "must be an array of strings"),
        ('["pc", "server"]', '"pc"', 11, "cable.ends", "a string and must be an array of strings"),
        ('name = "crossover"', 'name = "pc"', 9, "cable.name", "already taken"),
        ('ends = ["pc", "server"]', "", 8, "cable.ends", "missing"),
    ],
)
def test_bad_crossover(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    said = complaint(tmp_path, CROSSOVER.replace(old, new))
    assert f":{line}: {key}: " in said
    assert words in said


def test_end_of_a_crossover_that_is_on_a_coax(tmp_path: Path) -> None:
    coax = '[[coax]]\nname = "y"\nlength = "5 m"\ntaps = [{ at = "0 m", host = "pc" }]\n'
    said = complaint(tmp_path, CROSSOVER + coax)
    assert 'cable.ends: "pc" is already on "y"; its adapter has one AUI' in said


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
    scenario = load(write(tmp_path, STAR), check)
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
        ('"100 m"', '"100.001 m"', 17, "cable.length", "at most 100 m"),
        ('["pc", "hub.1"]', '["pc", "hub.3"]', 18, "cable.ends", 'no port "hub.3"; "hub" has 1 to 2'),
        ('["pc", "hub.1"]', '["pc", "hub.0"]', 18, "cable.ends", 'no port "hub.0"'),
        ('["pc", "hub.1"]', '["pc", "cellar.1"]', 18, "cable.ends", 'no hub "cellar"; hubs: hub, attic'),
        ('["pc", "hub.1"]', '["hub.1", "hub.1"]', 18, "cable.ends", 'are both "hub.1"'),
        ('["attic.64", "hub.2"]', '["attic.64", "hub.1"]', 22, "cable.ends", 'already has a cable, "blue"'),
        ('["attic.1", "server"]', '["attic.1", "pc"]', 26, "cable.ends", '"pc" is already on "blue"'),
    ],
)
def test_bad_hub(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    said = complaint(tmp_path, STAR.replace(old, new, 1))
    assert f":{line}: {key}: " in said
    assert words in said


@pytest.mark.parametrize("ends", ['"attic.2", "attic.3"', '"attic.2", "hub.3"'])
def test_hubs_in_a_loop(tmp_path: Path, ends: str) -> None:
    more = f'[[cable]]\nname = "loop"\nlength = "1 m"\nends = [{ends}]\n'
    said = complaint(tmp_path, STAR.replace("ports = 2", "ports = 3") + more)
    assert "cable.ends: close a loop of hubs" in said


COAX = '[[coax]]\nname = "yellow"\nlength = "5 m"\ntaps = [{ at = "0 m", host = "attic.2" }]\n'


def test_a_port_of_a_hub_on_a_coax(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, STAR + COAX), check)
    assert scenario.coaxes[0].taps == (Tap(0, "attic.2"),)
    assert scenario.cabled(scenario.hubs[1]) == [True, True, *[False] * 61, True]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('{ at = "2.5 m", host = "attic.2" }', 'taps.host: "attic.2" already has a cable, "yellow"'),
        ('{ at = "2.5 m", host = "attic.65" }', 'taps.host: there is no port "attic.65"'),
        ('{ at = "2.5 m", host = "attic.3" }', "taps.host: close a loop of hubs"),
        ('{ at = "2.5 m", host = "hub.3" }', "ends: close a loop of hubs"),
    ],
)
def test_bad_port_on_a_coax(tmp_path: Path, more: str, words: str) -> None:
    text = STAR.replace("ports = 2", "ports = 3") + COAX.replace("}]", "}, " + more + "]")
    assert words in complaint(tmp_path, text)


FAULTS = """\
[[fault]]
at = "5 ms"
what = "unplug"
host = "pc"
[[fault]]
at = "6 ms"
what = "plug"
host = "pc"
[[fault]]
at = "7 ms"
what = "open"
cable = "yellow"
where = "500 m"
[[fault]]
at = "8 ms"
what = "short"
cable = "yellow"
where = "1.234 m"
[[fault]]
at = "9 ms"
what = "repair"
cable = "yellow"
[[fault]]
at = "10 ms"
what = "terminator off"
cable = "yellow"
where = "left"
[[fault]]
at = "11 ms"
what = "terminator on"
cable = "yellow"
where = "right"
"""
FAULTS_BEGIN = GOOD.count("\n")


def test_faults(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD + FAULTS), check).faults == (
        CableFault(5_000_000, "unplug", host="pc"),
        CableFault(6_000_000, "plug", host="pc"),
        CableFault(7_000_000, "open", cable="yellow", at_mm=500_000),
        CableFault(8_000_000, "short", cable="yellow", at_mm=1_234),
        CableFault(9_000_000, "repair", cable="yellow"),
        CableFault(10_000_000, "terminator off", cable="yellow", end="left"),
        CableFault(11_000_000, "terminator on", cable="yellow", end="right"),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('"unplug"', '"unplugged"', 3, "what", 'is "unplugged" and must be "unplug" or "plug"'),
        ('at = "5 ms"', "", 1, "at", "missing"),
        ('at = "5 ms"', 'at = "-5 ms"', 2, "at", "must not be negative"),
        ('"unplug"\nhost = "pc"', '"unplug"\nhost = "web"', 4, "host", 'no host "web"'),
        ('"unplug"\nhost = "pc"', '"unplug"\ncable = "yellow"', 4, "cable", "is not a key here"),
        (
            '"repair"\ncable = "yellow"',
            '"repair"\ncable = "blue"',
            22,
            "cable",
            'no coax "blue"; segments: yellow',
        ),
        ('"repair"\ncable', '"repair"\nwhere = "1 m"\ncable', 22, "where", "is not a key here"),
        ('"500 m"', '"500.001 m"', 13, "where", "beyond the cable, which is 500 m long"),
        ('"500 m"', '"left"', 13, "where", "is not a length"),
        ('where = "left"', 'where = "5 m"', 27, "where", 'must be "left" or "right"'),
        ('where = "left"', "", 23, "where", "missing"),
    ],
)
def test_bad_faults(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    assert FAULTS.count(old) == 1
    said = complaint(tmp_path, GOOD + FAULTS.replace(old, new))
    assert f":{FAULTS_BEGIN + line}: fault.{key}: " in said
    assert words in said


@pytest.mark.parametrize(
    ("written", "ends"), [('["left"]', ("left",)), ("[]", ()), ('["right", "left"]', ("left", "right"))]
)
def test_terminators(tmp_path: Path, written: str, ends: tuple[str, ...]) -> None:
    text = GOOD.replace('length = "500 m"', f'length = "500 m"\nterminators = {written}')
    assert load(write(tmp_path, text), check).coaxes[0].terminators == ends


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('"left"', "must be an array of strings"),
        ('["top"]', 'is "top" and must be "left" or "right"'),
        ('["left", "left"]', 'names "left" twice'),
    ],
)
def test_bad_terminators(tmp_path: Path, written: str, words: str) -> None:
    said = complaint(tmp_path, GOOD.replace('length = "500 m"', f'length = "500 m"\nterminators = {written}'))
    assert ": coax.terminators: " in said
    assert words in said


def test_sqe_test_of_a_mau(tmp_path: Path) -> None:
    text = GOOD.replace('host = "server" },', 'host = "server", sqe_test = false },')
    assert [tap.sqe_test for tap in load(write(tmp_path, text), check).coaxes[0].taps] == [True, False]
    said = complaint(tmp_path, text.replace("= false }", "= 0 }"))
    assert "coax.taps.sqe_test: is a whole number and must be true or false" in said


def of_a_mau(tmp_path: Path, keys: str) -> Path:
    return write(tmp_path, GOOD.replace('host = "server" },', f'host = "server", {keys} }},'))


def test_tolerances_of_a_mau(tmp_path: Path) -> None:
    keys = 'transmit_loss = 2, receive_loss = 5, jitter = "18 ns"'
    pc, server = load(of_a_mau(tmp_path, keys), check).coaxes[0].taps
    assert (pc.transmit_loss, pc.receive_loss, pc.jitter_ns) == (0, 0, 0)
    assert (server.transmit_loss, server.receive_loss, server.jitter_ns) == (2, 5, 18)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("transmit_loss = 3", "coax.taps.transmit_loss: is 3 and must be from 0 to 2"),
        ("transmit_loss = -1", "coax.taps.transmit_loss: is -1 and must be from 0 to 2"),
        (
            "transmit_loss = 0.5",
            "coax.taps.transmit_loss: is a number and must be a whole number: the bits that",
        ),
        ("receive_loss = 6", "coax.taps.receive_loss: is 6 and must be from 0 to 5"),
        (
            'receive_loss = "5"',
            "coax.taps.receive_loss: is a string and must be a whole number: the bits that",
        ),
        ('jitter = "19 ns"', "coax.taps.jitter: is 19 ns and must be from 0 to 18 ns"),
        ('jitter = "-1 ns"', "coax.taps.jitter: "),
        ('jitter = "0.5 ns"', "coax.taps.jitter: "),
        ("jitter = 18", 'coax.taps.jitter: is a whole number and must be a string: a time such as "1 ms"'),
    ],
)
def test_bad_tolerances_of_a_mau(tmp_path: Path, keys: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(of_a_mau(tmp_path, keys), check)
    line = GOOD[: GOOD.index('host = "server" },')].count("\n") + 1
    assert f":{line}: " in str(caught.value)
    assert words in str(caught.value)
