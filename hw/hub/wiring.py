"""How a hub is put together, as data: n port modules and one core, so that a port count compiles nothing.

    port 1   clock recovery -- hub_port_receive --.        .-- carrier, word
             hub_partition ------------------------ backplane -- hub_core -- hub_encoder
             line driver --------------------------'        '-- td, drive, hold
    port 2   ...                                               10 MHz        20 MHz

The hub has one crystal: 20 MHz for half bits, every second tick for bits, every eighth for the partitioning
of ports; each port's receiver runs on the clock recovered from its line. `hw.adapter.wiring` explains the
rest.
"""

from dataclasses import dataclass

from hw.analogue.chance import chance
from hw.analogue.events import BIT_CLOCK, SLOW_CLOCK
from hw.assembly import Instance
from hw.gate import Gate

PORT_INSTANCES = (
    Instance("hub_port_receive"),
    Instance(
        "hub_partition", {"receiving": "aui_di_active", "repeating": "aui_do_active", "collision": "aui_ci"}
    ),
)
CORE_INSTANCES = (Instance("hub_core"), Instance("hub_encoder"))
PORT_CLOCKS = ("port_bit_clk", "port_clk")
CORE_CLOCKS = ("core_clk", "half_clk")
PORT_WIRES = {"aui_do": 1, "aui_do_active": 0, "aui_di": 1, "aui_di_active": 0, "aui_ci": 0, "link": 0}
"""A port's wires that no module drives, with their starting values: an AUI, and the link."""
CORE_WIRES = {"any_carrier": 0}
MOST_PORTS = 64

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
class Oscillation:
    """A clock that ticks every `half_bits` ticks of the hub's crystal while `gate` is open."""

    clock: str
    half_bits: int
    residue: int
    gate: Gate


CORE_OSCILLATIONS = (
    Oscillation("core_clk", 2, BIT_CLOCK, CORE_GATE),
    Oscillation("half_clk", 1, BIT_CLOCK, HALF_GATE),
)
PORT_OSCILLATION = Oscillation("port_clk", 2 * BITS_PER_PORT_TICK, SLOW_CLOCK, PARTITION_GATE)


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
    """Tw5: 450 to 560; what lasts so long is long enough."""
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


@dataclass(frozen=True, slots=True)
class Timing:
    """Period (fs) and phase (ps) of a hub's crystal."""

    half_bit_fs: int
    phase_ps: int


def timing(hub: Repeater) -> Timing:
    """As `hw.adapter.wiring.timing`."""
    half_bit = round(HALF_BIT_FS * (1 - hub.crystal_ppm * 1e-6))
    period_ps = half_bit * PORT_OSCILLATION.half_bits // 1000
    return Timing(half_bit, chance(hub.seed, line(hub.number, 0), 0) % period_ps)
