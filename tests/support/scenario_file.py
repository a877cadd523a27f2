"""A good scenario file, and how the tests of its tables spoil it: one mistake each."""

from pathlib import Path

import pytest

from sim.scenario.loader import ScenarioError, load
from sim.scenario.model import Scenario

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
    """Two programs are known here; one is a service."""
    name = command.split()[0]
    if name not in ("web-server", "ping"):
        raise ValueError(f'there is no program "{name}"')
    return name == "web-server"


def write(folder: Path, text: str) -> Path:
    """Save a scenario."""
    path = folder / "lan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Scenario:
    """Load a scenario."""
    return load(write(folder, text), check)


def complaint(folder: Path, text: str) -> str:
    """What is wrong with it."""
    with pytest.raises(ScenarioError) as caught:
        load(write(folder, text), check)
    return str(caught.value)


def spoilt(folder: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    """GOOD with `new` for `old` is refused: one line that begins with file, line and key."""
    assert GOOD.count(old) == 1
    said = complaint(folder, GOOD.replace(old, new))
    assert said.startswith(f"{folder / 'lan.toml'}:{line}: " + (f"{key}: " if key else ""))
    assert words in said
    assert "\n" not in said
