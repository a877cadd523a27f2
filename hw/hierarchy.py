"""Circuits inside a circuit: joined by name, and checked.

    fcs = crc32(**by_name(crc32, locals(), data=nibble))

As with `.*` in SystemVerilog each port gets the wire of its name, unless another one is named for it. So two
ports of one width cannot be swapped unnoticed.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from myhdl._block import _Block

from hw.ports import Direction, JoinError, PerPort, ports_of


def by_name(circuit: Any, wires: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """The arguments of a block: `wires` with the names of its ports, but for `others`. Raises JoinError."""
    name, ports = circuit.func.__name__, [port.name for port in ports_of(circuit)]
    for other in others:
        if other not in ports:
            raise JoinError(f"{name} has no port {other}{near(other, ports)}")
    for port in ports:
        if port not in others and port not in wires:
            raise JoinError(f"there is no wire {port} for the port of {name}{near(port, wires)}")
    return {port: others[port] if port in others else wires[port] for port in ports}


def check(block: Any) -> None:
    """Raise JoinError if a circuit in `block` is on a wire of another width, or a wire has two drivers."""
    name = block.func.__name__
    drivers = {
        id(block.kwargs[port.name]): f"input {port.name}"
        for port in ports_of(block)
        if port.direction is Direction.IN
    }
    for part in block.subs:
        if isinstance(part, _Block):
            _check_joints(part, name)
        for driver, wire in _driven(part):
            if id(wire) in drivers:
                raise JoinError(f"{name}: {driver} is on a wire that {drivers[id(wire)]} drives")
            drivers[id(wire)] = driver
        if isinstance(part, _Block):
            check(part)


def inner(block: Any, path: str) -> Any:
    """The register of `block` that a probe names, `register` or `part.register`; None if there is none."""
    *parts, register = path.split(".")
    for part in parts:
        found = [one for one in block.subs if isinstance(one, _Block) and one.func.__name__ == part]
        if len(found) != 1:
            return None
        block = found[0]
    return None if register in block.kwargs else block.sigdict.get(register)


def _driven(part: Any) -> Iterator[tuple[str, Any]]:
    """What drives a wire in a part of a circuit, and the wire."""
    if isinstance(part, _Block):
        for port in ports_of(part):
            if port.direction is Direction.OUT:
                yield f"output {port.name} of {part.func.__name__}", part.kwargs[port.name]
    else:
        for wire in sorted(part.outputs & part.sigdict.keys()):
            yield f"process {part.name}", part.sigdict[wire]


def _check_joints(part: Any, outer: str) -> None:
    inner = part.func.__name__
    if part.args:
        raise JoinError(f"{outer}: {inner} is joined by position; join it by the names of its ports")
    ports = ports_of(part)
    bundles = [(port.name, port.width.bits) for port in ports if isinstance(port.width, PerPort)]
    lines = max((len(part.kwargs[name]) // bits for name, bits in bundles), default=0)
    for port in ports:
        expected, width = port.with_ports(lines).width, len(part.kwargs[port.name])
        if width != expected:
            raise JoinError(f"{outer}: port {port.name} of {inner} has {expected} bits, its wire {width}")


def near(name: str, known: Iterable[str]) -> str:
    """The end of a sentence: what `name` may have been meant for."""
    found = get_close_matches(name, known, 1)
    return f"; did you mean {found[0]}?" if found else ""
