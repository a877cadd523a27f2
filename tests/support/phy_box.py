"""The box `phy` among models that are not ours: cocotbext-eth as its MAC, and a line written from clause 7.

Runs inside Icarus, under cocotb (`tests/hw/test_phy_box.py`). The AUI's decoder knows Manchester code and the
idle of clause 7.3 only; the station management is driven by hand from clause 22.2.4.5.
"""

from itertools import pairwise
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import Edge, First, RisingEdge, Timer
from cocotb.utils import get_sim_time
from cocotbext.eth import GmiiFrame, MiiSink, MiiSource

SFD = 0xD5
PREAMBLE = bytes(7 * [0x55] + [SFD])
BIT_NS, MDC_NS, IDL_NS = 100, 400, 250
SAMPLE_PS = 6_250
GAP_BITS = 96
ADDRESS = 1


class Bench:
    """The PHY with what stands around it: 20 MHz, and 160 MHz by which it samples the line."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut

    async def start(self, *, receives: bool = False) -> None:
        """Power up, and reset until each clock has ticked. That of 160 MHz, which costs a simulator most,
        runs only where something is received."""
        dut = self.dut
        for name in (
            *("txd", "tx_en", "tx_er", "aui_di_active", "aui_ci"),
            *("negotiates", "partner_announces", "phy_jabber", "polarity", "mdc"),
        ):
            getattr(dut, name).value = 0
        dut.link.value = dut.mdio_i.value = dut.reset.value = dut.aui_di.value = 1
        Clock(dut.bit_clk, 50, unit="ns").start()
        dut.sample_clk.value = 0
        if receives:
            Clock(dut.sample_clk, SAMPLE_PS, unit="ps").start()
        for _ in range(3):
            await self.mdc()
        dut.reset.value = 0
        self.source = MiiSource(dut.txd, dut.tx_er, dut.tx_en, dut.tx_clk)
        self.source.ifg = GAP_BITS // 4
        self.sink = MiiSink(dut.rxd, dut.rx_er, dut.rx_dv, dut.rx_clk)

    async def mdc(self, level: int | None = None) -> str:
        """One cycle of MDC with `level` on MDIO, or nothing; what the PHY drove before the rise."""
        dut = self.dut
        dut.mdio_i.value = 1 if level is None else level
        await Timer(MDC_NS // 2, unit="ns")
        driven = str(int(dut.mdio_o.value)) if dut.mdio_oe.value else "z"
        dut.mdc.value = 1
        await Timer(MDC_NS // 2, unit="ns")
        dut.mdc.value = 0
        return driven

    async def management(self, operation: str, register: int, word: int = 0, phy: int = ADDRESS) -> str:
        """A management frame; what the PHY drove in its turnaround and data."""
        for _ in range(32):
            assert await self.mdc(1) == "z"
        for bit in f"01{operation}{phy:05b}{register:05b}":
            assert await self.mdc(int(bit)) == "z"
        if operation == "10":
            return "".join([await self.mdc() for _ in range(18)])
        for bit in f"10{word:016b}":
            assert await self.mdc(int(bit)) == "z"
        return ""

    async def hear(self, bits: str, violation: int = -1) -> None:
        """Bits on data-in by 7.3.1.1, one of which may be a cell without an edge in its middle; then IDL."""
        dut = self.dut
        dut.aui_di_active.value = 1
        for place, bit in enumerate(bits):
            dut.aui_di.value = int(bit) if place == violation else 1 - int(bit)
            await Timer(BIT_NS // 2, unit="ns")
            dut.aui_di.value = int(bit)
            await Timer(BIT_NS // 2, unit="ns")
        dut.aui_di.value = 1
        await Timer(IDL_NS, unit="ns")
        dut.aui_di_active.value = 0


class Burst:
    """What was on data-out from its first edge until it was idle: `bits`, and how it ended."""

    def __init__(self, began_ns: float, bits: str, high_ns: float) -> None:
        self.began_ns = began_ns
        self.bits = bits
        self.high_ns = high_ns
        """How long it was high behind the last bit cell."""

    @property
    def octets(self) -> bytes:
        """The bits as octets, least significant bit first."""
        assert len(self.bits) % 8 == 0
        return bytes(int(self.bits[n : n + 8][::-1], 2) for n in range(0, len(self.bits), 8))


async def burst(dut: Any) -> Burst:
    """Decode the next transmission. 7.3.1.1: CD0 is high, then low; CD1 low, then high; IDL is high."""
    await RisingEdge(dut.aui_do_active)
    began = get_sim_time("ns")
    levels = [(began, int(dut.aui_do.value))]
    while True:
        await First(Edge(dut.aui_do), Edge(dut.aui_do_active))
        now = get_sim_time("ns")
        if not dut.aui_do_active.value:
            break
        levels.append((now, int(dut.aui_do.value)))

    def level(ns: float) -> int:
        return [value for since, value in levels if since <= ns][-1]

    bits, cell = "", began
    while True:
        first, second = level(cell + BIT_NS / 4), level(cell + 3 * BIT_NS / 4)
        if first == second:
            assert first == 1, "the line ends high"
            return Burst(began, bits, now - cell)
        bits += str(second)
        cell += BIT_NS


def bits_of(octets: bytes) -> str:
    """As they go over the line."""
    return "".join(f"{octet:08b}"[::-1] for octet in octets)


FRAME = bytes(GmiiFrame.from_payload(bytes(range(20)), min_len=0).get_payload(strip_fcs=False))


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def what_a_mac_sends_is_manchester_code_on_the_aui(dut: Any) -> None:
    bench = Bench(dut)
    await bench.start()
    for number in range(3):
        frame = PREAMBLE + FRAME[: 20 + number]
        await bench.source.send(GmiiFrame(frame))
        heard = await burst(dut)
        assert heard.octets == frame
        assert heard.high_ns >= 200


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def the_gap_is_as_long_on_the_aui_as_on_the_mii(dut: Any) -> None:
    bench = Bench(dut)
    await bench.start()
    frames = [PREAMBLE + FRAME[:20]] * 2
    for frame in frames:
        await bench.source.send(GmiiFrame(frame))
    first, second = await burst(dut), await burst(dut)
    assert second.began_ns - first.began_ns == BIT_NS * (len(first.bits) + GAP_BITS)


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def tx_er_has_no_effect_at_10_mb_s(dut: Any) -> None:
    bench = Bench(dut)
    await bench.start()
    frame = PREAMBLE + FRAME[:20]
    await bench.source.send(GmiiFrame(frame, error=[n % 2 for n in range(len(frame))]))
    assert (await burst(dut)).octets == frame


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def what_comes_from_the_line_is_a_frame_for_a_mac(dut: Any) -> None:
    """Another's MAC sees preamble and a whole SFD, wherever the bits fall against rx_clk."""
    bench = Bench(dut)
    await bench.start(receives=True)
    for lost in range(4):
        await bench.hear(bits_of(PREAMBLE + FRAME)[lost:])
        got = await bench.sink.recv()
        assert bytes(got.get_payload(strip_fcs=False)) == FRAME, lost
        assert got.check_fcs()
        assert set(got.get_preamble()[:-1]) <= {0x55, 0x50}
        assert got.error is None
        await Timer(96 * BIT_NS + 10 * lost, unit="ns")


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def a_code_violation_is_rx_er(dut: Any) -> None:
    bench = Bench(dut)
    await bench.start(receives=True)
    await bench.hear(bits_of(PREAMBLE + FRAME), violation=64 + 100)
    got = await bench.sink.recv(compact=False)
    flagged = [place for place, error in enumerate(got.error) if error]
    assert flagged == [got.get_preamble_len() + 100 // 8]


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def clocks_run_all_the_time_and_pins_keep_still_where_they_rise(dut: Any) -> None:
    """22.2.2.1 and 22.2.2.2: 2.5 MHz, duty between 35 and 65 %; 22.3: 10 ns before and behind a rise."""
    bench = Bench(dut)
    await bench.start(receives=True)
    rises: dict[str, list[float]] = {"tx_clk": [], "rx_clk": []}
    changes: list[float] = []

    async def watch(name: str) -> None:
        while True:
            await RisingEdge(getattr(dut, name))
            rises[name].append(get_sim_time("ns"))

    async def data() -> None:
        while True:
            await First(Edge(dut.rxd), Edge(dut.rx_dv), Edge(dut.rx_er))
            changes.append(get_sim_time("ns"))

    for name in rises:
        cocotb.start_soon(watch(name))
    cocotb.start_soon(data())
    await Timer(20, unit="us")
    await bench.hear(bits_of(PREAMBLE + FRAME))
    await Timer(20, unit="us")
    for name, times in rises.items():
        gaps = {after - before for before, after in pairwise(times)}
        assert gaps == {400.0}, name
    assert changes
    for change in changes:
        near = min(abs(change - rise) for rise in rises["rx_clk"])
        assert near >= 10


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def carrier_and_collision(dut: Any) -> None:
    bench = Bench(dut)
    await bench.start()
    dut.aui_di_active.value = 1
    began = get_sim_time("ns")
    await RisingEdge(dut.crs)
    assert get_sim_time("ns") - began <= 300
    assert not dut.col.value
    dut.aui_ci.value = 1
    await RisingEdge(dut.col)
    dut.aui_ci.value = dut.aui_di_active.value = 0
    await Timer(400, unit="ns")
    assert not dut.crs.value
    assert not dut.col.value


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def management_frames_are_those_of_22_2_4_5(dut: Any) -> None:
    """The PHY pulls the second bit of the turnaround low, and drives nothing at another's address."""
    bench = Bench(dut)
    await bench.start()
    for register, word in ((2, 0x00AB), (3, 0x4811)):
        assert await bench.management("10", register) == f"z0{word:016b}"
    assert await bench.management("10", 2, phy=ADDRESS + 1) == "z" * 18
    status = await bench.management("10", 1)
    assert status[2 + 15 - 2] == "1", "link"
    await bench.management("01", 0, 1 << 10)
    assert await bench.management("10", 0) == f"z0{1 << 10:016b}"
    assert await bench.mdc() == "z"
    await bench.hear(bits_of(PREAMBLE + FRAME)[:100])
    assert not dut.crs.value, "isolated"
    await bench.management("01", 0, 1 << 15)
    assert await bench.management("10", 0) == "z0" + "0" * 16
