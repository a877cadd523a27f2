"""The switch's netlist: n port modules and one core, so that a port count compiles nothing.

    port 1   MAC and PHY -- switch_ingress --.            .-- switch_arbiter
             as an adapter's switch_egress --+-- fabric --+-- switch_relay -- table's memory
             switch_transit, switch_duplex   |      |     '-- switch_ageing
    port 2   ...  --------------------------'   packet memory

A port has the adapter's MAC and PHY (`hw.adapter.netlist`), with what an adapter's registers would say on
strap pins, and in the place of its bus side the two ways to the fabric. What the fabric is,
`hw.switch.fabric` says.

The switch has one crystal: 100 MHz for core and ports behind a gate each, a fifth of it for half bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hw.adapter.netlist import MAC_AND_PHY, physical_layer
from hw.analogue.chance import chance
from hw.analogue.crystal import TICKS_PER_NIBBLE
from hw.analogue.events import BUS_CLOCK, SLOW_CLOCK
from hw.analogue.memory import WHOLE_WORD
from hw.gate import Gate
from hw.netlist import Fabric, Item, Unit
from hw.parts import Crystal, Memory, Module, lines
from hw.switch import sizes
from hw.switch.duplex import HALF_DUPLEX_IPGT
from hw.switch.table import ENTRY_OCTETS, WAYS

MOST_PORTS = sizes.MOST_PORTS

PORT_MODULES = (
    Module("switch_ingress"),
    Module("switch_egress"),
    Module("switch_transit"),
    Module("switch_duplex"),
    *MAC_AND_PHY,
)
CORE_MODULES = (Module("switch_arbiter"), Module("switch_relay"), Module("switch_ageing"))
FROM_FABRIC = (
    *("store_granted", "served", "copies", "found_port", "returned", "returned_buffer"),
    *("enqueue", "queued", "finish", "refused", "fetch_granted", "fetched"),
)
PORT_WIRES = {"aui_di": 1, "aui_di_active": 0, "aui_ci": 0, "partner_announces": 0} | dict.fromkeys(
    FROM_FABRIC, 0
)
"""A port's wires that no part of it drives, with their starting values: its AUI and what comes from the
fabric."""
TO_CORE = (
    *("any_store_request", "any_fetch_request", "any_offer", "store_requests", "fetch_requests", "offers"),
    *("source_port", "header_0", "header_1", "header_2", "buffer_number", "length"),
    *("early", "taken_early", "early_port", "sound"),
)
CORE_WIRES = dict.fromkeys(TO_CORE, 0) | {"t_sel": WHOLE_WORD}
"""The core's wires that the fabric drives, or that stay as they are."""
TABLE_PINS = ("t_adr", "t_dat_w", "t_sel", "t_we", "t_stb", "t_dat_r", "t_ack", "t_err")
"""The table's memory (`hw.analogue.memory`), in the order of an adapter's DMA pins."""

_PULSES_IN = ("store_granted", "served", "returned")
_PULSES_OUT = ("enqueue", "finish", "refused", "fetch_granted")
INGRESS_GATE = Gate(
    ("ingress_busy", *_PULSES_IN),
    tuple(
        (toggle, f"ingress_seen[{place}]")
        for place, toggle in enumerate(("tx_pause_done", "rx_end", "rx_full_1", "rx_full_0"))
    ),
)
EGRESS_GATE = Gate(
    ("egress_busy", *_PULSES_OUT),
    tuple(
        (toggle, f"egress_seen[{place}]")
        for place, toggle in enumerate(("tx_done", "tx_rewind", "tx_taken_1", "tx_taken_0", "quarter"))
    ),
)
TRANSIT_GATE = Gate(("holding",))
DUPLEX_GATE = Gate(
    (),
    tuple(
        (pin, f"duplex_seen[{place}]")
        for place, pin in enumerate(("link", "partner_announces", "full_duplex_forced", "negotiates"))
    ),
)
CORE_GATE = Gate(("any_store_request", "any_fetch_request", "core_busy"))
RELAY_GATE = Gate(("any_offer", "relay_busy"))
SECOND_GATE = Gate(("ageing",), (("stamped", "stamped_seen"),))

TICK_FS = 10_000_000
TICKS_PER_HALF_BIT = 5
SECOND_TICKS = 100_000_000
TRANSIT_TICKS = 25_000_000
DUPLEX_TICKS = 40


@dataclass(frozen=True, slots=True)
class Bridge:
    """What differs between switches; `number` is the place among them, for addresses and chance.

    Facts and defaults: 802.1D 7.9.2 for the ageing time; the others are the maker's.
    """

    number: int
    seed: int
    crystal_ppm: float = 0.0
    ageing_s: int = 300
    """Seconds after which a station that sends nothing is forgotten: 10 to 1,000,000."""
    cut_through: bool = False
    """A frame for one idle port leaves as soon as its addresses have come."""
    addresses: int = 8192
    """Entries of the address table: a power of two, 4 to 8,192."""
    buffers: int = 32
    """Frames that wait, of those that came in at one port: 1 to 32."""
    pause_above: int = 12
    """Those above which the port's far end is asked to pause; 20 below `buffers` loses none."""
    resume_at: int = 4
    """Those at which it may go on."""


@dataclass(frozen=True, slots=True)
class PortMode:
    """What differs between ports: whether it negotiates, and whether it has full duplex unasked."""

    negotiates: bool = True
    full_duplex: bool = False


def core_straps(bridge: Bridge, links: Sequence[bool]) -> dict[str, int]:
    """The core's strap pins, and what the fabric shows at first. `links`: whether each port has one."""
    every = (1 << len(links)) - 1
    return {
        "ageing_time": bridge.ageing_s,
        "bucket_mask": bridge.addresses // WAYS - 1,
        "linked": sum(link << number for number, link in enumerate(links)),
        "rooms": every,
        "idle_ports": every,
    }


MODES = {
    **{"rx_enable": 1, "promiscuous": 1, "reject_broadcast": 0, "individual_hash": 0, "ignore_gap": 0},
    **{"huge_enable": 0, "delay_crc": 0, "pass_all": 0, "rx_flow": 1, "hash_0": 0, "hash_1": 0},
    **{
        "min_frame": 64,
        "max_frame": 1518,
        "collision_valid": 0x3F,
        "max_retry": 15,
        "tx_pad": 0,
        "tx_crc": 0,
    },
    **{"ipgr1": 0x0C, "ipgr2": HALF_DUPLEX_IPGT, "no_preamble": 0, "no_backoff": 0, "wait_forever": 1},
    **{"late_retry": 0, "late_from_sfd": 0, "loopback": 0, "phy_loopback": 0, "phy_isolate": 0},
    **{"phy_collision_test": 0, "mac_reset": 0},
}
"""What a driver would write into an adapter's registers: every frame is taken, and sent as it is."""


def port_straps(bridge: Bridge, port: int, mode: PortMode, *, link: bool) -> dict[str, int]:
    """The strap pins of port `port`, from 1 on, and whether it has a link in the beginning."""
    address = 0x02_54_4B << 24 | bridge.number << 8 | port
    return MODES | {
        "link": int(link),
        "negotiates": int(mode.negotiates),
        "full_duplex_forced": int(mode.full_duplex),
        "cut_through": int(bridge.cut_through),
        "buffers": bridge.buffers,
        "pause_above": bridge.pause_above,
        "resume_at": bridge.resume_at,
        "station_address": address,
        "station_seed": address ^ chance(bridge.seed, 0, 0) >> 16,
    }


def line(number: int, port: int) -> int:
    """Where switch `number`, or one of its ports from 1 on, draws its chance: beyond addresses and hubs."""
    return 1 << 49 | number << 8 | port


CORE_PROBES = (
    *lines(
        "source_port", "sender", "destination", "learnt", "moved", "unlearnt", "known", "targets", events=True
    ),
    *lines("relayed", events=True),  # it changes when the others have
    *lines("offers", "serving", "enqueue", "refused", "store_grant", "fetch_grant"),
)
COUNTERS = (
    *("received", "bad", "no_buffer", "filtered", "sent", "unsent", "queue_full", "delay_exceeded"),
    *("collisions", "late_collisions"),
)
PORT_PROBES = (
    *lines(*COUNTERS, "full_duplex", "pause_running", "tx_pause", events=True),
    *lines("aui_di", "aui_di_active", "aui_do", "aui_do_active", "rx_dv", "tx_en", "offer", "room"),
)


def switch(name: str, bridge: Bridge, modes: Sequence[PortMode], cabled: Sequence[bool]) -> list[Item]:
    """The switch `name` with a port for each of `modes`: core, ports, fabric. `cabled` says which have
    somebody at the other end."""
    tick = round(TICK_FS * (1 - bridge.crystal_ppm * 1e-6))
    half_bit = TICKS_PER_HALF_BIT * tick
    nibble_ps = half_bit * TICKS_PER_NIBBLE // 1000
    phase = chance(bridge.seed, line(bridge.number, 0), 0) % nibble_ps

    def crystal(clock: str, ticks: int, gate: Gate, residue: int = SLOW_CLOCK) -> Crystal:
        return Crystal(clock, ticks * tick, phase, gate, residue)

    core = Unit(
        name,
        "core",
        (
            *CORE_MODULES,
            Memory(bridge.addresses * ENTRY_OCTETS, TABLE_PINS),
            crystal("core_clk", 1, CORE_GATE, BUS_CLOCK),
            crystal("relay_clk", 1, RELAY_GATE, BUS_CLOCK),
            crystal("second_clk", SECOND_TICKS, SECOND_GATE),
        ),
        CORE_WIRES | core_straps(bridge, cabled),
        probes=CORE_PROBES,
    )
    parts = (
        *PORT_MODULES,
        *physical_layer(half_bit, phase),
        crystal("ingress_clk", 1, INGRESS_GATE, BUS_CLOCK),
        crystal("egress_clk", 1, EGRESS_GATE, BUS_CLOCK),
        crystal("transit_clk", TRANSIT_TICKS, TRANSIT_GATE),
        crystal("duplex_clk", DUPLEX_TICKS, DUPLEX_GATE),
    )
    ports = []
    for number, (mode, link) in enumerate(zip(modes, cabled, strict=True), start=1):
        given = PORT_WIRES | port_straps(bridge, number, mode, link=link)
        ports.append(Unit(name, f"port{number}", parts, given, probes=PORT_PROBES))
    return [core, *ports, Fabric(core, tuple(ports), sizes.WORD_BITS, sizes.PLACE_BITS)]
