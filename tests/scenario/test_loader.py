"""Issue 2, "Bad input": every error of a scenario is one line with file, line and key."""

import re
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hosts import computer
from scenario_file import GOOD, check, complaint, read, spoilt

from sim.scenario.loader import ScenarioError, load
from sim.scenario.model import Coax, Program, Scenario, Tap
from sim.scenario.shipped import scenario_path, scenario_titles

BAD = [
    # what is replaced, by what, line of the complaint, its key, words in its sentence
    ('title = "Two on a cable"', 'title = ""', 1, "title", "empty"),
    ('title = "Two on a cable"', "title = 3", 1, "title", "a whole number and must be a string"),
    ("seed = 7", "sead = 7", 2, "sead", 'did you mean "seed"?'),
    ("seed = 7", "zzz = 7", 2, "zzz", "known keys: title, look_for, seed"),
    ("seed = 7", "seed = -1", 2, "seed", "from 0"),
    ("seed = 7", "seed = 9223372036854775808", 2, "seed", "from 0"),
    ("seed = 7", "seed = 1.5", 2, "seed", "must be a whole number"),
    ("seed = 7", "seed = true", 2, "seed", "must be a whole number"),
    ("seed = 7", "seed = 1979-05-27", 2, "seed", "a date or time and must be"),
    ("seed = 7", "seed = ", 2, "", "is not TOML"),
    ("seed = 7", "seed = seven", 2, "", "is not TOML: Invalid value (text and quantities stand in quotes)"),
    ("seed = 7", "seed = 7\nseed = 8", 3, "", "is not TOML: the same key stands here twice"),
    ("seed = 7", "seed = " + "7" * 4301, 2, "", "too many digits"),
    ("seed = 7", "seed = " + "[" * 5000 + "]" * 5000, 1, "", "nested too deep"),
    ("seed = 7", ".".join("a" * 5000) + " = 7", 1, "", "too deep for a scenario"),
    ("seed = 7", '"a\\nb" = 7', 2, "a\\nb", "is not a key here"),
    ("seed = 7", '"\\u001b[7m" = 7', 2, "\\x1b[7m", "is not a key here"),
    ('until = "2 s"', 'until = "0 s"', 3, "until", "above 0"),
    ('until = "2 s"', 'until = "2 m"', 3, "until", '"m" is not a unit here'),
    ('until = "2 s"', "until = 2", 3, "until", "must be a string"),
    ('until = "2 s"', "long = 2", 3, "long", "must be true or false"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), BAD, ids=[f"{b[3]}: {b[4]}" for b in BAD])
def test_bad_input_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    spoilt(tmp_path, old, new, line, key, words)


def test_a_scenario_says_that_it_is_long(tmp_path: Path) -> None:
    assert not read(tmp_path, GOOD).long
    assert read(tmp_path, GOOD.replace('until = "2 s"', "long = true")).long


def test_every_key_arrives(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == Scenario(
        "Two on a cable",
        (
            computer(
                "pc",
                "192.168.1.10/24",
                bytes.fromhex("020000000001"),
                gateway=IPv4Address("192.168.1.1"),
                crystal_ppm=-12.5,
            ),
            computer("server", "192.168.1.20/24", bytes.fromhex("02aabbccddee")),
        ),
        (Coax("yellow", 500_000, (Tap(0, "pc"), Tap(497_500, "server"))),),
        (Program("server", "web-server", 0, True), Program("pc", "ping 192.168.1.20", 1_500_000, True)),
        7,
        2_000_000_000,
    )


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


def test_a_file_without_a_title_is_called_as_it_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD.replace('title = "Two on a cable"', "")).title == "lan"


def test_shipped_scenarios_have_titles() -> None:
    titles = scenario_titles()
    assert {"web", "ping", "udp-echo", "collision"} <= set(titles)
    for name, title in titles.items():
        assert load(scenario_path(name), lambda _: False).title == title


def test_a_name_that_does_not_ship_is_a_path() -> None:
    assert scenario_path("./web.toml") == Path("./web.toml")
    assert scenario_path("../scenarios/web") == Path("../scenarios/web")
