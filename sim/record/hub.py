"""Events of a repeater hub, read off the state of its core and its ports' `partitioned`."""

import re
from collections.abc import Callable

from sim.engine.interface import Net
from sim.events import Event

_CORE = re.compile(r"([^.]+)\.core\.(selected|state)")
_PORT = re.compile(r"([^.]+)\.port(\d+)\.partitioned")
_STATES = {
    "PREAMBLE": "repeats",
    "TRANSMIT_COLLISION": "collision",
    "ONE_PORT_LEFT": "one port left",
    "RECEIVE_COLLISION": "jam",
}


class HubDecoder:
    """Tells what all hubs do: `events`, in the order of time for each hub."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._selected: dict[str, int] = {}

    def line(self, net: Net) -> Callable[[int, int], None] | None:
        """Return who takes the changes of `net`; None if it is nothing of a hub's."""
        core, port = _CORE.fullmatch(net.name), _PORT.fullmatch(net.name)
        if core:
            return self._select(core[1]) if core[2] == "selected" else self._state(core[1], net)
        return self._partition(port[1], int(port[2])) if port else None

    def _select(self, hub: str) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            self._selected[hub] = value.bit_length()

        return change

    def _state(self, hub: str, net: Net) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            kind = _STATES.get(net.states[value])
            if kind == "collision":
                self.events.append(Event(ps, hub, "hub", kind, {}))
            elif kind:
                self.events.append(Event(ps, hub, "hub", kind, {"port": self._selected[hub]}))

        return change

    def _partition(self, hub: str, port: int) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            kind = "port partitioned" if value else "port joined again"
            self.events.append(Event(ps, hub, "hub", kind, {"port": port}))

        return change
