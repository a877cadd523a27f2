"""An AUI crossover cable, clause 7: two adapters back to back."""

from typing import Any

import pytest
from bench import Bench
from myhdl import Signal

from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_change, on_grid
from hw.analogue.pair import Pair, PairPins, propagation_ps

START_PS = 1_000_000
HALF_BIT_PS = 50_000
Seen = list[tuple[int, str, int]]


def end() -> PairPins:
    return PairPins(Signal(True), Signal(False), Signal(True), Signal(False))


class Crossover:
    """A cable of which each end's data-in pair is kept: (ps, pin, level)."""

    def __init__(self, length_mm: int) -> None:
        self.ends = [end(), end()]
        self.seen: list[Seen] = [[], []]
        Pair(propagation_ps(length_mm), self.ends)
        for pins, seen in zip(self.ends, self.seen, strict=True):
            for name in ("aui_di", "aui_di_active"):
                self._keep(getattr(pins, name), name, seen)
        self.bench = Bench()

    def _keep(self, pin: Any, name: str, seen: Seen) -> None:
        on_change(pin, lambda: seen.append((now(), name, int(pin))))

    def drive(self, number: int, start_ps: int, halves: str) -> None:
        """Send half bits, then fall idle from a high level, as a PHY does."""
        pins = self.ends[number]
        moves = [(start_ps, pins.aui_do_active, 1)]
        moves += [(start_ps + HALF_BIT_PS * n, pins.aui_do, int(half)) for n, half in enumerate(halves)]
        moves += [(start_ps + HALF_BIT_PS * len(halves), pins.aui_do_active, 0)]
        for ps, pin, level in moves:
            at(on_grid(ps, BIT_CLOCK), lambda pin=pin, level=level: setattr(pin, "next", bool(level)))


@pytest.mark.parametrize(("length_mm", "delay_ps"), [(1, 5), (10_000, 51_300), (50_000, 256_500)])
def test_each_level_arrives_at_the_other_end_after_5_13_ns_a_metre(length_mm: int, delay_ps: int) -> None:
    cable = Crossover(length_mm)
    cable.drive(0, START_PS, "01101")
    cable.bench.run_to(START_PS + 5_000_000)

    def arrives(halves: int) -> int:
        return on_grid(on_grid(START_PS + halves * HALF_BIT_PS, BIT_CLOCK) + delay_ps, CABLE)

    assert sorted(cable.seen[1]) == [
        (arrives(0), "aui_di", 0),
        (arrives(0), "aui_di_active", 1),
        (arrives(1), "aui_di", 1),
        (arrives(3), "aui_di", 0),
        (arrives(4), "aui_di", 1),
        (arrives(5), "aui_di_active", 0),
    ]


def test_nobody_hears_itself() -> None:
    cable = Crossover(10_000)
    cable.drive(0, START_PS, "0110")
    cable.bench.run_to(START_PS + 5_000_000)
    assert cable.seen[0] == []


def test_both_directions_at_once_do_not_disturb_each_other() -> None:
    """First one alone, then the other, then both: the third time is the first two."""
    cable = Crossover(20_000)
    later = 16_000_000
    for start, numbers in ((START_PS, [0]), (START_PS + later, [1]), (START_PS + 2 * later, [0, 1])):
        for number in numbers:
            cable.drive(number, start + 7_000 * number, "011010011001"[number:])
    cable.bench.run_to(START_PS + 3 * later)
    assert [len(seen) for seen in cable.seen] == [16, 20]
    for number, seen in enumerate(cable.seen):
        half = len(seen) // 2
        shift = (1 + number) * later
        assert [(ps + shift, pin, level) for ps, pin, level in seen[:half]] == seen[half:]


def test_levels_of_an_idle_pair_do_not_arrive() -> None:
    cable = Crossover(10_000)
    cable.ends[0].aui_do.next = False
    cable.bench.run_to(START_PS)
    assert cable.seen == [[], []]
