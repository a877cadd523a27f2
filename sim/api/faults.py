"""Faults happen: to cables, to hosts and to the link."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from random import Random

from journal.event import FieldValue
from sim.attach import Attachment
from sim.events import FAULTS, DiskEmptied
from sim.impairments import path_of, way_of
from sim.os.bus_owner import BusOwner
from sim.os.host import Host
from sim.os.kernel import Kernel
from sim.scenario.faults import CableFault
from sim.scenario.model import Scenario
from sim.scenario.plan import box


class Faults:
    """What has happened to the cables and hosts of `scenario`.

    `strike` lets a fault happen to the hardware; on a link, which has none, it happens to those on it,
    which `attachment` knows.
    """

    def __init__(
        self,
        scenario: Scenario,
        strike: Callable[[CableFault], None],
        kernel: Kernel,
        hosts: Mapping[str, Host],
        attachment: Attachment,
    ) -> None:
        self._sockets = {host.name: host.sockets for host in scenario.hosts}
        self._strike = strike
        self._kernel = kernel
        self._hosts = hosts
        self._stations = attachment.stations
        self._impairments = attachment.impairments
        self._unplugged: set[str] = set()
        """Adapters whose AUI is unplugged."""
        self._loose: dict[str, Random] = {}
        """What is at the end of a cable whose connector is loose, and its chance."""
        self._seed = scenario.seed

    def strike(self, fault: CableFault) -> None:
        """Report a fault, and let it happen now."""
        if fault.what in ("power off", "power on"):
            self._switch(fault)
            return
        self._kernel.emit(fault.host or fault.cable or "link", FAULTS[fault.what], _details(fault))
        if fault.what in ("partition", "hold", "impair", "heal"):
            assert self._impairments is not None, "a rule of the scenario"
            self._impairments.change(fault)
            return
        if fault.what == "clock step":
            self._hosts[fault.host].clock.step(fault.by_ns)
            return
        if fault.what in ("interrupt off", "interrupt on"):
            self._device(fault.host).jam_interrupt(jammed=fault.what == "interrupt off")
            return
        if fault.what == "loose on":
            self._loose[fault.host] = random = Random(f"{self._seed}/loose/{fault.host}/{fault.at_ns}")
            self._shake(replace(fault, what="unplug"), random)
            return
        if fault.what in ("unplug", "plug", "loose off"):
            self._loose.pop(fault.host, None)  # a hand is at the plug
        self._contact(replace(fault, what="plug") if fault.what == "loose off" else fault)

    def _shake(self, fault: CableFault, random: Random) -> None:
        """Open or close a loose contact now, and again after a while."""
        if self._loose.get(fault.host) is not random:
            return
        self._contact(fault)
        opened = fault.what == "unplug"
        mean_ns = fault.open_ns if opened else fault.closed_ns
        later = replace(fault, what="plug" if opened else "unplug")
        wait_ns = 1 + round(random.expovariate(1 / mean_ns))
        self._kernel.call_at(self._kernel.now + wait_ns, partial(self._shake, later, random))

    def _contact(self, fault: CableFault) -> None:
        if fault.what == "unplug":
            self._unplugged.add(fault.host)
        elif fault.what == "plug":
            self._unplugged.discard(fault.host)
        host = self._hosts.get(box(fault.host))  # none: a coax, or the port of a hub
        if host is None or host.on:  # an adapter of a host that is off is as if unplugged
            self._apply(fault)

    def _apply(self, fault: CableFault) -> None:
        if fault.host in self._stations:
            self._stations[fault.host].link_up = fault.what == "plug"
        else:
            self._strike(fault)

    def _device(self, socket: str) -> BusOwner:
        """The adapter that is an end of cables by this name."""
        name, _, interface = socket.partition(".")
        devices = self._hosts[name].devices
        found = [one for joined, one in devices.items() if joined.name == interface or not interface]
        device = found[0]
        assert isinstance(device, BusOwner)
        return device

    def _switch(self, fault: CableFault) -> None:
        """A host without power drives nothing and receives nothing: for its cables it is unplugged."""
        host = self._hosts[fault.host]
        if host.on is (fault.what == "power on"):
            return
        for socket in self._sockets[host.name]:
            if socket not in self._unplugged:
                self._apply(replace(fault, what="unplug" if host.on else "plug", host=socket))
        if host.on:
            host.switch_off()
            return
        if fault.empty_disk and host.directory is not None:
            self._kernel.emit(host.name, DiskEmptied, {})
            shutil.rmtree(host.directory, ignore_errors=True)
        host.switch_on()


def _details(fault: CableFault) -> dict[str, FieldValue]:
    if fault.what in ("partition", "hold", "heal"):
        return {"way": way_of(fault)}
    if fault.what == "impair":
        return {"way": way_of(fault), "path": path_of(fault)}
    if fault.what == "clock step":
        return {"by_ns": fault.by_ns}
    if fault.what == "noise on":
        return {"rate": fault.rate, "burst": fault.burst}
    if fault.what == "loose on":
        return {"open_ns": fault.open_ns, "closed_ns": fault.closed_ns}
    if fault.what in ("open", "short"):
        return {"at_mm": fault.at_mm}
    if fault.what in ("terminator off", "terminator on"):
        return {"end": fault.end} if fault.end else {"at_mm": fault.at_mm}
    return {}
