"""The box `phy` as others would use it: whole, in Icarus, between cocotbext-eth and a line by clause 7.

What is tried there, and how each case ends, is `tests/support/phy_box.py`'s.
"""

from pathlib import Path

import pytest
from cocotb_run import run
from converted import files

pytestmark = pytest.mark.needs("iverilog", "vvp", "wheel:cocotb", "wheel:cocotbext")


def test_another_mac_model_and_the_phy(converted: Path, tmp_path: Path) -> None:
    results = run("phy", "phy_box", ".*", files("phy", ".v", converted), tmp_path)
    assert len(results) == 8
    assert not any(results.values()), "\n".join(results.values())
