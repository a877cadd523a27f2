"""The LAN adapter: a box of modules, its crystals, and the pins on its two sides.

        Wishbone, DMA, irq                                                     AUI
             |                                                                  |
        bus_side  --- toggles and words ---  mac_transmit  -- MII --  phy_transmit
          25 MHz                              2.5 MHz |                20 MHz
             |                                 backoff_timer (slot times)
             +------- toggles and words ---  mac_receive   -- MII --  phy_receive -- clock recovery
                                              2.5 MHz, recovered       10 MHz, recovered

Modules are joined by signals; every module samples its inputs at the edges of its own clock only. What makes
clocks run is analogue and stands here: each crystal's gate is a comparison of pins.
"""

from dataclasses import dataclass
from typing import Any

from myhdl import Signal

from hw.adapter.bus_side import PORTS as BUS_PORTS
from hw.adapter.bus_side import bus_side
from hw.analogue.chance import chance
from hw.analogue.clock_recovery import ClockRecovery
from hw.analogue.crystal import Crystal, Divider, TransmitCrystal
from hw.analogue.events import BUS_CLOCK, SLOW_CLOCK, Clock, on_change
from hw.analogue.memory import HostMemory
from hw.mac.backoff import PORTS as TIMER_PORTS
from hw.mac.backoff import backoff_timer
from hw.mac.receive import PORTS as RECEIVE_PORTS
from hw.mac.receive import mac_receive
from hw.mac.transmit import PORTS as TRANSMIT_PORTS
from hw.mac.transmit import mac_transmit
from hw.phy.receive import PORTS as PHY_RECEIVE_PORTS
from hw.phy.receive import phy_receive
from hw.phy.transmit import PORTS as PHY_TRANSMIT_PORTS
from hw.phy.transmit import phy_transmit
from hw.ports import Port

HALF_BIT_FS = 50_000_000
BUS_PERIOD_FS = 40_000_000
SLOT_NIBBLES = 128
"""slotTime: 512 bit times."""
BACKOFF_LEAD = 8
"""Ticks of tx_clk that draw, synchroniser, link management and transmitter take on the way to tx_en."""
HOST_MEMORY_OCTETS = 1 << 18


@dataclass(frozen=True, slots=True)
class Station:
    """What differs between adapters: `address` (six octets), `crystal_ppm`, and the run's `seed`."""

    address: bytes
    crystal_ppm: float
    seed: int


class Adapter:
    """One adapter. Its pins and wires are in `wires`, by their port names; `blocks` go to the simulator."""

    def __init__(self, station: Station) -> None:
        address = int.from_bytes(station.address, "big")
        self.bus_clk, self.tx_clk, self.bit_clk, self.slot_clk = Clock(), Clock(), Clock(), Clock()
        self.rx_clk, self.rx_bit_clk = Clock(), Clock()
        self.wires: dict[str, Any] = {
            "bus_clk": self.bus_clk,
            "tx_clk": self.tx_clk,
            "slot_clk": self.slot_clk,
            "rx_clk": self.rx_clk,
            "rom_address": _strap(address),
            "station_seed": _strap(address),
            "aui_di": Signal(True),
            "aui_di_active": Signal(False),
            "aui_ci": Signal(False),
            "crs": Signal(False),
            "col": Signal(False),
        }
        wires = self.wires
        self.bus_side = bus_side(**self._join(BUS_PORTS))
        self.mac_transmit = mac_transmit(**self._join(TRANSMIT_PORTS))
        self.backoff_timer = backoff_timer(**self._join(TIMER_PORTS))
        self.mac_receive = mac_receive(**self._join(RECEIVE_PORTS))
        self.phy_transmit = phy_transmit(**self._join(PHY_TRANSMIT_PORTS, bit_clk=self.bit_clk))
        self.phy_receive = phy_receive(**self._join(PHY_RECEIVE_PORTS, bit_clk=self.rx_bit_clk))
        self.blocks = [
            self.bus_side,
            self.mac_transmit,
            self.backoff_timer,
            self.mac_receive,
            self.phy_transmit,
            self.phy_receive,
        ]
        dma = {name: wires[name] for name in ("m_adr", "m_dat_w", "m_we", "m_stb", "m_dat_r", "m_ack")}
        self.memory = HostMemory(HOST_MEMORY_OCTETS, **dma)
        self._carrier_sense()
        self._receiver()
        self._crystals(station, address)

    def _join(self, ports: tuple[Port, ...], **own: Any) -> dict[str, Any]:
        """The module's signals: `own` ones, and for the rest the adapter's wires of the same names."""
        joined = dict(own)
        for port in ports:
            if port.name not in own:
                joined[port.name] = self.wires.setdefault(port.name, port.signal())
        return joined

    def _carrier_sense(self) -> None:
        """Carrier is level, not edges: something drives the pair, or the MAU reports a collision."""
        wires = self.wires
        active, collision, crs, col = (wires[name] for name in ("aui_di_active", "aui_ci", "crs", "col"))

        def sense() -> None:
            crs.next = active or collision
            col.next = collision

        on_change(active, sense)
        on_change(collision, sense)

    def _receiver(self) -> None:
        wires = self.wires
        ClockRecovery(
            aui_di=wires["aui_di"],
            aui_di_active=wires["aui_di_active"],
            transmitting=wires["aui_do_active"],
            rx_skip=wires["rx_skip"],
            rx_dv=wires["rx_dv"],
            rx_busy=wires["rx_busy"],
            bit_clk=self.rx_bit_clk,
            rx_clk=self.rx_clk,
            rx_bit=wires["rx_bit"],
            rx_valid=wires["rx_valid"],
        )

    def _crystals(self, station: Station, address: int) -> None:
        wires = self.wires
        rate = 1 - station.crystal_ppm * 1e-6

        def phase(number: int, period_fs: int) -> int:
            return chance(station.seed, address, number) % (period_fs // 1000)

        s_stb, s_ack, busy, seen = (wires[name] for name in ("s_stb", "s_ack", "busy", "seen"))
        names = ("tx_taken_0", "tx_taken_1", "tx_rewind", "tx_done", "rx_full_0", "rx_full_1", "rx_end")
        toggles = [wires[name] for name in names]

        def bus_gate() -> bool:
            if s_stb or s_ack or busy:
                return True
            pins = 0
            for toggle in toggles:
                pins = pins << 1 | bool(toggle)
            return bool(seen != pins)

        period = round(BUS_PERIOD_FS * rate)
        Crystal(self.bus_clk, period, phase(0, period), BUS_CLOCK, bus_gate, [s_stb, *toggles])

        tx_en, active, tx_busy = wires["tx_en"], wires["aui_do_active"], wires["tx_busy"]
        pairs = [
            (wires["crs"], wires["crs_seen"]),
            (wires["tx_frame"], wires["frame_seen"]),
            (wires["backoff_done"], wires["backoff_seen"]),
        ]

        def bit_gate() -> bool:
            return bool(tx_en or active)

        def tx_gate() -> bool:
            return bool(tx_busy) or any(pin != seen for pin, seen in pairs)

        period = round(HALF_BIT_FS * rate)
        transmit = TransmitCrystal(
            self.bit_clk,
            self.tx_clk,
            period,
            phase(1, period * TransmitCrystal.TICKS_PER_NIBBLE),
            bit_gate,
            tx_gate,
            [wires["crs"], wires["tx_frame"], wires["backoff_done"], tx_busy],
        )

        start, done = wires["backoff_start"], wires["backoff_done"]

        def slot_gate() -> bool:
            return bool(start != done)

        Divider(self.slot_clk, transmit, SLOT_NIBBLES, BACKOFF_LEAD, SLOW_CLOCK, slot_gate, [start])


def _strap(value: int) -> Any:
    return Port("strap", BUS_PORTS[0].direction, 48, "", value).signal()
