"""The MAU as a box: its control circuit with a crystal of its own, between an adapter's AUI and a tap."""

from typing import Any

from myhdl import Signal

from hw.analogue.chance import chance
from hw.analogue.coax import TapPins
from hw.analogue.crystal import Crystal
from hw.analogue.events import SLOW_CLOCK, Clock
from hw.gate import Gate, opener
from hw.mau.mau import mau

PERIOD_FS = 200_000_000
GATE = Gate((), (("collision", "aui_ci"),))
_PHASE_DRAW = 2
"""Its number among the draws of its station's line: the adapter has the first two."""


def phase_ps(seed: int, line: int) -> int:
    """When the crystal of the MAU on `line` (its station's address) has its tick 0."""
    return chance(seed, line, _PHASE_DRAW) % (PERIOD_FS // 1000)


class Mau:
    """One MAU, plugged into the AUI that `wires` holds; `blocks` go to the simulator, `tap` to the coax."""

    def __init__(self, wires: dict[str, Any], seed: int, line: int) -> None:
        collision, aui_ci = Signal(False), wires["aui_ci"]
        clock = Clock()
        self.blocks = [mau(clock, collision, aui_ci)]
        self.tap = TapPins(
            aui_do=wires["aui_do"],
            aui_do_active=wires["aui_do_active"],
            aui_di=wires["aui_di"],
            aui_di_active=wires["aui_di_active"],
            collision=collision,
        )
        is_open, watched = opener(GATE, {"collision": collision, "aui_ci": aui_ci})
        Crystal(clock, PERIOD_FS, phase_ps(seed, line), SLOW_CLOCK, is_open, watched)
