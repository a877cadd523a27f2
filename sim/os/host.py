"""A simulated host: a stack, the devices under it, and the processes above it.

The stack never blocks and owns no clock, so after every call into it somebody must carry its frames
to the devices and look when it wants to be called again. That is `settle`, and this is the only place
that does it. One kernel timer serves all deadlines of a stack, and it is lazy: set earlier when need
be, never moved later, so that a packet that postpones a retransmission costs no timer.
"""

import shlex
from collections.abc import Callable
from copy import copy
from functools import partial
from ipaddress import IPv4Interface
from random import Random
from typing import TYPE_CHECKING

from sim.events import FieldValue
from sim.os import descriptors
from sim.os.device import Device
from sim.os.process import Main, Process
from stack.dns.resolver import Resolver
from stack.interface import Interface
from stack.parameters import Parameters
from stack.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.os.kernel import Kernel
    from sim.os.timers import Timer

_LOOPBACK = "127.0.0.1"


class Host:
    """One computer. Made by `Kernel.add_host`."""

    def __init__(self, kernel: "Kernel", name: str, random: Random, parameters: Parameters) -> None:
        self.kernel = kernel
        self.name = name
        self.seed = copy(random).getrandbits(64)
        """Of the random numbers of its programs; those of its stack do not depend on it."""
        self.stack = Stack(name, random, self.emit, parameters)
        self.resolver = Resolver(random, self.emit)
        self.processes: list[Process] = []
        self.directory: Path | None = None
        """Absolute; where its programs begin, and what stays when it is switched off."""
        self.numbers = descriptors.Numbers()
        self.devices: dict[Interface, Device] = {}
        """By interface, in the order of their attachment; the loopback interface has none."""
        self.on = True
        """Whether it is switched on."""
        self._random = random
        self._parameters = parameters
        self._set_up: list[Callable[[], object]] = []
        self._starting = 0
        """Devices that are not up yet."""
        self._waiting: list[Process] = []
        """Programs whose time has come before that, or while the host is off."""
        self._timer: Timer | None = None

    def emit(self, layer: str, kind: str, /, **fields: FieldValue) -> None:
        """Record an event of this host."""
        self.kernel.emit(self.name, layer, kind, fields)

    # -- the network below -------------------------------------------------------------------------

    def attach(
        self, device: Device, address: IPv4Interface, name: str = "eth0", *, mtu: int = 1500
    ) -> Interface:
        """Put an interface with `address` on `device`. The first one gives the host's name its address.

        Its station address is the device's, which may not know it before the run has begun.
        """
        interface = self.stack.add_interface(name, device.mac, address, mtu=mtu)
        self.devices[interface] = device
        device.deliver = lambda frame: self._receive(interface, frame)
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
            device.start(partial(self._up, interface, device))
        self.settle()
        if not self.devices:
            self._begin_waiting()

    def _up(self, interface: Interface, device: Device) -> None:
        """A device knows its address; when all do, programs may begin."""
        interface.mac = device.mac
        self._starting -= 1
        if not self._starting:
            self._begin_waiting()

    def _begin_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for process in waiting:
            self.kernel.begin(process)

    def ready_for(self, process: Process) -> bool:
        """Whether the host is up; if not, `process` is begun as soon as it is."""
        up = self.on and not self._starting
        if not up:
            self._waiting.append(process)
        return up

    def keeps_waiting(self, process: Process) -> bool:
        """Whether the time of `process` has come, and the host is not up."""
        return process in self._waiting

    def switch_off(self) -> None:
        """The power is gone: programs, stack and driver end where they are, and nobody is told.

        What is on its disk stays. Connections are half open: their other ends learn of it by a timer, or by
        the RST that the host answers to their next segment when it is on again (RFC 9293 section 3.5.1).
        """
        if not self.on:
            return
        self.emit("host", "switched off")
        self.on = False
        for process in [one for one in self.processes if one.threads and not one.ended]:
            self.kernel.lose(process)
            if process.service:
                process.reborn = self._new_process(process.words, process.body, service=True)
                self._waiting.append(process.reborn)
        for device in self.devices.values():
            device.switch_off()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.devices.clear()
        self.numbers = descriptors.Numbers()
        self.stack = Stack(self.name, self._random, self.emit, self._parameters)
        self.resolver = Resolver(self._random, self.emit)

    def switch_on(self) -> None:
        """Start anew: the devices, then the services that ran when it was switched off."""
        if self.on:
            return
        self.emit("host", "switched on")
        self.on = True
        for configure in self._set_up:
            configure()
        self.start()

    def busy(self) -> bool:
        """Whether the stack or a device still has work that no program waits for."""
        return self.stack.busy() or any(device.busy() for device in self.devices.values())

    def _receive(self, interface: Interface, frame: bytes) -> None:
        self.kernel.progress()
        self.stack.receive(interface, frame, self.kernel.now)
        self.settle()

    def settle(self) -> None:
        """After any call into the stack: hand its frames to the devices, keep its next deadline."""
        for interface, frame in self.stack.output():
            self.kernel.progress()
            self.devices[interface].transmit(frame)
        deadline = self.stack.next_deadline()
        if deadline is None:
            return
        if self._timer is not None:
            if self._timer.deadline <= deadline:
                return
            self._timer.cancel()
        self._timer = self.kernel.call_at(deadline, self._advance)

    def _advance(self) -> None:
        self._timer = None
        self.stack.advance(self.kernel.now)
        self.settle()

    # -- the programs above ------------------------------------------------------------------------

    def spawn(
        self,
        command: "str | Sequence[str]",
        main: Main,
        *,
        at_ns: int = 0,
        service: bool = False,
        replaces: Process | None = None,
    ) -> Process:
        """Run `main` as a process from `at_ns` on, with `command` (name first) as its command line.

        Then `replaces` is told to stop (SIGTERM), and the new process begins when that has ended.
        """
        words = shlex.split(command) if isinstance(command, str) else list(command)
        process = self._new_process(words, main, service=service)
        self.kernel.launch(process, at_ns, replaces)
        return process

    def _new_process(self, words: "Sequence[str]", main: Main, *, service: bool) -> Process:
        process = Process(self, len(self.processes) + 1, words, main, service=service)
        self.processes.append(process)
        return process

    def name_of(self, address: str) -> str | None:
        """The name of `address` in the hosts file."""
        if address == _LOOPBACK:
            return "localhost"
        return next((name for name, known in self.kernel.names.items() if known == address), None)

    def running(self, pid: int) -> Process | None:
        """The process with number `pid` that has not ended."""
        return next((one for one in self.processes if one.pid == pid and not one.ended), None)

    def close_descriptors(self, process: Process) -> None:
        """Close what `process` left open, in the order of the descriptors."""
        for fd in sorted(process.descriptors):
            descriptors.close(process, fd)
        self.settle()
