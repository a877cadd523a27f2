"""A coax on a bench: taps with their pins, stations that drive it, and the levels that each tap sees."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from bench import Bench
from myhdl import Signal

from hw.analogue.coax import Coax, TapPins
from hw.analogue.events import BIT_CLOCK, at, now, on_grid
from hw.analogue.segment import Segment
from hw.analogue.transceiver import Ends, Tolerances, Transceiver, line

LENGTH_MM = 500_000
START_PS = 1_000_000
HALF_BIT_PS = 50_000
End = Literal["left", "right"]
NONE = Tolerances()


def tap() -> TapPins:
    return TapPins(
        aui_do=Signal(True),
        aui_do_active=Signal(False),
        aui_di=Signal(True),
        aui_di_active=Signal(False),
        collision=Signal(False),
        jabber=Signal(False),
    )


def fit(pins: TapPins, tolerances: Tolerances, seed: int, box: int) -> TapPins:
    """What is behind the signal path of a MAU with `pins`; without tolerances there is none."""
    if tolerances == NONE:
        return pins
    path = Ends(Signal(True), Signal(False), Signal(True), Signal(False))
    aui = Ends(pins.aui_do, pins.aui_do_active, pins.aui_di, pins.aui_di_active)
    Transceiver(aui, path, tolerances, seed, line(box))
    return replace(pins, **path._asdict())


class Cable:
    """500 m of coax of which every tap's levels are kept, (ps, level, mean)."""

    def __init__(
        self,
        *positions_mm: int,
        terminators: Sequence[End] = ("left", "right"),
        tolerances: Tolerances = NONE,
        seed: int = 1,
    ) -> None:
        self.bench = Bench()  # first: it lets go of all that listens to signals
        self.taps = [tap() for _ in positions_mm]
        self.seen: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.segment = Segment(LENGTH_MM, positions_mm, terminators)
        taps = [fit(pins, tolerances, seed, box) for box, pins in enumerate(self.taps)]
        self.coax = Coax(self.segment.hops(), taps, self._on_level)

    def reroute(self) -> None:
        self.coax.reroute(self.segment.hops())
        self.bench.run_for(1)

    def settled(self, number: int) -> tuple[int, int]:
        """Level and mean at a tap as they were last."""
        return self.seen[number][-1][1:] if self.seen[number] else (0, 0)

    def _on_level(self, number: int, level: int, mean: int) -> None:
        self.seen[number].append((now(), level, mean))

    def drive(self, number: int, start_ps: int, halves: str) -> int:
        """Send half bits, then fall idle; return when that is."""
        pins = self.taps[number]
        moves: list[tuple[int, Any, int]] = [(start_ps, pins.aui_do_active, 1)]
        moves += [(start_ps + HALF_BIT_PS * n, pins.aui_do, int(half)) for n, half in enumerate(halves)]
        end = start_ps + HALF_BIT_PS * len(halves)
        moves += [(end, pins.aui_do_active, 0), (end, pins.aui_do, 1)]
        for ps, pin, level in moves:
            at(on_grid(ps, BIT_CLOCK), lambda pin=pin, level=level: setattr(pin, "next", bool(level)))
        return end

    def watch(self, pin: Any, until_ps: int, step_ps: int = 1_000) -> list[tuple[int, int]]:
        """(ps, level) of each change of a tap's pin that is seen every `step_ps`."""
        changes = []
        level = int(pin)
        while now() < until_ps:
            self.bench.run_for(step_ps)
            if int(pin) != level:
                level = int(pin)
                changes.append((now(), level))
        return changes
