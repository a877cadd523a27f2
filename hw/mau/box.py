"""The MAU as a box: its control circuit with a crystal of its own, between an adapter's AUI and a tap."""

from typing import Any

from myhdl import Signal

from hw.analogue.chance import chance
from hw.analogue.coax import TapPins
from hw.analogue.crystal import Crystal
from hw.analogue.events import SLOW_CLOCK, Clock
from hw.mau.mau import mau

PERIOD_FS = 200_000_000
PHASE_DRAW = 2
"""Its number among the draws of its station's line: the adapter has the first two."""


class Mau:
    """One MAU, plugged into the AUI that `wires` holds; `blocks` go to the simulator, `tap` to the coax."""

    def __init__(self, wires: dict[str, Any], seed: int, line: int) -> None:
        self.collision = Signal(False)
        aui_ci = wires["aui_ci"]
        clock = Clock()
        self.blocks = [mau(clock, self.collision, aui_ci)]
        self.tap = TapPins(
            aui_do=wires["aui_do"],
            aui_do_active=wires["aui_do_active"],
            aui_di=wires["aui_di"],
            aui_di_active=wires["aui_di_active"],
            collision=self.collision,
        )

        def gate() -> bool:
            return bool(self.collision != aui_ci)

        phase_ps = chance(seed, line, PHASE_DRAW) % (PERIOD_FS // 1000)
        Crystal(clock, PERIOD_FS, phase_ps, SLOW_CLOCK, gate, [self.collision, aui_ci])
