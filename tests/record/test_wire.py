"""Mission row 5.8: clock and data taken apart again, by the recorder, from waves it did not make."""

from itertools import pairwise

import pytest
from bitarray import bitarray
from hypothesis import given, settings
from hypothesis import strategies as st
from manchester import PREAMBLE, Sender, bits_of, changes, end_of_bits

from sim.engine.interface import Change
from sim.record.wire import WireDecoder, WireFrame

START = 5_000_009


def decode(batch: list[Change]) -> WireDecoder:
    """A decoder that has seen `batch`, one change after the other (test_stretches.py: many at once)."""
    decoder = WireDecoder()
    for ps, net, value in batch:
        (decoder.level if net == 0 else decoder.mean)(ps, value)
    return decoder


def only(decoder: WireDecoder) -> WireFrame:
    (frame,) = decoder.frames
    return frame


@pytest.mark.parametrize("mean_first", [False, True])
@pytest.mark.parametrize("last", [b"\x00", b"\xff"])
def test_frame_arrives_whole(mean_first: bool, last: bytes) -> None:
    octets = bytes(range(63)) + last
    sent = Sender(START, octets)
    frame = only(decode(changes([sent], mean_first)))
    assert frame.octets == PREAMBLE + octets
    assert frame.frame == octets
    assert list(frame.bits) == bits_of(sent)
    assert frame.complete
    assert not frame.collision
    assert (frame.start_ps, frame.end_ps) == (START, end_of_bits(sent) + 250_000)


@settings(deadline=None)
@given(octets=st.binary(min_size=1, max_size=200), ppm=st.integers(-200, 200))
def test_any_octets_at_any_crystal(octets: bytes, ppm: int) -> None:
    assert only(decode(changes([Sender(START, octets, ppm=ppm)]))).frame == octets


@pytest.mark.parametrize("ppm", [-100, 100])
def test_longest_frame_at_the_limits_of_the_crystal(ppm: int) -> None:
    octets = bytes(n * 37 & 255 for n in range(1518))
    assert only(decode(changes([Sender(START, octets, ppm=ppm)]))).frame == octets


@settings(deadline=None)
@given(jitter=st.lists(st.integers(-18_000, 18_000), min_size=600, max_size=600))
def test_jitter_of_18_ns_on_every_edge(jitter: list[int]) -> None:
    """Issue 2's facts, section 1.2: what a DTE's receiver must take."""
    octets = bytes(n * 91 & 255 for n in range(64))
    steady = changes([Sender(START, octets)])
    first, last = steady[0][0], steady[-1][0]
    moved = [
        Change(ps if ps in (first, last) else ps + jitter[n % len(jitter)], net, mv)
        for n, (ps, net, mv) in enumerate(steady)
    ]
    assert only(decode(moved)).frame == octets


def test_rows_of_text_begin_with_their_first_bit() -> None:
    octets = bytes(range(64))
    sent = Sender(START, octets)
    decoder = decode(changes([sent]))

    def bit(index: int) -> int:
        return START + index * 100_000

    assert decoder.fields == [
        (bit(0), "PRE"),
        (bit(56), "SFD"),
        (bit(64), "DA"),
        (bit(64 + 48), "SA"),
        (bit(64 + 96), "TYPE"),
        (bit(64 + 112), "DATA"),
        (bit(64 + 60 * 8), "FCS"),
        (bit(64 + 64 * 8), "ETD"),
        (bit(64 + 64 * 8) + 250_000, "IDLE"),
    ]
    assert decoder.values[:64] == [(bit(64 + 8 * n), f"{n:02x}") for n in range(64)]
    assert decoder.values[64:] == [(bit(576), "-"), (bit(576) + 250_000, "-")]


def test_rows_are_never_settled_too_early() -> None:
    """Whatever is added to a row after `settled(now)` lies at or after the instant it gave."""
    batch = changes([Sender(START, bytes(range(64))), Sender(START + 200_000_000, bytes(64))])
    decoder = WireDecoder()
    promised = 0
    for ps, net, value in batch:
        decoder.settled(ps)
        (decoder.level if net == 0 else decoder.mean)(ps, value)
        assert all(at >= promised for at, _ in decoder.fields + decoder.values)
        decoder.fields.clear()
        decoder.values.clear()
        settled = decoder.settled(ps)
        assert promised <= settled <= ps
        promised = settled
    assert promised == batch[-1].ps


def test_shortened_preamble_is_aligned_to_the_sfd() -> None:
    octets = bytes(range(64))
    whole = changes([Sender(START, octets)])
    # The first 5 bits and a half are lost: the carrier begins inside the preamble.
    begin = START + 550_000
    late = [change for change in whole if change.ps >= begin and change.net == 0]
    late.insert(0, whole[0]._replace(ps=begin - 10_000, net=1, value=-1025))
    frame = only(decode([*late, whole[-1]]))
    assert frame.frame == octets
    assert frame.octets == PREAMBLE[1:] + octets
    assert len(frame.bits) == 64 + 64 * 8 - 5


def test_dribble_bits_are_in_the_bits_only() -> None:
    octets = bytes(range(64))
    decoder = decode(changes([Sender(START, octets, extra_bits="1011010")]))
    frame = only(decoder)
    assert frame.frame == octets
    assert frame.bits[-7:] == bitarray("1011010")
    assert (START + (8 + 60) * 800_000, "FCS") in decoder.fields


def test_no_sfd_no_frame() -> None:
    frame = only(decode(changes([Sender(START, b"", preamble=b"\x55" * 20)])))
    assert frame.frame == b""
    assert frame.octets == b"\x55" * 20
    assert not frame.complete


def test_carrier_that_stops_dead_is_not_complete() -> None:
    cut = START + (8 + 30) * 800_000 + 40_000
    frame = only(decode(changes([Sender(START, bytes(64), cut_ps=cut)])))
    assert frame.end_ps == cut
    assert not frame.complete
    assert not frame.collision


@pytest.mark.parametrize("lag", [0, 1, 50_000, 100_000, 150_000, 300_000, 4_330_000])
def test_collision_is_a_fragment_with_both_senders(lag: int) -> None:
    one, other = Sender(START, b"", preamble=b"\x55" * 12), Sender(START + lag, b"", preamble=b"\x55" * 12)
    decoder = decode(changes([one, other]))
    frame = only(decoder)
    assert frame.collision
    assert frame.senders == 2
    assert not frame.complete
    assert frame.start_ps == START
    assert frame.end_ps == end_of_bits(other) + 250_000
    assert list(frame.bits) == bits_of(one)[: (lag + 49_999) // 100_000]
    assert decoder.collisions == [(START + lag, 2)]
    assert (START + lag, "COLLISION") in decoder.fields
    if lag:
        assert (end_of_bits(one) + 250_000, "JAM") in decoder.fields
    assert decoder.fields[-1] == (frame.end_ps, "IDLE")


def test_three_senders() -> None:
    decoder = decode(changes([Sender(START + n * 700_000, b"", preamble=b"\x55" * 12) for n in range(3)]))
    assert only(decoder).senders == 3
    assert decoder.collisions == [(START + 700_000, 2)]


def test_frame_after_a_collision() -> None:
    octets = bytes(range(64))
    senders = [Sender(START, b""), Sender(START + 1_000_000, b""), Sender(START + 50_000_000, octets)]
    first, second = decode(changes(senders)).frames
    assert first.collision
    assert second.complete
    assert second.frame == octets


def test_two_frames_at_the_smallest_gap() -> None:
    first = Sender(START, bytes(range(64)))
    second = Sender(end_of_bits(first) + 9_600_000, bytes(reversed(range(64))))
    frames = decode(changes([first, second])).frames
    assert [frame.frame for frame in frames] == [first.octets, second.octets]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400_000), st.integers(0, 1), st.integers(-4, 0)), max_size=300))
def test_noise_leaves_the_decoder_able_to_take_the_next_frame(noise: list[tuple[int, int, int]]) -> None:
    decoder = WireDecoder()
    ps = 0
    for step, net, senders in noise:
        ps += step
        (decoder.level if net == 0 else decoder.mean)(ps, senders * 1025)
    decoder.level(ps + 1, 0)
    decoder.mean(ps + 1, 0)
    for at, net, value in changes([Sender(ps + 10_000_000, bytes(range(64)))]):
        (decoder.level if net == 0 else decoder.mean)(at, value)
    assert decoder.frames[-1].frame == bytes(range(64))
    assert all(one[0] <= other[0] for one, other in pairwise(decoder.fields))
