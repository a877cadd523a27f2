"""Clause 4.2.9, the FrameReceiver on MII. Rows R1 to R3, R5, R6, R9 and R12; the FCS is zlib's."""

import zlib
from random import Random

import pytest
from receiving import (
    BAD_FCS,
    BROADCAST,
    DRIBBLE,
    FOREIGN,
    HEADER,
    OVERRUN,
    RUNT,
    STATION,
    TOO_LONG,
    Received,
    ReceiveMac,
)

SOURCE = b"\x02\x00\x00\x00\x00\x09"
OTHER = b"\x02\x00\x00\x00\x00\x03"
GROUP = b"\x01\x00\x5e\x00\x00\x01"


def sealed(octets: bytes) -> bytes:
    return octets + zlib.crc32(octets).to_bytes(4, "little")


def frame(length: int, destination: bytes = STATION, seed: int = 1) -> bytes:
    """A frame of `length` octets, FCS included, with a good FCS."""
    body = (destination + SOURCE + Random(seed).randbytes(max(length, 0)))[: length - 4]
    return sealed(body)


def whole(octets: bytes, status: int = 0) -> list[Received]:
    return [Received(octets, len(octets), status)]


@pytest.mark.parametrize("length", range(64, 73))
def test_words_are_packed_for_every_length_mod_4(length: int) -> None:
    mac = ReceiveMac()
    assert mac.receive(frame(length)) == whole(frame(length))
    assert mac.taker.words == (length + 3) // 4


def test_frames_follow_each_other() -> None:
    mac = ReceiveMac()
    for seed, length in enumerate((64, 65, 67, 66, 100, 64)):
        assert mac.receive(frame(length, seed=seed)) == whole(frame(length, seed=seed))


def test_r1_any_single_bit_flip_is_a_bad_fcs() -> None:
    mac = ReceiveMac()
    good = frame(64)
    for bit in range(48, 512, 29):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        assert mac.receive(bytes(bad)) == whole(bytes(bad), BAD_FCS), bit
    assert mac.receive(good) == whole(good)


@pytest.mark.slow
def test_r1_every_single_bit_flip() -> None:
    mac = ReceiveMac(promiscuous=1)
    for bit in range(512):
        bad = bytearray(frame(64))
        bad[bit // 8] ^= 1 << bit % 8
        (received,) = mac.receive(bytes(bad))
        assert received.status & BAD_FCS, bit


def test_r2_runts_of_1_to_63_octets_with_good_fcs_are_marked_or_ignored() -> None:
    """Up to the address nothing is reported; longer ones are reported as runts."""
    mac = ReceiveMac()
    for length in range(1, 64):
        octets = frame(length) if length >= 10 else (STATION + SOURCE)[:length]
        announced = mac.receive(octets)
        if length <= 6:
            assert announced == [], length
        else:
            (received,) = announced
            assert received.status & RUNT, length
    assert mac.receive(frame(64)) == whole(frame(64))


def test_r3_1518_octets_are_a_frame_and_1519_too_long() -> None:
    mac = ReceiveMac()
    assert mac.receive(frame(1518)) == whole(frame(1518))
    (received,) = mac.receive(frame(1519))
    assert received == Received(frame(1519)[:1518], 1518, TOO_LONG)
    assert mac.receive(frame(64)) == whole(frame(64))


def test_r3_a_jabberer_fills_no_more_than_max_frame() -> None:
    mac = ReceiveMac(max_frame=128)
    (received,) = mac.receive(frame(700))
    assert received == Received(frame(700)[:128], 128, TOO_LONG)
    assert mac.taker.words <= 128 // 4 + 1


def test_r5_dribble_with_good_fcs_is_a_good_frame() -> None:
    mac = ReceiveMac()
    for length in (64, 65):
        assert mac.receive(frame(length), half_octet=True) == whole(frame(length))
        assert mac.taker.words == (length + 3) // 4, "half an octet is not stored"
        mac.taker.words = 0


def test_r6_dribble_with_bad_fcs_is_an_alignment_error() -> None:
    mac = ReceiveMac()
    bad = frame(64)[:-1] + b"\0"
    assert mac.receive(bad, half_octet=True) == whole(bad, BAD_FCS | DRIBBLE)
    assert mac.receive(bad) == whole(bad, BAD_FCS)


@pytest.mark.parametrize(
    ("destination", "pins", "taken"),
    [
        (STATION, {}, True),
        (OTHER, {}, False),
        (STATION[:5] + b"\x00", {}, False),
        (b"\x03" + STATION[1:], {}, False),
        (GROUP, {}, False),
        (BROADCAST, {}, True),
        (BROADCAST[:5] + b"\xfe", {}, False),
        (b"\xfe" + BROADCAST[1:], {}, False),
        (BROADCAST, {"reject_broadcast": 1}, False),
        (STATION, {"reject_broadcast": 1}, True),
        (OTHER, {"promiscuous": 1}, True),
        (GROUP, {"promiscuous": 1}, True),
        (BROADCAST, {"promiscuous": 1, "reject_broadcast": 1}, True),
        (STATION, {"rx_enable": 0}, False),
        (OTHER, {"promiscuous": 1, "rx_enable": 0}, False),
    ],
)
def test_r9_addresses(destination: bytes, pins: dict[str, int], taken: bool) -> None:
    mac = ReceiveMac(**pins)
    announced = mac.receive(frame(64, destination))
    foreign = destination in (OTHER, GROUP) or (destination == BROADCAST and "reject_broadcast" in pins)
    assert announced == (whole(frame(64, destination), FOREIGN if foreign else 0) if taken else [])
    assert mac.taker.words == (16 if taken else 0)


def test_r9_the_rest_of_a_foreign_frame_is_not_wanted() -> None:
    """`rx_skip` changes once, when the address has been seen, and the bus side never sees the frame."""
    mac = ReceiveMac()
    before = mac["rx_skip"]
    mac.receive(frame(64, OTHER))
    assert mac["rx_skip"] != before
    mac.receive(frame(64))
    assert mac["rx_skip"] != before
    mac.receive(frame(64, GROUP))
    assert mac["rx_skip"] == before


def test_r12_fragment_then_frame() -> None:
    """A collision's 96 bits with preamble are 4 octets after the SFD."""
    mac = ReceiveMac()
    assert mac.receive(b"\xff" * 4) == []
    assert mac.receive(frame(64)) == whole(frame(64))


def test_clock_is_needed_from_first_nibble_to_status() -> None:
    mac = ReceiveMac()
    assert not mac["rx_busy"]
    mac.tick(rx_dv=1, rxd=5)
    assert mac["rx_busy"]
    mac.receive(frame(64))
    assert not mac["rx_busy"]


def test_words_that_nobody_takes_are_an_overrun() -> None:
    mac = ReceiveMac()
    mac.taker.asleep = True
    (received,) = mac.receive(frame(64))
    assert received.status & OVERRUN


@pytest.mark.parametrize(("octet", "status"), [(11, 0), (12, OVERRUN)])
def test_a_word_must_be_taken_before_its_register_is_filled_again(octet: int, status: int) -> None:
    """Word 0 is filled again by octet 12; two ticks before that it must have been taken."""
    mac = ReceiveMac()
    mac.taker.asleep = True
    for nibble in HEADER:
        mac.tick(rx_dv=1, rxd=nibble)
    for number, value in enumerate(frame(64)):
        if number == octet:
            mac.taker.asleep = False
            mac.taker.look()
        for nibble in (value & 15, value >> 4):
            mac.tick(rx_dv=1, rxd=nibble)
            mac.taker.look()
    for _ in range(6):
        mac.tick(rx_dv=0)
        mac.taker.look()
    (received,) = mac.taker.frames
    assert received.status == status


def test_overrun_ends_with_the_frame() -> None:
    mac = ReceiveMac()
    mac.taker.asleep = True
    mac.receive(frame(64))
    for index in (0, 1):
        mac.set(**{f"rx_taken_{index}": mac[f"rx_full_{index}"]})
    fresh = type(mac.taker)(mac.wires)
    fresh._taken = [mac["rx_full_0"], mac["rx_full_1"]]
    fresh._end = mac["rx_end"]
    mac.taker = fresh
    assert mac.receive(frame(66)) == whole(frame(66))
