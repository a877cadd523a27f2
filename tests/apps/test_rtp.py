"""RTP: header, sequence numbers, loss and jitter of RFC 3550, judged by scapy and by hand; μ-law of G.711."""

# ruff: noqa: ANN001, ANN201

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.rtp import RTP

from sim.apps import g711, rtp
from sim.apps.playout import Playout
from sim.apps.rtp import Packet, Reception, unpack

PACKETS = st.builds(
    Packet,
    st.integers(0, 127),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=50),
    st.booleans(),
)


@given(PACKETS)
def test_section_5_1_scapy_reads_what_we_write(packet):
    seen = RTP(packet.pack())
    fields = (seen.version, seen.padding, seen.extension, seen.numsync, seen.marker, seen.payload_type)
    assert fields == (2, 0, 0, 0, packet.marker, packet.payload_type)
    assert (seen.sequence, seen.timestamp, seen.sourcesync) == packet[1:4]
    assert bytes(seen.payload) == packet.payload


@given(PACKETS, st.lists(st.integers(0, 2**32 - 1), max_size=15))
def test_section_5_1_we_read_what_scapy_writes_with_contributing_sources(packet, sources):
    written = RTP(
        marker=packet.marker,
        payload_type=packet.payload_type,
        sequence=packet.sequence,
        timestamp=packet.timestamp,
        sourcesync=packet.source,
        numsync=len(sources),
        sync=sources,
    )
    assert unpack(bytes(written) + packet.payload) == packet


def test_section_5_3_1_an_extension_and_padding_are_skipped():
    data = bytes.fromhex("b180 1234 00000001 00000002 00000003 abcd 0001 99999999") + b"payload" + b"\0\0\3"
    assert unpack(data) == Packet(0, 0x1234, 1, 2, b"payload", True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" + bytes(10),
        b"\x40" + bytes(11),
        b"\x81" + bytes(11),
        b"\x90" + bytes(11),
        b"\xa0" + bytes(10) + b"\5",
    ],
)
def test_what_is_no_rtp_is_refused(data):
    with pytest.raises(ValueError):
        unpack(data)


@given(st.binary(max_size=40))
def test_any_octets_are_rtp_or_refused(data):
    with contextlib.suppress(ValueError):
        unpack(data)


def packets(numbers, clock=160, first=0):
    return [Packet(0, n % 2**16, (first + n * clock) % 2**32, 1, b"") for n in numbers]


def take_all(reception, numbers):
    for number, packet in enumerate(packets(numbers)):
        reception.take(packet, number * 0.02)
    return reception


@pytest.mark.parametrize(
    ("numbers", "expected", "lost"),
    [
        (range(10), 10, 0),
        ([7], 1, 0),
        ([0, 1, 2, 5, 6], 7, 2),
        (range(65_530, 65_550), 20, 0),
        ([65_534, 65_535, 65_538, 65_539], 6, 2),
        ([0, 1, 3, 2, 4], 5, 0),
        ([0, 1, 1, 2], 3, -1),
        ([0, 1, 3000, 3001], 3002, 2998),
        (range(100_000), 100_000, 0),
    ],
)
def test_appendix_a_3_expected_and_lost(numbers, expected, lost):
    reception = take_all(Reception(8000), numbers)
    assert (reception.expected, reception.lost) == (expected, lost)


def test_appendix_a_1_a_jump_is_believed_when_the_next_number_follows():
    reception = take_all(Reception(8000), range(10))
    far, after = packets([30_000, 30_001])
    assert reception.take(far, 1.0) is None
    assert (reception.expected, reception.lost) == (10, 0)
    assert reception.take(after, 1.1) == after.timestamp
    assert (reception.expected, reception.lost) == (1, 0)


@pytest.mark.parametrize(("behind", "taken"), [(99, True), (101, False)])
def test_appendix_a_1_how_far_behind_a_packet_may_come(behind, taken):
    reception = take_all(Reception(8000), range(500, 700))
    (old,) = packets([699 - behind])
    assert (reception.take(old, 5.0) is not None) == taken


def jitter_by_hand(times_ms, stamps):
    """Section 6.4.1 in fractions: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16, in units of 1/8000 s."""
    jitter = Fraction(0)
    estimates = []
    for place in range(1, len(stamps)):
        difference = (Fraction(times_ms[place]) - Fraction(times_ms[place - 1])) * 8 - (
            stamps[place] - stamps[place - 1]
        )
        jitter += (abs(difference) - jitter) / 16
        estimates.append(jitter)
    return estimates


def test_section_6_4_1_jitter_as_computed_by_hand():
    """Five packets: on time, 10 ms late, 10 ms late, on time, 4 ms early.

    |D| is 80, 0, 80, 32 units: J is 80/16 = 5, then 75/16 = 4.6875, 9.39453125, 10.807373046875.
    """
    times = [0, 30, 50, 60, 76]
    reception = Reception(8000)
    estimates = []
    for time, packet in zip(times, packets(range(5)), strict=True):
        reception.take(packet, time / 1000)
        estimates.append(reception.jitter_ms * 8)
    assert estimates == pytest.approx([0, 5, 4.6875, 9.39453125, 10.807373046875])
    assert reception.max_jitter_ms * 8 == pytest.approx(10.807373046875)
    assert reception.mean_jitter_ms * 8 == pytest.approx((5 + 4.6875 + 9.39453125 + 10.807373046875) / 4)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5)), min_size=2, max_size=50),
    st.integers(0, 2**32 - 1),
)
def test_section_6_4_1_jitter_also_over_losses_and_when_the_timestamp_wraps_around(steps, first):
    number, time = 0, 0
    numbers, times = [], []
    for wait, step in steps:
        number, time = number + step, time + wait
        numbers.append(number)
        times.append(time)
    reception = Reception(8000)
    for ms, packet in zip(times, packets(numbers, first=first), strict=True):
        reception.take(packet, ms / 1000)
    by_hand = jitter_by_hand(times, [160 * n for n in numbers])
    assert reception.jitter_ms * 8 == pytest.approx(float(by_hand[-1]), abs=1e-6)
    assert reception.max_jitter_ms * 8 == pytest.approx(float(max(by_hand)), abs=1e-6)


def test_a_fixed_playout_buffer_plays_what_comes_within_its_delay():
    playout = Playout(8000, 0.040)
    assert playout.in_time(0, 1.0)
    assert playout.in_time(160, 1.0 + 0.020 + 0.0399)
    assert not playout.in_time(320, 1.0 + 0.040 + 0.0401)
    assert playout.in_time(480, 1.0)
    assert playout.in_time(8000, 2.04 - 1e-9, after_silence=True)


def test_an_adaptive_buffer_grows_and_shrinks_with_the_network_and_only_after_a_silence():
    playout = Playout(8000, 0.010, adaptive=True)
    for number in range(500):
        playout.in_time(160 * number, 0.02 * number + 0.015 * (number % 2))
    assert playout.delay_s < 0.010, "the average transit has grown, the buffer not"
    playout.in_time(160 * 500, 0.02 * 500, after_silence=True)
    grown = playout.delay_s
    assert 0.015 < grown < 0.035
    for number in range(501, 3000):
        playout.in_time(160 * number, 0.02 * number)
    assert playout.delay_s > grown
    playout.in_time(160 * 3000, 60, after_silence=True)
    assert playout.delay_s < 0.005


def test_g_711_table_2a():
    """Decision values and codes of the recommendation's table for μ-law, of 14-bit magnitudes times four."""
    for sample, code in (
        (0, 0xFF),
        (3, 0xFF),
        (4, 0xFE),
        (124, 0xEF),
        (380, 0xDF),
        (32_635, 0x80),
        (-32_635, 0x00),
        (-4, 0x7E),
    ):
        assert g711.mu_law(sample) == code, sample


def test_speech_has_pauses_and_20_ms_are_160_octets():
    said = [g711.speech(n) for n in range(150)]
    assert [n for n, octets in enumerate(said) if octets is None] == [*range(50, 75), *range(125, 150)]
    assert {len(octets) for octets in said if octets is not None} == {160}
    assert [n for n in range(150) if g711.after_silence(n)] == [0, 75]
    assert rtp.Packet(0, 1, 2, 3, b"").pack()[0] == 0x80
