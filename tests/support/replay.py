"""What a hub or a switch in a MyHDL run saw at the pins of its box, for a testbench to replay.

Signals are watched as those of a waveform are, and clocks when the processes on them wake: what changes in a
delta stands in the log before the clock that samples it there.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from hw.analogue.events import _Listener, now
from hw.boxes import Box
from hw.ports import Port
from hw.reset import RESET
from hw.testbench import Pins, Step, pins_of
from sim.engine.myhdl_engine import MyhdlEngine


class Entry(NamedTuple):
    """A pin's bits from `first` on have a new level, or a line of a clock has risen."""

    ps: int
    pin: str
    first: int
    width: int
    level: int


class Recorder:
    """Watches the box called `name` in `engine`, before anything happens there."""

    def __init__(self, engine: MyhdlEngine, name: str, box: Box, ports: int) -> None:
        units = {unit.name: wires for unit, wires in engine.assembly.wires.items()}
        self._core = units[f"{name}.core"]
        self._ports = [units[f"{name}.port{number}"] for number in range(1, ports + 1)]
        pins = pins_of(box)
        runs = {run.output.wire for run in box.runs}
        self.pins = Pins(pins.inputs, pins.clocks, [pin for pin in pins.outputs if pin.name not in runs])
        """Without the outputs that show which clocks are needed: the engine has no wires for them."""
        self._log: list[Entry] = []
        self._levels = {pin.name: 0 for pin in (*self.pins.inputs, *self.pins.outputs)}
        for pin in (*self.pins.inputs, *self.pins.outputs):
            for first, width, wire in self._wires(pin):
                self._levels[pin.name] |= int(wire) << first
                self._watch(pin.name, first, width, wire)
        for pin in self.pins.clocks:
            for first, _, wire in self._wires(pin):
                self._tick(pin.name, first, wire)

    def steps(self) -> Iterator[Step]:
        """A step for each instant in which a clock rose, or an output changed."""
        clocks = {pin.name: 0 for pin in self.pins.clocks}
        outputs = {pin.name for pin in self.pins.outputs}
        levels = dict(self._levels)
        yield self._step(levels, levels, clocks)
        for _, entries in groupby(self._log, key=lambda entry: entry.ps):
            ticks = dict(clocks)
            later: list[Entry] = []
            inputs = dict(levels)
            changed = False
            for entry in entries:
                if entry.pin in clocks:
                    assert not later, f"{entry.pin} rises after an input has followed another clock"
                    ticks[entry.pin] |= 1 << entry.first
                elif entry.pin in outputs:
                    changed = True
                    _set(levels, entry)
                elif any(ticks.values()):
                    later.append(entry)
                else:
                    _set(inputs, entry)
                    _set(levels, entry)
            if changed or any(ticks.values()):
                yield self._step(inputs, levels, ticks)
            for entry in later:
                _set(levels, entry)

    def _step(self, inputs: dict[str, int], outputs: dict[str, int], ticks: dict[str, int]) -> Step:
        return Step(
            {pin.name: inputs[pin.name] for pin in self.pins.inputs},
            ticks,
            {pin.name: outputs[pin.name] for pin in self.pins.outputs},
        )

    def _wires(self, pin: Port) -> Iterator[tuple[int, int, Any]]:
        """The wires at a pin: the core's, one that all ports have in common, or one of each port. Reset has
        none."""
        if pin.name == RESET.name:
            return
        if pin.name in self._core:
            yield 0, pin.width, self._core[pin.name]
        elif pin.name in self._ports[0] and not pin.name.startswith("port_"):
            yield 0, pin.width, self._ports[0][pin.name]
        else:
            name = pin.name if pin.name in self._ports[0] else pin.name.removeprefix("port_")
            width = pin.width // len(self._ports)
            for number, port in enumerate(self._ports):
                yield number * width, width, port[name]

    def _watch(self, pin: str, first: int, width: int, wire: Any) -> None:
        before = wire._printVcd if wire._tracing else None

        def record() -> None:
            if before is not None:
                before()
            self._log.append(Entry(now(), pin, first, width, int(wire._val)))

        wire._tracing = 1
        wire._printVcd = record

    def _tick(self, pin: str, first: int, clock: Any) -> None:
        _Listener(clock._posedgeWaiters, lambda: self._log.append(Entry(now(), pin, first, 1, 1)))


def _set(levels: dict[str, int], entry: Entry) -> None:
    mask = (1 << entry.width) - 1 << entry.first
    levels[entry.pin] = levels[entry.pin] & ~mask | entry.level << entry.first
