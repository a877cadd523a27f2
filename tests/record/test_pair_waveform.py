"""A twisted pair in the waveform: text beside both directions, and the window where something happens."""

from pathlib import Path

import pytest
import pywellen
from hosts import computer
from manchester import Sender, frame, steps

from hw.nets import Net, NetKind
from sim.engine.interface import Change, Changes
from sim.record.recorder import Recorder
from sim.scenario.model import Cable, Scenario

NETS = (
    Net("left", "adapter", "tx_en", NetKind.BIT),
    Net("blue", "left", "line", NetKind.MILLIVOLT),
    Net("blue", "hub.1", "line", NetKind.MILLIVOLT),
)
TX_EN, LEFT, HUB = range(3)
SENDER = Sender(1_000_000_000, frame(bytes(range(60))))
PULSE_PS = 900_000_000
LEFT_HOST = computer("left", "10.0.0.1/24", b"\2\0\0\0\0\1")
BLUE = Cable("blue", 10_000, ("left", "hub.1"), capture=True)


def record(folder: Path, *changes: Change) -> None:
    """A run, flushed after every change."""
    recorder = Recorder(folder, Scenario("A pair", (LEFT_HOST,), (), cables=(BLUE,)), NETS)
    for change in changes:
        recorder.changes(Changes.of([change]))
        recorder.flush(change.ps)
    recorder.close(2_000_000_000)


def driven(net: int) -> list[Change]:
    """What drives a pair as `SENDER` drives a coax."""
    return [Change(ps, net, 0 if mean == 0 else 2500 if mv == 0 else -2500) for ps, mv, mean in steps(SENDER)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    pulse = [Change(PULSE_PS, HUB, 2500), Change(PULSE_PS + 100_000, HUB, 0)]
    record(folder, *pulse, Change(SENDER.start_ps - 200_000, TX_EN, 1), *driven(LEFT))
    return folder


def test_mission_5_8_each_direction_of_a_pair_has_its_text_beside_it(folder: Path) -> None:
    shown = {var.full_name: var.signal for var in pywellen.Waveform(str(folder / "waves.vcd")).all_vars()}
    for text, bit in (("PRE", 0), ("SFD", 56), ("DA", 64), ("SA", 112), ("TYPE", 160), ("DATA", 176)):
        assert shown["blue.left.field"].value_at(SENDER.start_ps + 100_000 * bit) == text
        assert shown["blue.left.field"].value_at(SENDER.start_ps + 100_000 * bit - 1) != text
    assert shown["blue.left.octet"].value_at(SENDER.start_ps + 100_000 * (64 + 8 * 7)) == "07"
    told = [shown["blue.hub.1.field"].value_at(PULSE_PS + ps) for ps in (-1, 0, 99_999, 100_000)]
    assert told == ["IDLE", "PULSE", "PULSE", "IDLE"]


def test_cables_come_first_and_rows_say_whose_they_are(folder: Path) -> None:
    lines = (folder / "waves.gtkw").read_text().splitlines()
    names = [line for line in lines if "field" in line or "line" in line or "tx_en" in line]
    assert names == [
        "+{left field} blue.left.field",
        "+{hub 1 field} blue.hub.1.field",
        "+{left line_V} blue.left.line_V",
        "+{hub 1 line_V} blue.hub.1.line_V",
        "+{adapter tx_en} left.adapter.tx_en",
    ]


def test_the_window_begins_shortly_before_a_transmission_that_no_capture_has(tmp_path: Path) -> None:
    """The cables of a hub are not captured, since all carry the same."""
    record(tmp_path, Change(SENDER.start_ps, TX_EN, 1))
    (start,) = (line for line in (tmp_path / "waves.gtkw").read_text().splitlines() if "timestart" in line)
    assert 0 < SENDER.start_ps - int(start.split()[1]) < 10_000_000
