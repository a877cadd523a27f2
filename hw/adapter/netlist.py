"""The adapter's netlist: its modules, its clocks and what makes them run.

        Wishbone, DMA, irq                                                     AUI
             |                                                                  |
    registers, descriptors - toggles and words - mac_transmit  -- MII --  phy_transmit
          25 MHz                              2.5 MHz |                20 MHz
             |                                 backoff_timer, defer_test, pause_timer (slow divisions of it)
             +------- toggles and words ---  mac_receive   -- MII --  phy_receive -- clock recovery
                                              2.5 MHz, recovered       10 MHz, recovered

Registers and descriptors share one crystal behind two gates: a word of a frame on its way to host memory
needs no register. The third, divided, is MDC: mii_management asks, phy_management answers.

Every module samples its inputs at the ticks of its own clock only. `hw.netlist` says how parts are joined.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hw.analogue import memory
from hw.analogue.carrier_sense import TIMES, Times
from hw.analogue.chance import chance
from hw.analogue.crystal import TICKS_PER_NIBBLE
from hw.analogue.events import BUS_CLOCK
from hw.gate import Gate
from hw.mac import bit_transmitter, deference, receive, slow_clocks, transmit_link
from hw.modules import MODULES as CIRCUITS
from hw.netlist import Unit
from hw.parts import (
    Bus,
    CarrierSense,
    ClockRecovery,
    Crystal,
    Divider,
    Inner,
    Memory,
    Module,
    Part,
    Probe,
    TransmitCrystal,
    lines,
)

BUS_SIDE = (
    Module("registers"),
    Module("descriptors"),
    Module("mii_management"),
    Module("phy_management"),
)
MAC_AND_PHY = (
    Module("mac_transmit"),
    Module("backoff_timer"),
    Module("defer_test"),
    Module("pause_timer"),
    Module("mac_receive"),
    Module("phy_transmit"),
    Module("phy_receive", {"bit_clk": "rx_bit_clk"}),
)
"""What an adapter shares with the port of a switch."""
MODULES = (*BUS_SIDE, *MAC_AND_PHY)
OUTSIDE = {
    **{"aui_di": 1, "aui_di_active": 0, "aui_ci": 0, "link": 1},
    **{"announce": 0, "partner_announces": 0, "phy_jabber": 0, "polarity": 0},
    **{"tx_end_0": 0, "tx_end_1": 0},
}
"""Wires that no part of an adapter drives, with their starting values: the far sides of the AUI, what a MAU
of a twisted pair reports, and ends of frames, which the descriptors know by their length."""

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
    ("tx_busy", "mac_reset"),
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
PAUSE_GATE = Gate(("pause_running", "mac_reset"), (("rx_pause", "pause_loaded"),))
RESET_GATE = Gate(("mac_reset",))
SLOW_GATES = (SLOT_GATE, DEFER_GATE, PAUSE_GATE)


DMA_PINS = memory.PINS
RETRY_BITS = 4
HALF_BIT_FS = 50_000_000
BUS_PERIOD_FS = 40_000_000


DIVIDERS = (
    Divider("slot_clk", slow_clocks.SLOT_NIBBLES, slow_clocks.BACKOFF_LEAD, SLOT_GATE),
    Divider("slot_clk", slow_clocks.SLOT_NIBBLES, slow_clocks.PAUSE_LEAD, RESET_GATE),
    Divider("defer_clk", slow_clocks.DEFER_NIBBLES, slow_clocks.DEFER_LEAD, DEFER_GATE),
    Divider("pause_clk", slow_clocks.SLOT_NIBBLES, slow_clocks.PAUSE_LEAD, PAUSE_GATE),
)
HOST_MEMORY_OCTETS = 1 << 18


@dataclass(frozen=True, slots=True)
class Station:
    """What differs between adapters.

    `address` (six octets), `crystal_ppm`, the run's `seed`; whether a late collision is retried, and whether
    collisions are late 512 bits after the SFD or after the first bit of the preamble; whether the PHY
    negotiates, as on a twisted pair; the times of its carrier sense; whether its receive clock runs between
    frames; modules with other circuits in their places (`hw.substitute`).
    """

    address: bytes
    crystal_ppm: float
    seed: int
    late_retry: bool = False
    late_from_sfd: bool = False
    negotiates: bool = False
    carrier: Times = TIMES
    running: bool = False
    circuits: tuple[tuple[str, str], ...] = ()

    @property
    def number(self) -> int:
        """The address as straps carry it, first octet on top."""
        return int.from_bytes(self.address, "big")


def straps(station: Station) -> dict[str, int]:
    """Pins by which one adapter differs from another.

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


def physical_layer(
    half_bit_fs: int, phase_ps: int, carrier: Times = TIMES, *, running: bool = False
) -> tuple[Part, ...]:
    """What stands around MAC and PHY: the analogue half of the receiver, the transmit crystal and its
    divisions."""
    return (
        CarrierSense(carrier),
        ClockRecovery("rx_bit_clk", "rx_clk", running),
        TransmitCrystal(half_bit_fs, phase_ps, BIT_GATE, TX_GATE),
        *DIVIDERS,
    )


def _states(signal: str, inner: Inner, machine: Any, *, events: bool = False) -> Probe:
    return Probe(signal, inner, "adapter.mac", events, states=tuple(machine._names))


PROBES = (
    *lines("irq", "tx_en", "col", "link", "polarity", "full_duplex", events=True),
    *lines("backoff_slots", port="adapter.mac", events=True),
    Probe("attempts", Inner("mac_transmit", "transmit_link.retries"), "adapter.mac", True, RETRY_BITS),
    _states(
        "transmit_state", Inner("mac_transmit", "bit_transmitter.state"), bit_transmitter.State, events=True
    ),
    _states("receive_state", Inner("mac_receive", "state"), receive.State, events=True),
    *lines("aui_do", "aui_do_active", "aui_di", "aui_di_active", "txd", "crs", "rxd", "rx_dv"),
    *lines("s_stb", "s_we", "s_adr", "m_stb", "m_we", "m_adr"),
    _states("link_state", Inner("mac_transmit", "transmit_link.state"), transmit_link.State),
    _states("deference_state", Inner("mac_transmit", "deference.state"), deference.State),
    *lines("aui_ci", port="mau"),
)
"""The lines of an adapter that are recorded, in the order of the waveform."""


@cache
def _modules(circuits: tuple[tuple[str, str], ...]) -> tuple[tuple[Module, ...], tuple[Probe, ...]]:
    """The modules, with `circuits` in the places of some; and the probes, but for those of registers that
    such a circuit does not have."""
    places = dict(circuits)
    probes = []
    for probe in PROBES:
        if isinstance(probe.source, Inner) and probe.source.circuit in places:
            inner = Inner(places[probe.source.circuit], probe.source.register)
            if inner.register in CIRCUITS[inner.circuit].probes:
                probes.append(replace(probe, source=inner))
        else:
            probes.append(probe)
    modules = (Module(places[one.circuit], one.renamed) if one.circuit in places else one for one in MODULES)
    return tuple(modules), tuple(probes)


def adapter(name: str, station: Station) -> Unit:
    """The adapter `name`; the ends of its AUI are wires of the unit."""
    rate = 1 - station.crystal_ppm * 1e-6  # a crystal that is fast has a shorter period
    bus_fs, half_bit_fs = round(BUS_PERIOD_FS * rate), round(HALF_BIT_FS * rate)
    bus_phase = chance(station.seed, station.number, 0) % (bus_fs // 1000)
    phase = chance(station.seed, station.number, 1) % (half_bit_fs * TICKS_PER_NIBBLE // 1000)
    modules, probes = _modules(station.circuits)
    parts: tuple[Part, ...] = (
        *modules,
        Memory(HOST_MEMORY_OCTETS, DMA_PINS),
        Bus(),
        Crystal("bus_clk", bus_fs, bus_phase, BUS_GATE, BUS_CLOCK),
        Crystal("reg_clk", bus_fs, bus_phase, REGISTER_GATE, BUS_CLOCK),
        Crystal("mdc", bus_fs, bus_phase, MDC_GATE, divisor="mii_divider"),
        *physical_layer(half_bit_fs, phase, station.carrier, running=station.running),
    )
    return Unit(name, "adapter", parts, OUTSIDE | straps(station), probes=probes)
