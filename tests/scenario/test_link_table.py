"""`[link]`: its keys and its rules."""

from pathlib import Path

import pytest
from scenario_file import complaint, read

from sim.scenario.model import Link, LinkPair, LinkPath

HOSTS = """\
title = "a link"
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
"""
FULL = """\
[link]
delay = "5 ms"
jitter = "1 ms"
loss = 0.01
duplicate = 0.02
reorder = 0.03
reorder_delay = "4 ms"
rate = "1.5 Mb/s"
"""


def test_a_link_of_which_nothing_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, HOSTS + "[link]\n").link == Link(LinkPath(1_000), rate=10_000_000)


def test_all_keys(tmp_path: Path) -> None:
    path = LinkPath(5_000_000, 1_000_000, 0.01, 0.02, 0.03, 4_000_000)
    assert read(tmp_path, HOSTS + FULL).link == Link(path, rate=1_500_000)


def test_a_pair_has_the_keys_of_the_link_and_its_own(tmp_path: Path) -> None:
    pairs = 'pairs = [{ between = ["pc", "server"], loss = 0.5, one_way = true }]\n'
    link = read(tmp_path, HOSTS + '[link]\ndelay = "5 ms"\n' + pairs).link
    assert link is not None
    assert link.pairs == (LinkPair(("pc", "server"), LinkPath(5_000_000, loss=0.5), one_way=True),)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("loss = 1.01", "link.loss: is 1.01 and must be from 0 to 1"),
        ("duplicate = -0.1", "link.duplicate: is -0.1 and must be from 0 to 1"),
        ('jitter = "-1 ms"', "link.jitter: must not be negative"),
        ('rate = "0 b/s"', "link.rate: must be above 0"),
        ('rate = "10"', 'link.rate: "10" has no unit; write a rate such as "10 Mb/s"'),
        ('rate = "10 MB/s"', 'link.rate: "MB/s" is not a unit here'),
        ('pairs = [{ between = ["pc"] }]', "between: has 1 words; a pair has two hosts"),
        ('pairs = [{ between = ["pc", "pc"] }]', 'between: has "pc" twice'),
        ('pairs = [{ between = ["pc", "sever"] }]', 'between: there is no host "sever"'),
        ('pairs = [{ between = ["pc", "server"], rate = "1 Mb/s" }]', "rate: is not a key here"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, lines: str, sentence: str) -> None:
    assert sentence in complaint(tmp_path, HOSTS + "[link]\n" + lines + "\n")


def test_a_rate_of_hardware_is_no_key(tmp_path: Path) -> None:
    cable = '[[cable]]\nname = "c"\nlength = "5 m"\nends = ["pc", "server"]\nrate = "1 Mb/s"\n'
    assert "rate: is not a key here" in complaint(tmp_path, HOSTS + cable)
