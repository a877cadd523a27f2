"""Parts of a netlist: circuits, and what is not a circuit, as data.

A part names the wires that it is joined to; what is called alike at two parts of a unit is one wire
(`hw.netlist`). What the parts that are no circuits do is in `hw.analogue`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hw.analogue.carrier_sense import Times
from hw.analogue.events import SLOW_CLOCK
from hw.analogue.transceiver import Tolerances
from hw.gate import Gate
from hw.modules import MODULES
from hw.ports import Port

ONE_BIT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One circuit, and wires that are called otherwise than its ports. A constant: two are the same when they
    are one object."""

    circuit: str
    renamed: Mapping[str, str] = field(default_factory=dict)

    def joints(self) -> Iterator[tuple[Port, str]]:
        """Each port of the circuit and the wire at it."""
        for port in MODULES[self.circuit].ports:
            yield port, self.renamed.get(port.name, port.name)

    @property
    def clock(self) -> str:
        """The wire at its clock port, "" for none."""
        name = MODULES[self.circuit].clock
        return self.renamed.get(name, name)


@dataclass(frozen=True, slots=True)
class Crystal:
    """A crystal with one output, which ticks while `gate` is open (`hw.analogue.crystal.Crystal`).

    `divisor` names the wire whose number the output is divided by, "" for none.
    """

    clock: str
    period_fs: int
    phase_ps: int
    gate: Gate
    residue: int = SLOW_CLOCK
    divisor: str = ""


@dataclass(frozen=True, slots=True)
class TransmitCrystal:
    """The 20 MHz crystal of a PHY, and its eighth for the MAC (`hw.analogue.crystal.TransmitCrystal`)."""

    half_bit_fs: int
    phase_ps: int
    bit_gate: Gate
    tx_gate: Gate
    bit_clk: str = "bit_clk"
    tx_clk: str = "tx_clk"


ENCODER = ("tx_en", "aui_do_active", "aui_do", "loopback", "phy_loopback", "phy_isolate")
"""Wires that decide whether a nibble may be encoded at once."""


@dataclass(frozen=True, slots=True)
class Divider:
    """A slow clock divided from the unit's transmit crystal (`hw.analogue.crystal.Divider`).

    `clock` ticks every `nibbles` ticks of tx_clk after `gate` has opened, the first time `lead` ticks sooner.
    """

    clock: str
    nibbles: int
    lead: int
    gate: Gate


@dataclass(frozen=True, slots=True)
class ClockRecovery:
    """The clock and the bits of what is received (`hw.analogue.clock_recovery`). `clk` may be "", if
    nothing needs it. Clocks that are `running` tick between frames too."""

    bit_clk: str
    clk: str
    running: bool = False


@dataclass(frozen=True, slots=True)
class CarrierSense:
    """The PHY's comparators at the AUI (`hw.analogue.carrier_sense`)."""

    times: Times


@dataclass(frozen=True, slots=True)
class Memory:
    """Words of 32 bits behind a bus (`hw.analogue.memory`). `pins`: address, data to write, octets to
    write, write, strobe, data read, acknowledge, error."""

    octets: int
    pins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bus:
    """The processor's side of a Wishbone slave, and its interrupt line: what a driver works."""

    pins: tuple[str, ...] = ("s_adr", "s_dat_w", "s_we", "s_stb", "s_ack", "s_err", "s_dat_r", "irq")


@dataclass(frozen=True, slots=True)
class Transceiver:
    """The signal path of a MAU, between its AUI and what its cable is joined to (`hw.analogue.transceiver`).

    `aui` and `path` are each the data-out pair, whether it is driven, the data-in pair and whether that is.
    """

    aui: tuple[str, ...]
    path: tuple[str, ...]
    tolerances: Tolerances
    seed: int
    line: int


@dataclass(frozen=True, slots=True)
class Defects:
    """What may break in the signal path of a MAU (`hw.analogue.defects`), controlled by wires of that name.

    `aui` and `path` are as of `Transceiver`.
    """

    aui: tuple[str, ...]
    path: tuple[str, ...]
    seed: int
    line: int


@dataclass(frozen=True, slots=True)
class TwistedPairPath:
    """The signal path of a 10BASE-T MAU (`hw.analogue.twisted_pair`). With `pulses` it sends link pulses."""

    pulses: bool
    seed: int
    line: int


@dataclass(frozen=True, slots=True)
class SignalGenerator:
    """An instrument that drives what no adapter would (`hw.analogue.generator`). `pins`: the data-out pair,
    whether it is driven, and whether something comes in, which may trigger it."""

    pins: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class PowerUp:
    """What becomes of a wire in the instant in which time begins."""

    wire: str
    value: int


@dataclass(frozen=True, slots=True)
class Inner:
    """A register inside a circuit: `register`, or `part.register` when the circuit is made of parts."""

    circuit: str
    register: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A line that is recorded: always if events are decoded from it (`events`), else with a waveform.

    `source` is a wire, or a register inside a circuit, which has `width` bits, or `states` by their
    numbers. `port` is the line's place inside the box, "" for the unit's.
    """

    signal: str
    source: str | Inner
    port: str = ""
    events: bool = False
    width: int = ONE_BIT
    states: tuple[str, ...] = ()


def lines(*wires: str, port: str = "", events: bool = False) -> tuple[Probe, ...]:
    """Probes of `wires`, under their own names."""
    return tuple(Probe(wire, wire, port, events) for wire in wires)


Part = (
    Module
    | Crystal
    | TransmitCrystal
    | Divider
    | ClockRecovery
    | CarrierSense
    | Memory
    | Bus
    | Transceiver
    | Defects
    | TwistedPairPath
    | SignalGenerator
    | PowerUp
)
