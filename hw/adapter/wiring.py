"""How an adapter is put together, as data: its modules, its clocks and what makes them run.

        Wishbone, DMA, irq                                                     AUI
             |                                                                  |
    registers, descriptors - toggles and words - mac_transmit  -- MII --  phy_transmit
          25 MHz                              2.5 MHz |                20 MHz
             |                                 backoff_timer, defer_test, pause_timer (slow divisions of it)
             +------- toggles and words ---  mac_receive   -- MII --  phy_receive -- clock recovery
                                              2.5 MHz, recovered       10 MHz, recovered

Registers and descriptors share one crystal behind two gates: a word of a frame on its way to host memory
needs no register. The third, divided, is MDC: mii_management asks, phy_management answers.

Ports of the same name are joined by a wire of that name; what is called otherwise inside a module is in
`Instance.renamed`. Every module samples its inputs at the ticks of its own clock only. An engine makes wires,
modules, crystals and the analogue parts from this page: MyHDL in `hw.adapter.adapter`, the compiled
engine in C++.
"""

from dataclasses import dataclass

from hw.analogue.carrier_sense import TIMES, Times
from hw.analogue.chance import chance
from hw.analogue.crystal import TransmitCrystal
from hw.analogue.events import BUS_CLOCK, SLOW_CLOCK
from hw.assembly import Instance
from hw.gate import Gate

INSTANCES = (
    Instance("registers"),
    Instance("descriptors"),
    Instance("mii_management"),
    Instance("phy_management"),
    Instance("mac_transmit"),
    Instance("backoff_timer"),
    Instance("defer_test"),
    Instance("pause_timer"),
    Instance("mac_receive"),
    Instance("phy_transmit"),
    Instance("phy_receive", {"bit_clk": "rx_bit_clk"}),
)
CLOCKS = (
    *("bus_clk", "reg_clk", "mdc", "tx_clk", "bit_clk", "slot_clk", "defer_clk", "pause_clk"),
    *("rx_clk", "rx_bit_clk"),
)
ANALOGUE_WIRES = {"aui_di": 1, "aui_di_active": 0, "aui_ci": 0, "crs": 0, "col": 0, "link": 1}
"""Wires that no module drives, with their starting values."""
ENCODER_WIRES = ("tx_en", "aui_do_active", "aui_do", "loopback", "phy_loopback", "phy_isolate")
"""What the compiled engine asks before it encodes a nibble at once (crystal.hpp)."""
DMA_PINS = ("m_adr", "m_dat_w", "m_sel", "m_we", "m_stb", "m_dat_r", "m_ack", "m_err")
BUS_PINS = ("s_adr", "s_dat_w", "s_we", "s_stb", "s_ack", "s_err", "s_dat_r", "irq")

_TOGGLES = (
    *("rx_end", "rx_full_1", "rx_full_0", "tx_done", "tx_rewind", "tx_taken_1", "tx_taken_0"),
    *("late_event", "sqe_error", "defer_event", "tx_pause_done", "rx_pause"),
)
"""Those that the descriptor controller has to notice, in the order of its `seen`, lowest bit first."""
BUS_GATE = Gate(
    ("busy", "s_stb", "s_ack"),
    tuple((toggle, f"seen[{place}]") for place, toggle in enumerate(_TOGGLES)),
)
REGISTER_GATE = Gate(("s_stb", "s_ack", "s_err", "news", "counting"), (("mii_done", "mii_seen"),))
MDC_GATE = Gate(
    (),
    (
        ("mii_command", "mii_done"),
        ("link", "link_seen"),
        ("partner_announces", "partner_seen"),
        ("phy_jabber", "jabber_seen"),
    ),
)
BIT_GATE = Gate(("tx_en", "aui_do_active", "looped"))
TX_GATE = Gate(
    ("tx_busy",),
    (
        ("crs", "crs_seen"),
        ("tx_frame", "frame_seen"),
        ("backoff_done", "backoff_seen"),
        ("tx_pause", "request_seen"),
        ("defer_over", "excess_seen"),
        ("pause_running", "pause_seen"),
    ),
)
SLOT_GATE = Gate((), (("backoff_start", "backoff_done"),))
DEFER_GATE = Gate(("frame_waiting",))
PAUSE_GATE = Gate(("pause_running",), (("rx_pause", "pause_loaded"),))


@dataclass(frozen=True, slots=True)
class BusClock:
    """An output of the bus crystal behind a gate of its own, in step with the others where they run.

    `divisor` names the wire whose number it is divided by, "" for none.
    """

    clock: str
    residue: int
    gate: Gate
    divisor: str = ""


BUS_CLOCKS = (
    BusClock("bus_clk", BUS_CLOCK, BUS_GATE),
    BusClock("reg_clk", BUS_CLOCK, REGISTER_GATE),
    BusClock("mdc", SLOW_CLOCK, MDC_GATE, "mii_divider"),
)

HALF_BIT_FS = 50_000_000
BUS_PERIOD_FS = 40_000_000
SLOT_NIBBLES = 128
"""slotTime: 512 bit times."""
BACKOFF_LEAD = 9
"""Ticks of tx_clk that draw, synchroniser, link management and transmitter take on the way to tx_en."""
DEFER_NIBBLES = 6072
"""maxDeferTime: 24,288 bit times."""
DEFER_LEAD = 2
"""Ticks that the synchroniser takes, less one: a frame that waited for exactly so long is not too late."""
PAUSE_LEAD = SLOT_NIBBLES - 2
"""The first tick after a change is a load, two ticks later (see `hw.mac.pause`)."""


@dataclass(frozen=True, slots=True)
class Division:
    """A slow clock divided from the transmit crystal (`hw.analogue.crystal.Divider`).

    `clock` ticks every `nibbles` ticks of tx_clk after `gate` has opened, the first time `lead` ticks sooner.
    """

    clock: str
    nibbles: int
    lead: int
    gate: Gate


DIVISIONS = (
    Division("slot_clk", SLOT_NIBBLES, BACKOFF_LEAD, SLOT_GATE),
    Division("defer_clk", DEFER_NIBBLES, DEFER_LEAD, DEFER_GATE),
    Division("pause_clk", SLOT_NIBBLES, PAUSE_LEAD, PAUSE_GATE),
)
HOST_MEMORY_OCTETS = 1 << 18


@dataclass(frozen=True, slots=True)
class Station:
    """What differs between adapters.

    `address` (six octets), `crystal_ppm`, the run's `seed`; whether a late collision is retried, and whether
    collisions are late 512 bits after the SFD or after the first bit of the preamble; whether the PHY
    negotiates, as on a twisted pair; the times of its carrier sense.
    """

    address: bytes
    crystal_ppm: float
    seed: int
    late_retry: bool = False
    late_from_sfd: bool = False
    negotiates: bool = False
    carrier: Times = TIMES

    @property
    def number(self) -> int:
        """The address as straps carry it, first octet on top."""
        return int.from_bytes(self.address, "big")


def straps(station: Station) -> dict[str, int]:
    """Pins that tell one adapter from another.

    `station_seed` is the address under a mask that the run draws: bijective in the address, so that no two
    stations back off alike, and another one for another seed of the run.
    """
    mask = chance(station.seed, 0, 0) >> 16
    return {
        "rom_address": station.number,
        "station_seed": station.number ^ mask,
        "late_retry": int(station.late_retry),
        "late_from_sfd": int(station.late_from_sfd),
        "negotiates": int(station.negotiates),
    }


@dataclass(frozen=True, slots=True)
class Timing:
    """Periods (fs) and phases (ps) of an adapter's two crystals."""

    bus_period_fs: int
    bus_phase_ps: int
    half_bit_fs: int
    half_bit_phase_ps: int


def timing(station: Station) -> Timing:
    """A crystal that is fast has a shorter period. Phases are the run's chance."""
    rate = 1 - station.crystal_ppm * 1e-6
    bus, half_bit = round(BUS_PERIOD_FS * rate), round(HALF_BIT_FS * rate)
    return Timing(
        bus,
        chance(station.seed, station.number, 0) % (bus // 1000),
        half_bit,
        chance(station.seed, station.number, 1) % (half_bit * TransmitCrystal.TICKS_PER_NIBBLE // 1000),
    )
