"""Crystals, their gates, and chance (docs/architecture.md, "Why clocks are gated")."""

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from bench import Bench
from myhdl import Signal, intbv

from hw.analogue.chance import chance
from hw.analogue.crystal import Crystal, Divider, TransmitCrystal
from hw.analogue.events import BIT_CLOCK, BUS_CLOCK, SLOW_CLOCK, Clock, at, now

GRID_PS = 16
HALF_BIT_FS = 50_000_000
PHASE_PS = 1_234


class Gate:
    """A pin that opens a crystal's gate, and what came out of it."""

    def __init__(self) -> None:
        self.pin: Any = Signal(False)
        self.ticks: list[int] = []

    def open(self) -> bool:
        return bool(self.pin)

    def clock(self) -> Clock:
        """A clock whose ticks are written down."""
        ticks = self.ticks

        class Recorded(Clock):
            def tick(self) -> None:
                ticks.append(now())

        return Recorded()

    def move(self, ps: int, level: int) -> None:
        at(ps, lambda: setattr(self.pin, "next", bool(level)))


def crystal(period_fs: int, phase_ps: int = PHASE_PS) -> tuple[Gate, Crystal]:
    gate = Gate()
    return gate, Crystal(gate.clock(), period_fs, phase_ps, BUS_CLOCK, gate.open, [gate.pin])


@pytest.mark.parametrize("ppm", [-100, 0, 37, 100])
def test_tick_k_is_at_its_place_and_does_not_drift(ppm: int) -> None:
    """A million ticks on, within one step of the grid of phase + k periods."""
    period_fs = round(HALF_BIT_FS * (1 - ppm * 1e-6))
    _, it = crystal(period_fs)
    random = Random(ppm)
    for k in (0, 1, 2, 3, 999_999, 1_000_000, *(random.randrange(1_000_000) for _ in range(200))):
        exact = PHASE_PS + Fraction(k * period_fs, 1000)
        assert -GRID_PS < it.time_of(k) - BUS_CLOCK - exact <= 0


def test_ticks_lie_on_the_grid_with_the_residue_of_their_kind() -> None:
    gate, _ = crystal(40_000_000 + 1_777)
    bench = Bench()
    gate.move(5_000, 1)
    bench.run_to(5_000_000)
    assert len(gate.ticks) > 100
    assert {ps % GRID_PS for ps in gate.ticks} == {BUS_CLOCK}


def test_a_gated_crystal_goes_on_where_it_would_have_been() -> None:
    """The same ticks as one that always runs, less those of the pause."""
    free, _ = crystal(40_000_123)
    gated, _ = crystal(40_000_123)
    bench = Bench()
    free.move(10, 1)
    for ps, level in ((10, 1), (1_000_001, 0), (3_000_001, 1), (4_000_001, 0), (4_010_001, 1)):
        gated.move(ps, level)
    bench.run_to(6_000_000)
    silent = [(1_000_001, 3_000_001), (4_000_001, 4_010_001)]
    assert gated.ticks == [ps for ps in free.ticks if not any(a <= ps < b for a, b in silent)]


@pytest.mark.parametrize("divisor", [1, 2, 10, 254])
def test_a_divided_output_counts_from_the_opening_of_its_gate(divisor: int) -> None:
    """On the crystal's own grid; the divisor is read from a wire at every tick."""
    gate = Gate()
    wire: Any = Signal(intbv(divisor)[8:])
    it = Crystal(gate.clock(), 40_000_123, PHASE_PS, BUS_CLOCK, gate.open, [gate.pin], wire)
    bench = Bench()
    opened, closed = 1_000_001, 60_000_001
    gate.move(opened, 1)
    gate.move(closed, 0)
    bench.run_to(80_000_000)
    first = it.first_after(opened) - 1
    expected = [it.time_of(first + divisor * n) for n in range(1, 3000)]
    assert gate.ticks == [ps for ps in expected if ps <= closed]
    assert len(gate.ticks) >= 5


def test_a_gate_that_is_open_from_the_beginning() -> None:
    """Nothing ever changes to that, so it is asked when time begins."""
    gate, it = crystal(40_000_000)
    gate.pin = Signal(True)
    bench = Bench()
    it.power_up()
    bench.run_to(1_000_000)
    assert gate.ticks[:2] == [it.time_of(0), it.time_of(1)]


def test_a_closed_gate_costs_no_event() -> None:
    gate, _ = crystal(40_000_000)
    bench = Bench()
    gate.move(1_000, 1)
    gate.move(500_000, 0)
    bench.run_to(1_000_000)
    ticked = len(gate.ticks)
    assert ticked
    bench.run_to(10**15)
    assert len(gate.ticks) == ticked


def test_gate_is_read_before_the_tick() -> None:
    """A gate that opens in the instant of a tick gets the next one."""
    gate, it = crystal(40_000_000)
    bench = Bench()
    gate.move(it.time_of(10), 1)
    gate.move(it.time_of(12), 0)
    bench.run_to(2_000_000)
    assert gate.ticks[0] == it.time_of(11)


@pytest.mark.parametrize("after", [0, 1, 1_234, 39_999, 40_000, 123_456_789])
def test_first_after_is_strictly_after(after: int) -> None:
    _, it = crystal(40_000_000)
    k = it.first_after(after)
    assert it.time_of(k) > after
    assert k == 0 or it.time_of(k - 1) <= after


def test_transmit_crystal_ticks_the_nibble_with_every_eighth_half_bit() -> None:
    bits, nibbles = Gate(), Gate()
    it = TransmitCrystal(
        bits.clock(), nibbles.clock(), HALF_BIT_FS, PHASE_PS, bits.open, nibbles.open, [nibbles.pin]
    )
    bench = Bench()
    nibbles.move(100_000, 1)
    bits.move(100_000, 1)
    bench.run_to(9_000_000)
    assert nibbles.ticks == bits.ticks[::8]
    assert nibbles.ticks[0] == it.time_of(8)
    assert {ps % GRID_PS for ps in bits.ticks} == {BIT_CLOCK}


def test_nibble_clock_alone_has_no_half_bits() -> None:
    bits, nibbles = Gate(), Gate()
    TransmitCrystal(
        bits.clock(), nibbles.clock(), HALF_BIT_FS, PHASE_PS, bits.open, nibbles.open, [nibbles.pin]
    )
    bench = Bench()
    nibbles.move(100_000, 1)
    nibbles.move(5_000_000, 0)
    bench.run_to(9_000_000)
    assert bits.ticks == []
    assert len(nibbles.ticks) == 12


@pytest.mark.parametrize("ppm", [-100, 0, 100])
def test_divider_ticks_whole_intervals_after_its_gate_opened(ppm: int) -> None:
    """Slot times of 128 nibbles, the first one shortened by the lead."""
    period_fs = HALF_BIT_FS + ppm * HALF_BIT_FS // 1_000_000
    nibbles, slots = Gate(), Gate()
    it = TransmitCrystal(
        Clock(), nibbles.clock(), period_fs, PHASE_PS, lambda: False, nibbles.open, [nibbles.pin]
    )
    Divider(slots.clock(), it, 128, 8, SLOW_CLOCK, slots.open, [slots.pin])
    bench = Bench()
    slots.move(it.time_of(8 * 7), 1)
    slots.move(it.time_of(8 * 600), 0)
    bench.run_to(it.time_of(8 * 1000))
    expected = [it.time_of(8 * (7 + 128 * n - 8)) for n in range(1, 5)]
    assert [ps - SLOW_CLOCK for ps in slots.ticks] == expected


# chance


def test_chance_is_splitmix64() -> None:
    """Its published first outputs for seed 0; each is the mix of a counter that steps by the golden gamma."""
    from hw.analogue.chance import _GAMMA, _mix

    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [_mix(n * _GAMMA & (1 << 64) - 1) for n in range(3)] == published


def test_chance_is_a_function_of_all_its_arguments() -> None:
    draws = [chance(seed, line, number) for seed in range(8) for line in range(8) for number in range(8)]
    assert len(set(draws)) == len(draws)
    assert chance(1, 2, 3) == chance(1, 2, 3)
    assert all(0 <= draw < 1 << 64 for draw in draws)


def test_chance_has_balanced_bits() -> None:
    draws = [chance(1, 0x020000000001, number) for number in range(1000)]
    for bit in range(64):
        assert 420 < sum(draw >> bit & 1 for draw in draws) < 580, bit
