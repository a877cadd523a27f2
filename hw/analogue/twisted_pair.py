"""The MAU of a twisted pair, 10BASE-T (clause 14): what lies between an AUI and a cable of two pairs.

It has no circuit of its own. What is sent on one pair does not come back on the other, so the MAU loops it
back to the data-in pair, as a coax would (carrier only: nobody decodes it), and a collision is a signal both
ways at once (clause 14.2.1.4). In full duplex, or without a link, it does neither. The receiver's squelch
lets through what lasts longer than a link pulse or noise: carrier begins `SQUELCH_PS` after the first level.
"""

from collections.abc import Mapping
from typing import Any

from hw.analogue.events import CABLE, at, now, on_change, on_grid

DELAY_FS_PER_MM = 5_650
"""0.59 c: the 0.113 bit times there and back of clause 13's table of path delays."""
SQUELCH_PS = 200_000
"""Longer than a link pulse (75 to 120 ns)."""
PINS = ("line_active", "aui_do_active", "full_duplex", "link", "aui_di_active", "aui_ci")
"""Wires of the box, in the order in which the compiled twin takes them."""


def propagation_ps(length_mm: int) -> int:
    """How long a level takes through `length_mm` of twisted pair, in ps."""
    return length_mm * DELAY_FS_PER_MM // 1000


class TwistedPairMau:
    """Drives `aui_di_active` and `aui_ci` of `wires` (`PINS`); `line_active` is the receiving pair's."""

    def __init__(self, wires: Mapping[str, Any]) -> None:
        self._wires = wires
        self._receiving = False
        self._signals = 0
        """Counts those that came in: one that has ended by the time that squelch looks again is void."""
        on_change(wires["line_active"], self._line)
        on_change(wires["aui_do_active"], self._show)
        on_change(wires["link"], self._show)

    def _line(self) -> None:
        self._signals += 1
        if self._wires["line_active"]:
            signal = self._signals

            def unsquelch() -> None:
                if signal == self._signals:
                    self._receiving = True
                    self._show()

            at(on_grid(now() + SQUELCH_PS, CABLE), unsquelch)
        else:
            self._receiving = False
            self._show()

    def _show(self) -> None:
        wires = self._wires
        sending = bool(wires["aui_do_active"] and wires["link"] and not wires["full_duplex"])
        wires["aui_di_active"].next = self._receiving or sending
        wires["aui_ci"].next = self._receiving and sending
