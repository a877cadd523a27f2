"""Carrier sense and collision detection of the PHY: comparisons of pins (clauses 7.2.1 and 22.2.2).

Carrier is level, not edges: the data-in pair is driven, or the MAU signals on the control-in pair. In
loopback it is the PHY's own encoder, and there is no collision (22.2.4.1.2). An isolated PHY shows neither.

A comparator at the data-in pair takes its time: `crs` rises when the pair has been driven for `Times.on_ns`,
and falls when it has been idle for `Times.off_ns`; what is shorter does not show. Control in is a tone and
shows at once; its times are the MAU's (`hw.mau.control_in`).

In the collision test (22.2.4.1.9) `tx_en` is answered by `col`, in loopback too: on and off at once, where
512 and 4 bit times are allowed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from hw.analogue.events import CABLE, at, now, on_change, on_grid

OTHER_INPUTS = ("aui_ci", "tx_en", "looped", "loopback", "phy_loopback", "phy_isolate", "phy_collision_test")
INPUTS = ("aui_di_active", *OTHER_INPUTS)
OUTPUTS = ("crs", "col")
PINS = (*INPUTS, *OUTPUTS)
"""Wires of the unit, by name."""


class Times(NamedTuple):
    """Of the comparator at the pair; the defaults are a CS8900A's."""

    on_ns: int = 240
    off_ns: int = 200


TIMES = Times()


class CarrierSense:
    """Drives `crs` and `col` of `wires` (`PINS`)."""

    def __init__(self, wires: Mapping[str, Any], times: Times) -> None:
        self._wires = wires
        self._delay_ps = {True: times.on_ns * 1000, False: times.off_ns * 1000}
        self._driven = False
        """The pair, as it is."""
        self._carrier = False
        """The pair, as the comparator shows it."""
        self._due_ps = 0
        """When the latest change of the pair shows, if no other comes before."""
        on_change(wires["aui_di_active"], self._pair)
        for name in OTHER_INPUTS:
            on_change(wires[name], self._sense)

    def _pair(self) -> None:
        self._driven = bool(self._wires["aui_di_active"])
        self._due_ps = on_grid(now() + self._delay_ps[self._driven], CABLE)
        if self._driven != self._carrier:
            if self._due_ps <= now():
                self._show()
            else:
                at(self._due_ps, self._show)

    def _show(self) -> None:
        if now() >= self._due_ps:
            self._carrier = self._driven
            self._sense()

    def _sense(self) -> None:
        wires = self._wires
        tested = bool(wires["phy_collision_test"] and wires["tx_en"])
        if wires["phy_isolate"]:
            carrier, collision = False, False
        elif wires["loopback"] or wires["phy_loopback"]:
            carrier, collision = bool(wires["looped"]) or tested, tested
        else:
            collision = bool(wires["aui_ci"]) or tested
            carrier = collision or self._carrier
        wires["crs"].next = carrier
        wires["col"].next = collision
