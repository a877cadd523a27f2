"""The MAU in MyHDL: the box that `hw.mau.wiring` describes, between an adapter's AUI and a tap."""

from collections.abc import Mapping
from typing import Any

from myhdl import Signal

from hw.analogue.coax import TapPins
from hw.analogue.crystal import Crystal
from hw.analogue.events import SLOW_CLOCK, Clock
from hw.assembly import blocks, join
from hw.gate import opener
from hw.mau import wiring


class Mau:
    """One MAU, plugged into the AUI of the adapter with `wires`; `blocks` go to the simulator, `tap` to the
    coax.

    `line` is its station's address, `straps` as `wiring.straps` makes them.
    """

    def __init__(self, wires: Mapping[str, Any], straps: Mapping[str, int], seed: int, line: int) -> None:
        oscillators = wiring.oscillators(seed, line)
        clocks = {oscillator.clock: Clock() for oscillator in oscillators}
        inner: dict[str, Any] = {**clocks, "collision": Signal(False)}
        inner |= {name: wires[outer] for name, outer in wiring.AUI_PINS.items()}
        join(wiring.INSTANCES, inner, straps)
        self.blocks: list[Any] = list(blocks(wiring.INSTANCES, inner).values())
        for oscillator in oscillators:
            is_open, watched = opener(oscillator.gate, inner)
            clock = clocks[oscillator.clock]
            crystal = Crystal(clock, oscillator.period_fs, oscillator.phase_ps, SLOW_CLOCK, is_open, watched)
            self.blocks.append(crystal.beginning())
        self.tap = TapPins(
            aui_do=wires["aui_do"],
            aui_do_active=wires["aui_do_active"],
            aui_di=wires["aui_di"],
            aui_di_active=wires["aui_di_active"],
            collision=inner["collision"],
            jabber=inner["jabber"],
        )
