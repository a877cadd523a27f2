"""Sockets of our stack and of Linux behind one face, so that one scenario can be played on both."""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stack.stack import Stack

Made = Any
"""A socket of either kind: ours dispatches by name."""
Scenario = Callable[["World"], object]


class Ours:
    """Our sockets with the names of the standard library's, at instant 0 (nothing here needs time)."""

    def __init__(self, stack: Stack, made: Made) -> None:
        self.stack, self.made = stack, made

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self.made, name)
        if name in ("getsockname", "getpeername", "getsockopt"):
            return method
        if name == "accept":
            return lambda: (lambda child, peer: (Ours(self.stack, child), peer))(*method(0))
        return lambda *arguments: method(*arguments, 0)

    def ready(self) -> tuple[bool, bool]:
        return self.made.readable(), self.made.writable()

    def poll(self) -> int:
        return self.made.poll()


class Theirs(socket.socket):
    def ready(self) -> tuple[bool, bool]:
        read, write, _ = select.select([self], [self], [], 0)
        return bool(read), bool(write)

    def poll(self) -> int:
        asked = select.poll()
        asked.register(self, select.POLLIN | select.POLLPRI | select.POLLOUT | select.POLLRDHUP)
        return dict(asked.poll(0)).get(self.fileno(), 0)

    def accept(self) -> tuple[Theirs, tuple[str, int]]:
        fd, peer = self._accept()
        child = Theirs(fileno=fd)
        child.setblocking(False)
        return child, peer


class World:
    """Makes sockets, ours or Linux's; a scenario cannot distinguish them."""

    def __init__(self, stack: Stack | None = None) -> None:
        self.stack, self.open = stack, []

    def socket(self, *arguments: object) -> Made:
        made = Ours(self.stack, self.stack.socket(*arguments)) if self.stack else Theirs(*arguments)
        if not self.stack:
            made.setblocking(False)
        self.open.append(made)
        return made

    def tcp(self) -> Made:
        return self.socket(socket.AF_INET, socket.SOCK_STREAM)

    def udp(self) -> Made:
        return self.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def listener(self) -> Made:
        made = self.tcp()
        made.bind(("127.0.0.1", 0))
        made.listen(5)
        return made

    def pair(self) -> tuple[Made, Made]:
        listener = self.listener()
        client = self.tcp()
        attempt(client.connect, listener.getsockname())
        child, _ = listener.accept()
        self.open.append(child)
        return client, child

    def refused(self) -> tuple[str, int]:
        """A port that no socket has."""
        made = self.tcp()
        made.bind(("127.0.0.1", 0))
        return made.getsockname()


def attempt(call: Callable[..., object], *arguments: object) -> object:
    try:
        result = call(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
    return result if isinstance(result, bytes | int) else None


def so_error(made: Made) -> object:
    return errno.errorcode.get(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)


def reset(made: Made) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.close()


class Scenarios(dict[str, Scenario]):
    """Scenarios by name; as a decorator it enters one."""

    def __call__(self, function: Scenario) -> Scenario:
        self[function.__name__] = function
        return function

    def play(self, name: str, stack: Stack) -> list[object]:
        """What comes of one on our stack, and on Linux."""
        worlds = [World(stack), World()]
        try:
            return [self[name](world) for world in worlds]
        finally:
            for made in worlds[1].open:
                made.close()
