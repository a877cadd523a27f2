"""Joining modules to a box in MyHDL: ports of the same name get a wire of that name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hw.modules import MODULES
from hw.ports import Direction, Port


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One module of a box: its circuit's name, and wires that are not called as its ports are. A constant:
    two are the same when they are one object."""

    circuit: str
    renamed: dict[str, str] = field(default_factory=dict)


def join(instances: Sequence[Instance], wires: dict[str, Any], straps: Mapping[str, int]) -> None:
    """Add to `wires` what is not there yet of the modules' wires.

    Each has the starting value that `straps` or its driver gives it.
    """
    for instance in instances:
        for port in MODULES[instance.circuit].ports:
            name = instance.renamed.get(port.name, port.name)
            if name not in wires:
                driver = _driver_of(name, port, instances)
                wires[name] = replace(driver, initial=straps.get(name, driver.initial)).signal()


def blocks(instances: Sequence[Instance], wires: Mapping[str, Any]) -> dict[str, Any]:
    """The modules as MyHDL's blocks on their `wires`, by circuit."""
    made = {}
    for instance in instances:
        circuit = MODULES[instance.circuit]
        pins = {port.name: wires[instance.renamed.get(port.name, port.name)] for port in circuit.ports}
        made[instance.circuit] = circuit.block(**pins)
    return made


def _driver_of(name: str, port: Port, instances: Sequence[Instance]) -> Port:
    """The output port that drives the wire `name`, or `port` itself if nobody in the box does."""
    for instance in instances:
        for candidate in MODULES[instance.circuit].ports:
            if candidate.direction is Direction.OUT and candidate.name == name:
                return candidate
    return port
