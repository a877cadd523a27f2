"""Whether the parts of a unit fit: what their wires are called, how wide they are, who drives them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from hw.analogue import carrier_sense, clock_recovery, defects, twisted_pair
from hw.gate import Gate, bit_of
from hw.parts import (
    ENCODER,
    ONE_BIT,
    Bus,
    CarrierSense,
    ClockRecovery,
    Crystal,
    Defects,
    Divider,
    Memory,
    Module,
    Part,
    SignalGenerator,
    Transceiver,
    TransmitCrystal,
    TwistedPairPath,
)
from hw.ports import Direction, JoinError


class NetlistError(JoinError):
    """Parts that do not fit each other; `str` names the box, the wire and both ends."""


class Wire(NamedTuple):
    """Width in bits, and the value after power-up."""

    width: int
    initial: int


class _End(NamedTuple):
    """A pin of a part that is not a circuit. `width` 0 is that of what else is there."""

    part: str
    wire: str
    drives: bool
    width: int = ONE_BIT


def _named(part: str, inputs: Sequence[str], outputs: Sequence[str]) -> tuple[_End, ...]:
    return tuple(
        _End(part, wire, drives) for drives, wires in ((False, inputs), (True, outputs)) for wire in wires
    )


_CARRIER_SENSE = _named("carrier sense", carrier_sense.INPUTS, carrier_sense.OUTPUTS)
_CLOCK_RECOVERY = _named("clock recovery", clock_recovery.INPUTS, clock_recovery.OUTPUTS)
_TWISTED_PAIR = _named("the signal path", twisted_pair.INPUTS, twisted_pair.OUTPUTS)
_SELECT_BITS = 4


def ends_of(part: Part) -> Sequence[_End]:
    """The pins of a part that is not a circuit."""
    match part:
        case CarrierSense():
            return _CARRIER_SENSE
        case ClockRecovery():
            return _CLOCK_RECOVERY
        case TwistedPairPath():
            return _TWISTED_PAIR
        case Memory():
            adr, dat_w, sel, *strobes, dat_r, ack, err = part.pins
            given = [_End("memory", wire, drives=False, width=0) for wire in (adr, dat_w, *strobes)]
            driven = [_End("memory", dat_r, drives=True, width=0), *_named("memory", (), (ack, err))]
            return [*given, _End("memory", sel, drives=False, width=_SELECT_BITS), *driven]
        case Bus():
            adr, dat_w, we, stb, *answers = part.pins
            given = [_End("the bus", wire, drives=True, width=0) for wire in (adr, dat_w, we, stb)]
            return [*given, *(_End("the bus", wire, drives=False, width=0) for wire in answers)]
        case Transceiver():
            out, out_active, in_, in_active = part.aui
            to_cable, to_cable_active, from_cable, from_cable_active = part.path
            inputs = (out, out_active, from_cable, from_cable_active)
            return _named("the transceiver", inputs, (in_, in_active, to_cable, to_cable_active))
        case Defects():
            out, out_active, in_, in_active = part.aui
            to_cable, to_cable_active, from_cable, from_cable_active = part.path
            inputs = (out, out_active, from_cable, from_cable_active)
            return [
                *_named("the defects", inputs, (in_, in_active, to_cable, to_cable_active)),
                *_named("the defects", ("deaf", "babbling"), ()),
                _End("the defects", "error_rate", drives=False, width=defects.RATE_BITS),
                _End("the defects", "error_burst", drives=False, width=defects.BURST_BITS),
            ]
        case SignalGenerator():
            return _named("the generator", part.pins[2:], part.pins[:2])
        case Crystal():
            return [*_gate(part.gate), *(_End("crystal", wire, False, 0) for wire in (part.divisor,) if wire)]
        case TransmitCrystal():
            return [*_named("crystal", ENCODER, ()), *_gate(part.bit_gate), *_gate(part.tx_gate)]
        case Divider():
            return _gate(part.gate)
        case _:
            return ()


@cache
def _gate(gate: Gate) -> tuple[_End, ...]:
    wires = (*gate.levels, *(end for pair in gate.pairs for end in pair))
    return tuple(_End("a clock's gate", bit_of(wire)[0], drives=False, width=0) for wire in wires)


def ticking(part: Part) -> tuple[str, ...]:
    """The clocks that a part makes tick."""
    match part:
        case Crystal() | Divider():
            return (part.clock,)
        case TransmitCrystal():
            return (part.bit_clk, part.tx_clk)
        case ClockRecovery():
            return (part.bit_clk, part.clk) if part.clk else (part.bit_clk,)
        case _:
            return ()


@cache
def fit(
    modules: tuple[Module, ...], ends: tuple[_End, ...], clocks: tuple[str, ...]
) -> tuple[Mapping[str, Wire], Mapping[str, str]]:
    """The wires of parts, but for clocks, and those that nothing drives, with who listens to them.

    Cached, since a network has many units of one kind.
    """
    wires: dict[str, tuple[int, int, str]] = {}  # width, initial value, who says so
    drivers: dict[str, str] = {}
    listeners: dict[str, str] = {}

    def join(who: str, name: str, width: int, initial: int, *, drives: bool) -> None:
        if name in clocks:
            return
        known, _, other = wires.get(name, (0, 0, ""))
        if known and width and known != width:
            raise NetlistError(f"{name} has {known} bits at {other} and {width} at {who}")
        if drives:
            if name in drivers:
                raise NetlistError(f"{name} is driven by {drivers[name]} and by {who}")
            drivers[name] = who
        else:
            listeners.setdefault(name, who)
        if name not in wires or (width and not known) or drives:
            wires[name] = (width or known, initial, who)

    for module in modules:
        if module.clock and module.clock not in clocks:
            raise NetlistError(f"nothing makes {module.clock} tick, the clock of {module.circuit}")
        for port, wire in module.joints():
            drives = port.direction is Direction.OUT
            join(f"{module.circuit}.{port.name}", wire, port.width, port.initial, drives=drives)
    for part, wire, drives, width in ends:
        join(part, wire, width, wires.get(wire, (0, 0, ""))[1] if not drives else 0, drives=drives)
    return (
        {name: Wire(width or ONE_BIT, initial) for name, (width, initial, _) in wires.items()},
        {name: who for name, who in listeners.items() if name not in drivers},
    )
