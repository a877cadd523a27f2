"""Clause 8: levels on a coax, and the MAU's comparators."""

from collections import defaultdict
from typing import Any

import pytest
from bench import Bench
from myhdl import Signal

from hw.analogue.coax import Coax, TapPins, propagation_ps
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_grid

ONE_SENDER_MV = -1_025
START_PS = 1_000_000
HALF_BIT_PS = 50_000


def tap() -> TapPins:
    return TapPins(
        aui_do=Signal(True),
        aui_do_active=Signal(False),
        aui_di=Signal(True),
        aui_di_active=Signal(False),
        collision=Signal(False),
        jabber=Signal(False),
    )


class Cable:
    """A coax of which every tap's levels are kept, (ps, level, mean)."""

    def __init__(self, *positions_mm: int) -> None:
        self.taps = [tap() for _ in positions_mm]
        self.seen: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        Coax(positions_mm, self.taps, self._on_level)
        self.bench = Bench()

    def _on_level(self, number: int, level: int, mean: int) -> None:
        self.seen[number].append((now(), level, mean))

    def drive(self, number: int, start_ps: int, halves: str) -> int:
        """Send half bits, then fall idle; return when that is."""
        pins = self.taps[number]
        moves: list[tuple[int, Any, int]] = [(start_ps, pins.aui_do_active, 1)]
        moves += [(start_ps + HALF_BIT_PS * n, pins.aui_do, int(half)) for n, half in enumerate(halves)]
        end = start_ps + HALF_BIT_PS * len(halves)
        moves += [(end, pins.aui_do_active, 0), (end, pins.aui_do, 1)]
        for ps, pin, level in moves:
            at(on_grid(ps, BIT_CLOCK), lambda pin=pin, level=level: setattr(pin, "next", bool(level)))
        return end

    def watch(self, pin: Any, until_ps: int, step_ps: int = 1_000) -> list[tuple[int, int]]:
        """(ps, level) of each change of a tap's pin that is seen every `step_ps`."""
        changes = []
        level = int(pin)
        while now() < until_ps:
            self.bench.run_for(step_ps)
            if int(pin) != level:
                level = int(pin)
                changes.append((now(), level))
        return changes


@pytest.mark.parametrize("position_mm", [0, 2_500, 250_000, 497_500, 500_000])
def test_levels_arrive_after_4_33_ns_a_metre(position_mm: int) -> None:
    cable = Cable(0, position_mm)
    cable.drive(0, START_PS, "0110")
    cable.bench.run_to(START_PS + 10_000_000)
    expected = [on_grid(on_grid(START_PS, BIT_CLOCK) + position_mm * 433 // 100, CABLE)]
    expected += [
        on_grid(on_grid(START_PS + n * HALF_BIT_PS, BIT_CLOCK) + position_mm * 433 // 100, CABLE)
        for n in (1, 3, 4)
    ]
    assert [ps for ps, _, _ in cable.seen[1]] == expected
    assert [(level, mean) for _, level, mean in cable.seen[1]] == [
        (-2050, ONE_SENDER_MV), (0, ONE_SENDER_MV), (-2050, ONE_SENDER_MV), (0, 0)
    ]  # fmt: skip


def test_whole_segment_is_2165_ns() -> None:
    assert propagation_ps(500_000) == 2_165_000


def test_a_sender_hears_itself_at_once() -> None:
    cable = Cable(0, 500_000)
    cable.drive(0, START_PS, "01")
    cable.bench.run_to(START_PS + 10_000_000)
    assert cable.seen[0][0][0] == on_grid(START_PS, CABLE)


def test_superposition_at_a_middle_tap() -> None:
    """Two senders 200 and 300 m away, the second 1 us later: the sum of both, each in its own time."""
    cable = Cable(0, 200_000, 500_000)
    cable.drive(0, START_PS, "0" * 80)
    cable.drive(2, START_PS + 1_000_000, "0" * 80)
    cable.bench.run_to(START_PS + 20_000_000)
    first, second = 866_000, 1_000_000 + 1_299_000
    expected = [
        (START_PS + first, -2050, ONE_SENDER_MV),
        (START_PS + second, -4100, 2 * ONE_SENDER_MV),
        (START_PS + first + 4_000_000, -2050, ONE_SENDER_MV),
        (START_PS + second + 4_000_000, 0, 0),
    ]
    assert [(level, mean) for _, level, mean in cable.seen[1]] == [
        (level, mean) for _, level, mean in expected
    ]
    for (ps, _, _), (wanted, _, _) in zip(cable.seen[1], expected, strict=True):
        assert abs(ps - wanted) <= 32


def test_collision_is_seen_at_each_end_after_the_others_delay() -> None:
    """Both start together: each end sees one sender for 2165 ns, then two."""
    cable = Cable(0, 500_000)
    for number in (0, 1):
        cable.drive(number, START_PS, "01" * 100)
    for number in (0, 1):
        assert not cable.taps[number].collision
    seen = cable.watch(cable.taps[0].collision, START_PS + 20_000_000)
    begin, end = seen
    assert begin[1] == 1
    assert 0 <= begin[0] - (START_PS + 2_165_000) <= 1_100
    assert end[1] == 0
    assert 0 <= end[0] - (START_PS + 10_000_000) <= 1_100


def test_collision_lasts_as_long_at_the_middle_as_both_are_heard_there() -> None:
    cable = Cable(0, 250_000, 500_000)
    cable.drive(0, START_PS, "01" * 20)
    cable.drive(2, START_PS + 1_500_000, "01" * 20)
    begin, end = cable.watch(cable.taps[1].collision, START_PS + 20_000_000)
    assert 0 <= begin[0] - (START_PS + 1_500_000 + 1_082_500) <= 1_100
    assert 0 <= end[0] - (START_PS + 2_000_000 + 1_082_500) <= 1_100


@pytest.mark.parametrize("shift_ns", [100, 300])
def test_two_preambles_that_cancel_are_still_carrier(shift_ns: int) -> None:
    """Two preambles an odd number of bits apart: no edge on the data pair, but carrier and collision."""
    cable = Cable(0, 0)
    preamble = "01" + "1001" * 31
    cable.drive(0, START_PS, preamble)
    cable.drive(1, START_PS + shift_ns * 1000, preamble)
    cable.bench.run_to(START_PS + shift_ns * 1000 + 50_000)
    edges = cable.watch(cable.taps[0].aui_di, START_PS + 5_000_000)
    assert edges == []
    assert cable.taps[0].aui_di_active
    assert cable.taps[0].collision


def test_one_sender_is_carrier_and_no_collision() -> None:
    cable = Cable(0, 500_000)
    cable.drive(0, START_PS, "01" * 50)
    for pins in cable.taps:
        cable.bench.run_to(START_PS + 3_000_000)
        assert pins.aui_di_active
        assert not pins.collision
    cable.bench.run_to(START_PS + 10_000_000)
    for pins in cable.taps:
        assert not pins.aui_di_active
        assert pins.aui_di
