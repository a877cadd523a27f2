"""The verbs of a running network: what a test, or who sits at it, does to its cables, hosts and link.

Each is a fault of a scenario file, and happens at the present instant.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Unpack

from hw.analogue.segment import End
from sim.scenario.faults import FaultKind
from sim.scenario.tables.fault import FaultKeys
from sim.scenario.tables.link import PathKeys

Stations = str | Sequence[str]
"""A host, or an adapter of a router, or several of them."""


class Steering(ABC):
    """What `Network` is steered by."""

    @abstractmethod
    def fault(self, what: FaultKind, **keys: Unpack[FaultKeys]) -> None:
        """Let any fault of a scenario file happen now. ValueError, a sentence, when it cannot."""

    # -- cables, power, clocks ---------------------------------------------------------------------------

    def unplug(self, end: str) -> None:
        """Pull the cable out of an adapter (`"pc"`, `"gw.eth0"`) or a port of a hub or switch (`"hub.1"`)."""
        self.fault("unplug", host=end)

    def plug(self, end: str) -> None:
        """Put the cable back."""
        self.fault("plug", host=end)

    def power_off(self, host: str) -> None:
        """Switch a host off: its programs end, no connection is closed, and its adapters are silent."""
        self.fault("power off", host=host)

    def power_on(self, host: str, *, empty_disk: bool = False) -> None:
        """Switch a host on again: its services are started, and find an empty directory if `empty_disk`."""
        self.fault("power on", host=host, empty_disk=empty_disk)

    def bounce(self, host: str, *, empty_disk: bool = False) -> None:
        """Switch a host off and on again at once."""
        self.power_off(host)
        self.power_on(host, empty_disk=empty_disk)

    def step_clock(self, host: str, by: str) -> None:
        """Set the calendar clock of a host forward by `"5 s"`, or back by `"-5 s"`; no timer notices."""
        self.fault("clock step", host=host, by=by)

    def open(self, coax: str, at: str) -> None:
        """Break the conductor of a coax, `at` such as `"100 m"`."""
        self.fault("open", cable=coax, where=at)

    def short(self, coax: str, at: str) -> None:
        """Connect conductor and shield of a coax, `at` such as `"100 m"`."""
        self.fault("short", cable=coax, where=at)

    def repair(self, coax: str) -> None:
        """Undo what `open` and `short` did."""
        self.fault("repair", cable=coax)

    def terminator_off(self, coax: str, end: End) -> None:
        """Take the terminator off one end of a coax: signals are reflected there."""
        self.fault("terminator off", cable=coax, where=end)

    def terminator_on(self, coax: str, end: End) -> None:
        """Put it on again."""
        self.fault("terminator on", cable=coax, where=end)

    # -- the link ----------------------------------------------------------------------------------------

    def partition(self, one: Stations, other: Stations, *, one_way: bool = False) -> None:
        """Let no frame pass from `one` to `other`, nor back unless `one_way`; each is a host or several.

        What is under way is lost, too. The hosts notice as in life: by their timers.
        """
        for between in _pairs(one, other):
            self.fault("partition", between=between, one_way=one_way)

    def hold(self, one: Stations, other: Stations, *, one_way: bool = False) -> None:
        """Hold all frames between them back; when they are healed, these arrive, in their order."""
        for between in _pairs(one, other):
            self.fault("hold", between=between, one_way=one_way)

    def impair(
        self, one: Stations, other: Stations, *, one_way: bool = False, **path: Unpack[PathKeys]
    ) -> None:
        """Change what becomes of frames between them, such as `delay="200 ms", loss=0.1`.

        What is not given is as in the [link] table.
        """
        for between in _pairs(one, other):
            self.fault("impair", between=between, one_way=one_way, **path)

    def heal(
        self, one: Stations | None = None, other: Stations | None = None, *, one_way: bool = False
    ) -> None:
        """Undo `partition`, `hold` and `impair` between two hosts or groups of them, or everywhere."""
        if one is None and other is None and not one_way:
            self.fault("heal")
            return
        if one is None or other is None:
            raise TypeError("give heal() both ends of a way, or none for all")
        for between in _pairs(one, other):
            self.fault("heal", between=between, one_way=one_way)


def _pairs(one: Stations, other: Stations) -> list[list[str]]:
    """ValueError for groups that are empty, or have a host in common: nothing is done then."""
    first, second = _names(one), _names(other)
    if not (first and second):
        raise ValueError("there is nobody on one side")
    both = [name for name in first if name in second]
    if both:
        raise ValueError(f'"{both[0]}" is on both sides')
    return [[a, b] for a in first for b in second]


def _names(stations: Stations) -> Sequence[str]:
    return [stations] if isinstance(stations, str) else stations
