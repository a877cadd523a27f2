"""Statistical judges: how unlikely a deviation is, by the definition of the χ² distribution."""

import math
from collections.abc import Sequence


def chi_square(observed: Sequence[int], expected: Sequence[float]) -> float:
    """Pearson's statistic."""
    return sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))


def tail(statistic: float, degrees: int) -> float:
    """The probability that χ² with `degrees` degrees of freedom is at least `statistic`.

    One minus the regularised lower incomplete gamma function, by its series:
    P(a, x) = x^a e^-x / Γ(a+1) · (1 + x/(a+1) + x²/((a+1)(a+2)) + …).
    """
    a, x = degrees / 2, statistic / 2
    if x == 0:
        return 1.0
    term = total = 1.0
    n = 0
    while term > total * 1e-16:
        n += 1
        term *= x / (a + n)
        total += term
    return max(0.0, 1 - total * math.exp(a * math.log(x) - x - math.lgamma(a + 1)))


def uniform(draws: Sequence[int], size: int, most_bins: int = 64) -> float:
    """How likely draws that deviate as much as these are, if they are uniform on 0…size-1."""
    bins = min(size, most_bins)
    counts = [0] * bins
    for draw in draws:
        counts[draw * bins // size] += 1
    return tail(chi_square(counts, [len(draws) / bins] * bins), bins - 1)
