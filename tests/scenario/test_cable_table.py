"""`[[cable]]`: its keys and its rules."""

from pathlib import Path

import pytest
from scenario_file import complaint, read

from sim.scenario.model import Cable

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
    scenario = read(tmp_path, CROSSOVER)
    assert scenario.cables == (Cable("crossover", 10_000, ("pc", "server")),)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('"10 m"', '"10000.001 m"', 10, "cable.length", "at most 10 km"),
        ('"10 m"', '"0 m"', 10, "cable.length", "above 0"),
        ('["pc", "server"]', '["pc"]', 11, "cable.ends", "has 1 words; a cable has two ends"),
        ('["pc", "server"]', '["pc", "pc"]', 11, "cable.ends", 'are both "pc"'),
        ('["pc", "server"]', '["pc", "web"]', 11, "cable.ends", 'no host "web"'),
        (
            '["pc", "server"]',
            '["pc", 7]',
            11,
            "cable.ends",
            "has a whole number in it and must be an array of strings",
        ),
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


WORST = 'medium = "twisted pair"\ntransmit_loss = 2\nreceive_loss = 5\nmau_delay = "200 ns"\n'


def test_what_the_maus_of_a_twisted_pair_do(tmp_path: Path) -> None:
    (cable,) = read(tmp_path, CROSSOVER + WORST).cables
    assert (cable.transmit_loss, cable.receive_loss, cable.mau_delay_ns) == (2, 5, 200)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ("transmit_loss = 2", "transmit_loss = 3", 13, "transmit_loss", "from 0 to 2"),
        ("receive_loss = 5", "receive_loss = 6", 14, "receive_loss", "from 0 to 5"),
        ("200 ns", "201 ns", 15, "mau_delay", "from 0 to 200 ns"),
        ('medium = "twisted pair"\n', "", 12, "transmit_loss", "an AUI crossover has none"),
        ("transmit_loss = 2", 'fidelity = "pulses"', 14, "receive_loss", "would remove link pulses"),
    ],
)
def test_bad_maus(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    said = complaint(tmp_path, CROSSOVER + WORST.replace(old, new))
    assert f":{line}: cable.{key}: " in said
    assert words in said


@pytest.mark.parametrize(("text", "mdb"), [("6.5 dB", 6_500), ("0 dB", 0), ("100dB", 100_000)])
def test_what_100_m_of_a_pair_take(tmp_path: Path, text: str, mdb: int) -> None:
    (cable,) = read(tmp_path, PAIR + f'attenuation = "{text}"\n').cables
    assert cable.loss_mdb == mdb


@pytest.mark.parametrize(
    ("text", "medium", "words"),
    [
        ("100.001 dB", "twisted pair", "from 0 to 100 dB"),
        ("-1 dB", "twisted pair", "from 0 to 100 dB"),
        ("9.8", "twisted pair", 'has no unit; write an attenuation such as "9.8 dB"'),
        ("0.0001 dB", "twisted pair", "finer than 1 thousandth of a dB"),
        ("6.5 dB", "aui", "is for twisted pairs"),
    ],
)
def test_bad_attenuation(tmp_path: Path, text: str, medium: str, words: str) -> None:
    said = complaint(tmp_path, CROSSOVER + f'medium = "{medium}"\nattenuation = "{text}"\n')
    assert ":13: cable.attenuation: " in said
    assert words in said


PAIR = CROSSOVER + 'medium = "twisted pair"\n'


def test_keys_of_a_twisted_pair(tmp_path: Path) -> None:
    keys = 'reversed = ["server"]\nfidelity = "pulses"\ncapture = false\n'
    scenario = read(tmp_path, PAIR.replace('"10 m"', '"99 m"') + keys)
    (cable,) = scenario.cables
    assert cable.twisted_pair
    assert cable.pulses
    assert cable.reversed == ("server",)
    assert not scenario.captured(cable)
    (cable,) = read(tmp_path, PAIR).cables
    assert not cable.pulses
    assert scenario.captured(cable)


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        (CROSSOVER + 'medium = "fibre"\n', 12, "cable.medium", '"aui" or "twisted pair"'),
        (CROSSOVER + 'fidelity = "pulses"\n', 12, "cable.fidelity", "an AUI has none"),
        (CROSSOVER + 'reversed = ["pc"]\n', 12, "cable.reversed", "is for twisted pairs"),
        (PAIR + 'fidelity = "exact"\n', 13, "cable.fidelity", '"level" or "pulses"'),
        (PAIR + 'reversed = ["printer"]\n', 13, "cable.reversed", '"pc" or "server"'),
        (PAIR + "capture = 1\n", 13, "cable.capture", "true or false"),
    ],
)
def test_bad_twisted_pair(tmp_path: Path, text: str, line: int, key: str, words: str) -> None:
    said = complaint(tmp_path, text)
    assert f":{line}: {key}: " in said
    assert words in said
