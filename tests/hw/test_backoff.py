"""Clause 4.2.3.2.5: the wait and the draw. Row H10, straight from the circuits."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from bench import Clocked
from numpy.typing import NDArray

from hw.analogue.chance import chance
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


# -- joint draws: the circuit is too slow for so many, so its definition stands here again -------------------

MASK = (1 << STATE_BITS) - 1
SEEDS = 40_000
PREAMBLE_COLLISION = 26
"""Nibbles that are sent when a collision in the preamble has been noticed and jammed: nearly every one."""


def first_draws(addresses: NDArray[np.uint64], count: int = 1) -> list[NDArray[np.uint64]]:
    """The upper ten bits after each of the first `count` collisions since power-on, of all `addresses`."""
    state = np.zeros_like(addresses)
    drawn = []
    for _ in range(count):
        state = (state + np.uint64(PREAMBLE_COLLISION)) & MASK
        for _ in range(6):
            state = (state + addresses + np.uint64(0x6A09E667)) & MASK
            state ^= state >> 23
            state = (state ^ state << 17) & MASK
            state ^= state >> 11
        drawn.append(state >> (STATE_BITS - SLOTS_BITS))
    return drawn


def masks() -> NDArray[np.uint64]:
    """What `hw.adapter.netlist.straps` puts over the addresses, for each seed."""
    return np.array([chance(seed, 0, 0) >> 16 for seed in range(SEEDS)], dtype=np.uint64)


def sigmas(hits: int, trials: int, probability: float) -> float:
    """How far a count is from what is expected."""
    return abs(hits - trials * probability) / (trials * probability * (1 - probability)) ** 0.5


@pytest.mark.parametrize("address", [0, 1, 0x020000000001, 0x5A5A5A5A5A5A, MASK])
def test_the_circuit_draws_what_the_definition_says(address: int) -> None:
    expected = [int(draw[0]) for draw in first_draws(np.array([address], dtype=np.uint64), 5)]
    assert draws(address, PREAMBLE_COLLISION, 5) == expected


OTHERS = [1 << bit for bit in range(STATE_BITS)] + [3, 5, 6, 0x18, 0x30, 0x420, 0xFF, 0x010000000001]
"""How the addresses of two stations differ: in one bit, as neighbours in a range do, in two bytes."""


def test_h13_first_draws_after_power_on_are_independent_whatever_the_addresses_differ_in() -> None:
    """Joint draws of two stations over many seeds: at the nth collision they agree in 1 of 2**n cases."""
    own = np.uint64(0x020000000001) ^ masks()
    mine = first_draws(own, 3)
    for differs in OTHERS:
        theirs = first_draws(own ^ np.uint64(differs), 3)
        for n, (a, b) in enumerate(zip(mine, theirs, strict=True), 1):
            same = int(np.count_nonzero((a ^ b) & np.uint64((1 << n) - 1) == 0))
            assert sigmas(same, SEEDS, 2.0**-n) < 4.5, (hex(differs), n, same / SEEDS)


def test_h15_a_first_start_of_two_collides_1_6416_times_whatever_the_addresses_differ_in() -> None:
    """1 + 1/2 + 1/2 · 1/4 + 1/2 · 1/4 · 1/8 …: the sum over n of the chance that all draws before agreed."""
    own = np.uint64(0x020000000001) ^ masks()
    for differs in OTHERS:
        collisions = np.ones(SEEDS)
        agree = np.ones(SEEDS, dtype=bool)
        both = zip(first_draws(own, 8), first_draws(own ^ np.uint64(differs), 8), strict=True)
        for n, (a, b) in enumerate(both, 1):
            agree &= (a ^ b) & np.uint64((1 << n) - 1) == 0
            collisions += agree
        error = float(collisions.std()) / SEEDS**0.5
        assert abs(float(collisions.mean()) - 1.6416) < 4.5 * error, hex(differs)


def test_moment_of_the_collision_stirs() -> None:
    assert draws(0x020000000001, 24, 20) != draws(0x020000000001, 25, 20)


def test_no_step_without_a_draw() -> None:
    generator = Clocked("backoff_random", station_seed=1)
    generator.tick(draw=1)
    drawn = generator["random"]
    generator.tick(draw=0, stir=99)
    assert generator["random"] == drawn
