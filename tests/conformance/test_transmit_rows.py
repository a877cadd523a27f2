"""Transmitting, rows T1 to T5: what an adapter drives into its AUI, and when."""

import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import manual as m
import pytest
from laboratory import MS, Lab, address, one
from pattern import BIT_PS, PREAMBLE, SFD, octets

from driver.driver import Driver, FrameError

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
HEADER = address(7) + address(0) + b"\x08\0"


def payload(length: int) -> bytes:
    """Data that are no pattern."""
    return bytes(n * n + 31 * length & 255 for n in range(length))


def test_T1_preamble_and_sfd(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        for length in pick((46, 47, 100, 1500), (46,)):
            station.queue(HEADER + payload(length))
            assert not station.sent() & ~m.DF & 0x1FF
        for burst in station.bursts():
            assert burst.bits.startswith(PREAMBLE + SFD)
        # 1 is low, then high: the first level on the cable is low, and 50 ns later it rises.
        first = next(ps for ps, level in lab.log["yellow.tap0.level"] if level < 0)
        rises = next(ps for ps, level in lab.log["yellow.tap0.level"] if level == 0 and ps > first)
        assert rises - first == BIT_PS // 2
    measured("56 bits 1010…, then 10101011; the first cell is low, then high")


def test_T2_pad_and_fcs(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (_, station):
        lengths = pick((*range(0, 65), 1499, 1500), (0, 45, 46, 47))
        for length in lengths:
            station.queue(HEADER + payload(length))
            station.sent()
        bursts = station.bursts()
        assert len(bursts) == len(lengths)
        for length, burst in zip(lengths, bursts, strict=True):
            assert len(burst.bits) % 8 == 0
            sent = octets(burst.bits)[8:]
            assert len(sent) == max(64, len(HEADER) + length + 4)
            assert sent[:-4] == (HEADER + payload(length)).ljust(60, b"\0")
            assert zlib.crc32(sent) == 0x2144DF1C
    measured("0 to 46 octets: 64 with FCS, pad of zeros; 47 to 64, 1499, 1500: as they are; zlib agrees")


def test_T3_oversize_request(engine: str, measured: Measured) -> None:
    with Lab(engine) as lab:
        driver = Driver(lab.stations[0].memory)
        for length in (14, 1514):
            driver.check(bytes(length))
        for length in (0, 13, 1515, 1518, 70_000):
            with pytest.raises(FrameError):
                driver.check(bytes(length))
    measured("14 to 1514 octets without FCS are taken, 13 and 1515 are refused")


def test_T4_end_of_frame(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (lab, station):
        for length in pick(range(46, 62), (46, 47, 49)):
            station.queue(HEADER + payload(length))
            station.sent()
        bursts = station.bursts()
        assert {burst.bits[-1] for burst in bursts} == {"0", "1"}
        levels = lab.log[f"{station.name}.adapter.aui_do"]
        for burst in bursts:
            level = next(level for ps, level in reversed(levels) if ps <= burst.end_of_bits)
            assert level == 1
            assert not any(burst.end_of_bits < ps < burst.end for ps, _ in levels)
        (hold,) = {burst.end - burst.end_of_bits for burst in bursts}
        assert 250_000 <= hold <= 400_000
        lab.run_for(50 * BIT_PS)  # the MAU's SQE test is over
        lab.forget()
        lab.run_for(100 * MS)
        lab.look()
        assert not any(lab.log.values())
    measured(f"after a last bit of 0 and of 1: high for {hold // 1000} ns, then nothing for 100 ms")


def test_T5_own_gap(engine: str, pick: Pick, measured: Measured) -> None:
    with one(engine) as (_, station):
        for length in pick((46, 47, 48, 49, 50, 300, 1500, 46, 46), (46, 47, 46)):
            station.queue(HEADER + payload(length))
        gaps = own_gaps(station, len(pick(range(9), range(3))))
        assert gaps == {96 * BIT_PS}
    for ipgt, gap in pick(((0x10, 88), (0x13, 100), (0x20, 152)), ((0x13, 100),)):
        with one(engine, registers={m.IPGT: ipgt}) as (_, station):
            for _ in range(2):
                station.queue(HEADER + payload(46))
            assert own_gaps(station, 2) == {gap * BIT_PS}
    measured("96 BT exactly with IPGT 0x12; 88, 100 and 152 BT with 0x10, 0x13 and 0x20")


def own_gaps(station: Any, count: int) -> set[int]:
    """Times from the end of each frame's last bit to the next one's first."""
    for _ in range(count):
        station.sent()
    bursts = station.bursts()
    assert len(bursts) == count
    return {after.start - before.end_of_bits for before, after in pairwise(bursts)}
