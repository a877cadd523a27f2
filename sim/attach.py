"""Hosts: each with drivers on its adapters of the engine, or side by side on a link without hardware."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Network
from random import Random
from typing import Literal

from driver.settings import Settings as DriverSettings
from journal.event import FieldValue
from journal.kind import EventKind
from sim.impairments import Impairments
from sim.os.bus_owner import BusOwner
from sim.os.clock import EPOCH_NS, HostClock
from sim.os.device import Device, OnFrame
from sim.os.host import Host as SimulatedHost
from sim.os.kernel import Kernel
from sim.os.link import Link, LinkDevice
from sim.os.processor import Processor
from sim.scenario import model
from stack.dns.resolver import Settings
from stack.parameters import LINUX, Parameters
from stack.wire.ethernet import ALL_HOSTS

DEFAULT_ROUTE = IPv4Network("0.0.0.0/0")
Record = Callable[[str, Literal["received", "sent"], bytes, bytes], None]
"""Called with the adapter, one of `Scenario.adapters`, and a frame that passes between driver and stack."""


class Attachment:
    """Makes the hosts of a scenario, in its order, and puts each on its cables or on the link."""

    def __init__(self, kernel: Kernel, scenario: model.Scenario, record: Record) -> None:
        self.stations: dict[str, LinkDevice] = {}
        """Those on the link, by adapter; none where there is hardware."""
        self.impairments: Impairments | None = None
        """Of the link, if there is one."""
        self._kernel = kernel
        self._seed = scenario.seed
        self._epoch_ns = EPOCH_NS if scenario.epoch_ns is None else scenario.epoch_ns
        self._record = record
        self._adapters = 0
        self._link = None
        if scenario.link is not None:
            self.impairments = Impairments(kernel, scenario.link, scenario.seed, self.stations)
            self._link = Link(kernel, rate=scenario.link.rate, ways=self.impairments)

    def add(self, host: model.Host) -> SimulatedHost:
        """Make the next host."""
        # A router finds its ways itself (RFC 1812 section 5.2.7.2).
        profile = LINUX if host.profile == "linux" else Parameters()
        parameters = replace(
            profile,
            forwarding=host.forwarding,
            accept_redirects=not host.forwarding,
            conflict_detection=host.conflict_detection,
            msl=profile.msl if host.time_wait_ns is None else host.time_wait_ns // 2,
        )
        clock = HostClock(self._kernel, self._crystal_ppb(host), host.clock_offset_ns, self._epoch_ns)
        processor = Processor(
            clock,
            host.processing_latency_ns,
            host.processing_time_ns,
            Random(f"{self._seed}/{host.name}/processor"),
        )
        random = Random(f"{self._seed}/{host.name}")
        made = self._kernel.add_host(host.name, random, parameters, clock, processor)
        made.zone = host.timezone
        devices: list[Device] = []
        for socket, adapter in zip(host.sockets, host.adapters, strict=True):
            on_frame = partial(self._record, socket)
            if self._link is not None:
                station = self._link.device(adapter.effective_address, on_frame, processor)
                self.stations[socket] = station
                devices.append(station)
            else:
                devices.append(self._owner(host, adapter, socket, on_frame, made))
        made.set_up(partial(_configure, made, host, devices))
        return made

    def _crystal_ppb(self, host: model.Host) -> int:
        """The error of its crystal, drawn if it is not given."""
        if host.clock_ppm is not None:
            return round(host.clock_ppm * 1000)
        most = model.CLOCK_TOLERANCE_PPM * 1000
        return Random(f"{self._seed}/{host.name}/crystal").randint(-most, most)

    def _owner(
        self, host: model.Host, adapter: model.Adapter, socket: str, on_frame: OnFrame, made: SimulatedHost
    ) -> BusOwner:
        settings = DriverSettings(
            full_duplex=adapter.duplex == "full",
            negotiate=adapter.duplex == "auto",
            flow_control=adapter.flow_control,
            station_address=adapter.station_address,
            promiscuous=adapter.promiscuous,
            groups=(ALL_HOSTS,),
            frames_in_flight=adapter.frames_in_flight,
            separate_interrupts=adapter.separate_interrupts,
        )
        owner = BusOwner(
            made.clock,
            self._kernel.engine,
            self._adapters,
            partial(_emit, self._kernel, socket),
            on_frame,
            settings,
            interrupt_latency_ns=host.interrupt_latency_ns,
            processor=made.processor,
            link_poll_ns=adapter.link_poll_ns,
        )
        self._kernel.connect_adapter(self._adapters, owner)
        self._adapters += 1
        return owner


def _configure(made: SimulatedHost, host: model.Host, devices: Sequence[Device]) -> None:
    """Interfaces, routes and name servers of a stack, as the scenario has them."""
    made.resolver.settings = Settings(tuple(map(str, host.nameservers)), host.search)
    interfaces = [
        made.attach(device, adapter.address, adapter.name, mtu=adapter.mtu)
        for device, adapter in zip(devices, host.adapters, strict=True)
    ]
    default = [model.Route(DEFAULT_ROUTE, host.gateway)] if host.gateway is not None else []
    for route in (*default, *host.routes):
        near = [interface for interface in interfaces if route.via in interface.network]
        interface = max(near, key=lambda one: one.network.prefixlen)
        made.stack.routes.add(route.to, interface, route.via)


def _emit(kernel: Kernel, where: str, kind: type[EventKind], /, **fields: FieldValue) -> None:
    kernel.emit(where, kind, fields)
