"""A circuit or a box in MyHDL's simulator, by its pins: what the outputs in a testbench are recorded from."""

from collections.abc import Mapping
from typing import Any

from myhdl import Simulation, _simulator

from hw.analogue.events import Clock, at
from hw.boxes import Box, End, Run
from hw.bundle import beside, gather, spread
from hw.ports import Direction, Port
from hw.reset import RESET

FAR_FUTURE_PS = 1 << 100


class Model:
    """A box whose clocks and inputs `step` moves. To be closed: MyHDL runs one simulation at a time."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._signals_before = len(_simulator._signals)
        self._wires: dict[str, Any] = {}
        self._clocks: dict[tuple[str, int], Clock] = {}
        self._slices: dict[str, dict[int, Any]] = {}
        self._drivers: set[str] = set()
        self._driven = {
            end.wire
            for instance in box.instances
            for port, end in instance.joints
            if port.direction is Direction.OUT
        }
        declared = {wire.name: wire for wire in (*box.pins, *box.wires)}
        for wire in declared.values():
            if not wire.is_clock or wire.name in self._driven:
                self._wires[wire.name] = wire.signal()
        for wire, level in box.tied:
            self._wires[wire.name].next = level
        blocks = []
        for instance in box.instances:
            pins = {port.name: self._signal(port, end) for port, end in instance.joints if port is not RESET}
            blocks.append(box.circuits[instance.module].block(**pins))
        self._simulation = Simulation(*blocks)
        for name, slices in self._slices.items():
            ordered = [slices[first] for first in sorted(slices)]
            bundle = self._wires[name]
            if name in self._drivers:
                gather(bundle, ordered)
                bundle.next = beside(ordered).val
            else:
                spread(bundle, ordered)
        at(FAR_FUTURE_PS, _nothing)
        self._settle()

    def step(self, inputs: Mapping[str, int], ticks: Mapping[str, int]) -> dict[str, int]:
        """Give the inputs their levels, then let those clocks rise whose bits in `ticks` are high; return the
        outputs."""
        for name, level in inputs.items():
            self._wires[name].next = level
        self._settle()
        for (name, place), clock in self._clocks.items():
            if ticks[name] >> place & 1:
                clock.tick()
        self._settle()
        runs: dict[str, int] = {}
        for run in self._box.runs:
            runs[run.output.wire] = runs.get(run.output.wire, 0) | self._needed(run) << run.output.first
        outputs = (pin.name for pin in self._box.pins if pin.direction is Direction.OUT)
        return {name: runs[name] if name in runs else int(self._wires[name]) for name in outputs}

    def close(self) -> None:
        """End the simulation."""
        self._simulation.quit()
        del _simulator._signals[self._signals_before :]

    def _signal(self, port: Port, end: End) -> Any:
        if port.is_clock and end.wire not in self._driven:
            return self._clocks.setdefault((end.wire, end.first), Clock())
        if end.width == end.of:
            return self._wires[end.wire]
        if port.direction is Direction.OUT:
            self._drivers.add(end.wire)
        slices = self._slices.setdefault(end.wire, {})
        if end.first not in slices or port.direction is Direction.OUT:
            slices.setdefault(end.first, port.signal())
        return slices[end.first]

    def _needed(self, run: Run) -> int:
        pairs = (self._level(one) != self._level(other) for one, other in run.pairs)
        return int(any(self._level(level) for level in run.levels) or any(pairs))

    def _level(self, end: End) -> int:
        return int(self._wires[end.wire]) >> end.first & (1 << end.width) - 1

    def _settle(self) -> None:
        self._simulation.run(1, quiet=1)


def _nothing() -> None:
    """The event that keeps an idle simulation alive."""
