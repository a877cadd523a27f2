"""Collisions, rows H6 to H9 and H12: how many bits are sent, and what becomes of the frame.

A collision's bit is the one that the station drives into its AUI when its MAU signals on control in. From
there to the first bit of jam it takes two flip-flops, 4 to 8 bit times, and a nibble on the MII: 8 to 12.
"""

from collections.abc import Callable, Iterator
from typing import Any

import manual as m
import pytest
from laboratory import Burst, Lab, Station, address, frame, one
from pattern import BIT_PS, HEAD, bits

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
MINE = frame(address(9), 100, fill=3)
SENT = HEAD + bits(MINE)
JAM = "1" * 32
PIPELINE = 8, 12
"""Bit times from CI to the first bit of jam, at least and at most."""
LATE = 512


def collisions(
    engine: str, bits_: Any, registers: dict[int, int] | None = None, seed: int = 1
) -> Iterator[tuple[float, Burst, int]]:
    """For each of `bits_`: where the collision was, what was sent, and the frame's status."""
    with one(engine, registers=registers, seed=seed) as (lab, station):
        for bit in bits_:
            lab.run_for(1_000 * BIT_PS)
            lab.forget()
            lab.collide(bit)
            station.queue(MINE[:-4])
            while not lab.log["s0.mau.aui_ci"]:
                lab.run_for(20 * BIT_PS)
                lab.look()
            lab.hush()
            status = station.sent()
            first, *more = station.bursts()
            told = next(ps for ps, value in lab.log["s0.mau.aui_ci"] if value)
            assert m.retries(status) == len(more)
            assert all(burst.bits == SENT for burst in more), "the second attempt is the whole frame"
            yield (told - first.start) / BIT_PS, first, status


def test_H6_collision_in_preamble_or_sfd(engine: str, pick: Pick, measured: Measured) -> None:
    latest = 0.0
    for seed in pick((1, 2, 3), (1,)):
        for place, fragment, status in collisions(engine, pick(range(1, 65), (1, 30, 60)), seed=seed):
            assert m.retries(status) == 1
            assert fragment.bits.startswith(HEAD)
            assert fragment.bits.endswith(JAM)
            if place < 64 - PIPELINE[0]:
                assert len(fragment.bits) == 96
                latest = max(latest, place)
            else:
                assert PIPELINE[0] <= len(fragment.bits) - 32 - place <= PIPELINE[1]
    measured(f"signal from bit 1 to 64: preamble and SFD whole, jam; 96 bits if CI is on by bit {latest:.0f}")


def test_H7_collision_in_the_data(engine: str, pick: Pick) -> None:
    collide_in_the_data(engine, pick(range(65, 507, 6), (65, 300, 500)))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["compiled"])
def test_H7_every_bit(engine: str, measured: Measured) -> None:
    times = [
        time
        for seed, places in ((1, range(65, 507)), *((seed, range(65, 507, 11)) for seed in range(2, 9)))
        for time in collide_in_the_data(engine, places, seed)
    ]
    from_ci = f"{min(times):.1f} to {max(times):.1f} BT after CI"
    measured(f"every bit from 65 on: 32 bits of jam begin {from_ci}; retried")


def collide_in_the_data(engine: str, places: Any, seed: int = 1) -> tuple[float, float]:
    """Collide in each of `places`; return the least and most bit times from CI to jam."""
    pipelines = []
    for place, fragment, status in collisions(engine, places, seed=seed):
        assert m.retries(status) == 1
        sent = fragment.bits.removesuffix(JAM)
        assert len(sent) == len(fragment.bits) - 32
        assert SENT.startswith(sent)
        pipelines.append(len(sent) - place)
    assert all(PIPELINE[0] <= pipeline <= PIPELINE[1] for pipeline in pipelines)
    return min(pipelines), max(pipelines)


def test_H8_late_collision(engine: str, pick: Pick, measured: Measured) -> None:
    for valid, limit, seed in pick(((63, LATE, 1), (63, LATE, 2), (31, 256, 3)), ((63, LATE, 1),)):
        registers = {m.COLLCONF: 15 << 16 | valid}
        around = pick(range(limit - 12, limit + 8), (limit - 12, limit))
        retried, late = [], []
        for place, fragment, status in collisions(engine, around, registers, seed):
            assert fragment.bits.endswith(JAM)
            if status & m.LC:
                assert not m.retries(status)
                late.append(place)
            else:
                assert m.retries(status) == 1
                retried.append(place)
        assert max(retried) < limit <= min(late), "to the bit"
        if seed == 1:
            measured(
                f"retried with CI on by bit {max(retried):.0f}, late and not retried from {min(late):.0f} on"
            )


def attempts(lab: Lab, station: Station, collided: int) -> int:
    """Send a frame that collides in its first `collided` attempts; return its status."""
    lab.collide_with_attempts(station, MINE[:-4], collided)
    return station.sent()


def test_H9_sixteen_attempts(engine: str, pick: Pick, measured: Measured) -> None:
    for most in pick((15, 3, 0), (2,)):
        with one(engine, registers={m.COLLCONF: most << 16 | 63}) as (lab, station):
            if most:
                status = attempts(lab, station, most)
                assert not status & m.RL
                assert m.retries(status) == most
                *fragments, last = station.bursts()
                assert [len(burst.bits) for burst in fragments] == [96] * most
                assert last.bits == SENT
            status = attempts(lab, station, most + 1)
            assert status & m.RL
            assert m.retries(status) == most
            assert [len(burst.bits) for burst in station.bursts()] == [96] * (most + 1)
            assert station.acknowledge() & m.TXE or not station.irq
            # The station goes on with the next frame.
            lab.run_for(1_000 * BIT_PS)
            lab.forget()
            station.queue(MINE[:-4])
            assert not station.sent() & (m.RL | m.LC)
    measured(
        "15 collisions: sent at the 16th attempt, RTRY 15; 16: RL after 16 fragments; so with MAXRET 3 and 0"
    )


def test_H12_attempts_are_counted_per_frame(engine: str, pick: Pick, measured: Measured) -> None:
    drawn = set()
    frames = pick(40, 2)
    with one(engine) as (lab, station):
        for _ in range(frames):
            attempts(lab, station, 5)
            lab.run_for(1_000 * BIT_PS)
            attempts(lab, station, 1)
            fragment, _ = station.bursts()
            drawn.add((station.bursts()[1].start - fragment.end_of_bits) // (512 * BIT_PS))
            lab.run_for(1_000 * BIT_PS)
    assert drawn <= {0, 1}
    if engine == "compiled":
        assert drawn == {0, 1}
    measured(f"after a frame with 5 collisions, the next one's first draws 0 or 1: {frames} times")
