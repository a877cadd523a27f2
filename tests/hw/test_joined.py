"""The boxes `mac` and `phy` joined by their pins, without anything between, in Icarus.

Two such stations, their AUIs crossed: `tests/support/joined.py`. What is tried is in `joined_cases.py`.
"""

from pathlib import Path

import pytest
from cocotb_run import run
from converted import files
from joined import write

pytestmark = pytest.mark.needs("iverilog", "vvp", "wheel:cocotb", "wheel:cocotbext")


@pytest.mark.parametrize(
    "case", ["frames_go_both_ways_at_once", pytest.param("many_in_a_row", marks=pytest.mark.slow)]
)
def test_two_stations(case: str, converted: Path, tmp_path: Path) -> None:
    sources = [*files("mac", ".v", converted), *files("phy", ".v", converted), write(tmp_path)]
    results = run("joined", "joined_cases", rf".*{case}", sources, tmp_path)
    assert list(results) == [case]
    assert not any(results.values()), "\n".join(results.values())
