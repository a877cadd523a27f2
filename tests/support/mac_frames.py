"""Frames through the box `mac`, for cocotb: cocotbext-eth receives them and sends others (`mac_bench`)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cocotb
import manual as m
from cocotb.triggers import FallingEdge, RisingEdge, Timer
from cocotb.utils import get_sim_time
from cocotbext.eth import GmiiFrame
from mac_bench import BIT_NS, GAP_NIBBLES, NIBBLE_NS, PREAMBLE, STATION, frame_for, started, with_fcs

LENGTHS: Sequence[int] = (60, 61, 62, 63, 64, 65, 100, 511, 1513, 1514)


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def frames_of_all_lengths_are_sent(dut: Any) -> None:
    bench = await started(dut)
    for number, octets in enumerate(LENGTHS):
        frame = frame_for(bytes(6), octets, number)
        status = await bench.status(await bench.send(frame))
        got = await bench.phy.tx.recv()
        assert bytes(got.data) == PREAMBLE + with_fcs(frame)
        assert got.error is None
        assert status & (m.UR | m.RL | m.LC) == 0


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def short_frames_are_padded(dut: Any) -> None:
    bench = await started(dut)
    for octets in (14, 15, 46, 59):
        await bench.send(frame_for(bytes(6), octets))
        got = await bench.phy.tx.recv()
        assert bytes(got.get_payload()) == frame_for(bytes(6), octets).ljust(60, b"\0")
        assert got.check_fcs()


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def gap_between_own_frames_is_96_bit_times(dut: Any) -> None:
    """Counted in MII clocks: `tx_en` is low for 24 rises of `tx_clk`."""
    bench = await started(dut)
    for _ in range(4):
        await bench.send(frame_for(bytes(6), 60))
    frames = [await bench.phy.tx.recv() for _ in range(4)]
    gaps = [
        (after.sim_time_start - before.sim_time_end) / (NIBBLE_NS * 1000)
        for before, after in pairwise(frames)
    ]
    assert gaps == [GAP_NIBBLES] * 3, gaps


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def frames_of_all_lengths_are_received(dut: Any) -> None:
    bench = await started(dut)
    for number, octets in enumerate(LENGTHS):
        frame = with_fcs(frame_for(STATION, octets, number))
        assert await bench.arrives((PREAMBLE, frame)) == [(frame, 0)]


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def any_preamble_is_received(dut: Any) -> None:
    bench = await started(dut)
    frame = with_fcs(frame_for(STATION, 60))
    for octets in (0, 1, 2, 6, 7, 8, 30):
        assert await bench.arrives((b"\x55" * octets + b"\xd5", frame)) == [(frame, 0)], octets
    for wrong in (
        b"\x57\x55\xd5",
        b"\x00\xff\x55\xd5",
        b"\xdd\xd5",
        b"\x55\x5d\x5d\x77\xd5"[:1] + b"\x77\xd5",
    ):
        assert await bench.arrives((wrong, frame)) == [(frame, 0)], wrong
    for none in (b"", b"\x55" * 7, b"\x5d"):
        assert await bench.arrives((none, frame[:20])) == [], none
    assert await bench.arrives((PREAMBLE, frame)) == [(frame, 0)]


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def frames_one_gap_apart_are_received(dut: Any) -> None:
    bench = await started(dut)
    frames = [with_fcs(frame_for(STATION, 60 + n, n)) for n in range(6)]
    assert await bench.arrives(*((PREAMBLE, frame) for frame in frames)) == [(frame, 0) for frame in frames]


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def errors_are_reported(dut: Any) -> None:
    bench = await started(dut)
    frame = with_fcs(frame_for(STATION, 60))
    wrong = frame[:-1] + bytes([frame[-1] ^ 1])
    assert await bench.arrives((PREAMBLE, wrong)) == [(wrong, m.RX_CRC)]
    long = with_fcs(frame_for(STATION, 1515))
    ((_, status),) = await bench.arrives((PREAMBLE, long))
    assert status == m.RX_TL
    assert await bench.arrives((PREAMBLE, with_fcs(frame_for(STATION, 30)))) == []
    for place in (0, 7, 8, 40, 71):
        spoilt = GmiiFrame(PREAMBLE + frame, error=[int(place == n) for n in range(72)])
        await bench.phy.rx.send(spoilt)
        await bench.phy.rx.wait()
        await Timer(10, unit="us")
        assert await bench.received() == (frame, m.RX_IS), place
    assert await bench.arrives((PREAMBLE, frame)) == [(frame, 0)]


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def both_ways_at_once_in_full_duplex(dut: Any) -> None:
    bench = await started(dut, m.FULLD)
    there = [frame_for(bytes(6), 60 + 20 * n, n) for n in range(4)]
    here = [with_fcs(frame_for(STATION, 200 - 20 * n, n)) for n in range(4)]
    for frame in there:
        await bench.send(frame)
    assert await bench.arrives(*((PREAMBLE, frame) for frame in here)) == [(frame, 0) for frame in here]
    for frame in there:
        assert bytes((await bench.phy.tx.recv()).data) == PREAMBLE + with_fcs(frame)


async def carrier_of_its_own(dut: Any) -> None:
    """What a PHY on a coax shows of the station's own transmission."""
    while True:
        await RisingEdge(dut.tx_en)
        dut.crs.value = 1
        await FallingEdge(dut.tx_en)
        dut.crs.value = 0


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def collisions_back_off_by_whole_slots(dut: Any) -> None:
    """Clause 4.2.3.2: 32 bits of jam; the next attempt a whole number of slot times later; 16 attempts."""
    bench = await started(dut)
    cocotb.start_soon(carrier_of_its_own(dut))
    frame = frame_for(bytes(6), 60)
    number = await bench.send(frame)
    ends, starts = [], []
    for attempt in range(4):
        await RisingEdge(dut.tx_en)
        starts.append(get_sim_time("ns"))
        if attempt < 3:
            await Timer(200 * BIT_NS, unit="ns")
            dut.col.value = 1
            await FallingEdge(dut.tx_en)
            dut.col.value = 0
            ends.append(get_sim_time("ns"))
    status = await bench.status(number)
    assert m.retries(status) == 3
    assert not status & (m.RL | m.LC)
    slots = [(start - end) / (512 * BIT_NS) for end, start in zip(ends, starts[1:], strict=True)]
    for attempt, waited in enumerate(slots, 1):
        # No slot at all still leaves the gap; from the end of carrier it is a little shorter at the MAC than
        # on the cable, where carrier sense has its time.
        assert waited in range(1, 2**attempt) or 20 <= waited * 128 <= GAP_NIBBLES, slots


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def carrier_is_deferred_to(dut: Any) -> None:
    bench = await started(dut)
    dut.crs.value = 1
    await Timer(5, unit="us")
    number = await bench.send(frame_for(bytes(6), 60))
    await Timer(30, unit="us")
    assert not dut.tx_en.value
    dut.crs.value = 0
    fell = get_sim_time("ns")
    await RisingEdge(dut.tx_en)
    assert 20 <= (get_sim_time("ns") - fell) / NIBBLE_NS <= 24
    await bench.status(number)


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def pause_frame_is_obeyed(dut: Any) -> None:
    """Annex 31B: no frame begins for 20 quanta of 512 bit times."""
    bench = await started(dut, m.FULLD)
    await bench.write(m.CTRLMODER, 2)
    quanta = 20
    pause = bytes.fromhex("0180c2000001020000000099 8808 0001") + quanta.to_bytes(2, "big")
    await bench.phy.rx.send(GmiiFrame(PREAMBLE + with_fcs(pause.ljust(60, b"\0"))))
    await FallingEdge(dut.rx_dv)
    came = get_sim_time("ns")
    await Timer(5, unit="us")
    await bench.send(frame_for(bytes(6), 60))
    await RisingEdge(dut.tx_en)
    waited = (get_sim_time("ns") - came) / (512 * BIT_NS)
    assert quanta <= waited <= quanta + 1, waited
