"""Who holds which port (or ping identifier): the rules of bind().

A new binding, or one that begins to listen, clashes with an older one whose address overlaps, unless
both allow reuse and the older does not listen. That is Linux's reading of SO_REUSEADDR: a server can
be started again while connections of its former self are in TIME-WAIT, but not beside a living one.
Holders who all set SO_REUSEPORT share the port: who asks decides which of them answers (`spread`).
"""

import errno
import random as random_module
from collections.abc import Iterator
from zlib import crc32

from stack.errors import os_error
from stack.options import Options
from stack.wire.address import ANY


class Binding:
    """One holder of a port, with the options of its socket, which may change while it is held."""

    __slots__ = ("address", "listening", "options", "port")

    def __init__(self, address: int, port: int, options: Options) -> None:
        self.address = address
        self.port = port
        self.options = options
        self.listening = False

    def clashes(self, other: "Binding") -> bool:
        """Whether `other`, which is held already, stands against this one."""
        mine, theirs = self.options, other.options
        if mine.reuse_address and theirs.reuse_address and not other.listening:
            return False
        return self.overlaps(other) and not (mine.reuse_port and theirs.reuse_port)

    def overlaps(self, other: "Binding") -> bool:
        """Whether anything can arrive that would be for both."""
        devices = self.options.device, other.options.device
        if "" not in devices and devices[0] != devices[1]:
            return False
        return ANY in (self.address, other.address) or self.address == other.address


class PortTable:
    """The ports of one protocol on one host."""

    def __init__(self, random: random_module.Random, ephemeral: tuple[int, int]) -> None:
        self._random = random
        self._ephemeral = ephemeral
        self._bindings: dict[int, list[Binding]] = {}

    def claim(self, address: int, port: int, options: Options, error: int = errno.EADDRINUSE) -> Binding:
        """Hold `port` at `address` (port 0: any free one). OSError `error` when it is taken, or all are."""
        for candidate in (port,) if port else self._candidates():
            binding = Binding(address, candidate, options)
            if not (self.clashes(binding) if port else self._is_taken(binding)):
                return self.hold(binding)
        raise os_error(error)

    def clashes(self, binding: Binding) -> bool:
        """Whether somebody else's binding stands against this one."""
        return any(
            other is not binding and binding.clashes(other) for other in self._bindings.get(binding.port, ())
        )

    def hold(self, binding: Binding) -> Binding:
        """Enter a binding without asking: a connection keeps the port of the socket that accepted it."""
        self._bindings.setdefault(binding.port, []).append(binding)
        return binding

    def release(self, binding: Binding) -> None:
        """Give the port back."""
        bindings = self._bindings[binding.port]
        bindings.remove(binding)
        if not bindings:
            del self._bindings[binding.port]

    def _is_taken(self, binding: Binding) -> bool:
        """Whether anybody has the port: who does not choose shares with nobody."""
        return any(binding.overlaps(other) for other in self._bindings.get(binding.port, ()))

    def _candidates(self) -> Iterator[int]:
        # RFC 6056 section 3.3.1: start at a random port, then try each in turn.
        first, last = self._ephemeral
        count = last - first + 1
        start = self._random.randrange(count)
        return (first + (start + step) % count for step in range(count))


def spread(remote: tuple[int, int], among: int) -> int:
    """Which of the sockets that share a port a peer gets: always the same one, each as often as others."""
    if among == 1:
        return 0
    address, port = remote
    return crc32(address.to_bytes(4, "big") + port.to_bytes(2, "big")) % among
