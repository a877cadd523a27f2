"""Edges taken many at once are judged as edges taken one by one: which are middles, and what comes next."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.record.cells import AVERAGED, BIT_PS, HALF_PS, WINDOW_PS, Cells

FIRST = 7_000_000_009


def begun(middles: int) -> Cells:
    """After this many middles without jitter."""
    cells = Cells()
    for n in range(middles):
        cells.add(FIRST + n * BIT_PS)
    return cells


def edges(after: int, bits: int, jitter: int, drift: int, random: Random) -> list[int]:
    """Of random bits that follow `after` middles, each `drift` ps too long: a boundary between equal ones."""
    made = []
    for n in range(bits):
        middle = FIRST + (after + n) * BIT_PS + n * drift
        boundary = [middle - HALF_PS] if random.getrandbits(1) else []
        made += [ps + random.randint(-jitter, jitter) for ps in (*boundary, middle)]
    return made


def one_by_one(cells: Cells, wave: list[int]) -> tuple[int, list[int]]:
    """How many are middles or boundaries, and the indices of the middles."""
    middles = []
    for place, ps in enumerate(wave):
        error = ps - cells.expected
        if error > WINDOW_PS:
            return place, middles
        if error >= -WINDOW_PS:
            cells.add(ps)
            middles.append(place)
    return len(wave), middles


@settings(deadline=None)
@given(
    before=st.sampled_from((1, 8, 16, 20, 31, 32, 33, 50)),
    jitter=st.sampled_from((0, 1_000, 12_000, 18_000, 22_000, 26_000)),
    drift=st.sampled_from((0, 20, -20)) | st.integers(-3_000, 3_000),
    seed=st.integers(0, 10_000),
)
def test_follow_comes_to_the_same_as_add(before: int, jitter: int, drift: int, seed: int) -> None:
    wave = edges(before, 100, jitter, drift, Random(seed))
    cells, plain = begun(before), begun(before)
    taken, middles = cells.follow(np.array(wave, np.int64))
    meant, meant_middles = one_by_one(plain, wave[:taken])
    assert meant == taken
    assert middles.tolist() == meant_middles
    assert cells.expected == plain.expected
    assert cells.recent == plain.recent


@pytest.mark.parametrize("before", [1, 8, 31, 32])
def test_clean_edges_are_all_taken(before: int) -> None:
    """In two stretches if the average is young."""
    wave = np.array(edges(before, 1000, 10_000, 0, Random(before)), np.int64)
    cells = begun(before)
    young, _ = cells.follow(wave)
    assert young == (len(wave) if before == AVERAGED else 4 * AVERAGED)
    assert cells.follow(wave[young:])[0] == len(wave) - young


def test_nothing_is_judged_before_the_first_middle() -> None:
    assert Cells().follow(np.array([FIRST]))[0] == 0
