"""Kinds of boxes that other packages add: a folder of their own, and no edit here.

A package says in its metadata which kinds it has, as entry points of the group `thicknet.boxes`:

    [project.entry-points."thicknet.boxes"]
    media-converter = "mypackage.converter:KIND"

and a scenario has such a box as

    [[box]]
    kind = "media-converter"
    name = "mc"

Its ports are the ends `mc.1`, `mc.2` and so on, with cables like those of a hub or a switch. See
docs/extending.md.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from hw.modules import MODULES, Circuit
from hw.netlist import Item, Unit
from hw.recording import Recording

GROUP = "thicknet.boxes"
Value = int | str | bool


@dataclass(frozen=True, slots=True)
class Site:
    """One box of a network: its `name`, its `number` among those of other packages, the run's `seed`, for
    each port whether a cable is at it, and the values of the kind's own `keys`."""

    name: str
    number: int
    seed: int
    cabled: Sequence[bool]
    keys: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class BoxKind:
    """What makes a kind of box.

    `ports` are the fewest and the most that one may have. `netlist` describes it as parts: units and what
    joins them; its ports are units called `port1`, `port2` and so on, each with the wires of an AUI
    (`aui_do`, `aui_do_active`, `aui_di`, `aui_di_active`, `aui_ci`) and `link`. `circuits` are the MyHDL
    blocks that it adds. `keys` are those of its table, with defaults, whose types are the types wanted. One
    that is a `repeater` has the collision comparators of its twisted pairs inside (clause 9).
    `recording` reads its events off its probes.
    """

    meaning: str
    ports: tuple[int, int]
    netlist: Callable[[Site], Sequence[Item]]
    circuits: Sequence[Any] = ()
    keys: Mapping[str, Value] = field(default_factory=dict)
    repeater: bool = False
    recording: Recording | None = None


class KindError(Exception):
    """A package's kind of box that is none; `str` names the entry point."""


@cache
def kinds() -> Mapping[str, BoxKind]:
    """All kinds of other packages by name, their circuits among `hw.modules.MODULES`. Raises KindError."""
    found = {}
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        kind = point.load()
        if not isinstance(kind, BoxKind):
            raise KindError(f"entry point {point.name} of {GROUP}: {point.value} is no hw.kinds.BoxKind")
        for block in kind.circuits:
            name = block.func.__name__
            if MODULES.setdefault(name, Circuit(block)).block is not block:
                raise KindError(
                    f"entry point {point.name} of {GROUP}: there is another circuit called {name}"
                )
        found[point.name] = kind
    return found


def find_circuit(name: str) -> Circuit:
    """The circuit `name` of this package or of another's kind of box. Raises KeyError."""
    if name not in MODULES:
        kinds()
    return MODULES[name]


def homes_of(circuits: Iterable[str]) -> Mapping[str, Path]:
    """The folders of the sources of those circuits that are of a box of another package."""
    blocks = {name: MODULES[name].block for name in circuits if not MODULES[name].verilog}
    files = {name: Path(inspect.getsourcefile(block.func) or "") for name, block in blocks.items()}
    ours = Path(__file__).parent
    return {name: file.parent for name, file in files.items() if not file.is_relative_to(ours)}


def chance_line(number: int, port: int) -> int:
    """Where box `number`, or one of its ports from 1 on, draws its chance: beyond addresses, hubs and
    switches."""
    return 1 << 50 | number << 8 | port


def ports_of_box(items: Sequence[Item], count: int) -> list[Unit]:
    """The units of a box that are its ports. Raises KindError when one is missing."""
    units = {item.port: item for item in items if isinstance(item, Unit)}
    missing = [port for number in range(count) if (port := f"port{number + 1}") not in units]
    if missing:
        raise KindError(f"the netlist has no unit called {', '.join(missing)}")
    return [units[f"port{number + 1}"] for number in range(count)]
