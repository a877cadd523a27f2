"""A testbench in Verilog that checks itself: levels for the inputs, and the outputs that MyHDL had for them.

A row of its levels is a step: the inputs change, then some clocks rise, all at once, then the outputs are
compared. One that is unknown is a failure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hw.analogue.chance import chance
from hw.boxes import Box
from hw.model import Model
from hw.ports import Direction, Port
from hw.reset import RESET

STEPS = 200
PACES = 6
"""Of `random_steps`: a pin changes at every 2nd step on average, or every 4th, and so on."""


class Step(NamedTuple):
    """Levels of the inputs, lines of the clocks that rise, levels of the outputs after that; all by name."""

    inputs: Mapping[str, int]
    ticks: Mapping[str, int]
    outputs: Mapping[str, int]


class Pins(NamedTuple):
    """The pins of a box that a testbench moves or looks at."""

    inputs: Sequence[Port]
    clocks: Sequence[Port]
    outputs: Sequence[Port]


def pins_of(box: Box) -> Pins:
    """All pins of a box."""
    return Pins(
        [pin for pin in box.pins if pin.direction is Direction.IN and not pin.is_clock],
        [pin for pin in box.pins if pin.is_clock],
        [pin for pin in box.pins if pin.direction is Direction.OUT],
    )


def write(name: str, pins: Pins, steps: Sequence[Step], directory: Path) -> list[Path]:
    """Write NAME_tb.v and its levels, NAME_tb.hex, for module `name`; return their paths."""
    bench, levels = directory / f"{name}_tb.v", directory / f"{name}_tb.hex"
    digits = -(-_width([*pins.inputs, *pins.clocks, *pins.outputs]) // 4)
    rows = (_packed(zip(pins, step, strict=True)) for step in steps)
    bench.write_text(_verilog(name, pins, len(steps)), encoding="utf-8")
    levels.write_text("".join(f"{row:0{digits}x}\n" for row in rows), encoding="utf-8")
    return [bench, levels]


def random_steps(box: Box) -> Iterator[Step]:
    """Inputs that change at random, each at a pace of its own; straps keep still."""
    pins = pins_of(box)
    model = Model(box)
    try:
        levels = {pin.name: 0 for pin in pins.inputs}
        for step in range(STEPS):
            for number, pin in enumerate(pins.inputs):
                levels[pin.name] = _next(pin, levels[pin.name], number, step)
            ticks = {
                pin.name: _ticking(pin, len(pins.clocks), number, step)
                for number, pin in enumerate(pins.clocks)
            }
            yield Step(dict(levels), ticks, model.step(levels, ticks))
    finally:
        model.close()


def _next(pin: Port, level: int, number: int, step: int) -> int:
    """The level of input `number` in a step."""
    drawn = chance(step, number, 0)
    if pin.name == RESET.name:
        return 0
    if "strap" in pin.meaning:
        return level if step else drawn & (1 << pin.width) - 1
    if drawn >> 32 & (2 << number % PACES) - 1:
        return level
    wide = sum(chance(step, number, part + 1) << 64 * part for part in range(-(-pin.width // 64)))
    return level ^ 1 if pin.width == 1 else wide & (1 << pin.width) - 1


def _ticking(pin: Port, clocks: int, number: int, step: int) -> int:
    """Which lines of a clock rise in a row: a single clock always, of several each now and then."""
    return 1 if clocks == pin.width == 1 else chance(step, number, -1) & (1 << pin.width) - 1


def _packed(groups: Iterable[tuple[Sequence[Port], Mapping[str, int]]]) -> int:
    """The levels of pins side by side, the first on top."""
    value = 0
    for pins, levels in groups:
        for pin in pins:
            value = value << pin.width | levels[pin.name]
    return value


def _width(pins: Sequence[Port]) -> int:
    return sum(pin.width for pin in pins)


def _verilog(name: str, pins: Pins, steps: int) -> str:
    groups = dict(zip(Pins._fields, pins, strict=True))
    joints, given, top = [], [], _width([pin for group in pins for pin in group])
    lines = ["`timescale 1ns/10ps", "", f"module {name}_tb;", ""]
    for group, members in groups.items():
        width = _width(members)
        if group == "outputs":
            lines.append(f"wire [{width - 1}:0] outputs;")
        elif members:
            lines.append(f"reg [{width - 1}:0] {group} = 0;")
            given += [f"        {group} = rows[row][{top - 1}:{top - width}];", "        #1;"]
            top -= width
        for pin in members:
            joints.append(f"    .{pin.name}({group}[{width - 1}:{width - pin.width}])")
            width -= pin.width
    width = _width([pin for group in pins for pin in group])
    lines += [f"reg [{width - 1}:0] rows [0:{steps - 1}];", "integer row;", ""]
    lines += [f"{name} dut (", *",\n".join(joints).split("\n"), ");", ""]
    lines += ["initial begin", f'    $readmemh("{name}_tb.hex", rows);']
    lines += [f"    for (row = 0; row < {steps}; row = row + 1) begin", *given]
    expected = f"rows[row][{top - 1}:0]"
    lines += [f"        if (outputs !== {expected}) begin"]
    lines += [f'            $display("{name}: FAIL in step %0d: %h, not %h", row, outputs, {expected});']
    lines += ["            $fatal(1);", "        end"]
    lines += ["        clocks = 0;", "        #1;"] if pins.clocks else []
    lines += ["    end", f'    $display("{name}: PASS, {steps} steps");', "    $finish;", "end", ""]
    return "\n".join([*lines, "endmodule", ""])
