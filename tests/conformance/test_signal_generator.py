"""The instrument itself: the same picoseconds on both engines, and what it refuses."""

from random import Random

import pytest
from laboratory import Lab, frame
from pattern import BIT_PS, moves, on_wire

from hw.analogue.generator import HIGH, IDLE, LOW, Move

END_PS = 2_000_000_000


def story(engine: str) -> tuple[list[tuple[int, ...]], int]:
    """Patterns at a time, by trigger, and one that ends another, at two generators beside two stations."""
    with Lab(engine, positions_mm=(0, 260_000), generators_mm=(10_000, 500_000), seed=5) as lab:
        for station in lab.stations:
            station.bring_up()
        one, other = lab.stations
        random = Random(1)
        lab.play(moves(on_wire(frame(one.address)), jitter_ps=18_000, random=random))
        lab.play([(0, LOW), (150_000, HIGH), (400_016, IDLE)], generator=1, after_ps=3 * BIT_PS)
        lab.run_for(1_000 * BIT_PS)
        lab.engine.play(1, [(300_000, LOW), (900_000, IDLE)], None)
        one.queue(frame(other.address)[:-4])
        lab.run_for(1_500 * BIT_PS)
        lab.engine.play(1, moves(on_wire(frame(other.address))), lab.now + 64)
        lab.run_for(100 * BIT_PS)
        lab.engine.play(1, [(64, IDLE)], lab.now)
        lab.run_to(END_PS)
        collisions = one.sent() >> 4 & 15
        return [tuple(change) for change in lab.engine.changes().rows()], collisions


def test_both_engines_play_the_same() -> None:
    compiled, collisions = story("compiled")
    assert collisions > 0
    assert story("myhdl") == (compiled, collisions)


@pytest.mark.parametrize(
    "pattern",
    [[(0, HIGH)], [(100, HIGH), (131, LOW)], [(100, HIGH), (90, LOW)], [(100, 3)]],
    ids=["the present", "too close", "backwards", "no level"],
)
def test_what_cannot_be_played_is_refused(engine: str, pattern: list[Move]) -> None:
    with Lab(engine) as lab, pytest.raises(ValueError, match=r"ps comes less|drives LOW"):
        lab.engine.play(0, pattern, lab.now)
