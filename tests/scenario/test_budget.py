"""Clause 13's arithmetic against sums made by hand, and against an example from a textbook."""

import pytest

from sim.scenario.budget import COAX, PAIR, Medium, Stretch, delay, delays, shrinkage

FIBRE = Medium("10BASE-FL", 12.25, 33.5, 156.5, 0.1, 10.5, 8.0)
BACKBONE = Medium("10BASE-FB", 0.0, 24.0, 0.0, 0.1, 0.0, 2.0)
"""Which only repeaters have: it is never at an end."""
TEXTBOOK = (
    Stretch(PAIR, 100),
    Stretch(FIBRE, 1000),
    Stretch(BACKBONE, 500),
    Stretch(BACKBONE, 500),
    Stretch(BACKBONE, 600),
    Stretch(PAIR, 100),
)
"""The example of V. and N. Olifer, "Computer Networks", chapter on Ethernet."""


def test_the_example_of_a_textbook() -> None:
    """It rounds the first base to 15.3: 26.6 + 133.5 + 74 + 74 + 84 + 176.3 = 568.4, and a PVV of 24.5."""
    assert delays(TEXTBOOK) == pytest.approx([26.55, 133.5, 74.0, 74.0, 84.0, 176.3])
    assert sum(delays(TEXTBOOK)) == pytest.approx(568.4, abs=0.06)
    assert shrinkage(TEXTBOOK) == 24.5


@pytest.mark.parametrize(
    ("medium", "metres", "left", "mid", "right"),
    [
        (COAX, 0, 11.75, 46.5, 169.5),
        (COAX, 500, 55.05, 89.8, 212.8),
        (PAIR, 0, 15.25, 42.0, 165.0),
        (PAIR, 100, 26.55, 53.3, 176.3),
    ],
)
def test_least_and_most_of_each_segment(
    medium: Medium, metres: float, left: float, mid: float, right: float
) -> None:
    """The table of clause 13.4.1 has both."""
    stretch = Stretch(medium, metres)
    assert delays([stretch, stretch, stretch]) == pytest.approx([left, mid, right])


def test_the_margin_is_added_once_and_the_larger_direction_counts() -> None:
    """Coax 500 m at one end, a pair of 100 m at the other: 55.05 + 176.3 one way, 26.55 + 212.8 the other."""
    path = [Stretch(COAX, 500), Stretch(PAIR, 100)]
    assert delay(path) == delay(path[::-1]) == pytest.approx(5 + 26.55 + 212.8)


def test_an_aui_counts_beyond_two_metres() -> None:
    """48 m more are 4.88 BT in the table (0.1026 for a metre, as it rounds, is 4.92)."""
    assert delays([Stretch(COAX, 0, 2.0), Stretch(COAX, 0, 50.0)]) == pytest.approx([11.75, 169.5 + 4.9248])


def test_the_longest_chain_of_four_repeaters_is_within_the_limits_and_five_are_not() -> None:
    """Five coaxes of 500 m: 55.05 + 3 * 89.8 + 212.8 + 5 = 542.25; a sixth adds 89.8."""
    chain = [Stretch(COAX, 500)] * 5
    assert delay(chain) == pytest.approx(542.25)
    assert delay([*chain, chain[0]]) == pytest.approx(632.05)


def test_shrinkage_leaves_the_receivers_segment_out() -> None:
    """16 + 3 * 11 = 49 is the limit itself; with pairs between 16 + 3 * 8 = 40, pairs alone 10.5 + 3 * 8."""
    coax, pair = Stretch(COAX, 500), Stretch(PAIR, 100)
    assert shrinkage([coax] * 5) == 49.0
    assert shrinkage([coax, pair, pair, pair, coax]) == 40.0
    assert shrinkage([pair] * 5) == 34.5
    assert shrinkage([pair, pair, pair, pair, coax]) == 40.0  # the other way
