"""All boxes by name: the modules that each is made of, and the pins that are left when they are joined.

A box here is what could be made in silicon. Crystals, clock recovery and the comparators behind the AUI stay
outside (`hw.analogue`), so their ends are pins: clocks come in, and for each clock that may stand still an
output tells whether it is needed. A box of one module is that module.

Modules of a box are joined by wires, as `hw.netlist` describes: by name, but for what is renamed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hw.adapter import netlist as adapter
from hw.adapter.netlist import Station
from hw.gate import Gate
from hw.hub import netlist as hub
from hw.mau import netlist as mau
from hw.netlist import Bus, Module
from hw.ports import Direction, Port, out
from hw.switch import netlist as switch


@dataclass(frozen=True, slots=True)
class Box:
    """What it is, its modules, its pins, and those of them that are gates of clocks."""

    meaning: str
    instances: tuple[Module, ...]
    pins: tuple[Port, ...]
    gates: Mapping[str, Gate] = field(default_factory=dict)

    def joints(self, instance: Module) -> Iterator[tuple[Port, str]]:
        """Each port of a module and the wire at it."""
        yield from instance.joints()

    def wires(self) -> list[Port]:
        """The wires inside that are no pins, as the ports that drive them, under their own names."""
        pins = {pin.name for pin in self.pins}
        return [wire for wire in _wires(self.instances) if wire.name not in pins]


def _wires(instances: Sequence[Module]) -> list[Port]:
    """All wires of a box, in the order in which the modules name them; OUT if a module drives it."""
    wires: dict[str, Port] = {}
    for instance in instances:
        for port, name in instance.joints():
            if name not in wires or port.direction is Direction.OUT:
                wires[name] = Port(name, port.direction, port.width, port.meaning, port.initial)
    return list(wires.values())


def _box(meaning: str, instances: tuple[Module, ...], pins: Sequence[str], gates: Mapping[str, Gate]) -> Box:
    """A box whose `pins` are wires: inputs if no module drives them."""
    wires = {wire.name: wire for wire in _wires(instances)}
    runs = [out(name, 1, f"the clock is needed: {name.removesuffix('_run')}") for name in gates]
    return Box(meaning, instances, (*(wires[name] for name in pins), *runs), gates)


BOXES: dict[str, Box] = {
    "adapter": _box(
        "The LAN adapter: bus side, MAC and PHY.",
        adapter.MODULES,
        (
            *("bus_clk", "reg_clk", "mdc", "tx_clk", "bit_clk", "slot_clk", "defer_clk", "pause_clk"),
            *("rx_clk", "rx_bit_clk"),
            *Bus().pins,
            *adapter.DMA_PINS,
            *("aui_do", "aui_do_active", "looped", "crs", "col"),
            *("rx_bit", "rx_valid", "rx_violation", "rx_skip", "rx_dv", "rx_busy"),
            *adapter.straps(Station(bytes(6), 0, 0)),
            *("loopback", "phy_loopback", "phy_isolate", "phy_full_duplex", "phy_collision_test"),
            *("link", "announce", "partner_announces", "phy_jabber", "polarity", "mii_divider"),
            *("tx_end_0", "tx_end_1"),
        ),
        {
            "bus_run": adapter.BUS_GATE,
            "reg_run": adapter.REGISTER_GATE,
            "mdc_run": adapter.MDC_GATE,
            "tx_run": adapter.TX_GATE,
            "bit_run": adapter.BIT_GATE,
            "slot_run": adapter.SLOT_GATE,
            "defer_run": adapter.DEFER_GATE,
            "pause_run": adapter.PAUSE_GATE,
        },
    ),
    "hub": _box(
        "The repeater hub's core, without its ports; core_clk is also needed while there is carrier.",
        hub.CORE_MODULES,
        (
            *("core_clk", "half_clk"),
            *("carrier", "signal_quality", "linked", "word", "selected", "td", "drive", "hold"),
            *("start_delay", "jam_delay", "transmit_limit", "limit_pause", "recovery"),
        ),
        {"core_run": Gate(("core_busy",)), "half_run": hub.HALF_GATE},
    ),
    "mau": _box(
        "The MAU's control circuits.",
        mau.MODULES,
        (
            *("mau_clk", "jabber_clk", "aui_do_active", "powered", "aui_ci", "collision", "jabber"),
            *("sqe_enable", "jabber_ms", "unjab_ms"),
        ),
        {"mau_run": mau.MAU_GATE, "jabber_run": mau.JABBER_GATE},
    ),
    "switch": _box(
        "The switch's core, without its ports; core_clk and relay_clk are also needed while a port asks.",
        switch.CORE_MODULES,
        (
            *("core_clk", "relay_clk", "second_clk"),
            *("store_requests", "fetch_requests", "store_choice", "fetch_choice"),
            *("store_grant", "fetch_grant"),
            *("offers", "linked", "rooms", "idle_ports", "turn", "serving", "source_port"),
            *("header_0", "header_1", "header_2", "slot", "length"),
            *("early", "taken_early", "early_port", "sound"),
            *("served", "copies", "found_port", "enqueue", "refused", "finish", "queued"),
            *("t_adr", "t_dat_w", "t_we", "t_stb", "t_dat_r", "ageing_time", "bucket_mask"),
            *("learnt", "moved", "unlearnt", "destination", "sender", "targets", "known", "relayed"),
        ),
        {
            "core_run": Gate(("core_busy",)),
            "relay_run": Gate(("relay_busy",)),
            "second_run": switch.SECOND_GATE,
        },
    ),
}
"""What hosts and cables are joined by."""
