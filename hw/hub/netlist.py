"""The hub's netlist: n port modules and one core, so that a port count compiles nothing.

    port 1   clock recovery -- hub_port_receive --.        .-- carrier, word
             hub_partition ------------------------ backplane -- hub_core -- hub_encoder
             line driver --------------------------'        '-- td, drive, hold
    port 2   ...                                               10 MHz        20 MHz

The hub has one crystal: 20 MHz for half bits, every second tick for bits, every eighth for the partitioning
of ports; each port's receiver runs on the clock recovered from its line. `hw.netlist` says how parts are
joined.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw.analogue.chance import chance
from hw.analogue.events import BIT_CLOCK
from hw.gate import Gate
from hw.hub import core, sizes
from hw.netlist import Backplane, Item, Unit
from hw.parts import ClockRecovery, Crystal, Inner, Module, Probe, lines

PORT_MODULES = (
    Module("hub_port_receive"),
    Module(
        "hub_partition", {"receiving": "aui_di_active", "repeating": "aui_do_active", "collision": "aui_ci"}
    ),
)
CORE_MODULES = (Module("hub_core"), Module("hub_encoder"))
PORT_WIRES = {
    **{"aui_do": 1, "aui_do_active": 0, "aui_di": 1, "aui_di_active": 0, "aui_ci": 0},
    **{"looped": 0, "full_duplex": 0, "loopback": 0, "phy_loopback": 0, "phy_isolate": 0},
    **{"rx_skip": 0, "rx_dv": 0, "rx_busy": 0},
}
"""A port's wires that no part of it drives, with their starting values: its AUI, and what a PHY's registers
would say to clock recovery."""
CORE_WIRES = {"any_carrier": 0, "carrier": 0, "signal_quality": 0, "word": 0}
"""The core's wires that the backplane drives."""
MOST_PORTS = sizes.MOST_PORTS

PARTITION_GATE = Gate(
    ("partition_busy",),
    (
        ("aui_di_active", "receiving_seen"),
        ("aui_do_active", "repeating_seen"),
        ("aui_ci", "collision_seen"),
    ),
)
CORE_GATE = Gate(("any_carrier", "core_busy"))
HALF_GATE = Gate(("tx_on", "sending"))

HALF_BIT_FS = 50_000_000
BITS_PER_PORT_TICK = 4


@dataclass(frozen=True, slots=True)
class Repeater:
    """What differs between hubs: crystal, run, and what clause 9 leaves to the maker, in bit times.

    `number` is its place among the hubs, for chance. Facts and defaults: IEEE 802.3 clause 9.6.4 to 9.6.6.
    """

    number: int
    seed: int
    crystal_ppm: float = 0.0
    start_delay: int = 11
    """From carrier at a port to the first edge at the others, rounded up to the hub's own bits; at most 8
    between two AUIs. Carrier on a pair comes with its squelch, two bit times after the first edge."""
    jam_delay: int = 5
    """From a collision at a port to jam at the others, rounded up in the same way; at most 6.5."""
    transmit_limit: int = 65_536
    """Tw3, MAU jabber lockup protection: 40,000 to 75,000."""
    limit_pause: int = 96
    """Tw4: 96 to 116."""
    recovery: int = 10
    """Tw1."""
    collision_limit: int = 31
    """CCLimit: more than 30."""
    clean_time: int = 512
    """Tw5: 450 to 560; what lasts that long is long enough."""
    long_collision: int = 1_100
    """Tw6: 1,000 to 30,000."""
    send_only: bool = False
    """The alternative algorithm of reconnection: only what the hub sends to the port counts."""


TICKS_TO_LINE = 5
JAM_TICKS_TO_LINE = 5
"""Bit times from carrier to the line that are none of the straps': synchronisers, state machine, encoder."""

WATCH_TICKS = 2
"""Ticks of the port's clock with which its state machine begins to count and ends."""


def core_straps(hub: Repeater) -> dict[str, int]:
    """The core's strap pins."""
    return {
        "start_delay": hub.start_delay - TICKS_TO_LINE,
        "jam_delay": hub.jam_delay - JAM_TICKS_TO_LINE,
        "transmit_limit": hub.transmit_limit,
        "limit_pause": hub.limit_pause,
        "recovery": hub.recovery,
    }


def port_straps(hub: Repeater) -> dict[str, int]:
    """The strap pins of each port."""
    return {
        "collision_limit": hub.collision_limit,
        "long_collision": hub.long_collision // BITS_PER_PORT_TICK,
        "clean_time": hub.clean_time // BITS_PER_PORT_TICK - WATCH_TICKS,
        "send_only": int(hub.send_only),
    }


def line(number: int, port: int) -> int:
    """Where hub `number`, or one of its ports from 1 on, draws its chance: beyond all station addresses."""
    return 1 << 48 | number << 8 | port


CORE_PROBES = (
    *lines("selected", events=True),
    Probe("state", Inner("hub_core", "state"), events=True, states=tuple(core.State._names)),
    *lines("carrier", "signal_quality", "tx_bit", "td", "drive", "hold"),
)
PORT_PROBES = (
    *lines("partitioned", "aui_ci", "link", events=True),
    *lines("aui_di", "aui_di_active", "aui_do", "aui_do_active"),
)


def hub(name: str, repeater: Repeater, cabled: Sequence[bool]) -> list[Item]:
    """The hub `name`, with as many ports as `cabled` says whether a cable is at them: core, ports,
    backplane."""
    half_bit = round(HALF_BIT_FS * (1 - repeater.crystal_ppm * 1e-6))
    port_tick = 2 * BITS_PER_PORT_TICK * half_bit
    phase = chance(repeater.seed, line(repeater.number, 0), 0) % (port_tick // 1000)
    linked = sum(bool(cable) << number for number, cable in enumerate(cabled))
    middle = Unit(
        name,
        "core",
        (
            *CORE_MODULES,
            Crystal("core_clk", 2 * half_bit, phase, CORE_GATE, BIT_CLOCK),
            Crystal("half_clk", half_bit, phase, HALF_GATE, BIT_CLOCK),
        ),
        CORE_WIRES | core_straps(repeater) | {"linked": linked},
        probes=CORE_PROBES,
    )
    parts = (
        *PORT_MODULES,
        ClockRecovery("port_bit_clk", ""),
        Crystal("port_clk", port_tick, phase, PARTITION_GATE),
    )
    given = PORT_WIRES | port_straps(repeater)
    ports = [
        Unit(name, f"port{number}", parts, given | {"link": int(cable)}, probes=PORT_PROBES)
        for number, cable in enumerate(cabled, start=1)
    ]
    return [middle, *ports, Backplane(middle, tuple(ports))]
