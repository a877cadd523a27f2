"""Circuits in the places of ours: a MAC of somebody else between our bus and our PHY.

A MyHDL block stands in the place of a module if it has the module's ports: by name, direction and width. It
is converted at once, whichever engine runs it, so that one that does not convert is refused before the run.
Then it is a circuit among `hw.modules.MODULES`, under a name that depends on nothing but its Verilog; two
may have one name in Python, or the name of one of ours.
"""

import hashlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from myhdl import _simulator
from myhdl._block import block_decorator

from hw.hierarchy import inner, near
from hw.modules import MODULES, Circuit
from hw.ports import Direction, Port, signals

FACES = {Direction.IN: "an input", Direction.OUT: "an output"}


class MisfitError(ValueError):
    """A block that cannot stand in the place of a module; `str` is a sentence."""


@cache
def substitute(module: str, block: Any) -> str:
    """The name among MODULES of `block`, which stands in the place of `module`: its own, and 12 digits of a
    digest of its Verilog. Raises MisfitError."""
    from hw.convert import convert_module  # most runs need no converter

    if not isinstance(block, block_decorator):
        raise MisfitError(f"{getattr(block, '__name__', block)!s} is no MyHDL block (@block)")
    name, ours, circuit = block.func.__name__, MODULES[module], Circuit(block)
    signals_before = len(_simulator._signals)
    try:
        for misfit in _misfits(name, circuit, module, ours):
            raise MisfitError(misfit)
        with TemporaryDirectory(prefix="thicknet-") as folder:
            path = convert_module(name, circuit, "verilog", Path(folder))
            _, _, verilog = path.read_text(encoding="utf-8").partition("\n\n")  # without what it was made of
        probes = tuple(_same_registers(circuit, ours))
    except MisfitError:
        raise
    except Exception as error:  # whatever the block does when it is called
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise MisfitError(f"{name} cannot be converted to Verilog: {words}") from error
    finally:
        del _simulator._signals[signals_before:]
    digest = hashlib.sha256(verilog.encode()).hexdigest()[:12]
    known = re.sub("_+", "_", f"{name}_{digest}")  # two underscores mean something to Verilator
    renamed = verilog.replace(f"\nmodule {name} (", f"\nmodule {known} (")
    MODULES[known] = Circuit(block, probes=probes, verilog=renamed)
    return known


def _misfits(name: str, circuit: Circuit, module: str, ours: Circuit) -> Iterator[str]:
    """How the ports of `circuit` differ from ours, in sentences."""
    ports = {port.name: port for port in circuit.ports}
    wanted = {port.name: port for port in ours.ports}
    for parameter in inspect.signature(circuit.block.func).parameters:
        if parameter not in ports:
            yield f"parameter {parameter} of {name} declares no port: {parameter}: Annotated[Sig, into(…)]"
        elif parameter not in wanted:
            hint = near(parameter, [port for port in wanted if port not in ports])
            yield f"{name} has the port {parameter}, and {module} has none of that name{hint}"
    for port in wanted.values():
        if port.name not in ports:
            yield f"{name} lacks the port {port.name} of {module}, {_described(port)}"
        elif _described(ports[port.name]) != _described(port):
            own = _described(ports[port.name])
            yield f"port {port.name} of {name} is {own}, and that of {module} {_described(port)}"


def _described(port: Port) -> str:
    if port.is_clock:
        return "a clock"
    return f"{FACES[port.direction]} of {port.width} bit{'s' if port.width > 1 else ''}"


def _same_registers(circuit: Circuit, ours: Circuit) -> Iterator[str]:
    """The probes of `ours` that name registers of the same width, with the same states, in `circuit`, too."""
    one, other = (each.block(**signals(each.ports)) for each in (circuit, ours))
    for probe in ours.probes:
        found = inner(one, probe)
        if found is not None and _shape(found) == _shape(inner(other, probe)):
            yield probe


def _shape(register: Any) -> tuple[int, tuple[str, ...]]:
    states = getattr(register.val, "_type", None)
    return len(register), states._names if states else ()
