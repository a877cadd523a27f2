"""Carrier sense and collision detection of the PHY: comparisons of pins (clauses 7.2.1 and 22.2.2).

Carrier is level, not edges: somebody drives the data-in pair, or the MAU signals on the control-in pair. In
loopback it is the own encoder, and there is no collision (22.2.4.1.2). An isolated PHY shows neither.

None of this takes time: the comparators are ideal. A CS8900A has carrier on after 240 ns and off after 200,
collision on after 125 and off after 225. Here carrier comes with the pair's first level, which is late if the
MAU loses bits (`hw.analogue.transceiver`), and goes with its last, at the end of the high level that closes a
frame (`hw.phy.transmit`). Time passes behind these pins, in the MAC's synchronisers.
"""

from collections.abc import Mapping
from typing import Any

from hw.analogue.events import on_change

INPUTS = ("aui_di_active", "aui_ci", "looped", "loopback", "phy_loopback", "phy_isolate")
PINS = (*INPUTS, "crs", "col")
"""Wires of the adapter, in the order in which the compiled twin takes them."""


class CarrierSense:
    """Drives `crs` and `col` of `wires` (`PINS`)."""

    def __init__(self, wires: Mapping[str, Any]) -> None:
        self._wires = wires
        for name in INPUTS:
            on_change(wires[name], self._sense)

    def _sense(self) -> None:
        wires = self._wires
        if wires["phy_isolate"]:
            carrier, collision = False, False
        elif wires["loopback"] or wires["phy_loopback"]:
            carrier, collision = bool(wires["looped"]), False
        else:
            collision = bool(wires["aui_ci"])
            carrier = collision or bool(wires["aui_di_active"])
        wires["crs"].next = carrier
        wires["col"].next = collision
