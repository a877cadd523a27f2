"""Receiving, rows R1 to R12: what a generator on the cable says, and what is in the receive ring then."""

import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import manual as m
import pytest
from laboratory import BROADCAST, MAX_FRAME, Lab, Received, Station, address, frame, one
from pattern import BIT_PS, HEAD, PREAMBLE, SFD, bits, moves, on_wire, with_fcs

from hw.analogue.carrier_sense import TIMES, Times
from hw.analogue.generator import IDLE, LOW

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
OTHER = address(7)
GAP = "-" * 96


def heard(lab: Lab, station: Station, cells: str, **signal: Any) -> list[Received]:
    """What is received of `cells`."""
    lab.hear(moves(cells, **signal), quiet_ps=150 * BIT_PS)
    return station.received()


def test_R1_single_bit_flips(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        good = frame(station.address)
        assert heard(lab, station, on_wire(good)) == [Received(good, 0)]
        flips = pick(range(8 * len(good)), (0, 48, 300, 511))
        flagged = foreign = 0
        for place in flips:
            cells = on_wire(good)
            at = len(HEAD) + place
            cells = cells[:at] + "10"[int(cells[at])] + cells[at + 1 :]
            found = heard(lab, station, cells)
            if place < 48:
                assert found == []  # an address that is not its own
                foreign += 1
            else:
                (bad,) = found
                assert bad.status == m.RX_CRC
                flagged += 1
        assert heard(lab, station, on_wire(good)) == [Received(good, 0)]
        measured(f"{flagged} flips after the address: all flagged CRC; {foreign} in it: none delivered")


def test_R2_runts(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        whole = frame(station.address)
        lengths = pick(range(1, 64), (1, 6, 18, 63))
        for length in lengths:
            short = with_fcs(whole[: length - 4]) if length > 4 else whole[:length]
            assert heard(lab, station, on_wire(short)) == [], length
        assert heard(lab, station, on_wire(whole)) == [Received(whole, 0)]
        measured("1 to 63 octets: none delivered; 64: delivered")


def test_R3_above_maximum(engine: str, pick: Pick, measured: Measured) -> None:
    # The manual's MAXFL after reset is 1536: the UNH sample device, too, took 1522.
    every = ((MAX_FRAME, (1517, 1518, 1519, 1520, 1522, 4000, 70_000)), (1536, (1536, 1537)))
    for most, lengths in pick(every, ((100, (99, 100, 101, 200)),)):
        with one(engine, registers={m.PACKETLEN: 64 << 16 | most}) as (lab, station):
            for length in lengths:
                sent = frame(station.address, length)
                (found,) = heard(lab, station, on_wire(sent))
                if length <= most:
                    assert found == Received(sent, 0)
                else:
                    assert found == Received(sent[:most], m.RX_TL), length
            small = frame(station.address, fill=1)
            assert heard(lab, station, on_wire(small)) == [Received(small, 0)]
    measured("MAXFL 1518: 1518 accepted, 1519 to 70,000 flagged TL and cut; MAXFL 1536: 1536 and 1537")


def with_length(destination: bytes, length_field: int, octets: int = 64) -> bytes:
    """A frame whose type field holds `length_field`."""
    return with_fcs((destination + OTHER + length_field.to_bytes(2, "big")).ljust(octets - 4, b"\x55"))


def test_R4_length_error(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        for field in pick((*range(0, 1_540), 0x800, 0xFFFF), (46, 47, 1500, 1501)):
            sent = with_length(station.address, field)
            wrong = 47 <= field <= 1500
            assert heard(lab, station, on_wire(sent)) == [Received(sent, m.RX_LE if wrong else 0)], field
        for octets in pick((65, 100, 1518), (70,)):
            for field in pick((octets - 18, octets - 17), (octets - 18, octets - 17)):
                sent = with_length(station.address, field, octets)
                wrong = octets - 18 < field <= 1500
                assert heard(lab, station, on_wire(sent)) == [Received(sent, m.RX_LE if wrong else 0)]
    measured("64 octets: 47 to 1500 flagged LE, 0 to 46 and 1501 up accepted; longer ones by what they hold")


def test_R5_dribble(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        for extra in pick([n * bit for n in range(8) for bit in "01"], ("1", "0000000")):
            good = frame(station.address, 64 + len(extra))
            (found,) = heard(lab, station, on_wire(good) + extra)
            assert found.octets == good
            assert not found.status & ~m.RX_DN, extra
        (whole,) = heard(lab, station, on_wire(frame(station.address)) + "1" * 8)
        assert whole.status & m.RX_CRC, "eight bits are an octet"
    measured("0 to 7 bits more, zeros and ones: 16 frames of 16 accepted; 8 more: CRC error")


def test_R6_alignment(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        flagged = []
        for extra in pick(range(8), (1, 5)):
            good = frame(station.address)
            (found,) = heard(lab, station, on_wire(good[:-1] + bytes([good[-1] ^ 0x80])) + "1" * extra)
            assert found.status & ~m.RX_DN == m.RX_CRC
            flagged.append(bool(found.status & m.RX_DN))
        assert flagged == [extra > 0 for extra in pick(range(8), (1, 5))]
        measured("1 to 7 bits more: CRC and DN, an alignment error; 0: CRC alone")


def test_R7_preamble(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        good = frame(station.address)

        def taken(length: int) -> bool:
            found = heard(lab, station, ("10" * (length // 2 + 1))[-length:] + SFD + bits(good))
            assert found in ([], [Received(good, 0)])
            return bool(found)

        for length in pick((*range(33, 120), 1_000, 10_001, 100_000), (33, 56, 64, 200)):
            assert taken(length), length
        if engine == "compiled":
            # The last bits of a preamble that the cable and its transceivers may leave: 56 - 18.
            least = min(length for length in range(1, 33) if taken(length))
            assert all(taken(length) for length in range(least, 33))
            assert not any(taken(length) for length in range(1, least))
            measured(
                f"preambles of {least} to 119, 1,000, 10,001 and 100,000 bits before the SFD are accepted"
            )


def test_R8_no_start_frame_delimiter(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        good = frame(station.address)
        streams = [PREAMBLE + "10" * 4, "10" * 600, PREAMBLE + "10" * 4 + bits(good), bits(good)]
        streams += [
            PREAMBLE + "10101000" + bits(good),
            PREAMBLE + "10100011" + bits(good),
            "1" * 700,
            "0" * 700,
        ]
        for cells in pick(streams, streams[:1]):
            assert heard(lab, station, cells) == []
        assert heard(lab, station, on_wire(good)) == [Received(good, 0)]
        measured(f"{len(streams)} streams without one: nothing delivered, and the next frame is")


def test_R9_addresses(engine: str, pick: Pick, measured: Measured) -> None:
    near = [bytes([*address(0)[:-1], 1 ^ 1 << bit]) for bit in range(8)]
    foreign = [
        OTHER,
        address(0)[::-1],
        b"\x01\0\x5e\0\0\1",
        b"\xff" * 5 + b"\xfe",
        b"\x7f" + b"\xff" * 5,
        *near,
    ]
    for moder, taken, missed in (
        (0, {address(0), BROADCAST}, set()),
        (m.BRO, {address(0)}, set()),
        (m.PRO, {address(0), BROADCAST}, set(foreign)),
    ):
        with one(engine, moder) as (lab, station):
            for place, destination in enumerate(pick([address(0), BROADCAST, *foreign], [BROADCAST, OTHER])):
                sent = frame(destination, fill=place)
                found = heard(lab, station, on_wire(sent))
                if destination in taken:
                    assert found == [Received(sent, 0)]
                elif destination in missed:
                    assert found == [Received(sent, m.RX_M)]
                else:
                    assert found == []
    measured(f"own, broadcast (BRO) and {len(foreign)} foreign addresses (PRO, with M)")


def test_R8_signal_that_stops_dead(engine: str, pick: Pick) -> None:
    """Its end is an edge too, and may be the one at which the receiver stops."""
    with one(engine) as (lab, station):
        good = frame(station.address)
        for cells in pick((4, 20, 40), (4,)):
            for width in pick(range(2_000, 200_000, 2_000), (30_000, 100_000)):
                dead = [
                    *moves("10" * cells)[:-2],
                    (2 * cells * BIT_PS, LOW),
                    (2 * cells * BIT_PS + width, IDLE),
                ]
                lab.hear(dead, quiet_ps=96 * BIT_PS)
                assert heard(lab, station, on_wire(good)) == [Received(good, 0)], (cells, width)


def bin_of(destination: bytes) -> int:
    """Linux's `ether_crc` of an address, shifted right by 26: six bits of zlib's, uninverted, backwards."""
    return int(f"{(zlib.crc32(destination) ^ 0xFFFFFFFF) & 63:06b}"[::-1], 2)


def test_R9_group_addresses_by_hash(engine: str, pick: Pick, measured: Measured) -> None:
    groups: dict[int, bytes] = {}
    for number in range(1_000):
        group = b"\x01\0\x5e" + number.to_bytes(3, "big")
        groups.setdefault(bin_of(group), group)
    assert len(groups) == 64
    enabled = 0x9249_2492_4924_9249
    table = {m.HASH0: enabled & 0xFFFFFFFF, m.HASH1: enabled >> 32}
    with one(engine, registers=table) as (lab, station):
        for place in pick(range(64), (0, 1, 35, 63)):
            sent = frame(groups[place], fill=place)
            expected = [Received(sent, 0)] if enabled >> place & 1 else []
            assert heard(lab, station, on_wire(sent)) == expected, place
    measured("64 groups, one for each bit of the hash table: delivered where the bit is set")


def test_R10_shrunk_gap(engine: str, pick: Pick, measured: Measured) -> None:
    for carrier in pick((Times(0, 400), Times(400, 160), TIMES), (TIMES,)):
        deliver_across_gaps(engine, pick, carrier)
    measured("three frames with gaps of 200 to 47 BT: all delivered")


def deliver_across_gaps(engine: str, pick: Pick, carrier: Times) -> None:
    with one(engine, carrier=carrier) as (lab, station):
        for gap in pick((200, 97, 96, 95, 80, 64, 60, 50, 48, 47), (96, 47)):
            sent = [frame(station.address, 64 + n, fill=n) for n in range(3)]
            found = heard(lab, station, ("-" * gap).join(map(on_wire, sent)))
            assert found == [Received(octets, 0) for octets in sent], (gap, carrier)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["compiled"])
def test_R11_ten_thousand_frames(engine: str, measured: Measured) -> None:
    clock_and_jitter(engine, 10_000)
    measured("10,000 frames of 64 octets: no error")


def test_R11_clock_and_jitter(engine: str, pick: Pick) -> None:
    clock_and_jitter(engine, pick(300, 8))


def clock_and_jitter(engine: str, count: int) -> None:
    """`count` frames of 64 octets, at both ends of the tolerance of clock and jitter in turn."""
    random = Random(11)
    with one(engine) as (lab, station):
        for batch in range(0, count, 20):
            sent = [frame(station.address, fill=n) for n in range(batch, min(batch + 20, count))]
            ppm = (-100, 100)[batch // 20 & 1]
            found = heard(
                lab, station, GAP.join(map(on_wire, sent)), ppm=ppm, jitter_ps=18_000, random=random
            )
            assert found == [Received(octets, 0) for octets in sent]


def test_R12_fragment(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        sent = on_wire(frame(station.address, 200))
        good = frame(station.address, fill=5)
        for length in pick((1, 8, 32, 63, 64, 65, 66, 70, 95, 96, 128, 300, 479, 480, 511, 512), (64, 96)):
            fragment = sent[: max(length - 32, 0)] + "1" * min(length, 32)
            for gap in pick(("-" * 47, GAP), (GAP,)):
                assert heard(lab, station, fragment + gap + on_wire(good)) == [Received(good, 0)], length
    measured("fragments of 1 to 512 bits, 32 of them jam, 47 and 96 BT before a frame: the frame alone")


def test_R12_frames_cut_at_every_bit(engine: str, pick: Pick, measured: Measured) -> None:
    for moder in pick((0, m.PRO), (0,)):
        with one(engine, moder) as (lab, station):
            whole = on_wire(frame(station.address))
            for length in pick(range(1, len(whole)), (64 + 52, 200)):
                good = frame(station.address, fill=length & 127)
                found = heard(lab, station, whole[:length] + GAP + on_wire(good))
                assert found == [Received(good, 0)], length
    measured("frames cut after each of their bits: the frame after it alone")
