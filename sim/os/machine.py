"""The network side of a simulated computer: a stack, and the devices under it.

The stack never blocks and owns no clock, so after every call into it somebody must carry its frames
to the devices and look when it is to be called again. That is `settle`, and this is the only place
that does it. One kernel timer serves all deadlines of a stack, and it is lazy: set earlier when need
be, never moved later, so that a packet that postpones a retransmission costs no timer.
"""

from collections.abc import Callable
from copy import copy
from functools import partial
from ipaddress import IPv4Interface
from random import Random
from typing import TYPE_CHECKING

from journal.event import FieldValue
from journal.kind import EventKind
from sim.os import events
from sim.os.clock import HostClock
from sim.os.descriptors import Numbers
from sim.os.device import Device
from sim.os.local_sockets import LocalSockets
from sim.os.processor import Processor
from sim.os.system import System
from stack.dns.resolver import Resolver
from stack.interface import Interface
from stack.parameters import Parameters
from stack.send_memory import Charge
from stack.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from sim.os.timers import Timer

_LOOPBACK = "127.0.0.1"


class Machine:
    """What a process knows of its host (`sim.os.host.Host`)."""

    def __init__(
        self,
        kernel: System,
        name: str,
        random: Random,
        parameters: Parameters,
        clock: HostClock,
        processor: Processor,
    ) -> None:
        self.kernel = kernel
        self.name = name
        self.clock = clock
        """What its stack, its drivers and its programs measure time by."""
        self.processor = processor
        self.seed = copy(random).getrandbits(64)
        """Of the random numbers of its programs; those of its stack do not depend on it."""
        self.stack = Stack(name, random, self.emit, parameters, kernel.protocols)
        self.resolver = Resolver(random, self.emit)
        self.directory: Path | None = None
        """Absolute; where its programs begin, and what stays when it is switched off."""
        self.zone = "UTC"
        """That of its calendar, as tzset(3) takes it."""
        self.numbers = Numbers()
        self.local = LocalSockets(self.numbers, lambda: self.directory)
        self.devices: dict[Interface, Device] = {}
        """By interface, in the order of their attachment; the loopback interface has none."""
        self.on = True
        """Whether it is switched on."""
        self._random = random
        self._parameters = parameters
        self._set_up: list[Callable[[], object]] = []
        self._starting = 0
        """Devices that are not up yet."""
        self._waiting: list[Callable[[], None]] = []
        """What is to happen when they are, or when the machine is switched on."""
        self._timer: Timer | None = None
        self._settling = False
        self._deadline = 0
        """Of the stack, which the timer is for."""

    def emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        """Record an event of this host."""
        self.kernel.emit(self.name, kind, fields)

    # -- power and devices -------------------------------------------------------------------------

    def attach(
        self, device: Device, address: IPv4Interface, name: str = "eth0", *, mtu: int = 1500
    ) -> Interface:
        """Put an interface with `address` on `device`. The first one gives the host's name its address.

        Its station address is the device's, which may not know it before the run has begun.
        """
        interface = self.stack.add_interface(name, device.mac, address, mtu=mtu)
        self.devices[interface] = device
        interface.room = device.room
        interface.listen = device.listen
        device.deliver = lambda frame: self._receive(interface, frame)
        device.release = self._release
        self.kernel.names.setdefault(self.name, str(address.ip))
        return interface

    def set_up(self, configure: Callable[[], object]) -> None:
        """Call `configure`, which gives the stack its interfaces, now and when the host is switched on."""
        self._set_up.append(configure)
        configure()

    def start(self) -> None:
        """Start the devices, when the run begins or the host is switched on."""
        self._starting = len(self.devices)
        for interface, device in self.devices.items():
            device.start(partial(self._device_up, interface, device))
        self.settle()
        if not self.devices:
            self._begin_waiting()

    def _device_up(self, interface: Interface, device: Device) -> None:
        """A device knows its address; when all do, programs may begin."""
        interface.mac = device.mac
        self._starting -= 1
        if not self._starting:
            self._begin_waiting()

    def _begin_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for begin in waiting:
            begin()

    @property
    def up(self) -> bool:
        """Whether it is on and its devices work."""
        return self.on and not self._starting

    def when_up(self, begin: Callable[[], None]) -> None:
        """Call `begin` as soon as it is up."""
        self._waiting.append(begin)

    def lose_power(self) -> None:
        """Stack and drivers end where they are. What is on its disk stays.

        Connections are half open: their other ends notice by a timer, or by the RST that the host
        answers to their next segment when it is on again (RFC 9293 section 3.5.1).
        """
        for device in self.devices.values():
            device.switch_off()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.devices.clear()
        self.numbers.clear()
        self.local.clear()
        self.stack = Stack(self.name, self._random, self.emit, self._parameters, self.kernel.protocols)
        self.resolver = Resolver(self._random, self.emit)

    def switch_on(self) -> None:
        """Start again: the devices, then the services that ran when it was switched off."""
        if self.on:
            return
        self.emit(events.SwitchedOn)
        self.on = True
        for configure in self._set_up:
            configure()
        self.start()

    # -- frames and deadlines ----------------------------------------------------------------------

    def busy(self) -> bool:
        """Whether the stack or a device still has work that no program waits for."""
        return self.stack.busy() or any(device.busy() for device in self.devices.values())

    def _receive(self, interface: Interface, frame: bytes) -> None:
        self.kernel.progress()
        self.stack.receive(interface, frame, self.clock.now)
        self.settle()

    def _release(self, charge: Charge) -> None:
        self.stack.release(charge, self.clock.now)
        self.settle()

    def settle(self) -> None:
        """After any call into the stack: hand its frames to the devices, keep its next deadline."""
        if self._settling:  # a device dropped a frame, and its sender may have made another
            return
        self._settling = True
        try:
            while outgoing := self.stack.outgoing():
                for interface, frame, charge in outgoing:
                    self.kernel.progress()
                    self.devices[interface].transmit(frame, charge)
        finally:
            self._settling = False
        deadline = self.stack.next_deadline()
        if deadline is None:
            return
        if self._timer is not None:
            if self._deadline <= deadline:
                return
            self._timer.cancel()
        self._deadline = deadline
        self._timer = self.clock.call_at(deadline + self.processor.timer(), self._advance)

    def _advance(self) -> None:
        self._timer = None
        self.stack.advance(self.clock.now)
        self.settle()

    def name_of(self, address: str) -> str | None:
        """The name of `address` in the hosts file."""
        if address == _LOOPBACK:
            return "localhost"
        return next((name for name, known in self.kernel.names.items() if known == address), None)
