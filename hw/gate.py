"""What makes a clock run: a comparison of wires, as data, so that every engine reads the same one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Gate:
    """Open while one of `levels` is high or the two ends of one of `pairs` differ.

    Wires are named as ports are; a bit of a bus is written `seen[6]`.
    """

    levels: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


@cache
def bit_of(name: str) -> tuple[str, int]:
    """Wire and bit of `seen[6]`; of a plain name, bit 0."""
    match = re.fullmatch(r"(\w+)(?:\[(\d+)\])?", name)
    assert match is not None, name
    return match[1], int(match[2] or 0)


def opener(gate: Gate, wires: Mapping[str, Any]) -> tuple[Callable[[], bool], list[Any]]:
    """For MyHDL: a function that returns whether `gate` is open, and the signals on which that depends."""
    levels = [wires[name] for name in gate.levels]
    pairs = [(wires[one], *_end(other, wires)) for one, other in gate.pairs]

    def is_open() -> bool:
        # Asked at every tick, and nearly always answered by a level.
        for level in levels:
            if level:
                return True
        return any(bool(one) != (int(other) >> bit & 1) for one, other, bit in pairs)

    watched = [*levels]
    for one, other, _ in pairs:
        watched += [signal for signal in (one, other) if not any(signal is known for known in watched)]
    return is_open, watched


def _end(name: str, wires: Mapping[str, Any]) -> tuple[Any, int]:
    wire, bit = bit_of(name)
    return wires[wire], bit
