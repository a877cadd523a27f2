"""Declared ports: what each circuit's pins are called, which way they face and what they mean.

A circuit's signature is the declaration, `tx_en: Annotated[Sig, out(1, "the station transmits")]`, and the
only place where a port stands. From it come the signals that a box joins modules with, the arguments of a
conversion, and the test that compares the emitted Verilog with the declaration (an interface member that
nothing drives silently becomes an input in MyHDL).
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, get_type_hints

from myhdl import Signal, intbv, modbv

Sig = Any
"""A signal. MyHDL's have no type hints."""


class Direction(Enum):
    """Seen from the module."""

    IN = "input"
    OUT = "output"


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


def clock(meaning: str) -> Port:
    """The annotation of a circuit's clock, an input."""
    return Port("", Direction.IN, 1, meaning, is_clock=True)


def into(*declared: Any) -> Port:
    """The annotation of an input port: width, meaning. With a name before them: a row of a PORTS table."""
    name, width, meaning = declared if isinstance(declared[0], str) else ("", *declared)
    return Port(name, Direction.IN, width, meaning)


def out(*declared: Any, initial: int = 0) -> Port:
    """The annotation of an output port: width, meaning, initial. With a name: a row of a PORTS table."""
    name, width, meaning, *rest = declared if isinstance(declared[0], str) else ("", *declared)
    return Port(name, Direction.OUT, width, meaning, *(rest or [initial]))


def ports_of(circuit: Any) -> tuple[Port, ...]:
    """The ports of a block, or of an instance of it, in the order of its signature."""
    return _ports_of(circuit.func)


@cache
def _ports_of(function: Callable[..., Any]) -> tuple[Port, ...]:
    hints = get_type_hints(function, include_extras=True)
    ports = tuple(
        replace(part, name=name)
        for name, hint in hints.items()
        for part in getattr(hint, "__metadata__", ())
        if isinstance(part, Port)
    )
    if not ports:  # A PORTS table beside the circuit.
        file = sys.modules[function.__module__]
        ports = tuple(replace(port, is_clock=port.name == file.CLOCK) for port in file.PORTS)
    return ports


def signals(ports: Iterable[Port]) -> dict[str, Any]:
    """Fresh signals for a module's ports, by name: the keyword arguments of its block."""
    return {port.name: port.signal() for port in ports}


def register(width: int, initial: int = 0) -> Any:
    """An internal register of `width` bits with the value `initial` after power-up."""
    return Signal(bool(initial)) if width == 1 else Signal(intbv(initial)[width:])
