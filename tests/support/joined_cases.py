"""Cases on two stations joined by their pins (`joined`), for cocotb in Icarus."""

from typing import Any

import cocotb
import manual as m
from cocotb.triggers import Timer
from joined import SIDES, Side
from mac_bench import PREAMBLE, STATION, Bench, frame_for, with_fcs
from phy_box import burst

FAST_MDC, PHY, FULL_DUPLEX = 2, 1, 1 << 8


async def stations(dut: Any) -> list[Bench]:
    """Both up, in full duplex, their PHYs too: by MDIO."""
    benches = [Bench(Side(dut, side)) for side in SIDES]
    for bench in benches:
        await bench.start(m.FULLD, mii=False)
        await bench.write(m.MIIMODER, FAST_MDC)
        await bench.write(m.MIIADDRESS, PHY)
        await bench.write(m.MIITX_DATA, FULL_DUPLEX)
        await bench.write(m.MIICOMMAND, m.WCTRLDATA)
        while await bench.read(m.MIISTATUS) & m.MII_BUSY:
            await Timer(1, unit="us")
        await bench.write(m.MIICOMMAND, m.RSTAT)
        while await bench.read(m.MIISTATUS) & m.MII_BUSY:
            await Timer(1, unit="us")
        assert await bench.read(m.MIIRX_DATA) & FULL_DUPLEX
    return benches


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def frames_go_both_ways_at_once(dut: Any) -> None:
    benches = await stations(dut)
    frames = [frame_for(STATION, octets, seed=octets) for octets in (60, 77)]
    for bench, frame in zip(benches, frames, strict=True):
        await bench.send(frame)
    lines = [cocotb.start_soon(burst(bench.dut)) for bench in benches]
    heard = [await line for line in lines]
    assert [one.octets for one in heard] == [PREAMBLE + with_fcs(frame) for frame in frames]
    assert all(one.high_ns >= 200 for one in heard)
    await Timer(20, unit="us")
    for bench, frame in zip(benches, reversed(frames), strict=True):
        assert await bench.received() == (with_fcs(frame), 0)
        assert not (await bench.status(0)) & 0x3FF


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def many_in_a_row(dut: Any) -> None:
    left, right = await stations(dut)
    frames = [frame_for(STATION, octets, seed=octets) for octets in (60, 61, 62, 63, 200)]
    for frame in frames:
        await left.send(frame)
    assert not (await left.status(len(frames) - 1)) & 0x3FF
    await Timer(20, unit="us")
    assert [await right.received() for _ in frames] == [(with_fcs(frame), 0) for frame in frames]
