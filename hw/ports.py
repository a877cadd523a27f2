"""Declared ports: what each module's pins are called, which way they face and what they mean.

The table is the module's contract. From it come the signals that a box joins modules with, the
arguments of a conversion, and the test that compares the emitted Verilog with the declaration
(an interface member that nothing drives silently becomes an input in MyHDL).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from myhdl import Signal, intbv, modbv


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

    def signal(self) -> Any:
        """A fresh signal for this port."""
        if self.width == 1:
            return Signal(bool(self.initial))
        return Signal(modbv(self.initial)[self.width :])


def into(name: str, width: int, meaning: str) -> Port:
    """An input port."""
    return Port(name, Direction.IN, width, meaning)


def out(name: str, width: int, meaning: str, initial: int = 0) -> Port:
    """An output port."""
    return Port(name, Direction.OUT, width, meaning, initial)


def signals(ports: Iterable[Port]) -> dict[str, Any]:
    """Fresh signals for a module's ports, by name: the keyword arguments of its block."""
    return {port.name: port.signal() for port in ports}


def register(width: int, initial: int = 0) -> Any:
    """An internal register of `width` bits with the value `initial` after power-up."""
    return Signal(bool(initial)) if width == 1 else Signal(intbv(initial)[width:])
