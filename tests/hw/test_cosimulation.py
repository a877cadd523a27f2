"""Every circuit against its own Verilog: the same pins into MyHDL and Icarus, equal outputs cycle by cycle.

Two kinds of stimulus, the same for all circuits: what their pins saw while two stations talked and collided
on a cable, and random levels, which come to states that a well-behaved neighbour never brings about.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import fresh_simulator
from cosimulation import Twins, build_bridge, compile_for_bridge
from recorded import MOST_TICKS, RECORDED, Inputs
from stimulus import random_levels

from hw.modules import MODULES

FEW_EPISODES = 5
FEW_TICKS = 700

pytestmark = pytest.mark.needs("iverilog", "vvp", "iverilog-vpi", "gcc")


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bridge(tmp_path_factory.mktemp("bridge"))


def compare(name: str, stimulus: Iterator[Inputs], compiled: Path, bridge: Path) -> int:
    """Apply `stimulus` to both and return in how many different ways the outputs stood."""
    twins = Twins(name, compiled, bridge)
    mine, theirs = twins.outputs()
    assert mine == theirs
    seen = {tuple(mine.values())}
    for inputs in stimulus:
        twins.tick(inputs)
        mine, theirs = twins.outputs()
        assert mine == theirs
        seen.add(tuple(mine.values()))
    return len(seen)


@pytest.mark.parametrize("ticks", [FEW_TICKS, pytest.param(MOST_TICKS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_recorded_traffic(
    name: str,
    ticks: int,
    recordings: dict[str, list[Inputs]],
    converted: Path,
    bridge: Path,
    tmp_path: Path,
) -> None:
    compiled = compile_for_bridge(name, converted, tmp_path)
    assert compare(name, iter(recordings[name][:ticks]), compiled, bridge) > 1


@pytest.mark.parametrize("name", MODULES)
def test_random_levels(name: str, converted: Path, bridge: Path, tmp_path: Path) -> None:
    compiled = compile_for_bridge(name, converted, tmp_path)
    assert compare(name, random_levels(name, 5, FEW_EPISODES), compiled, bridge) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_random_levels_at_length(name: str, converted: Path, bridge: Path, tmp_path: Path) -> None:
    compiled = compile_for_bridge(name, converted, tmp_path)
    for seed in range(20):
        with fresh_simulator():
            compare(name, random_levels(name, seed), compiled, bridge)
