"""The box `mac` as others would use it: whole, in Icarus, on an MII that cocotbext-eth drives.

What is tried there is in `tests/support/mac_frames.py` and `mac_bus.py`.
"""

from pathlib import Path

import pytest
from cocotb_run import run
from converted import files

pytestmark = pytest.mark.needs("iverilog", "vvp", "wheel:cocotb", "wheel:cocotbext")
SHORT = (
    "short_frames_are_padded", "gap_between_own_frames_is_96_bit_times", "any_preamble_is_received",
    "carrier_is_deferred_to", "management_frames_are_those_of_22_2_4_5", "cycles_of_others_are_left_alone",
    "reset_brings_back_what_power_up_gave",
)  # fmt: skip


def test_another_mii_model_and_the_mac(converted: Path, tmp_path: Path) -> None:
    """Frames both ways, preambles, gaps, deference, MDIO, the bus, reset: the short cases."""
    pattern = "|".join(rf"\.{name}$" for name in SHORT)
    results = run("mac", "mac_frames,mac_bus", pattern, files("mac", ".v", converted), tmp_path)
    assert set(results) == set(SHORT)
    assert not any(results.values()), "\n".join(results.values())


@pytest.mark.slow
def test_another_mii_model_and_the_mac_at_length(converted: Path, tmp_path: Path) -> None:
    """All cases: every length, errors, collisions, PAUSE, both ways at once, RST."""
    results = run("mac", "mac_frames,mac_bus", ".*", files("mac", ".v", converted), tmp_path)
    assert len(results) > len(SHORT)
    assert not any(results.values()), "\n".join(results.values())
