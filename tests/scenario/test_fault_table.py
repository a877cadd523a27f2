"""`[[fault]]`: its keys and its rules."""

from pathlib import Path

import pytest
from scenario_file import GOOD, complaint, read

from sim.scenario.faults import CableFault

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
POWER = """\
[[fault]]
at = "5 ms"
what = "power off"
host = "pc"
[[fault]]
at = "6 ms"
what = "power on"
host = "pc"
"""
FAULTS_BEGIN = GOOD.count("\n")


def test_faults(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD + FAULTS).faults == (
        CableFault(5_000_000, "unplug", host="pc"),
        CableFault(6_000_000, "plug", host="pc"),
        CableFault(7_000_000, "open", cable="yellow", at_mm=500_000),
        CableFault(8_000_000, "short", cable="yellow", at_mm=1_234),
        CableFault(9_000_000, "repair", cable="yellow"),
        CableFault(10_000_000, "terminator off", cable="yellow", end="left"),
        CableFault(11_000_000, "terminator on", cable="yellow", end="right"),
    )


def test_power(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD + POWER).faults == (
        CableFault(5_000_000, "power off", host="pc"),
        CableFault(6_000_000, "power on", host="pc"),
    )
    said = complaint(tmp_path, GOOD + POWER.replace('on"\nhost = "pc"', 'on"\nhost = "yellow"'))
    assert f":{FAULTS_BEGIN + 8}: fault.host: " in said and 'no host "yellow"' in said


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
        ('where = "left"', 'where = "501 m"', 27, "where", "beyond the cable, which is 500 m long"),
        ('where = "left"', 'where = "top"', 27, "where", '"top" is not a length such as "500 m"'),
        ('where = "left"', "", 23, "where", "missing"),
    ],
)
def test_bad_faults(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    assert FAULTS.count(old) == 1
    said = complaint(tmp_path, GOOD + FAULTS.replace(old, new))
    assert f":{FAULTS_BEGIN + line}: fault.{key}: " in said
    assert words in said


BROKEN = """\
[[fault]]
at = "5 ms"
what = "noise on"
host = "pc"
rate = 0.001
burst = 3
[[fault]]
at = "6 ms"
what = "loose on"
host = "pc"
open = "1 ms"
closed = "20 ms"
[[fault]]
at = "7 ms"
what = "interrupt off"
host = "pc"
"""


def test_what_breaks(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD + BROKEN).faults == (
        CableFault(5_000_000, "noise on", host="pc", rate=0.001, burst=3),
        CableFault(6_000_000, "loose on", host="pc", open_ns=1_000_000, closed_ns=20_000_000),
        CableFault(7_000_000, "interrupt off", host="pc"),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("rate = 0.001", "rate = 1.001", 5, "rate", "is 1.001 and must be from 0 to 1"),
        ("rate = 0.001\n", "", 1, "rate", "is missing"),
        ("burst = 3", "burst = 0", 6, "burst", "is 0 and must be from 1 to 10000"),
        ("burst = 3", "burst = 10001", 6, "burst", "is 10001 and must be from 1 to 10000"),
        ('open = "1 ms"', 'open = "0 s"', 11, "open", "must be above 0"),
        ('closed = "20 ms"\n', "", 7, "closed", "is missing"),
        ('"interrupt off"\nhost = "pc"', '"interrupt off"\nhost = "cp"', 16, "host", 'no host "cp"'),
        ('"interrupt off"\nhost = "pc"', '"receiver off"\nhost = "hub.1"', 16, "host", "has no cable"),
        ('"interrupt off"', '"interrupt of"', 15, "what", 'is "interrupt of" and must be'),
    ],
)
def test_what_cannot_break(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    assert BROKEN.count(old) == 1
    said = complaint(tmp_path, GOOD + BROKEN.replace(old, new))
    assert f":{FAULTS_BEGIN + line}: fault.{key}: " in said
    assert words in said


TWO = """\
title = "two"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
"""
DEAF = '[[fault]]\nat = "0 s"\nwhat = "receiver off"\nhost = "pc"\n'


@pytest.mark.parametrize(
    ("joint", "words"),
    [
        ("[link]\n", '"receiver off" is of hardware; a [link] has loss'),
        (
            '[[cable]]\nname = "c"\nlength = "5 m"\nends = ["pc", "server"]\n',
            '"pc" is on an AUI cable, which has no MAU',
        ),
    ],
)
def test_what_has_no_mau_does_not_break(tmp_path: Path, joint: str, words: str) -> None:
    assert words in complaint(tmp_path, TWO + joint + DEAF)


@pytest.mark.parametrize("medium", ["aui", "twisted pair"])
def test_bit_errors_are_of_cables_of_both_kinds(tmp_path: Path, medium: str) -> None:
    cable = '[[cable]]\nname = "c"\nlength = "5 m"\nends = ["pc", "server"]\nbit_errors = 0.1\n'
    cable += f'medium = "{medium}"\n'
    assert read(tmp_path, TWO + cable).cables[0].bit_errors == 0.1
    said = complaint(tmp_path, TWO + cable.replace("0.1", "-0.1"))
    assert "cable.bit_errors: is -0.1 and must be from 0 to 1" in said


LINKED = """\
title = "linked"
[[host]]
name = "pc"
address = "10.0.0.1/24"
[[host]]
name = "server"
address = "10.0.0.2/24"
[link]
delay = "1 ms"
"""
STEERED = """\
[[fault]]
at = "5 ms"
what = "partition"
between = ["pc", "server"]
one_way = true
[[fault]]
at = "6 ms"
what = "impair"
delay = "2 ms"
loss = 0.25
[[fault]]
at = "7 ms"
what = "heal"
[[fault]]
at = "8 ms"
what = "power on"
host = "pc"
empty_disk = true
[[fault]]
at = "9 ms"
what = "clock step"
host = "pc"
by = "-2 s"
"""
STEERED_BEGIN = LINKED.count("\n")


def test_what_happens_to_a_link_a_disk_and_a_clock(tmp_path: Path) -> None:
    assert read(tmp_path, LINKED + STEERED).faults == (
        CableFault(5_000_000, "partition", between=("pc", "server"), one_way=True),
        CableFault(6_000_000, "impair", path=(("delay_ns", 2_000_000), ("loss", 0.25))),
        CableFault(7_000_000, "heal"),
        CableFault(8_000_000, "power on", host="pc", empty_disk=True),
        CableFault(9_000_000, "clock step", host="pc", by_ns=-2_000_000_000),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('["pc", "server"]', '["pc"]', 4, "between", "has 1 words; a pair has two hosts"),
        ('["pc", "server"]', '["pc", "pc"]', 4, "between", 'has "pc" twice'),
        ('["pc", "server"]', '["pc", "web"]', 4, "between", 'no host "web"'),
        ("one_way = true", "one_way = 1", 5, "one_way", "must be true or false"),
        ('delay = "2 ms"\nloss = 0.25\n', "", 8, "what", '"impair" changes nothing; give one of delay'),
        ("loss = 0.25", "loss = 1.25", 10, "loss", "is 1.25 and must be from 0 to 1"),
        ('delay = "2 ms"', 'delay = "-2 ms"', 9, "delay", "must not be negative"),
        ('"heal"', '"heal"\none_way = true', 14, "one_way", "is not a key here"),
        ('"heal"', '"heal"\nloss = 0.1', 14, "loss", "is not a key here"),
        ("empty_disk = true", 'empty_disk = "yes"', 18, "empty_disk", "must be true or false"),
        ('by = "-2 s"', 'by = "60 years"', 23, "by", "is not a unit here; write a time"),
        ('by = "-2 s"', 'by = "-2000000000 s"', 23, "by", "more than 50 years"),
    ],
)
def test_what_cannot_happen_to_them(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    assert STEERED.count(old) == 1
    said = complaint(tmp_path, LINKED + STEERED.replace(old, new))
    assert f":{STEERED_BEGIN + line}: fault.{key}: " in said
    assert words in said


def test_cables_are_no_link(tmp_path: Path) -> None:
    said = complaint(tmp_path, GOOD + '[[fault]]\nat = "5 ms"\nwhat = "partition"\n')
    assert '"partition" is of a [link]; with cables use "unplug" or "receiver off"' in said
