"""Declared ports: what each circuit's pins are called, which way they face and what they mean.

A circuit's signature is the declaration, `tx_en: Annotated[Sig, out(1, "MII transmit enable")]`, and the only
place where a port stands: where a circuit around this one has the same port, it refers to it (`of`). From the
declarations come the signals that join the modules of a box, the arguments of a conversion, and the test that
compares the emitted Verilog with them (in MyHDL, a member of an interface that nothing drives silently
becomes an input).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, get_type_hints

from myhdl import Signal, intbv, modbv

from hw.elaboration import remember

remember()  # before any circuit: they all declare ports

Sig = Any
"""A signal. MyHDL's have no type hints."""


class Direction(Enum):
    """Seen from the module."""

    IN = "input"
    OUT = "output"


class PerPort(int):
    """The width of a bundle: `bits` for each port of a box, the first port's lowest. As a number, of `most`.

    A box that is converted has as many as it has ports (`Port.with_ports`).
    """

    bits: int

    def __new__(cls, bits: int, most: int) -> "PerPort":
        width = super().__new__(cls, bits * most)
        width.bits = bits
        return width


@dataclass(frozen=True, slots=True)
class Port:
    """One pin or bus. `width` in bits; 1 is a `bool` signal. `initial` is the value after power-up."""

    name: str
    direction: Direction
    width: int
    meaning: str
    initial: int = 0
    is_clock: bool = False

    def signal(self) -> Any:
        """A fresh signal for this port."""
        if self.width == 1:
            return Signal(bool(self.initial))
        return Signal(modbv(self.initial)[self.width :])

    def with_ports(self, number: int) -> "Port":
        """The port in a box of `number` ports: a bundle has that many lines, all else stays as it is."""
        if not isinstance(self.width, PerPort):
            return self
        width = PerPort(self.width.bits, number)
        return replace(self, width=width, initial=self.initial & (1 << width) - 1)


class JoinError(ValueError):
    """What is joined does not fit; `str` names both ends, and the wire between them."""


Declaration = Callable[[str], Port]
"""What an annotation says: of a parameter's name it makes the port."""


def clock(meaning: str) -> Declaration:
    """A circuit's clock, an input."""
    return lambda name: Port(name, Direction.IN, 1, meaning, is_clock=True)


def into(width: int, meaning: str) -> Declaration:
    """An input port."""
    return lambda name: Port(name, Direction.IN, width, meaning)


def out(width: int, meaning: str, initial: int = 0) -> Declaration:
    """An output port."""
    return lambda name: Port(name, Direction.OUT, width, meaning, initial)


def of(circuit: Any) -> Declaration:
    """A port that `circuit`, inside this one, has under the same name: it is declared there."""
    return lambda name: _by_name(circuit.func)[name]


def ports_of(circuit: Any) -> tuple[Port, ...]:
    """The ports of a block, or of an instance of it, in the order of its signature."""
    return _ports_of(circuit.func)


@cache
def _ports_of(function: Callable[..., Any]) -> tuple[Port, ...]:
    hints = get_type_hints(function, include_extras=True)
    return tuple(
        declare(name) for name, hint in hints.items() for declare in getattr(hint, "__metadata__", ())
    )


@cache
def _by_name(function: Callable[..., Any]) -> dict[str, Port]:
    return {port.name: port for port in _ports_of(function)}


def signals(ports: Iterable[Port]) -> dict[str, Any]:
    """Fresh signals for a module's ports, by name: the keyword arguments of its block."""
    return {port.name: port.signal() for port in ports}


def register(width: int, initial: int = 0) -> Any:
    """An internal register of `width` bits with the value `initial` after power-up."""
    return Signal(bool(initial)) if width == 1 else Signal(intbv(initial)[width:])
