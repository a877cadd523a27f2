"""`[[coax]]`: its keys and its rules."""

from pathlib import Path

import pytest
from scenario_file import GOOD, check, complaint, read, spoilt, write

from sim.scenario.loader import ScenarioError, load
from sim.scenario.model import Tap

BAD = [
    # what is replaced, by what, line of the complaint, its key, words in its sentence
    ('name = "yellow"', 'name = "pc"', 17, "coax.name", "already taken"),
    ('length = "500 m"', 'length = "500"', 18, "coax.length", "has no unit"),
    ('length = "500 m"', 'length = "500 ms"', 18, "coax.length", '"ms" is not a unit here'),
    ('length = "500 m"', 'length = "far"', 18, "coax.length", "is not a length"),
    ('length = "500 m"', 'length = "10000.001 m"', 18, "coax.length", "at most 10 km"),
    ('length = "500 m"', 'length = "0 m"', 18, "coax.length", "above 0"),
    ('length = "500 m"', 'length = "0.1 mm"', 18, "coax.length", "finer than 1 mm"),
    ('length = "500 m"', 'length = "495 m"', 21, "coax.taps.at", "beyond the cable, which is 495 m long"),
    ('at = "0 m"', 'at = "-2.5 m"', 20, "coax.taps.at", "beyond the cable"),
    ('at = "0 m"', 'at = "2.6 m"', 20, "coax.taps.at", "the mark before it is 2.5 m"),
    ('at = "0 m"', 'at = "497.5 m"', 21, "coax.taps.at", 'the MAU of "pc"'),
    ('host = "pc" },', 'host = "cp" },', 20, "coax.taps.host", 'no host "cp"; hosts: pc, server'),
    ('host = "server" },', 'host = "pc" },', 21, "coax.taps.host", 'already on "yellow"'),
    ('{ at = "0 m", host = "pc" }', '{ host = "pc" }', 20, "coax.taps.at", "missing"),
    ('{ at = "0 m", host = "pc" }', '"pc"', 20, "coax.taps", "a string and must be a table"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), BAD, ids=[f"{b[3]}: {b[4]}" for b in BAD])
def test_bad_input_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    spoilt(tmp_path, old, new, line, key, words)


def test_at_most_100_taps(tmp_path: Path) -> None:
    def lan(stations: int) -> str:
        hosts = "".join(f'[[host]]\nname = "h{n}"\naddress = "10.0.0.{n + 1}/24"\n' for n in range(stations))
        taps = ", ".join(f'{{ at = "{2.5 * n} m", host = "h{n}" }}' for n in range(stations))
        return f'title = "t"\n{hosts}[[coax]]\nname = "y"\nlength = "500 m"\ntaps = [{taps}]\n'

    assert len(read(tmp_path, lan(100)).coaxes[0].taps) == 100
    assert "taps: has 101 taps; a segment carries at most 100" in complaint(tmp_path, lan(101))


def test_host_on_two_cables(tmp_path: Path) -> None:
    second = '[[coax]]\nname = "blue"\nlength = "5 m"\ntaps = [{ at = "0 m", host = "pc" }]\n'
    assert 'coax.taps.host: "pc" is already on "yellow"' in complaint(tmp_path, GOOD + second)


@pytest.mark.parametrize(
    ("written", "ends"), [('["left"]', ("left",)), ("[]", ()), ('["right", "left"]', ("left", "right"))]
)
def test_terminators(tmp_path: Path, written: str, ends: tuple[str, ...]) -> None:
    text = GOOD.replace('length = "500 m"', f'length = "500 m"\nterminators = {written}')
    assert read(tmp_path, text).coaxes[0].terminators == ends


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
    assert [tap.sqe_test for tap in read(tmp_path, text).coaxes[0].taps] == [None, False]
    assert [tap.tests for tap in read(tmp_path, text).coaxes[0].taps] == [True, False]
    assert [Tap(0, "hub.1", given).tests for given in (None, False, True)] == [False, False, True]
    said = complaint(tmp_path, text.replace("= false }", "= 0 }"))
    assert "coax.taps.sqe_test: is a whole number and must be true or false" in said


def of_a_mau(tmp_path: Path, keys: str) -> Path:
    return write(tmp_path, GOOD.replace('host = "server" },', f'host = "server", {keys} }},'))


def test_tolerances_of_a_mau(tmp_path: Path) -> None:
    keys = 'transmit_loss = 2, receive_loss = 5, invalid_bit = true, jitter = "18 ns"'
    pc, server = load(of_a_mau(tmp_path, keys), check).coaxes[0].taps
    assert (pc.transmit_loss, pc.receive_loss, pc.jitter_ns) == (0, 0, 0)
    assert (server.transmit_loss, server.receive_loss, server.jitter_ns) == (2, 5, 18)
    assert (pc.invalid_bit, server.invalid_bit) == (False, True)


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
