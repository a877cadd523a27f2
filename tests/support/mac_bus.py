"""The box `mac` on its bus, for cocotb: MII management, Wishbone, reset (`mac_bench`)."""

from typing import Any

import cocotb
import manual as m
from cocotb.triggers import FallingEdge, First, RisingEdge, Timer
from cocotb.utils import get_sim_time
from cocotbext.eth import GmiiFrame
from mac_bench import ALL, BUS_NS, PREAMBLE, STATION, Bench, frame_for, started, with_fcs

# MII management, by hand: clauses 22.2.4.5 and 22.3.4.


class Phy:
    """A PHY at `address` that samples MDIO where MDC rises and drives it 300 ns later."""

    def __init__(self, dut: Any, address: int, registers: dict[int, int]) -> None:
        self._dut = dut
        self._address = address
        self.registers = registers
        self.frames: list[str] = []
        """The bits of each frame from the first start bit on, and z where the station does not drive."""
        self.preambles: list[int] = []
        self.changes: list[float] = []

    async def run(self) -> None:
        dut = self._dut
        cocotb.start_soon(self._watch())
        while True:
            ones = 0
            while (bit := await self._bit()) != "0":
                ones = ones + 1 if bit == "1" else 0
            self.preambles.append(ones)
            frame = bit
            while len(frame) < 14:
                frame += await self._bit()
            mine = int(frame[4:9], 2) == self._address
            number = int(frame[9:14], 2)
            if frame[2:4] == "10" and mine:
                frame += await self._bit()
                word = f"0{self.registers.get(number, 0xFFFF):016b}"
                for level in word:
                    await Timer(300, unit="ns")
                    dut.mdio_i.value = int(level)
                    frame += await self._bit()
                await Timer(300, unit="ns")
                dut.mdio_i.value = 1
            else:
                while len(frame) < 32:
                    frame += await self._bit()
                if mine and frame[2:4] == "01":
                    self.registers[number] = int(frame[16:], 2)
            self.frames.append(frame)

    async def _bit(self) -> str:
        await RisingEdge(self._dut.mdc)
        return str(int(self._dut.mdio_o.value)) if self._dut.mdio_oe.value else "z"

    async def _watch(self) -> None:
        """How long before and behind a rise of MDC the station's bits change."""
        dut, rise = self._dut, 0.0
        while True:
            await First(RisingEdge(dut.mdc), dut.mdio_o.value_change, dut.mdio_oe.value_change)
            now = get_sim_time("ns")
            if dut.mdc.value:
                rise = now
            elif rise:
                self.changes.append(now - rise)


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def management_frames_are_those_of_22_2_4_5(dut: Any) -> None:
    bench = await started(dut)
    await bench.write(m.MIIMODER, 10)
    phy = Phy(dut, 3, {2: 0x8123, 5: 0xA55A})
    cocotb.start_soon(phy.run())
    for number, word in list(phy.registers.items()):
        await bench.write(m.MIIADDRESS, number << 8 | 3)
        await bench.write(m.MIICOMMAND, m.RSTAT)
        while await bench.read(m.MIISTATUS) & m.MII_BUSY:
            await Timer(1, unit="us")
        assert await bench.read(m.MIIRX_DATA) == word
        assert not await bench.read(m.MIISTATUS) & m.NVALID
    await bench.write(m.MIIADDRESS, 4 << 8 | 3)
    await bench.write(m.MIITX_DATA, 0xC0DE)
    await bench.write(m.MIICOMMAND, m.WCTRLDATA)
    while await bench.read(m.MIISTATUS) & m.MII_BUSY:
        await Timer(1, unit="us")
    await Timer(2, unit="us")
    assert phy.registers[4] == 0xC0DE
    read, other, write = phy.frames
    assert read == "0110" + "00011" + "00010" + "z" * 18
    assert other == "0110" + "00011" + "00101" + "z" * 18
    assert write == "0101" + "00011" + "00100" + "10" + f"{0xC0DE:016b}"
    assert min(phy.preambles) >= 32
    assert all(10 <= change <= 10 * BUS_NS - 10 for change in phy.changes), phy.changes


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def nobody_answers_at_another_address(dut: Any) -> None:
    bench = await started(dut)
    await bench.write(m.MIIMODER, 10)
    cocotb.start_soon(Phy(dut, 3, {}).run())
    await bench.write(m.MIIADDRESS, 2 << 8 | 4)
    await bench.write(m.MIICOMMAND, m.RSTAT)
    while await bench.read(m.MIISTATUS) & m.MII_BUSY:
        await Timer(1, unit="us")
    assert await bench.read(m.MIISTATUS) & m.NVALID


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def mdc_is_the_bus_clock_divided(dut: Any) -> None:
    bench = await started(dut)
    for divider in (10, 50, 100):
        await bench.write(m.MIIMODER, divider)
        for _ in range(2):
            await RisingEdge(dut.mdc)
        begun = get_sim_time("ns")
        await FallingEdge(dut.mdc)
        assert get_sim_time("ns") - begun == divider * BUS_NS / 2
        await RisingEdge(dut.mdc)
        assert get_sim_time("ns") - begun == divider * BUS_NS


# Wishbone and reset.


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def cycles_of_others_are_left_alone(dut: Any) -> None:
    bench = await started(dut)
    before = await bench.read(m.PACKETLEN)
    dut.s_adr.value = m.PACKETLEN >> 2
    dut.s_we.value = dut.s_stb.value = 1
    dut.s_sel.value = ALL
    dut.s_dat_w.value = 0
    for _ in range(8):
        await RisingEdge(dut.bus_clk)
        assert not dut.s_ack.value
        assert not dut.s_err.value
    dut.s_stb.value = 0
    assert await bench.read(m.PACKETLEN) == before
    assert await bench.cycle(m.PACKETLEN, 0, sel=0b0011) is None
    assert await bench.read(m.PACKETLEN) == before
    assert await bench.cycle(m.PACKETLEN, sel=0b0001) == before
    assert await bench.cycle(0x800) is None


async def busy(bench: Bench) -> None:
    """In the middle of a frame each way, a backoff and a management frame."""
    dut = bench.dut
    await bench.write(m.MIIADDRESS, 1 << 8 | 1)
    await bench.write(m.MIICOMMAND, m.RSTAT)
    await bench.send(frame_for(bytes(6), 300))
    await RisingEdge(dut.tx_en)
    await Timer(20, unit="us")
    dut.col.value = 1
    await FallingEdge(dut.tx_en)
    dut.col.value = 0
    await bench.phy.rx.send(GmiiFrame(PREAMBLE + with_fcs(frame_for(STATION, 200))))
    await Timer(60, unit="us")
    dut.crs.value = 0


async def works(bench: Bench, mode: int = 0) -> None:
    """A frame each way, as after power-up."""
    await Timer(2, unit="us")
    bench.phy.tx.clear()
    await bench.setup(mode)
    frame = with_fcs(frame_for(STATION, 60))
    assert await bench.arrives((PREAMBLE, frame)) == [(frame, 0)]
    await bench.status(await bench.send(frame[:-4]))
    assert bytes((await bench.phy.tx.recv()).data) == PREAMBLE + frame


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def reset_brings_back_what_power_up_gave(dut: Any) -> None:
    bench = await started(dut)
    await busy(bench)
    await bench.reset()
    await bench.phy.rx.wait()
    assert await bench.read(m.MODER) == m.PAD | m.CRCEN
    assert await bench.read(m.PACKETLEN) == 0x00400600
    assert not dut.tx_en.value
    assert not dut.mdio_oe.value
    assert not await bench.read(m.MIISTATUS) & m.MII_BUSY
    await works(bench)


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def rst_of_the_register_map_does_the_same(dut: Any) -> None:
    bench = await started(dut)
    await busy(bench)
    await bench.write(m.MODER, m.RST)
    await bench.phy.rx.wait()
    assert await bench.read(m.MODER) == m.PAD | m.CRCEN
    assert not dut.tx_en.value
    await works(bench)


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def a_transmission_ends_with_reset(dut: Any) -> None:
    bench = await started(dut)
    await bench.send(frame_for(bytes(6), 1514))
    await RisingEdge(dut.tx_en)
    await Timer(100, unit="us")
    await bench.reset()
    await Timer(5, unit="us")
    assert not dut.tx_en.value
    await works(bench)
