"""All boxes by name: the modules that each is made of, and the pins that are left when they are joined.

A box here is what could be made in silicon. Crystals, clock recovery and the comparators behind the AUI stay
outside (`hw.analogue`), so their ends are pins: clocks come in, and for each clock that may stand still an
output shows whether it is needed. A box of one module is that module.

Modules are joined by wires, as `hw.netlist` describes: by name, but for what is renamed. A hub and a switch
have as many ports as are asked for. The wire `x` of a port is its slice of a vector `port_x`, the first
port's lowest, unless it is joined to the core (`Harness`). What nothing in the box drives is an input, what
nothing reads is an output.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hw.adapter import netlist as adapter
from hw.adapter.netlist import Station
from hw.gate import Gate, bit_of
from hw.hub import netlist as hub
from hw.mac import netlist as mac
from hw.mau import netlist as mau
from hw.modules import MODULES, Circuit
from hw.parts import Bus, Module
from hw.phy import netlist as phy
from hw.ports import Direction, Port, into, out
from hw.reset import RESET, exported_ports
from hw.switch import fabric
from hw.switch import netlist as switch

FEWEST_PORTS = 2
PORTS = 4
"""Of a hub or switch, if nothing else is asked for."""


class End(NamedTuple):
    """What is joined: `width` bits of a wire of `of` bits, from `first` on."""

    wire: str
    of: int
    first: int
    width: int


class Instance(NamedTuple):
    """A circuit in a box, by the name of its module in Verilog, and what is joined to each of its ports."""

    module: str
    joints: tuple[tuple[Port, End], ...]


class Run(NamedTuple):
    """An output that is high while a clock is needed: a bit of one of `levels` is high, or the ends of one of
    `pairs` differ."""

    output: End
    levels: tuple[End, ...]
    pairs: tuple[tuple[End, End], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """What it is; circuits by the names of their modules; instances of these; pins; wires inside; outputs
    that show which clocks are needed; wires whose level never changes; wires that nothing reads."""

    meaning: str
    circuits: Mapping[str, Circuit]
    instances: tuple[Instance, ...]
    pins: tuple[Port, ...]
    wires: tuple[Port, ...]
    runs: tuple[Run, ...] = ()
    tied: tuple[tuple[Port, int], ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Harness:
    """How each port's modules are joined to the core's: names that a port's wires have there, and straps that
    all ports have in common."""

    modules: tuple[Module, ...] = ()
    gates: Mapping[str, Gate] = field(default_factory=dict)
    core: Mapping[str, str] = field(default_factory=dict)
    common: frozenset[str] = frozenset()


class _Builder:
    """Collects the instances and the wires of a box."""

    def __init__(self, ports: int, harness: Harness) -> None:
        self._ports = ports
        self._harness = harness
        self._read: set[str] = set()
        self._driven: set[str] = set()
        self._wires: dict[str, Port] = {}
        self._circuits: dict[str, Circuit] = {}
        self._instances: list[Instance] = []
        self._runs: list[Run] = []
        self._tied: dict[str, int] = {}

    def place(self, module: Module, number: int | None = None) -> None:
        """Add an instance, to port `number` or to the core."""
        circuit = MODULES[module.circuit]
        name = f"{module.circuit}_{self._ports}" if circuit.has_bundles else module.circuit
        self._circuits[name] = circuit.with_ports(self._ports)
        joints = tuple(
            (port, self._join(replace(port, name=module.renamed.get(port.name, port.name)), number))
            for port in exported_ports(self._circuits[name])
        )
        self._instances.append(Instance(name, joints))

    def gate(self, run: str, gate: Gate, number: int | None = None) -> None:
        """Add an output that shows whether a clock is needed."""
        output = self._join(out(1, f"the clock is needed: {run.removesuffix('_run')}")(run), number)
        levels = tuple(self._known(level, number) for level in gate.levels)
        pairs = tuple((self._known(one, number), self._known(other, number)) for one, other in gate.pairs)
        self._runs.append(Run(output, levels, pairs))

    def tie(self, name: str, level: int) -> None:
        """Give a wire a level for ever."""
        known = self._wires.get(name)
        self._join(out(known.width if known else 1, f"always {level}")(name), None)
        self._tied[name] = level

    def box(self, meaning: str, named: Sequence[str], unused: Mapping[str, str], *, whole: bool) -> Box:
        """The box, with the pins that are `named`, inputs that nothing reads, and all that the wires make
        necessary. Of a `whole` box the outputs that are not named stay inside."""
        self._wires |= {name: into(1, meaning)(name) for name, meaning in unused.items()}
        needed = [
            wire
            for wire in self._wires
            if wire not in named and (wire not in self._driven or (wire not in self._read and not whole))
        ]
        pins = [self._wires[name] for name in (*named, *needed)]
        inner = [wire for wire in self._wires.values() if wire not in pins]
        tied = tuple((self._wires[name], level) for name, level in self._tied.items())
        unread = [wire.name for wire in inner if wire.name not in self._read]
        return Box(
            meaning, self._circuits, tuple(self._instances), tuple(pins), tuple(inner), tuple(self._runs),
            tied, (*unused, *unread),
        )  # fmt: skip

    def _join(self, port: Port, number: int | None) -> End:
        """The end that `port` of an instance is joined to; its wire is added if it is not there yet."""
        wire = self._wire(port.name, number)
        width, meaning = port.width, port.meaning
        if number is not None and wire.startswith("port_"):
            width, meaning = width * self._ports, f"of each port: {meaning}"
        drives = port.direction is Direction.OUT
        if wire not in self._wires or (drives and wire not in self._driven):
            width = self._wires[wire].width if wire in self._wires else width
            self._wires[wire] = replace(port, name=wire, width=width, meaning=meaning)
        (self._driven if drives else self._read).add(wire)
        return self._end(wire, port.width, number)

    def _wire(self, name: str, number: int | None) -> str:
        if number is None or name in self._harness.common or name == RESET.name:
            return name
        if name in self._harness.core:
            return self._harness.core[name]
        return name if name.startswith("port_") else f"port_{name}"

    def _end(self, wire: str, width: int, number: int | None) -> End:
        of = self._wires[wire].width
        return End(wire, of, 0 if number is None or of == width else number * width, width)

    def _known(self, name: str, number: int | None) -> End:
        """The end that a gate looks at."""
        plain, bit = bit_of(name)
        wire = self._wire(plain, number)
        self._read.add(wire)
        of = self._wires[wire].width
        if number is None:
            return End(wire, of, 0, of) if name == plain else End(wire, of, bit, 1)
        return End(wire, of, number * (of // self._ports) + bit, 1)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a box is, its modules and their clocks' gates, and pins that would else be wires inside. Of a
    hub or a switch how its ports are joined, and how many there may be. A `whole` box has no other pins; in
    it are wires `tied` to a level, and pins `unused`, with their meanings."""

    meaning: str
    modules: tuple[Module, ...]
    pins: tuple[str, ...]
    gates: Mapping[str, Gate]
    harness: Harness = Harness()
    most_ports: int = 0
    whole: bool = False
    tied: Mapping[str, int] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)

    def box(self, ports: int = PORTS) -> Box:
        """The box, with `ports` ports if it has any."""
        ports = ports if self.most_ports else 0
        builder = _Builder(ports, self.harness)
        for module in self.modules:
            builder.place(module)
        for number in range(ports):
            for module in self.harness.modules:
                builder.place(module, number)
        for run, gate in self.gates.items():
            builder.gate(run, gate)
        for run, gate in self.harness.gates.items():
            for number in range(ports):
                builder.gate(run, gate, number)
        for wire, level in self.tied.items():
            builder.tie(wire, level)
        return builder.box(self.meaning, self.pins, self.unused, whole=self.whole)


def _either(*gates: Gate) -> Gate:
    """Open while one of `gates` is."""
    levels = (level for gate in gates for level in gate.levels)
    pairs = (pair for gate in gates for pair in gate.pairs)
    return Gate(tuple(dict.fromkeys(levels)), tuple(dict.fromkeys(pairs)))


def alone(name: str) -> Box:
    """The box of one circuit, whose pins are its ports."""
    circuit = MODULES[name]
    ports = exported_ports(circuit)
    joints = tuple((port, End(port.name, port.width, 0, port.width)) for port in ports)
    return Box("", {name: circuit}, (Instance(name, joints),), ports, ())


_SLOW_CLOCKS = Module("slow_clocks")
"""In a simulated network they are dividers (`hw.adapter.netlist`)."""
_MAC_GATES = {"tx_run": _either(adapter.TX_GATE, *adapter.SLOW_GATES), "bit_run": adapter.BIT_GATE}
"""The slow clocks are divided from tx_clk, so that runs while one of them is needed."""

BOXES: dict[str, Kind] = {
    "adapter": Kind(
        "The LAN adapter: bus side, MAC and PHY.",
        (*adapter.MODULES, _SLOW_CLOCKS),
        (
            *("bus_clk", "reg_clk", "mdc", "tx_clk", "bit_clk"),
            *("rx_clk", "rx_bit_clk"),
            *Bus().pins,
            *adapter.DMA_PINS,
            *("aui_do", "aui_do_active", "looped", "crs", "col"),
            *("rx_bit", "rx_valid", "rx_violation", "rx_skip", "rx_dv", "rx_busy"),
            *adapter.straps(Station(bytes(6), 0, 0)),
            *("loopback", "phy_loopback", "phy_isolate", "phy_full_duplex", "phy_collision_test"),
            *("link", "announce", "partner_announces", "phy_jabber", "polarity", "mii_divider"),
            *("tx_end_0", "tx_end_1", "mac_reset"),
        ),
        {
            "bus_run": adapter.BUS_GATE,
            "reg_run": adapter.REGISTER_GATE,
            "mdc_run": adapter.MDC_GATE,
            **_MAC_GATES,
        },
    ),
    "mac": Kind(
        "The MAC: Wishbone slave, DMA master and MII, all that an Ethernet adapter is but for its PHY.",
        mac.MODULES,
        mac.PINS,
        {},
        whole=True,
        tied=mac.TIED,
    ),
    "phy": Kind(
        "The PHY: MII on one side, AUI on the other.",
        phy.MODULES,
        phy.PINS,
        {},
        whole=True,
        tied=phy.TIED,
        unused=phy.UNUSED,
    ),
    "hub": Kind(
        "A repeater hub: core, ports and the backplane between them.",
        (*hub.CORE_MODULES, Module("hub_backplane")),
        ("port_aui_do", "port_aui_do_active", "port_partitioned"),
        {"core_run": hub.CORE_GATE, "half_run": hub.HALF_GATE},
        Harness(
            hub.PORT_MODULES,
            {"port_run": hub.PARTITION_GATE},
            core={"link": "linked"},
            common=frozenset(hub.port_straps(hub.Repeater(0, 0))),
        ),
        hub.MOST_PORTS,
    ),
    "mau": Kind(
        "The MAU's control circuits.",
        mau.MODULES,
        (
            *("mau_clk", "jabber_clk", "aui_do_active", "powered", "aui_ci", "collision", "jabber"),
            *("sqe_enable", "jabber_ms", "unjab_ms"),
        ),
        {"mau_run": mau.MAU_GATE, "jabber_run": mau.JABBER_GATE},
    ),
    "switch": Kind(
        "A switching hub: core, ports and the packet memory between them.",
        (*switch.CORE_MODULES, Module("packet_memory"), Module("offer_select")),
        ("port_aui_do", "port_aui_do_active"),
        {
            "core_run": Gate(("store_requests", "fetch_requests", "core_busy")),
            "relay_run": Gate(("offers", "relay_busy")),
            "second_run": switch.SECOND_GATE,
        },
        Harness(
            (*switch.PORT_MODULES, _SLOW_CLOCKS),
            {
                "ingress_run": switch.INGRESS_GATE,
                "egress_run": switch.EGRESS_GATE,
                "transit_run": switch.TRANSIT_GATE,
                "duplex_run": switch.DUPLEX_GATE,
                **_MAC_GATES,
            },
            core=fabric.GATHERED | fabric.SCATTERED | {name: name for name in fabric.COMMON},
            common=frozenset(switch.MODES) | {"cut_through", "buffers", "pause_above", "resume_at"},
        ),
        switch.MOST_PORTS,
    ),
}
"""What hosts and cables are joined by."""
