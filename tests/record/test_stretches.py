"""The decoder's two ways come to the same: change by change, which is what decoding is, and in stretches."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manchester import PREAMBLE, Sender, changes, end_of_bits

from sim.engine.interface import Change, Changes
from sim.record.wire import WireDecoder, WireFrame

START = 3_000_000_009


def feed(decoder: WireDecoder, batch: Sequence[Change]) -> None:
    """Change by change: what the changes mean."""
    for ps, net, mv in batch:
        (decoder.level if net == 0 else decoder.mean)(ps, mv)


def in_stretches(batch: Sequence[Change], borders: Sequence[int], *, rows: bool = True) -> WireDecoder:
    """The same changes in as many at a time as lie between `borders` (indices), whole instants."""
    decoder = WireDecoder(rows=rows)
    begin = 0
    for border in [*sorted(borders), len(batch)]:
        end = min(border, len(batch))
        while 0 < end < len(batch) and batch[end].ps == batch[end - 1].ps:
            end += 1
        if end > begin:
            part = Changes.of(batch[begin:end])
            decoder.changes(part.history(0), part.history(1))
            begin = end
    return decoder


def compare(found: WireDecoder, meant: WireDecoder, now: int) -> None:
    assert found.frames == meant.frames
    assert found.fields == meant.fields
    assert found.values == meant.values
    assert found.collisions == meant.collisions
    assert found.settled(now) == meant.settled(now)


def same(batch: Sequence[Change], borders: Sequence[int]) -> list[WireFrame]:
    """Decode both ways, with rows and without, to the end of `batch` and to that of one more frame.

    Return the frames of `batch`.
    """
    last = batch[-1].ps if batch else 0
    more = changes([Sender(last + 20_000_000, bytes(range(60)))])
    for rows in (False, True):
        meant = WireDecoder(rows=rows)
        feed(meant, batch)
        compare(in_stretches(batch, borders, rows=rows), meant, last)
        frames = list(meant.frames)
        feed(meant, more)
        compare(in_stretches([*batch, *more], borders, rows=rows), meant, more[-1].ps)
    return frames


def jittered(batch: Sequence[Change], most_ps: int, seed: int) -> list[Change]:
    """Every level change but those in the instant of one of the average moves by up to `most_ps`."""
    random = Random(seed)
    fixed = {change.ps for change in batch if change.net == 1}
    moved = [
        change if change.ps in fixed else change._replace(ps=change.ps + random.randint(-most_ps, most_ps))
        for change in batch
    ]
    return sorted(moved)


borders = st.lists(st.integers(0, 6000), max_size=6)


@settings(deadline=None)
@given(
    octets=st.lists(st.binary(max_size=300), min_size=1, max_size=3),
    gap=st.integers(300_000, 10_000_000),
    ppm=st.integers(-300, 300),
    jitter=st.sampled_from((0, 100, 5_000, 12_000, 18_000, 24_000, 40_000)),
    extra=st.text("01", max_size=7),
    seed=st.integers(0, 1000),
    borders=borders,
)
def test_frames_with_jitter_and_batches_that_end_anywhere(
    octets: list[bytes], gap: int, ppm: int, jitter: int, extra: str, seed: int, borders: list[int]
) -> None:
    """`gap` from the end of one frame's bits to the next: nearly glued to far apart."""
    senders: list[Sender] = []
    for each in octets:
        start = end_of_bits(senders[-1]) + gap if senders else START
        senders.append(Sender(start, each, ppm=ppm, extra_bits=extra))
    same(jittered(changes(senders), jitter, seed), borders)


@settings(deadline=None)
@given(
    lag=st.integers(0, 250_000_000),
    preamble=st.integers(1, 8),
    cut=st.integers(0, 250_000_000),
    borders=borders,
)
def test_collisions_and_carriers_that_stop(lag: int, preamble: int, cut: int, borders: list[int]) -> None:
    first = Sender(START, bytes(n * 31 & 255 for n in range(256)), cut_ps=START + cut)
    other = Sender(START + lag, bytes(range(100)), preamble=PREAMBLE[-preamble:])
    same(changes([first, other]), borders)


@settings(deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, 3000), st.integers(-3000, 500)), min_size=1, max_size=8),
    borders=borders,
)
def test_levels_that_nobody_sent(places: list[tuple[int, int]], borders: list[int]) -> None:
    """Any voltage anywhere: glitches, ties, steps that do not cross the average."""
    batch = changes([Sender(START, bytes(n * 91 & 255 for n in range(250)))])
    random = Random(len(places))
    for place, mv in places:
        ps = batch[min(place, len(batch) - 1)].ps + random.randint(1, 60_000)
        if all(change.ps != ps for change in batch):
            batch.append(Change(ps, 0, mv))
    same(sorted(batch), borders)


@pytest.mark.parametrize("share", [1.0, 0.6, 0.4])
@pytest.mark.parametrize("lost_bits", [0, 2, 5, 20])
@pytest.mark.parametrize("length", [250, pytest.param(1514, marks=pytest.mark.slow)])
def test_a_weak_sender_that_loses_the_first_bits(length: int, share: float, lost_bits: int) -> None:
    """Attenuated by the cable, edges off by 18 ns, a MAU that loses bits: the octets are the same."""
    octets = bytes(n * 73 & 255 for n in range(length))
    wave = jittered(changes([Sender(START, octets)]), 18_000, seed=lost_bits)
    begin = START + lost_bits * 100_000 + 30_000
    weak = [
        change._replace(value=round((-1025 + share * (change.value + 1025)) * 0.9))
        for change in wave
        if change.net == 0 and change.ps > begin
    ]
    weak[-1] = weak[-1]._replace(value=0)
    heard = [Change(begin, 1, round(-1025 * 0.9)), *weak, wave[-1]]
    (frame,) = same(heard, range(0, len(heard), 997))
    assert frame.frame == octets
    assert frame.complete
    assert len(frame.bits) in (len(octets) * 8 + 64 - lost_bits, len(octets) * 8 + 63 - lost_bits)


def test_two_far_senders_are_a_collision() -> None:
    """Just beyond the threshold: weaker than two at hand, and two all the same."""
    decoder = WireDecoder()
    decoder.mean(1000, -800)
    decoder.mean(2000, -1531)
    decoder.mean(3000, 0)
    assert decoder.collisions == [(2000, 2)]
    assert decoder.frames[0].collision
