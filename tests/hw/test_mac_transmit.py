"""Clause 4.2.8, the transmitting half of the MAC on MII. Rows T1, T2, T5, H1 to H9, H12 and H13.

Bits are counted where MII shows them. `col` and `crs` pass two flip-flops: the allowance of H6 to H8.
"""

import zlib
from collections.abc import Callable
from random import Random

import pytest
from manchester import PREAMBLE
from transmitting import (
    DEFERRED,
    GAP,
    LATE,
    NIBBLE_BITS,
    RETRIES_SHIFT,
    RETRY_LIMIT,
    UNDERRUN,
    TransmitMac,
    sealed,
)

PIPELINE_BITS = 4
"""On MII between `col` and the first nibble of jam: what is there until the second flip-flop shows it."""
PHY_BITS = 4
"""The PHY's nibble: collisions are late by what is on the cable."""
LAST_BIT_TO_CRS = 2.5
"""Bit times: carrier ends 250 ns after the last bit."""
HEADER = b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01" + b"\x08\0"


def frame(payload: int, seed: int = 1) -> bytes:
    return HEADER + Random(seed).randbytes(payload)


def on_wire(octets: bytes) -> bytes:
    return PREAMBLE + sealed(octets)


def collide_at(mac: TransmitMac, bit: int, attempts: int = 1) -> Callable[[], tuple[int, int]]:
    """From bit `bit` of each of the first `attempts` bursts on, until the burst is over, `crs` and `col`."""

    def wire() -> tuple[int, int]:
        hit = len(mac.bursts) < attempts and mac.burst_bits >= bit > 0
        return int(hit), int(hit)

    return wire


def test_t1_preamble_of_56_bits_and_sfd() -> None:
    mac = TransmitMac()
    mac.send(frame(46))
    (burst,) = mac.bursts
    assert burst.octets[:9] == b"\x55" * 7 + b"\xd5" + b"\x02"


@pytest.mark.parametrize("payload", [*range(0, 47, 5), 44, 45, 46, 47, 48, 49, 100])
def test_t2_pad_to_64_octets_and_fcs(payload: int) -> None:
    mac = TransmitMac()
    assert mac.send(frame(payload)) == 0
    (burst,) = mac.bursts
    assert burst.octets == on_wire(frame(payload))
    assert len(burst.octets) == 8 + max(64, 14 + payload + 4)


@pytest.mark.slow
def test_t2_every_payload_to_64_and_the_longest_frame() -> None:
    mac = TransmitMac()
    for payload in (*range(64), 1500):
        mac.send(frame(payload))
        assert mac.bursts[-1].octets == on_wire(frame(payload)), payload


def test_no_pad_and_no_fcs_when_the_descriptor_has_neither() -> None:
    mac = TransmitMac(tx_pad=0, tx_crc=0)
    mac.send(frame(7))
    (burst,) = mac.bursts
    assert burst.octets == PREAMBLE + frame(7)


def test_fcs_without_pad() -> None:
    mac = TransmitMac(tx_pad=0)
    mac.send(frame(7))
    (burst,) = mac.bursts
    assert burst.octets == PREAMBLE + frame(7) + zlib.crc32(frame(7)).to_bytes(4, "little")


@pytest.mark.parametrize("ipgt", [0x12, 0x08, 0x22])
def test_t5_gap_between_own_frames_is_ipgt_plus_6_nibbles(ipgt: int) -> None:
    """With the reset value of IPGT exactly 96 bit times."""
    mac = TransmitMac(ipgt=ipgt)
    mac.send(frame(46))
    for _ in range(3):
        mac.offer(frame(46))
        mac.finish()
    gaps = [after.start - before.end for before, after in zip(mac.bursts, mac.bursts[1:], strict=False)]
    assert gaps == [ipgt + 6] * 3


def test_data_that_do_not_come_in_time_end_the_frame_badly() -> None:
    """An underrun: jam instead of a FCS, so that no station takes what was sent for a frame."""
    mac = TransmitMac()
    mac.offer(frame(200))

    def starve() -> tuple[int, int]:
        mac.starving = mac.burst_bits > 64 + 40 * 8
        return 0, 0

    mac.wire = starve
    assert mac.finish() == UNDERRUN
    (burst,) = mac.bursts
    sent = burst.octets[8:]
    assert sent[-4:] != zlib.crc32(sent[:-4]).to_bytes(4, "little")
    assert len(sent) < 64 + 8


def test_frame_of_no_octets_is_an_underrun() -> None:
    """The register model asks for a length above 4; software may still write 0."""
    mac = TransmitMac()
    assert mac.send(b"") == UNDERRUN


def test_h1_defers_while_there_is_carrier() -> None:
    mac = TransmitMac()
    mac.wire = lambda: (int(mac.ticks < 300), 0)
    mac.run(10)
    mac.offer(frame(46))
    mac.run(290)
    assert mac.bursts == []
    assert not mac["tx_en"]
    assert mac.finish() == DEFERRED
    assert mac.bursts[0].octets == on_wire(frame(46))


def gap_after_reception(*pulses: tuple[int, int], end: int = 100, ipgr1: int = 0x0C) -> int:
    """Nibbles from the end of carrier at tick `end` to tx_en. `pulses`, (from, to), are after `end`."""
    mac = TransmitMac(ipgr1=ipgr1)

    def wire() -> tuple[int, int]:
        past = mac.ticks - end
        return int(past < 0 or any(first <= past < last for first, last in pulses)), 0

    mac.wire = wire
    mac.run(20)
    mac.offer(frame(46))
    mac.finish()
    return mac.bursts[0].start - end


def test_h2_carrier_in_the_first_60_bit_times_starts_the_gap_again() -> None:
    undisturbed = gap_after_reception()
    for first in range(1, GAP):
        if LAST_BIT_TO_CRS + NIBBLE_BITS * first < 60:
            assert gap_after_reception((first, first + 2)) == undisturbed + first + 2, first


def test_h3_carrier_in_the_last_32_bit_times_is_not_looked_at() -> None:
    """The station transmits on time, into whatever comes."""
    undisturbed = gap_after_reception()
    for first in range(1, GAP):
        if LAST_BIT_TO_CRS + NIBBLE_BITS * first >= 64:
            assert gap_after_reception((first, 60)) == undisturbed, first


def test_ipgr1_is_where_part_1_ends() -> None:
    """In nibbles less 4: with 4, 32 bit times."""
    undisturbed = gap_after_reception(ipgr1=4)
    assert gap_after_reception((6, 7), ipgr1=4) == undisturbed + 7
    assert gap_after_reception((8, 60), ipgr1=4) == undisturbed


@pytest.mark.parametrize("first", [1, 4, 8, 15, 22])
def test_h4_carrier_pulse_after_own_transmission_starts_nothing_again(first: int) -> None:
    """H5 is the same: a SQE burst after the end of transmission."""
    mac = TransmitMac()

    def wire() -> tuple[int, int]:
        past = mac.ticks - mac.bursts[0].end if mac.bursts else 0
        return int(first <= past < first + 3), 0

    mac.wire = wire
    mac.offer(frame(46))
    mac.finish()
    mac.offer(frame(46))
    mac.finish()
    one, other = mac.bursts
    assert other.start - one.end == GAP


@pytest.mark.parametrize("asked_after", [0, 1, GAP // 2, GAP - 5])
def test_rfc2665_ones_own_gap_is_no_deferral(asked_after: int) -> None:
    """The medium is not busy: neither the second frame of a lone sender nor the third has DF."""
    mac = TransmitMac()
    for _ in range(3):
        assert mac.send(frame(46)) == 0
        mac.run(asked_after)


def test_rfc2665_anothers_carrier_and_the_gap_after_it_are() -> None:
    for asked_at, status in ((10, DEFERRED), (299, DEFERRED), (310, DEFERRED), (300 + 2 * GAP, 0)):
        mac = TransmitMac()
        mac.wire = lambda mac=mac: (int(mac.ticks < 300), 0)
        mac.run(asked_at)
        assert mac.send(frame(46)) == status


def test_rfc2665_another_station_in_ones_own_gap_is_deferred_to() -> None:
    mac = TransmitMac()
    mac.wire = lambda: (int(bool(mac.bursts) and mac.ticks < mac.bursts[0].end + 300), 0)
    assert mac.send(frame(46)) == 0
    assert mac.send(frame(46)) == DEFERRED
    assert mac.bursts[1].start >= mac.bursts[0].end + 300
    mac.wire = lambda: (0, 0)
    assert mac.send(frame(46)) == 0  # what was before its own transmission counts no more


def test_rfc2665_who_gives_up_after_collisions_defers_to_the_others() -> None:
    mac = TransmitMac(max_retry=0)
    mac.wire = lambda: (int(not mac.bursts and mac.burst_bits > 200),) * 2
    assert mac.send(frame(46)) == RETRY_LIMIT
    assert mac.send(frame(46)) == DEFERRED


@pytest.mark.parametrize(("ipgr1", "ipgr2"), [(0, 0), (0x7F, 0), (0x7F, 0x7F), (0, 0x7F)])
def test_any_gap_setting_ends(ipgr1: int, ipgr2: int) -> None:
    mac = TransmitMac(ipgr1=ipgr1, ipgr2=ipgr2)
    mac.wire = lambda: (int(mac.ticks < 50), 0)
    mac.run(10)
    assert mac.send(frame(46)) == DEFERRED
    assert mac.bursts[0].start <= 50 + 0x7F + 12


@pytest.mark.parametrize("bit", [1, 4, 16, 32, 48, 52, 56, 60])
def test_h6_collision_in_the_preamble_sends_96_bits(bit: int) -> None:
    mac = TransmitMac()
    mac.wire = collide_at(mac, bit)
    assert mac.send(frame(46)) == 1 << RETRIES_SHIFT
    fragment, whole = mac.bursts
    assert fragment.bits == 96
    assert fragment.octets == PREAMBLE + b"\xff" * 4
    assert whole.octets == on_wire(frame(46))


@pytest.mark.parametrize("bit", [64, 68])
def test_h6_collision_that_the_synchroniser_shows_after_the_sfd(bit: int) -> None:
    """The allowance: 96 bits, and as much as had gone out meanwhile."""
    mac = TransmitMac()
    mac.wire = collide_at(mac, bit)
    mac.send(frame(46))
    assert 96 < mac.bursts[0].bits <= bit + PIPELINE_BITS + 32


@pytest.mark.parametrize("bit", [65, 100, 200, 300, 400, 480])
def test_h7_collision_in_the_data_sends_32_bits_more(bit: int) -> None:
    mac = TransmitMac()
    mac.wire = collide_at(mac, bit)
    assert mac.send(frame(46)) == 1 << RETRIES_SHIFT
    fragment, whole = mac.bursts
    assert bit + 32 <= fragment.bits < bit + 32 + PIPELINE_BITS + NIBBLE_BITS
    assert fragment.nibbles[-8:] == (15,) * 8
    assert whole.octets == on_wire(frame(46))


@pytest.mark.slow
def test_h7_fragment_is_never_a_good_frame() -> None:
    """Jam is not the FCS of what was sent."""
    for bit in range(70, 570, 23):
        mac = TransmitMac()
        mac.wire = collide_at(mac, bit)
        mac.send(frame(200))
        sent = mac.bursts[0].nibbles[16:]
        octets = bytes(a | b << 4 for a, b in zip(sent[::2], sent[1::2], strict=False))
        assert octets[-4:] != zlib.crc32(octets[:-4]).to_bytes(4, "little")


def last_bit_in_time(collision_valid: int) -> int:
    """Bits that had been sent at the latest collision that was not late."""
    for nibble in range(collision_valid * 2 + 8, collision_valid, -1):
        mac = TransmitMac(collision_valid=collision_valid)
        mac.wire = collide_at(mac, NIBBLE_BITS * nibble)
        if not mac.send(frame(300)) & LATE:
            return NIBBLE_BITS * nibble
    raise AssertionError("every collision is late")


def test_h8_collision_is_late_when_more_than_512_bits_were_sent() -> None:
    """Clause 4's convention: counted from the first bit of the preamble, and to the rise of `col`."""
    last = last_bit_in_time(63)
    assert last == 512 + PHY_BITS
    mac = TransmitMac()
    mac.wire = collide_at(mac, last + NIBBLE_BITS)
    assert mac.send(frame(300)) == LATE
    (fragment,) = mac.bursts
    assert fragment.bits == last + NIBBLE_BITS + PIPELINE_BITS + 32


def test_h8_window_follows_collision_valid() -> None:
    assert last_bit_in_time(63) - last_bit_in_time(31) == 32 * 8


def test_h9_15_collisions_and_success() -> None:
    mac = TransmitMac()
    mac.wire = collide_at(mac, 80, attempts=15)
    assert mac.send(frame(46)) == 15 << RETRIES_SHIFT
    assert len(mac.bursts) == 16
    assert mac.bursts[-1].octets == on_wire(frame(46))


def test_h9_16_collisions_are_excessive() -> None:
    mac = TransmitMac()
    mac.wire = collide_at(mac, 80, attempts=17)
    assert mac.send(frame(46)) == 15 << RETRIES_SHIFT | RETRY_LIMIT
    mac.run(200)
    assert len(mac.bursts) == 16
    mac.wire = lambda: (0, 0)
    assert mac.send(frame(50)) == 0
    assert mac.bursts[-1].octets == on_wire(frame(50))


def test_h9_retry_limit_follows_max_retry() -> None:
    mac = TransmitMac(max_retry=2)
    mac.wire = collide_at(mac, 80, attempts=17)
    assert mac.send(frame(46)) == 2 << RETRIES_SHIFT | RETRY_LIMIT
    assert len(mac.bursts) == 3


def draws(address: int, frames: int, collisions: int) -> list[list[int]]:
    """The waits of each of `frames` frames that collide `collisions` times; 0 is one that is not begun."""
    mac = TransmitMac(station_seed=address)
    waits = []
    for number in range(frames):
        mac.wire = collide_at(mac, 80 + 4 * number, attempts=len(mac.bursts) + collisions)
        mac.offer(frame(46))
        seen: list[int] = []
        begun = len(mac.backoffs)
        for attempt in range(collisions):
            target = len(mac.bursts) + 1
            while len(mac.bursts) < target:
                mac.run(1)
            mac.run(8)
            seen.append(mac.backoffs[-1] if len(mac.backoffs) > begun else 0)
            begun = len(mac.backoffs)
            assert attempt < collisions
        mac.finish()
        waits.append(seen)
    return waits


def test_h10_range_doubles_up_to_1023() -> None:
    waits = draws(0x020000000001, 4, 15)
    for seen in waits:
        assert all(slots < 1 << min(n, 10) for n, slots in enumerate(seen, 1))
    assert max(slots for seen in waits for slots in seen[9:]) > 511


def test_h11_gap_and_carrier_pass_during_backoff() -> None:
    """Deference runs beside backoff: a wait that outlasts the carrier needs no further gap."""
    mac = TransmitMac()
    mac.slot_ticks = 128
    mac.wire = collide_at(mac, 80, attempts=6)
    mac.send(frame(46))
    for number, (before, after) in enumerate(zip(mac.bursts, mac.bursts[1:], strict=False)):
        waited = after.start - before.end
        assert waited >= 20 if waited < 128 else waited % 128 < 16, number


def test_h12_counter_starts_again_with_each_frame() -> None:
    """After a frame with nine collisions the next one's first wait is 0 or 1 again."""
    mac = TransmitMac()
    for _ in range(6):
        mac.wire = collide_at(mac, 80, attempts=len(mac.bursts) + 9)
        mac.send(frame(46))
        begun = len(mac.backoffs)
        mac.wire = collide_at(mac, 80, attempts=len(mac.bursts) + 1)
        assert mac.send(frame(46)) >> RETRIES_SHIFT == 1
        assert all(slots == 1 for slots in mac.backoffs[begun:])
        assert len(mac.backoffs) - begun <= 1


@pytest.mark.parametrize("other", [0x020000000002, 0x020000000101, 0x030000000001])
def test_h13_stations_draw_differently(other: int) -> None:
    """Neighbouring addresses that collide at the same bits do not wait in step."""
    mine = draws_of(0x020000000001)
    theirs = draws_of(other)
    same = sum(a == b for a, b in zip(mine, theirs, strict=True))
    assert same < len(mine) // 2


def draws_of(address: int) -> list[int]:
    mac = TransmitMac(station_seed=address)
    mac.wire = collide_at(mac, 80, attempts=15)
    mac.send(frame(46))
    return mac.backoffs[-10:]
