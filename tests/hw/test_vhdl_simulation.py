"""Every circuit against its own VHDL: the levels that Icarus gets in cosimulation, in MyHDL and in ghdl.

ghdl runs a bench of its own, from a file of input levels to one of output levels, tick by tick.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ghdl import in_ghdl, in_myhdl
from recorded import RECORDED, Inputs
from stimulus import random_levels

from hw.modules import MODULES

AT_ONCE = {"crc32", "deference", "backoff_random", "registers"}
"""A scrambler, a state machine, a wide arithmetic and a bus; the others take part in `make test-all`."""

pytestmark = pytest.mark.needs("ghdl")


def later(names: Iterable[str]) -> list[Any]:
    """Parameters, slow but for a few."""
    return [pytest.param(name, marks=() if name in AT_ONCE else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", later(MODULES))
def test_random_levels(name: str, converted: Path, tmp_path: Path) -> None:
    levels = list(random_levels(name, 6))
    seen = in_myhdl(name, levels)
    assert in_ghdl(name, levels, converted, tmp_path) == seen
    assert len(set(seen)) > 1


@pytest.mark.parametrize("name", later(sorted(RECORDED)))
def test_recorded_traffic(
    name: str, recordings: dict[str, list[Inputs]], converted: Path, tmp_path: Path
) -> None:
    levels = recordings[name]
    seen = in_myhdl(name, levels)
    assert in_ghdl(name, levels, converted, tmp_path) == seen
    assert len(set(seen)) > 1
