"""The type of the class that is `socket.socket` to programs."""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import socket
from abc import ABCMeta
from typing import Any

REAL_SOCKET: Any = socket.socket


class OfPrograms(ABCMeta):
    """The type of `SimSocket`, which is `socket.socket` to programs (`sim.python.sockets`).

    A class that a program derives from it outlives the run, so it is derived from the real one. (Of the
    standard library's metaclasses this has the one that a program may mix in.)
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: Any) -> Any:
        if not any(isinstance(base, OfPrograms) for base in bases):
            return super().__new__(mcs, name, bases, namespace, **keywords)
        real = tuple(REAL_SOCKET if isinstance(base, OfPrograms) else base for base in bases)
        return type(REAL_SOCKET)(name, real, namespace, **keywords)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, REAL_SOCKET)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, REAL_SOCKET)
