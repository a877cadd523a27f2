"""Faults happen: to cables, and to the power of hosts."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from journal.event import FieldValue
from sim.events import FAULTS
from sim.os.host import Host
from sim.os.kernel import Kernel
from sim.os.link import LinkDevice
from sim.scenario.model import CableFault, Scenario
from sim.scenario.plan import box


class Faults:
    """What has happened to the cables and hosts of `scenario`.

    `strike` lets a fault happen to the hardware; `stations` are those on a link, which has none, by adapter.
    """

    def __init__(
        self,
        scenario: Scenario,
        strike: Callable[[CableFault], None],
        kernel: Kernel,
        hosts: Mapping[str, Host],
        stations: Mapping[str, LinkDevice],
    ) -> None:
        self._sockets = {host.name: host.sockets for host in scenario.hosts}
        self._strike = strike
        self._kernel = kernel
        self._hosts = hosts
        self._stations = stations
        self._unplugged: set[str] = set()
        """Adapters whose AUI is unplugged."""

    def strike(self, fault: CableFault) -> None:
        """Report a fault, and let it happen now."""
        if fault.what in ("power off", "power on"):
            self._switch(fault)
            return
        if fault.what == "unplug":
            self._unplugged.add(fault.host)
        elif fault.what == "plug":
            self._unplugged.discard(fault.host)
        self._kernel.emit(fault.host or fault.cable, FAULTS[fault.what], _place(fault))
        host = self._hosts.get(box(fault.host))  # none: a coax, or the port of a hub
        if host is None or host.on:  # an adapter of a host that is off is as if unplugged
            self._apply(fault)

    def _apply(self, fault: CableFault) -> None:
        if fault.host in self._stations:
            self._stations[fault.host].link_up = fault.what == "plug"
        else:
            self._strike(fault)

    def _switch(self, fault: CableFault) -> None:
        """A host without power drives nothing and receives nothing: for its cables it is unplugged."""
        host = self._hosts[fault.host]
        if host.on is (fault.what == "power on"):
            return
        for socket in self._sockets[host.name]:
            if socket not in self._unplugged:
                self._apply(replace(fault, what="unplug" if host.on else "plug", host=socket))
        (host.switch_off if host.on else host.switch_on)()


def _place(fault: CableFault) -> dict[str, FieldValue]:
    if fault.what in ("open", "short"):
        return {"at_mm": fault.at_mm}
    if fault.what in ("terminator off", "terminator on"):
        return {"end": fault.end} if fault.end else {"at_mm": fault.at_mm}
    return {}
