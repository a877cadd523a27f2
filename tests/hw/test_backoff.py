"""Clause 4.2.3.2.5: the wait and the draw. Row H10, straight from the circuits."""

from collections import Counter
from itertools import pairwise

import pytest
from bench import Clocked

from hw.mac.backoff import SLOTS_BITS, STATE_BITS

DRAWS = 2000
CRITICAL = {1: 10.83, 4: 37.70, 10: 1168.5}
"""The chi-square that uniform draws exceed once in a thousand times, for 2**n - 1 degrees of freedom."""


@pytest.mark.parametrize("slots", [1, 2, 3, 511, 1023])
def test_timer_counts_slots(slots: int) -> None:
    timer = Clocked("backoff_timer", backoff_slots=slots)
    for start in (1, 0):
        timer.set(backoff_start=start)
        for tick in range(1, slots + 1):
            timer.tick()
            assert (timer["backoff_done"] == start) is (tick == slots)


def test_timer_rests_between_waits() -> None:
    timer = Clocked("backoff_timer", backoff_slots=2)
    for _ in range(5):
        timer.tick()
    assert timer["backoff_done"] == 0
    timer.tick(backoff_start=1)
    timer.tick()
    assert timer["backoff_done"] == 1


def draws(address: int, stirred: int, count: int) -> list[int]:
    """The upper ten bits after each of `count` collisions at nibble `stirred` of the frame."""
    generator = Clocked("backoff_random", station_seed=address, draw=1, stir=stirred)
    drawn = []
    for _ in range(count):
        generator.tick()
        drawn.append(generator["random"] >> (STATE_BITS - SLOTS_BITS))
    return drawn


@pytest.mark.parametrize("n", [1, 4, 10])
@pytest.mark.parametrize("address", [0, 0x020000000001, 0xFFFFFFFFFFFF])
def test_h10_draws_are_uniform(n: int, address: int) -> None:
    counts = Counter(draw & (1 << n) - 1 for draw in draws(address, 24, DRAWS))
    expected = DRAWS / (1 << n)
    chi_square = sum((counts[value] - expected) ** 2 for value in range(1 << n)) / expected
    assert chi_square < CRITICAL[n]


def test_h10_successive_draws_are_independent() -> None:
    """Of the lowest bits of two draws in a row, each of the four pairs comes as often."""
    bits = [draw & 1 for draw in draws(0x020000000001, 24, DRAWS + 1)]
    counts = Counter(pairwise(bits))
    chi_square = sum((counts[pair] - DRAWS / 4) ** 2 for pair in [(0, 0), (0, 1), (1, 0), (1, 1)]) / (
        DRAWS / 4
    )
    assert chi_square < 16.27


@pytest.mark.slow
def test_h13_first_draws_of_neighbours_are_uniform_too() -> None:
    """Two stations that were switched on together and collide at the same bit."""
    first = [draws(0x020000000000 + station, 24, 1)[0] & 1 for station in range(200)]
    assert 70 < sum(first) < 130


def test_h13_neighbours_do_not_collide_in_step() -> None:
    """Over many collisions in a row two stations draw the same of {0, 1} as often as not."""
    for other in (0x020000000002, 0x020000000003, 0x020000000101):
        mine, theirs = draws(0x020000000001, 24, 500), draws(other, 24, 500)
        same = sum((a ^ b) & 1 == 0 for a, b in zip(mine, theirs, strict=True))
        assert 200 < same < 300


def test_moment_of_the_collision_stirs() -> None:
    assert draws(0x020000000001, 24, 20) != draws(0x020000000001, 25, 20)


def test_no_step_without_a_draw() -> None:
    generator = Clocked("backoff_random", station_seed=1)
    generator.tick(draw=1)
    drawn = generator["random"]
    generator.tick(draw=0, stir=99)
    assert generator["random"] == drawn
