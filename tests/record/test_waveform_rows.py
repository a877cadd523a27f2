"""Rows that are decoded for a waveform: bit and clock, SQE test, steps (mission rows 5.8 to 5.10)."""

from itertools import product
from pathlib import Path

import pytest
import pywellen
from click.testing import CliRunner

from hw.nets import Net
from journal.event import Event
from sim.cli import main
from sim.engine.interface import Changes
from sim.record import drawing
from sim.record.aui_row import aui_rows
from sim.record.step_rows import StepRows
from sim.record.stretch import read_stretch

NETS = [Net("pc", "mau", "aui_ci"), Net("pc", "adapter", "aui_do_active")]
CONTROL, ACTIVE = range(2)
MICROSECOND = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "ping"
    result = CliRunner().invoke(main, ["run", "ping", "-q", "-o", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def waves(folder: Path) -> dict[str, pywellen.Signal]:
    """The waveform of a ping, by the names of its rows."""
    return {var.full_name: var.signal for var in pywellen.Waveform(str(folder / "waves.vcd")).all_vars()}


@pytest.fixture(scope="module")
def changes(folder: Path) -> dict[str, list[tuple[int, str]]]:
    """All changes of its rows, which pywellen does not list."""
    return {row.name: row.values for row in read_stretch(folder, ["*"], 0, 10**12)}


@pytest.fixture(scope="module")
def begin(changes: dict[str, list[tuple[int, str]]]) -> int:
    """When the first frame begins at the adapter's output."""
    return next(ps for ps, level in changes["pc.adapter.aui_do_active"] if level == "1")


def test_mission_5_8_bit_and_clock_are_combined_into_what_is_sent(
    waves: dict[str, pywellen.Signal], begin: int
) -> None:
    """Clause 7.3.1.1: the exclusive OR of a bit and its clock; preamble, SFD, and a broadcast address."""
    names = ("sent_bit", "sent_clock", "aui_do")
    bits = []
    for place, half in product(range(64 + 48), (25_000, 75_000)):
        ps = begin + 100_000 * place + half
        bit, clock, line = (int(waves[f"pc.adapter.{name}"].value_at(ps)) for name in names)
        assert line == bit ^ clock
        assert clock == (half < 50_000)
        bits.append(bit)
    assert bits[::2] == [1, 0] * 31 + [1, 1] + [1] * 48


def test_mission_5_8_they_are_recovered_from_the_cable(
    waves: dict[str, pywellen.Signal], changes: dict[str, list[tuple[int, str]]], begin: int
) -> None:
    on_cable = next(ps for ps, text in changes["yellow.field"] if text == "PRE")
    for place, half in product(range(64 + 48), (25_000, 75_000)):
        offset = 100_000 * place + half
        for name in ("bit", "clock"):
            recovered = waves[f"yellow.recovered_{name}"].value_at(on_cable + offset)
            assert recovered == waves[f"pc.adapter.sent_{name}"].value_at(begin + offset), (
                place,
                name,
            )


def test_clocks_stand_still_when_nothing_is_sent(waves: dict[str, pywellen.Signal], begin: int) -> None:
    for name in ("pc.adapter.sent_clock", "yellow.recovered_clock"):
        assert int(waves[name].value_at(begin - 1000)) == 0
        assert int(waves[name].value_at(begin + 100 * MICROSECOND * 100)) == 0


def test_mission_5_10_what_software_does_stands_beside_irq(changes: dict[str, list[tuple[int, str]]]) -> None:
    def shown(row: str) -> list[str]:
        return [str(text) for _, text in changes[row]]

    assert any("socket()" in text for text in shown("pc.program"))
    assert any("ARP_request" in text for text in shown("pc.network"))
    assert any("<ARP_reply" in text for text in shown("pc.network"))
    assert {"interrupt", "RXB", "TXB"} <= set(shown("pc.driver"))
    assert any(text.startswith("RX_60") for text in shown("pc.driver"))
    assert {"IDLE", "SQE_TEST"} == set(shown("pc.mau.aui_ci_means"))
    risen = [ps for ps, level in changes["pc.adapter.irq"] if level == "1"]
    handled = [ps for ps, text in changes["pc.driver"] if text == "interrupt"]
    assert risen[0] < handled[0] < risen[1]


@pytest.mark.parametrize(
    ("story", "meaning"),
    [
        ([(0, ACTIVE, 1), (60, ACTIVE, 0), (61, CONTROL, 1)], "SQE_TEST"),
        ([(0, ACTIVE, 1), (60, ACTIVE, 0), (62, CONTROL, 1)], "SQE_TEST"),
        ([(0, ACTIVE, 1), (60, ACTIVE, 0), (63, CONTROL, 1)], "COLLISION"),
        ([(0, ACTIVE, 1), (10, CONTROL, 1)], "COLLISION"),
        ([(10, CONTROL, 1)], "COLLISION"),
    ],
)
def test_the_sqe_test_is_no_collision(story: list[tuple[int, int, int]], meaning: str) -> None:
    (row,) = aui_rows(NETS, ["pc"])
    assert row.word == "IDLE"
    story = [*story, (100, CONTROL, 0)]
    shown = row.changes(Changes.of([(us * MICROSECOND, net, level) for us, net, level in story]))
    assert [text.text for text in shown] == [meaning, "IDLE"]


def test_steps_of_one_instant_stand_together() -> None:
    steps = StepRows(["pc"], ["pc"], ["switch"])
    address = {"fd": 3, "program": "browse", "pid": 1, "address": "10.0.0.2:80"}
    relayed = {"port": 1, "source": "", "destination": "", "to": "2"}
    story = [
        (Event(10, "pc", "socket", "connect", address), "connect()"),
        (Event(10, "pc", "tcp", "segment sent", {"flags": "SYN", "length": 0}), "SYN"),
        (Event(10, "pc", "tcp", "state", {"new": "SYN-SENT"}), "SYN+SYN-SENT"),
        (Event(20, "pc", "tcp", "segment received", {"flags": "ACK PSH", "length": 5}), "<ACK_PSH_5"),
        (Event(20, "pc", "driver", "interrupt acknowledged", {"source": "RXB"}), "RXB"),
        (Event(30, "switch", "switch", "learns", {"port": 1, "station": ""}), "LEARN_1"),
        (Event(30, "switch", "switch", "forwards", relayed), "LEARN_1+FWD_1>2"),
        (Event(40, "switch", "switch", "floods", relayed | {"to": "2, 3"}), "FLOOD_1>2,_3"),
    ]
    for event, shown in story:
        text = steps.text(event)
        assert text is not None
        assert (text.ps, text.text) == (event.ps, shown)
    assert steps.text(Event(50, "nobody", "tcp", "segment sent", {"flags": "SYN", "length": 0})) is None


def test_a_name_with_blanks_or_control_characters_is_one_word() -> None:
    steps = StepRows(["pc"], [], [])
    event = Event(1, "pc", "program", "started", {"program": "my\tpro\x1bgram " + 100 * "x"})
    text = steps.text(event)
    assert text is not None
    assert text.text.startswith("start_my_program_xxx")
    assert len(text.text) == 100
    assert Path(text.text).name == text.text


def test_a_choice_of_boxes_in_a_window_is_a_part_of_the_whole(
    tmp_path: Path, waves: dict[str, pywellen.Signal]
) -> None:
    window = ("--waves", "pc,yellow", "--from", "1.05 ms", "--to", "1.2 ms")
    result = CliRunner().invoke(main, ["run", "ping", "-q", "-o", str(tmp_path), *window])
    assert result.exit_code == 0, result.output
    part = {var.full_name: var.signal for var in pywellen.Waveform(str(tmp_path / "waves.vcd")).all_vars()}
    assert part.keys() == {name for name in waves if name.split(".")[0] in ("pc", "yellow")}
    for name, signal in part.items():
        for ps in (*range(1_051_000_000, 1_200_000_000, 777_777), 1_199_999_999):
            assert signal.value_at(ps) == waves[name].value_at(ps), (name, ps)
    times = [int(line[1:]) for line in (tmp_path / "waves.vcd").read_text().splitlines() if line[0] == "#"]
    assert times[:2] == [0, 1_050_000_000]
    assert times[-1] == 1_200_000_000
    assert "[timestart] 10" in (tmp_path / "waves.gtkw").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--waves", "pcc"), 'pcc: there is no such host, box or cable; did you mean "pc"?'),
        (("--waves", "pc", "--no-vcd"), "leave one of them out"),
        (("--waves", "pc", "-q", "--layer", "tcp"), "-q prints no timeline"),
        (("-q", "--from", "1 ms"), "-q prints no timeline"),
    ],
)
def test_what_cannot_be_recorded_is_a_sentence(options: tuple[str, ...], sentence: str) -> None:
    result = CliRunner().invoke(main, ["run", "ping", *options])
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_large_waveform_is_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time it has doubled."""
    monkeypatch.setattr(drawing, "_LARGE", 50_000)
    result = CliRunner().invoke(main, ["run", "ping", "-q", "-o", str(tmp_path)])
    sizes = [line for line in result.stderr.splitlines() if line.startswith("waves.vcd has ")]
    assert 1 <= len(sizes) <= 5
    assert "ms of simulated time" in sizes[0]
    assert "--waves NAMES with --from and --to records less" in sizes[0]
