"""The box `mac` among models that are not ours: cocotbext-eth's MII PHY, a processor, host memory.

For cases that run inside Icarus, under cocotb. The processor's program and the memory are written from the
register manual and Wishbone B4 alone.
"""

from random import Random
from typing import Any

import cocotb
import manual as m
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer
from cocotbext.eth import GmiiFrame, MiiPhy

STATION = bytes.fromhex("020000000001")
SFD = 0xD5
PREAMBLE = bytes(7 * [0x55] + [SFD])
BIT_NS, NIBBLE_NS = 100, 400
BUS_NS = 80
"""Half the speed that the adapter's bus has: a simulator's time goes into the fastest clock."""
GAP_NIBBLES = 24
"""interFrameGap: 96 bit times."""
RX_BUFFERS, TX_BUFFERS, BUFFER = 0x10000, 0x1000, 0x800
TX_RING = 8
"""Descriptors for sending; those behind are for receiving."""
ALL = 0xF
PATIENCE = 300
"""Ticks of the bus clock until an answer; a reset takes 128."""


class Bench:
    """The MAC with what stands around it."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.memory = bytearray(1 << 18)
        self.sent = 0
        self.taken = 0

    async def start(self, mode: int = 0, *, mii: bool = True) -> None:
        """Power up and set the registers: 10 Mb/s, half duplex unless `mode` says more."""
        dut = self.dut
        for name in (
            *("reset", "s_cyc", "s_stb", "s_we", "s_sel", "s_adr", "s_dat_w", "m_ack", "m_err", "m_dat_r"),
            *("crs", "col", "late_retry", "late_from_sfd", "rom_address", "station_seed"),
            *("rxd", "rx_dv", "rx_er"),
        ):
            getattr(dut, name).value = 0
        dut.mdio_i.value = 1
        dut.station_seed.value = 0x123456789ABC
        Clock(dut.bus_clk, BUS_NS, unit="ns").start()
        if mii:
            self.phy = MiiPhy(
                dut.txd,
                dut.tx_er,
                dut.tx_en,
                dut.tx_clk,
                dut.rxd,
                dut.rx_er,
                dut.rx_dv,
                dut.rx_clk,
                speed=10e6,
            )
            self.phy.rx.ifg = GAP_NIBBLES
        cocotb.start_soon(self._serve())
        await self.reset()
        await self.setup(mode)

    async def reset(self) -> None:
        """One tick of the pin."""
        self.dut.reset.value = 1
        await RisingEdge(self.dut.bus_clk)
        self.dut.reset.value = 0

    async def setup(self, mode: int) -> None:
        """What a driver writes before it sends and receives."""
        await self.write(m.TX_BD_NUM, TX_RING)
        await self.write(m.MAC_ADDR0, int.from_bytes(STATION[2:], "big"))
        await self.write(m.MAC_ADDR1, int.from_bytes(STATION[:2], "big"))
        await self.write(m.PACKETLEN, 64 << 16 | 1518)
        self.sent = self.taken = 0
        for number in range(TX_RING):
            await self.write(m.descriptor(number), 0)  # memory is not reset
        for number in range(8):
            wrap = m.WR if number == 7 else 0
            await self.write(m.descriptor(TX_RING + number) + 4, RX_BUFFERS + number * BUFFER)
            await self.write(m.descriptor(TX_RING + number), m.E | wrap)
        await self.write(m.MODER, m.TXEN | m.RXEN | m.PAD | m.CRCEN | mode)

    # -- the bus --

    async def cycle(self, address: int, word: int | None = None, sel: int = ALL) -> int | None:
        """One Wishbone cycle; the word read, or None if it ended with an error."""
        dut = self.dut
        dut.s_adr.value = address >> 2
        dut.s_we.value = word is not None
        dut.s_dat_w.value = word or 0
        dut.s_sel.value = sel
        dut.s_cyc.value = dut.s_stb.value = 1
        for _ in range(PATIENCE):
            await RisingEdge(dut.bus_clk)
            if dut.s_ack.value or dut.s_err.value:
                break
        else:
            raise AssertionError(f"no answer from {address:#x}")
        answer = None if dut.s_err.value else int(dut.s_dat_r.value)
        dut.s_cyc.value = dut.s_stb.value = 0
        await RisingEdge(dut.bus_clk)
        return answer

    async def read(self, address: int) -> int:
        """The word in a register."""
        word = await self.cycle(address)
        assert word is not None
        return word

    async def write(self, address: int, word: int) -> None:
        """Write a register."""
        assert await self.cycle(address, word) is not None

    async def _serve(self) -> None:
        """Host memory: a Wishbone slave that answers in the second tick."""
        dut = self.dut
        while True:
            await RisingEdge(dut.bus_clk)
            if not dut.m_stb.value:
                await RisingEdge(dut.m_stb)
                continue
            assert dut.m_cyc.value
            place = int(dut.m_adr.value)
            if dut.m_we.value:
                word = int(dut.m_dat_w.value).to_bytes(4, "big")
                for octet in range(4):
                    if int(dut.m_sel.value) >> 3 - octet & 1:
                        self.memory[place + octet] = word[octet]
            else:
                dut.m_dat_r.value = int.from_bytes(self.memory[place : place + 4], "big")
            dut.m_ack.value = 1
            await RisingEdge(dut.bus_clk)
            dut.m_ack.value = 0

    # -- frames --

    async def send(self, frame: bytes, flags: int = 0) -> int:
        """Hand a frame (without FCS) to the next transmit descriptor; return its number."""
        number = self.sent % TX_RING
        self.sent += 1
        place = TX_BUFFERS + number * BUFFER
        self.memory[place : place + len(frame)] = frame
        await self.write(m.descriptor(number) + 4, place)
        wrap = m.WR if number == TX_RING - 1 else 0
        ready = len(frame) << m.LENGTH_SHIFT | m.RD | m.TX_PAD | m.TX_CRC | wrap | flags
        await self.write(m.descriptor(number), ready)
        return number

    async def status(self, number: int) -> int:
        """The status word of transmit descriptor `number`, when the MAC has closed it."""
        while (word := await self.read(m.descriptor(number))) & m.RD:
            await Timer(5, unit="us")
        return word

    async def received(self) -> tuple[bytes, int] | None:
        """The next frame in the ring, FCS included, and its status bits; None if there is none."""
        number = TX_RING + self.taken % 8
        word = await self.read(m.descriptor(number))
        if word & m.E:
            return None
        self.taken += 1
        place = RX_BUFFERS + (number - TX_RING) * BUFFER
        frame = bytes(self.memory[place : place + (word >> m.LENGTH_SHIFT)])
        await self.write(m.descriptor(number), m.E | word & m.WR)
        return frame, word & 0x3FF

    async def arrives(self, *headers_and_frames: tuple[bytes, bytes]) -> list[tuple[bytes, int]]:
        """Let the PHY show these, header and frame with its FCS; what is in the ring afterwards."""
        for header, frame in headers_and_frames:
            await self.phy.rx.send(GmiiFrame(header + frame))
        await self.phy.rx.wait()
        await Timer(10, unit="us")
        frames = []
        while (one := await self.received()) is not None:
            frames.append(one)
        return frames


def frame_for(destination: bytes, octets: int, seed: int = 1) -> bytes:
    """A frame of `octets` octets without FCS."""
    return (destination + bytes.fromhex("0200000000990800") + Random(seed).randbytes(octets))[:octets]


def with_fcs(frame: bytes) -> bytes:
    """The frame with the model's FCS."""
    return bytes(GmiiFrame.from_payload(frame, min_len=0).get_payload(strip_fcs=False))


async def started(dut: Any, mode: int = 0) -> Bench:
    bench = Bench(dut)
    await bench.start(mode)
    return bench
