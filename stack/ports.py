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
from stack.wire.address import ANY


class Binding:
    """One holder of a port. All but address and port may change while it is held."""

    __slots__ = ("address", "listening", "port", "reuse", "reuse_port")

    def __init__(self, address: int, port: int, reuse: bool, reuse_port: bool = False) -> None:
        self.address = address
        self.port = port
        self.reuse = reuse
        self.reuse_port = reuse_port
        self.listening = False

    def clashes(self, other: "Binding") -> bool:
        """Whether `other`, which is held already, stands against this one."""
        overlap = ANY in (self.address, other.address) or self.address == other.address
        may_share = self.reuse and other.reuse and not other.listening
        return overlap and not may_share and not (self.reuse_port and other.reuse_port)


class PortTable:
    """The ports of one protocol on one host."""

    def __init__(self, random: random_module.Random, ephemeral: tuple[int, int]) -> None:
        self._random = random
        self._ephemeral = ephemeral
        self._bindings: dict[int, list[Binding]] = {}

    def claim(
        self,
        address: int,
        port: int,
        reuse: bool,
        error: int = errno.EADDRINUSE,
        reuse_port: bool = False,
    ) -> Binding:
        """Hold `port` at `address` (port 0: any free one). OSError `error` when it is taken, or all are."""
        for candidate in (port,) if port else self._candidates():
            binding = Binding(address, candidate, reuse and port != 0, reuse_port and port != 0)
            if not self.clashes(binding):
                binding.reuse, binding.reuse_port = reuse, reuse_port
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

    def _candidates(self) -> Iterator[int]:
        # RFC 6056 section 3.3.1: start at a random port, then try each in turn.
        first, last = self._ephemeral
        count = last - first + 1
        start = self._random.randrange(count)
        return (first + (start + step) % count for step in range(count))


def spread(remote: tuple[int, int], among: int) -> int:
    """Which of so many that share a port a peer gets: always the same one, and each as often as others."""
    if among == 1:
        return 0
    address, port = remote
    return crc32(address.to_bytes(4, "big") + port.to_bytes(2, "big")) % among
