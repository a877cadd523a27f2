"""What the analogue parts in C++ have from their Python twins: constants, and the order of their pins.

Each is written once, in Python. The header made here gives every module of `hw.analogue` a namespace of its
name, with its whole numbers as constants and its pins as structures of wires, in the order in which
`sim.engine.compiled.parts` hands them over. A pin or constant that is renamed in Python alone does not
compile any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from types import ModuleType

from hw.analogue import (
    carrier_sense,
    clock_recovery,
    coax,
    crystal,
    defects,
    events,
    generator,
    memory,
    pair,
    transceiver,
    twisted_pair,
)
from hw.hub import backplane
from hw.parts import ENCODER, Bus
from hw.switch import fabric

HEADER = "twins.hpp"


def header() -> str:
    """The text of the header."""
    return "\n".join(
        [
            "// Made from hw/analogue by sim/engine/compiled/twins.py: constants, and pins in their order.",
            "#pragma once",
            "#include <cstdint>",
            "namespace thicknet {",
            "struct Wire;",
            *_namespace(events),
            *_namespace(crystal, Encoder=ENCODER),
            *_namespace(clock_recovery, Pins=clock_recovery.PINS),
            *_namespace(carrier_sense, Pins=carrier_sense.PINS),
            *_namespace(memory, Pins=memory.PINS),
            *_namespace(generator, Pins=("aui_do", "aui_do_active", "carrier")),
            *_namespace(coax, Pins=[field.name for field in fields(coax.TapPins)]),
            *_namespace(transceiver, Pins=transceiver.Ends._fields),
            *_namespace(defects, Controls=defects.CONTROLS),
            *_namespace(pair, Pins=[field.name for field in fields(pair.PairPins)]),
            *_namespace(twisted_pair, Pins=twisted_pair.PINS),
            *_namespace(backplane, Port=backplane.PORT_PINS, Core=backplane.CORE_PINS),
            *_namespace(fabric, Port=fabric.PORT_PINS, Core=fabric.CORE_PINS),
            "namespace bus {",
            _structure("Pins", Bus().pins),
            "}",
            "}  // namespace thicknet",
            "",
        ]
    )


def _namespace(module: ModuleType, **pins: Sequence[str]) -> Iterator[str]:
    yield f"namespace {module.__name__.rpartition('.')[2]} {{"
    for name, value in vars(module).items():
        imported = module is not events and hasattr(events, name)
        if name.isupper() and not name.startswith("_") and isinstance(value, int) and not imported:
            yield f"inline constexpr int64_t {name} = {value};"
    for name, wires in pins.items():
        yield _structure(name, wires)
    yield "}"


def _structure(name: str, wires: Sequence[str]) -> str:
    return f"struct {name} {{ Wire {', '.join(f'*{wire}' for wire in wires)}; }};"
