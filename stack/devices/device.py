"""The face that all devices have, and the one who carries frames between a stack and its devices.

A device takes frames and gives frames; it never blocks and knows no time but what it is given. A
middleware device holds another and passes its frames on, perhaps changed, late or not at all.
"""

from collections.abc import Mapping
from typing import Protocol

from stack.interface import Interface
from stack.stack import Stack


class Device(Protocol):
    """One end of a link. Frames are Ethernet frames without FCS, instants are ns."""

    def send(self, frame: bytes, now: int) -> None:
        """Take a frame from the stack."""

    def receive(self, now: int) -> list[bytes]:
        """The frames that have arrived by `now`, each given once, in order."""

    def next_deadline(self) -> int | None:
        """When `receive` has something to give or a held frame goes on; None if nothing is known."""


class Attachment:
    """A stack and the device of each of its interfaces."""

    def __init__(self, stack: Stack, devices: Mapping[Interface, Device]) -> None:
        self._stack = stack
        self._devices = devices

    def poll(self, now: int) -> None:
        """Carry what has come, run the timers that are due, carry what goes."""
        for interface, device in self._devices.items():
            for frame in device.receive(now):
                self._stack.receive(interface, frame, now)
        self._stack.advance(now)
        for interface, frame in self._stack.output():
            self._devices[interface].send(frame, now)

    def next_deadline(self) -> int | None:
        """When to poll again at the latest; None if nothing is known to come."""
        instants = [device.next_deadline() for device in self._devices.values()]
        instants.append(self._stack.next_deadline())
        return min((instant for instant in instants if instant is not None), default=None)
