"""Bundles: wires of a box's ports side by side in one vector, the first port's lowest.

A circuit between ports and core has bundles at its pins, so that the number of ports is a width. In a box
each port has wires of its own. In hardware the two are one wire (`hw.structure` writes slices). In MyHDL's
simulator a vector is one signal, and these functions make one follow the other in the same instant.
"""

from collections.abc import Sequence
from typing import Any

from myhdl import Signal, modbv

from hw.analogue.events import on_change


def bundle_of(wires: Sequence[Any]) -> Any:
    """A vector of `wires` that follows them."""
    bundle = beside(wires)
    gather(bundle, wires)
    return bundle


def beside(wires: Sequence[Any]) -> Any:
    """A vector with the values of `wires`."""
    return Signal(modbv(_value(wires))[len(wires[0]) * len(wires) :])


def gather(bundle: Any, wires: Sequence[Any], any_of_them: Any = None) -> None:
    """`bundle` follows `wires`; and `any_of_them`, whether one of its bits is high."""
    width = len(wires[0])
    value = _value(wires)

    def follow(wire: Any, first: int) -> None:
        clear = ~((1 << width) - 1 << first)

        def change() -> None:
            nonlocal value
            value = value & clear | int(wire) << first
            bundle.next = value
            if any_of_them is not None:
                any_of_them.next = value != 0

        on_change(wire, change)

    for place, wire in enumerate(wires):
        follow(wire, place * width)


def scatter(bundle: Any, wires: Sequence[Any]) -> None:
    """Each of `wires`, which have one bit, follows its bit of `bundle`."""
    before = int(bundle)

    def change() -> None:
        nonlocal before
        value = int(bundle)
        changed = value ^ before
        before = value
        while changed:
            bit = changed & -changed
            wires[bit.bit_length() - 1].next = value & bit != 0
            changed ^= bit

    on_change(bundle, change)


def spread(bundle: Any, wires: Sequence[Any]) -> None:
    """Each of `wires`, of one width, follows its bits of `bundle`."""
    width = len(wires[0])

    def change() -> None:
        for place, wire in enumerate(wires):
            wire.next = int(bundle) >> place * width & (1 << width) - 1

    change()
    on_change(bundle, change)


def broadcast(bus: Any, wires: Sequence[Any]) -> None:
    """Each of `wires` follows `bus`."""

    def change() -> None:
        value = bus.val
        for wire in wires:
            wire.next = value

    on_change(bus, change)


def _value(wires: Sequence[Any]) -> int:
    return sum(int(wire) << place * len(wire) for place, wire in enumerate(wires))
