"""All boxes by name: the modules that each is made of, and the pins that are left when they are joined.

A box here is what could be made in silicon. Crystals, clock recovery and the comparators behind the AUI stay
outside (`hw.analogue`), so their ends are pins: clocks come in, and for each clock that may stand still an
output tells whether it is needed. A box of one module is that module.

Modules of a box are joined by wires, as `hw.adapter.wiring` describes: by name, but for what is renamed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hw.adapter import wiring
from hw.adapter.wiring import Station
from hw.assembly import Instance
from hw.gate import Gate
from hw.hub import wiring as hub_wiring
from hw.mau import wiring as mau
from hw.modules import MODULES
from hw.ports import Direction, Port, out
from hw.switch import wiring as switch_wiring


@dataclass(frozen=True, slots=True)
class Box:
    """What it is, its modules, its pins, and those of them that are gates of clocks."""

    meaning: str
    instances: tuple[Instance, ...]
    pins: tuple[Port, ...]
    gates: Mapping[str, Gate] = field(default_factory=dict)

    def joints(self, instance: Instance) -> Iterator[tuple[Port, str]]:
        """Each port of a module and the wire at it."""
        for port in MODULES[instance.circuit].ports:
            yield port, instance.renamed.get(port.name, port.name)

    def wires(self) -> list[Port]:
        """The wires inside that are no pins, as the ports that drive them, under their own names."""
        pins = {pin.name for pin in self.pins}
        return [wire for wire in _wires(self.instances) if wire.name not in pins]


def _wires(instances: Sequence[Instance]) -> list[Port]:
    """All wires of a box, in the order in which the modules name them; OUT if a module drives it."""
    wires: dict[str, Port] = {}
    for instance in instances:
        for port in MODULES[instance.circuit].ports:
            name = instance.renamed.get(port.name, port.name)
            if name not in wires or port.direction is Direction.OUT:
                wires[name] = Port(name, port.direction, port.width, port.meaning, port.initial)
    return list(wires.values())


def _box(
    meaning: str, instances: tuple[Instance, ...], pins: Sequence[str], gates: Mapping[str, Gate]
) -> Box:
    """A box whose `pins` are wires: inputs if no module drives them."""
    wires = {wire.name: wire for wire in _wires(instances)}
    runs = [out(name, 1, f"the clock is needed: {name.removesuffix('_run')}") for name in gates]
    return Box(meaning, instances, (*(wires[name] for name in pins), *runs), gates)


BOXES: dict[str, Box] = {
    "adapter": _box(
        "The LAN adapter: bus side, MAC and PHY.",
        wiring.INSTANCES,
        (
            *wiring.CLOCKS,
            *wiring.BUS_PINS,
            *wiring.DMA_PINS,
            *("aui_do", "aui_do_active", "looped", "crs", "col"),
            *("rx_bit", "rx_valid", "rx_violation", "rx_skip", "rx_dv", "rx_busy"),
            *wiring.straps(Station(bytes(6), 0, 0)),
            *("loopback", "phy_loopback", "phy_isolate", "phy_full_duplex", "phy_collision_test"),
            *("link", "announce", "partner_announces", "phy_jabber", "polarity", "mii_divider"),
            *("tx_end_0", "tx_end_1"),
        ),
        {
            "bus_run": wiring.BUS_GATE,
            "reg_run": wiring.REGISTER_GATE,
            "mdc_run": wiring.MDC_GATE,
            "tx_run": wiring.TX_GATE,
            "bit_run": wiring.BIT_GATE,
            "slot_run": wiring.SLOT_GATE,
            "defer_run": wiring.DEFER_GATE,
            "pause_run": wiring.PAUSE_GATE,
        },
    ),
    "hub": _box(
        "The repeater hub's core, without its ports; core_clk is also needed while there is carrier.",
        hub_wiring.CORE_INSTANCES,
        (
            *hub_wiring.CORE_CLOCKS,
            *("carrier", "signal_quality", "linked", "word", "selected", "td", "drive", "hold"),
            *("start_delay", "jam_delay", "transmit_limit", "limit_pause", "recovery"),
        ),
        {"core_run": Gate(("core_busy",)), "half_run": hub_wiring.HALF_GATE},
    ),
    "mau": _box(
        "The MAU's control circuits.",
        mau.INSTANCES,
        (
            *("mau_clk", "jabber_clk", "aui_do_active", "powered", "aui_ci", "collision", "jabber"),
            *("sqe_enable", "jabber_ms", "unjab_ms"),
        ),
        {"mau_run": mau.MAU_GATE, "jabber_run": mau.JABBER_GATE},
    ),
    "switch": _box(
        "The switch's core, without its ports; core_clk and relay_clk are also needed while a port asks.",
        switch_wiring.CORE_INSTANCES,
        (
            *switch_wiring.CORE_CLOCKS,
            *("store_requests", "fetch_requests", "store_grant", "fetch_grant"),
            *("offers", "linked", "rooms", "idle_ports", "serving", "source_port"),
            *("header_0", "header_1", "header_2", "slot", "length"),
            *("early", "taken_early", "early_port", "sound"),
            *("served", "copies", "found_port", "enqueue", "refused", "finish", "queued"),
            *("t_adr", "t_dat_w", "t_we", "t_stb", "t_dat_r", "ageing_time", "bucket_mask"),
            *("learnt", "moved", "unlearnt", "destination", "sender", "targets", "known", "relayed"),
        ),
        {
            "core_run": Gate(("core_busy",)),
            "relay_run": Gate(("relay_busy",)),
            "second_run": switch_wiring.SECOND_GATE,
        },
    ),
}
"""What hosts and cables are joined by."""
