"""The module `socket` inside a simulated program: what its functions and its class make (`simsocket`).

`socket.socket.__new__` dispatches, so every reference to the class, however old, makes the right kind,
and `isinstance` holds.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import _socket
import errno
import os
import socket
from abc import ABCMeta
from functools import cache
from types import ModuleType
from typing import Any

from sim.os.descriptors import number
from sim.os.process import Thread, current
from sim.python import arguments
from sim.python.arguments import KIND_MASK
from sim.python.barrier import refuse
from sim.python.dispatch import dispatch, real, system_call
from sim.python.simsocket import SimSocket, borrowed
from sim.python.socket_calls import CallingSocket
from sim.python.socket_class import REAL_SOCKET, OfPrograms
from sim.python.stand_in import stand_in


def _new(self: Any, cls: Any, *arguments: Any, **keywords: Any) -> Any:
    if current() is None:
        return real["socket.socket.__new__"](cls, *arguments, **keywords)
    return _socket.socket.__new__(_simulated(cls))


@cache
def _simulated(cls: Any) -> Any:
    """`cls`, a class of sockets, over the simulated stack: what a program's own class does stays on top."""
    if issubclass(cls, CallingSocket):
        return cls
    return SimSocket if cls is REAL_SOCKET else _over_simulation(cls)


def _over_simulation(cls: Any) -> Any:
    """`cls`, a class of real sockets, over the simulated stack: what it does itself stays on top."""
    looks = {"__module__": cls.__module__, "__qualname__": cls.__qualname__}
    return ABCMeta.__new__(OfPrograms, cls.__name__, (cls, SimSocket), looks)


class _SocketModule(ModuleType):
    """The type of the module `socket`: `socket.socket` is to each caller what its sockets are.

    Packages compare `type(sock) is socket.socket`. Who has the class already has the real one, and its
    `__new__` makes the right kind.
    """

    @property
    def socket(self) -> Any:
        """The class; real code may replace or delete it, as anything of a module."""
        if current() is not None:
            return SimSocket
        try:
            return self.__dict__["socket"]
        except KeyError:
            raise AttributeError("module 'socket' has no attribute 'socket'") from None

    @socket.setter
    def socket(self, value: Any) -> None:
        self.__dict__["socket"] = value

    @socket.deleter
    def socket(self) -> None:
        del self.__dict__["socket"]


def _socketpair(
    thread: Thread, family: int | None = None, type: int = socket.SOCK_STREAM, proto: int = 0
) -> tuple[socket.socket, socket.socket]:
    if family not in (None, socket.AF_UNIX):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    process = thread.process
    table = process.descriptors
    table.need(2)
    ends = process.host.local.pair(type & KIND_MASK, proto)
    for end in ends:
        table.add(end.fd, end)
        table.set_blocking(end, not type & socket.SOCK_NONBLOCK)
        end.credentials = (process.pid, os.getuid(), os.getgid())
    kind = type & ~socket.SOCK_CLOEXEC
    return SimSocket(type=kind, fileno=ends[0].fd), SimSocket(type=kind, fileno=ends[1].fd)


def _no_real_pair(thread: Thread, *arguments: Any) -> None:
    raise refuse("a real socket")


def _getdefaulttimeout(thread: Thread) -> float | None:
    return thread.process.socket_timeout


def _setdefaulttimeout(thread: Thread, timeout: float | None, /) -> None:
    thread.process.socket_timeout = arguments.timeout(timeout)


def _dup(thread: Thread, fd: int, /) -> int:
    return thread.process.descriptors.duplicate(number(fd))


def _close(thread: Thread, fd: int, /) -> None:
    thread.process.descriptors.behind(fd)
    with borrowed(fd) as sock:
        sock.close()


def install() -> None:
    """Patch the module `socket`."""
    socket.__class__ = _SocketModule
    real["socket.socket.__new__"] = socket.socket.__new__
    socket.socket.__new__ = stand_in(socket.socket.__new__, _new)  # type: ignore[method-assign]  # as is meant
    dispatch(_socket, "socketpair", _no_real_pair)
    dispatch(socket, "socketpair", _socketpair)
    dispatch(socket, "getdefaulttimeout", _getdefaulttimeout)
    dispatch(socket, "dup", system_call(_dup))
    dispatch(socket, "close", system_call(_close))
    dispatch(socket, "setdefaulttimeout", _setdefaulttimeout)
    socket.has_ipv6 = _NoIpv6() if socket.has_ipv6 else False  # type: ignore[assignment]


class _NoIpv6(int):
    """`socket.has_ipv6`, a constant that programs test: false to a simulated one."""

    def __new__(cls) -> "_NoIpv6":
        return super().__new__(cls, 1)

    def __bool__(self) -> bool:
        return current() is None

    def __repr__(self) -> str:
        return repr(bool(self))
