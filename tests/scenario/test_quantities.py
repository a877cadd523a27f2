"""Lengths and times as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.quantities import length_mm, time_ns


@given(st.integers(min_value=0, max_value=10**12))
def test_quantities_are_exact(nanoseconds: int) -> None:
    assert time_ns(f"{nanoseconds} ns") == nanoseconds
    assert time_ns(f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d} s") == nanoseconds
    assert length_mm(f"{nanoseconds // 1000}.{nanoseconds % 1000:03d}m") == nanoseconds


@pytest.mark.parametrize(
    ("text", "ns"), [("10 us", 10_000), ("10 µs", 10_000), ("0.1 s", 10**8), (" 1ms ", 10**6)]
)
def test_time_units(text: str, ns: int) -> None:
    assert time_ns(text) == ns


@pytest.mark.parametrize("text", ["", "s", "1e3 s", "1 s s", "0x1 s", "1,5 s", "١ s", "inf s"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        time_ns(text)
