"""A hub's backplane: the wires between its ports and its core, and the line drivers.

Nothing is stored here and nothing decided: lines are bundled, and open-collector drivers put one port's word
on the common ones. To the core go, a bit per port: `carrier`, `signal_quality` (the MAU's control-in pair: a
collision) and `linked`; and the word of the `selected` port. From it come `td`, the same signal for all,
`drive` (who gets it) and `hold` (who is held high after the end).

While the hub sends to a port, its MAU returns what is sent: that is no carrier. A partitioned port's drivers
are off, so that the core does not hear it. Several words on the common lines would be OR-ed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hw.analogue.events import on_change

Wires = Mapping[str, Any]

PORT_PINS = ("aui_do", "aui_do_active", "aui_di_active", "aui_ci", "link", "word", "partitioned")
CORE_PINS = ("carrier", "signal_quality", "linked", "any_carrier", "word", "selected", "td", "drive", "hold")
"""Wires of a port and of the core, in the order in which the compiled twin takes them."""


class Backplane:
    """Joins the wires of `ports` (`PORT_PINS`) with the core's (`CORE_PINS`)."""

    def __init__(self, core: Wires, ports: Sequence[Wires]) -> None:
        self._core = core
        self._ports = ports
        self._carrier = self._quality = 0
        self._driven: list[Any] = []
        for number, port in enumerate(ports):
            self._connect(1 << number, port)
        on_change(core["drive"], self._switch)
        on_change(core["hold"], self._switch)
        on_change(core["td"], self._send)
        on_change(core["selected"], self._tell_word)

    def _connect(self, bit: int, port: Wires) -> None:
        core = self._core

        def hear() -> None:
            joined = not port["partitioned"]
            carrier = joined and port["aui_di_active"] and not port["aui_do_active"]
            quality = joined and port["aui_ci"]
            self._carrier = self._carrier | bit if carrier else self._carrier & ~bit
            self._quality = self._quality | bit if quality else self._quality & ~bit
            core["carrier"].next = self._carrier
            core["signal_quality"].next = self._quality
            core["any_carrier"].next = bool(self._carrier | self._quality)

        def tell_word() -> None:
            if int(core["selected"]) & bit:
                self._tell_word()

        for name in ("aui_di_active", "aui_do_active", "aui_ci", "partitioned"):
            on_change(port[name], hear)
        on_change(port["link"], self._tell_link)
        on_change(port["word"], tell_word)

    def _tell_link(self) -> None:
        self._core["linked"].next = sum(bool(port["link"]) << n for n, port in enumerate(self._ports))

    def _tell_word(self) -> None:
        selected, word = int(self._core["selected"]), 0
        for number, port in enumerate(self._ports):
            if selected >> number & 1:
                word |= int(port["word"])
        self._core["word"].next = word

    def _switch(self) -> None:
        """A port rests high, idle or held, unless it is driven."""
        drive, hold = int(self._core["drive"]), int(self._core["hold"])
        self._driven = [port["aui_do"] for number, port in enumerate(self._ports) if drive >> number & 1]
        for number, port in enumerate(self._ports):
            port["aui_do_active"].next = bool((drive | hold) >> number & 1)
            port["aui_do"].next = True
        self._send()

    def _send(self) -> None:
        level = bool(self._core["td"])
        for line in self._driven:
            line.next = level
