"""Backoff, rows H10, H11, H13 and H15: what stations draw, read off the cable.

A generator collides with every attempt. The average level at the station's tap shows when it begins and when
its jam ends; the time between is a whole number of slots, or less than one when 0 was drawn.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import manual as m
import pytest
from judges import tail, uniform
from laboratory import DELAY_PS, Lab, Station, address, frame, one
from pattern import BIT_PS, moves

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
MINE = frame(address(9), fill=3)[:-4]
SLOT = 512 * BIT_PS
HOLD_PS = 250_000
"""From the last bit to the end of carrier."""
UNLIKELY = 0.001
FRAMES = 2_100
FEW = 300
"""Frames of the short form: enough for χ² of each attempt."""


def waits(lab: Lab) -> list[int]:
    """Times from the end of each transmission's last bit to the beginning of the next, at the first tap."""
    lab.look()
    carrier = [ps for ps, mean in lab.log["yellow.tap0.mean"]]
    silent = [mean == 0 for _, mean in lab.log["yellow.tap0.mean"]]
    begins = [ps for ps, before in zip(carrier[1:], silent, strict=False) if before]
    ends = [ps - HOLD_PS for ps, is_silent in zip(carrier, silent, strict=True) if is_silent]
    return [begin - end for begin, end in zip(begins, ends, strict=False)]


def draws(lab: Lab, station: Station, frames: int) -> Iterator[list[int]]:
    """What a station draws, frame by frame, when every attempt of every frame collides: 15 times each."""
    for _ in range(frames):
        lab.forget()
        lab.collide(8, "H" * 12)
        station.queue(MINE)
        status = station.sent()
        assert status & m.RL
        found = waits(lab)
        assert all(wait % SLOT == 0 for wait in found if wait > SLOT // 2), "whole slots from the end of jam"
        yield [wait // SLOT for wait in found]
        lab.run_for(300 * BIT_PS)


@pytest.mark.parametrize("frames", [FEW, pytest.param(FRAMES, marks=pytest.mark.slow)])
def test_H10_backoff_histogram(engine: str, frames: int, pick: Pick, measured: Measured) -> None:
    retries = pick(12, 4)
    by_attempt: list[list[int]] = [[] for _ in range(retries)]
    with Lab(engine, waves=False) as lab:
        (station,) = lab.stations
        station.bring_up(registers={m.COLLCONF: retries << 16 | 63})
        for drawn in draws(lab, station, pick(frames, 6)):
            assert len(drawn) == retries
            for place, slots in enumerate(drawn):
                by_attempt[place].append(slots)
    for place, slots in enumerate(by_attempt):
        assert max(slots) < 1 << min(place + 1, 10)
    if engine == "compiled":
        likely = [uniform(slots, 1 << min(n, 10)) for n, slots in enumerate(by_attempt, 1)]
        assert all(chance > UNLIKELY for chance in likely), likely
    if engine == "compiled" and frames == FRAMES:
        assert max(max(slots) for slots in by_attempt) == 1023
        pairs = [
            one // 64 * 16 + other // 64 for one, other in zip(by_attempt[9], by_attempt[10], strict=True)
        ]
        assert uniform(pairs, 256, 256) > UNLIKELY, "one draw tells nothing of the next"
        worst = min(likely)
        measured(
            f"{FRAMES:,} draws after each of 12 collisions: the least likely χ² has p = {worst:.3f}; "
            f"at most 1,023 slots; multiples of 512 BT from the end of jam, to the picosecond"
        )


def busy_wait(engine: str, collisions: int, carrier: tuple[int, int] | None) -> tuple[int, int]:
    """One frame with `collisions`; then, while the station backs off, `carrier` from and to these bit times
    after the end of jam. Return from there to the next attempt, and from the end of the carrier, in ps.
    """
    with one(engine) as (lab, station):
        lab.run_for(100 * BIT_PS)
        lab.collide_with_attempts(station, MINE, collisions)
        lab.run_for(100 * BIT_PS)
        ended = station.bursts()[-1].end_of_bits
        after = 0
        if carrier is not None:
            begin, end = (ended + bit * BIT_PS for bit in carrier)
            lab.engine.play(0, moves("10" * ((end - begin) // (2 * BIT_PS))), begin - DELAY_PS)
            after = end
        assert m.retries(station.sent()) == collisions
        begins = station.bursts()[-1].start
        return begins - ended, begins - after


def test_H11_backoff_runs_through_carrier(engine: str, pick: Pick, measured: Measured) -> None:
    collisions = 3
    wait, _ = busy_wait(engine, collisions, None)
    slots = wait // SLOT
    assert wait == slots * SLOT
    assert slots >= 3, "long enough to be disturbed"
    bits_ = slots * 512
    for begin in pick((200, 400, 600), (200,)):
        # Carrier that has gone for a whole gap when the wait is over does not prolong it.
        assert busy_wait(engine, collisions, (begin, bits_ - 120))[0] == wait
    gaps = []
    for end in pick(range(bits_ - 90, bits_ + 400, 70), (bits_ + 100,)):
        gaps.append(busy_wait(engine, collisions, (200, end - end % 2))[1] / BIT_PS)
    assert all(96 <= gap <= 96 + 8 for gap in gaps)
    measured(f"a wait of {slots} slots is not prolonged by carrier in it; carrier at its end is deferred to")


def test_H13_stations_are_independent(engine: str, pick: Pick, measured: Measured) -> None:
    stations = pick(150, 2)
    retries = pick(15, 5)
    sequences = []
    for number in range(stations):
        # Neighbours, as one maker numbers them, and others that differ in the maker's part.
        own = bytes([2, 1 + number % 3, 0, 0, 0, number]) if number % 2 else address(number)
        with Lab(engine, waves=False, addresses=[own]) as lab:
            (station,) = lab.stations
            station.bring_up(registers={m.COLLCONF: retries << 16 | 63})
            sequences.append(next(draws(lab, station, 1)))
    assert len(set(map(tuple, sequences))) == stations
    if engine == "compiled":
        windows = Counter(tuple(drawn[n : n + 3]) for drawn in sequences for n in range(7, 13))
        assert max(windows.values()) == 1, "nor is one the other, shifted"
        measured(
            f"{stations} addresses, neighbours among them: no sequence twice, nor any three draws in a row"
        )
    firsts = [sum(drawn[0] for drawn in sequences[half::2]) for half in (0, 1)]
    assert engine != "compiled" or all(20 < ones < 55 for ones in firsts), "neighbours do not draw alike"


def collisions_of_two(engine: str, seed: int, trials: int, addresses: Sequence[bytes] = ()) -> Iterator[int]:
    """How often two stations collide that get a frame at the same time, until one gets through."""
    places = {"positions_mm": (0, 250_000), "generators_mm": ()}
    with Lab(engine, **places, seed=seed, addresses=addresses, waves=False) as lab:
        for station in lab.stations:
            station.bring_up()
        for _ in range(trials):
            lab.engine.changes()
            lab.together(MINE)
            yield min(m.retries(station.sent()) for station in lab.stations)
            lab.run_for(200 * BIT_PS)


def test_H13_first_draws_after_power_on(engine: str, pick: Pick, measured: Measured) -> None:
    """Nothing has happened yet by which two stations could differ but their addresses, here by one bit."""
    bits_, seeds = pick((4, 5, 10), (4,)), pick(range(30), range(1))
    alike = []
    for bit in bits_:
        other = (int.from_bytes(address(0)) ^ 1 << bit).to_bytes(6)
        starts = [collisions_of_two(engine, seed, 1, (address(0), other)) for seed in seeds]
        alike.append(sum(collisions > 1 for found in starts for collisions in found))
    if engine == "compiled":
        expected = len(seeds) / 2
        assert tail(sum((hits - expected) ** 2 / (expected / 2) for hits in alike), len(alike)) > UNLIKELY
        measured(
            f"first collision after power-on, addresses that differ in one bit, {sum(alike)} of "
            f"{len(seeds) * len(alike)} draw alike (one half)"
        )


def test_H15_two_stations_that_begin_at_once(engine: str, pick: Pick, measured: Measured) -> None:
    found = Counter[int]()
    seeds, trials = pick((40, 60), (2, 1))
    for seed in range(seeds):
        found.update(collisions_of_two(engine, seed, trials))
    count = found.total()
    assert min(found) == 1, "they do begin at once"
    if engine == "compiled":
        mean = sum(number * times for number, times in found.items()) / count
        square = sum(number**2 * times for number, times in found.items()) / count
        error = ((square - mean**2) / count) ** 0.5
        assert abs(mean - 1.6416) < 3 * error
        exactly = [1 / 2, 3 / 8, 7 / 64, 1 / 64]  # 1, 2, 3 collisions, and 4 or more
        seen = [found[1], found[2], found[3], sum(times for number, times in found.items() if number > 3)]
        statistic = sum((o - count * p) ** 2 / (count * p) for o, p in zip(seen, exactly, strict=True))
        assert tail(statistic, 3) > UNLIKELY
        measured(
            f"{count:,} starts: {mean:.4f} collisions ± {error:.4f}; "
            f"2 or more {(count - seen[0]) / count:.3f}, 3 or more {(seen[2] + seen[3]) / count:.3f}, "
            f"4 or more {seen[3] / count:.4f}"
        )


def completions(lab: Lab, octets: bytes, frames: int) -> list[tuple[int, int]]:
    """Both stations get `frames` frames at once: (station, RTRY) of each, in the order of their success."""
    for _ in range(frames):
        lab.together(octets)
    done: list[tuple[int, int]] = []
    while len(done) < frames * len(lab.stations):
        lab.run_for(100 * BIT_PS)
        for number, station in enumerate(lab.stations):
            if station.irq:
                station.acknowledge()
                status = station.sent()
                assert not status & m.RL
                done.append((number, m.retries(status)))
    lab.run_for(300 * BIT_PS)
    lab.engine.changes()
    return done


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["compiled"])
def test_H15_capture(engine: str, measured: Measured) -> None:
    """The station that got through has a new frame and draws from fewer slots than the other.

    The loser has b collisions behind it, and both collide again: now the winner draws from 2 slots, the loser
    from 2^(b+1). Frames are longer than any wait of the loser's, so that it always is there.
    """
    won: dict[int, list[bool]] = {b: [] for b in (1, 2, 3)}
    with Lab(engine, positions_mm=(0, 250_000), generators_mm=(), waves=False) as lab:
        for station in lab.stations:
            station.bring_up()
        for _ in range(700):
            (winner, behind), *later = completions(lab, frame(address(9), 600)[:-4], 3)
            for number, collisions in later[:2]:
                if behind in won:
                    assert collisions, "the loser always is there"
                    won[behind].append(number == winner and collisions == 1)
                behind += collisions
                if number != winner:
                    break
    told = []
    for b, draws_ in won.items():
        chance = 1 - 1.5 / 2 ** (b + 1)  # the loser draws more than 0, or than 1: 5/8, 13/16, 29/32
        error = (chance * (1 - chance) / len(draws_)) ** 0.5
        seen = sum(draws_) / len(draws_)
        assert abs(seen - chance) < 3 * error, b
        told.append(f"{seen:.3f} of {len(draws_)} (b = {b}: {chance:.3f})")
    measured(f"capture, the winner takes the next draw: {', '.join(told)}")
