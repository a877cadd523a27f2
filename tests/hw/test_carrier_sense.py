"""The PHY's carrier sense and collision detection: clauses 7.2.1, 22.2.2 and 22.2.4.1."""

from typing import Any

import pytest
from bench import Bench
from myhdl import Signal

from hw.analogue.carrier_sense import PINS, CarrierSense, Times
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_change, on_grid

US = 1_000_000
NS = 1_000
START_PS = on_grid(10 * US, CABLE)


class Phy:
    """A PHY's carrier sense whose pins are moved at times; `shown` is what becomes of `crs` and `col`."""

    def __init__(self, *times: int, **levels: int) -> None:
        self.bench = Bench()
        self.wires: dict[str, Any] = {name: Signal(bool(levels.get(name, 0))) for name in PINS}
        CarrierSense(self.wires, Times(*times))
        self.shown: list[tuple[int, str, int]] = []
        for name in ("crs", "col"):
            on_change(self.wires[name], lambda name=name: self._log(name))

    def _log(self, name: str) -> None:
        self.shown.append((now() - START_PS, name, int(self.wires[name])))

    def move(self, after_ns: int, pin: str, level: int, residue: int = CABLE) -> None:
        """So many ns after the start."""
        ps = on_grid(START_PS + after_ns * NS, residue)
        at(ps, lambda: setattr(self.wires[pin], "next", bool(level)))

    def run(self) -> list[tuple[int, str, int]]:
        """To the end; what was shown, in ps after the start."""
        self.bench.run_to(START_PS + 100 * US)
        return self.shown


@pytest.mark.parametrize(("on_ns", "off_ns"), [(240, 200), (0, 200), (16, 900), (900, 0)])
def test_carrier_is_on_and_off_after_its_times(on_ns: int, off_ns: int) -> None:
    phy = Phy(on_ns, off_ns)
    phy.move(0, "aui_di_active", 1)
    phy.move(64_000, "aui_di_active", 0)
    assert phy.run() == [
        (on_grid(on_ns * NS, 0), "crs", 1),
        (on_grid((64_000 + off_ns) * NS, 0), "crs", 0),
    ]


def test_the_defaults_are_a_cs8900as() -> None:
    phy = Phy()
    phy.move(0, "aui_di_active", 1)
    phy.move(64_000, "aui_di_active", 0)
    assert phy.run() == [(240 * NS, "crs", 1), (64_200 * NS, "crs", 0)]


@pytest.mark.parametrize(("driven_ns", "seen"), [(208, 0), (224, 0), (240, 2), (256, 2)])
def test_what_is_shorter_than_the_on_time_is_no_carrier(driven_ns: int, seen: int) -> None:
    """240 ns is just enough: the pair falls silent in the instant in which carrier shows."""
    phy = Phy()
    phy.move(0, "aui_di_active", 1)
    phy.move(driven_ns, "aui_di_active", 0)
    assert len(phy.run()) == seen


@pytest.mark.parametrize(("idle_ns", "seen"), [(160, 2), (192, 2), (208, 4)])
def test_a_pause_shorter_than_the_off_time_does_not_show(idle_ns: int, seen: int) -> None:
    phy = Phy()
    for ns, level in ((0, 1), (8_000, 0), (8_000 + idle_ns, 1), (16_000, 0)):
        phy.move(ns, "aui_di_active", level)
    assert len(phy.run()) == seen


def test_pulses_do_not_add_up() -> None:
    phy = Phy()
    for n in range(20):
        phy.move(320 * n, "aui_di_active", 1)
        phy.move(320 * n + 160, "aui_di_active", 0)
    assert phy.run() == []


def test_control_in_is_carrier_and_collision_at_once() -> None:
    phy = Phy()
    phy.move(0, "aui_ci", 1, BIT_CLOCK)
    phy.move(1_600, "aui_ci", 0, BIT_CLOCK)
    began, ended = BIT_CLOCK - CABLE, 1_600 * NS + BIT_CLOCK - CABLE
    assert sorted(phy.run()) == [(began, "col", 1), (began, "crs", 1), (ended, "col", 0), (ended, "crs", 0)]


def test_loopback_is_the_own_encoder_alone() -> None:
    """22.2.4.1.2: no collision."""
    for pin in ("loopback", "phy_loopback"):
        phy = Phy(**{pin: 1})
        for name in ("aui_di_active", "aui_ci"):
            phy.move(0, name, 1)
        phy.move(1_600, "looped", 1)
        phy.move(3_200, "looped", 0)
        assert phy.run() == [(1_600 * NS, "crs", 1), (3_200 * NS, "crs", 0)]


def test_an_isolated_phy_shows_nothing() -> None:
    """22.2.4.1.6."""
    phy = Phy(phy_isolate=1, phy_collision_test=1)
    for name in ("aui_di_active", "aui_ci", "tx_en", "looped"):
        phy.move(0, name, 1)
    assert phy.run() == []


@pytest.mark.parametrize("loopback", [0, 1])
def test_collision_test_answers_tx_en_with_col(loopback: int) -> None:
    """22.2.4.1.9: within 512 BT of the rise of TX_EN, off within 4 BT of its fall; in loopback too."""
    phy = Phy(phy_collision_test=1, phy_loopback=loopback)
    phy.move(0, "tx_en", 1)
    phy.move(12_800, "tx_en", 0)
    col = [(ps, level) for ps, name, level in phy.run() if name == "col"]
    assert [level for _, level in col] == [1, 0]
    assert 0 <= col[0][0] <= 51_200 * NS
    assert 12_800 * NS <= col[1][0] <= 13_200 * NS


def test_without_it_tx_en_is_no_collision() -> None:
    phy = Phy()
    phy.move(0, "tx_en", 1)
    assert phy.run() == []
