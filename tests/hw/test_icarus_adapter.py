"""Issue 3, "Cosimulation tests": an adapter in Icarus on the same coax as an adapter in MyHDL.

Its box is the converted Verilog, whole. What the cable carries is the same as between two adapters in MyHDL,
to the picosecond.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from bench import fresh_simulator
from cosimulation import build_bridge, compile_for_bridge
from icarus_adapter import IcarusAssembly
from lan import CABLE_MM, Lan, address

from driver.driver import Received
from sim.engine.interface import Change
from sim.engine.myhdl_parts import Assembly

END_PS = 1_500_000_000
CUT_PS = 60_000_000
AFTER_PS = 300_000_000
LENGTHS = (46, 61)
LAST = address(1) + address(0) + b"\x08\0" + bytes(range(46))

pytestmark = pytest.mark.needs("iverilog", "vvp", "iverilog-vpi", "gcc")


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bridge(tmp_path_factory.mktemp("bridge"))


@pytest.fixture(scope="module")
def compiled(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_for_bridge("adapter", converted, tmp_path_factory.mktemp("icarus"))


class Exchanged(NamedTuple):
    """What came of an exchange, by station; what the second received in all; and the levels at all taps."""

    received: list[list[Received]]
    collisions: list[int]
    last: list[bytes]
    levels: list[Change]


def exchange(assembly: Assembly | None = None) -> Exchanged:
    """Two stations send to each other at once. Then one is reset in a frame, and sends another."""
    lan = Lan([0, CABLE_MM], seed=3, assembly=assembly)
    try:
        cable = {number for number, net in enumerate(lan.engine.nets) if net.name.startswith("yellow.")}
        assert cable
        first = min(cable)
        lan.probe()
        for length in LENGTHS:
            for number in (0, 1):
                header = address(1 - number) + address(number) + b"\x08\0"
                lan.send(number, header + bytes(13 * n & 255 for n in range(length)))
        lan.run_to(END_PS)
        received = [list(driver.received) for driver in lan.drivers]
        collisions = [driver.counters.collisions for driver in lan.drivers]
        lan.send(0, address(1) + address(0) + b"\x08\0" + bytes(300))
        lan.run_to(END_PS + CUT_PS)
        lan.restart(0)
        lan.send(0, LAST)
        lan.run_to(END_PS + AFTER_PS)
        levels = [
            change._replace(net=change.net - first)
            for change in lan.engine.changes().rows()
            if change.net in cable
        ]
        return Exchanged(received, collisions, [one.frame for one in lan.drivers[1].received], levels)
    finally:
        lan.engine.close()


@pytest.fixture(scope="module")
def mixed(bridge: Path, compiled: Path) -> Exchanged:
    """The first station in Icarus, the second in MyHDL."""
    assembly = IcarusAssembly(compiled, bridge)
    with fresh_simulator():
        exchanged = exchange(assembly)
    assert assembly.icarus is not None and assembly.icarus.box == "host0"
    return exchanged


def test_frames_go_both_ways_through_collisions(mixed: Exchanged) -> None:
    for number, frames in enumerate(mixed.received):
        sender = address(1 - number)
        assert [frame.frame[6:12] for frame in frames] == [sender] * len(LENGTHS)
        assert [len(frame.frame) for frame in frames] == [14 + length for length in LENGTHS]
    assert min(mixed.collisions) > 0


def test_a_frame_that_rst_breaks_off_is_not_received_and_the_next_one_is(mixed: Exchanged) -> None:
    assert mixed.last[len(LENGTHS) :] == [LAST]


def test_the_cable_cannot_tell(mixed: Exchanged) -> None:
    pure = exchange()
    assert len(mixed.levels) > 4_000
    assert mixed.levels == pure.levels
    assert mixed == pure
