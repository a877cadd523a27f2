"""The functions of `os` that take a descriptor: with one of a simulated socket, they act on that.

All other numbers are files of the real machine, as `open` gives them. A real pipe would be waited for
outside simulated time, so there is none; `socket.socketpair` does what it does.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import os
from collections.abc import Callable
from typing import Any

from sim.os.process import Thread
from sim.python.barrier import refuse
from sim.python.dispatch import dispatch, real, system_call
from sim.python.simsocket import SimSocket


def _of_a_socket(name: str, simulated: Callable[..., Any]) -> None:
    """Let `os.NAME` do what `simulated` does if its first argument is a descriptor of the process."""
    key = f"{os.__name__}.{name}"

    def call(thread: Thread, fd: Any, /, *arguments: Any, **keywords: Any) -> Any:
        if fd in thread.process.descriptors:
            return system_call(simulated)(thread, fd, *arguments)
        return real[key](fd, *arguments, **keywords)

    dispatch(os, name, call)


def _borrow(thread: Thread, fd: int, call: Callable[[SimSocket], Any]) -> Any:
    """Do something with a socket object of `fd`, and leave the descriptor open."""
    sock = SimSocket(fileno=fd)
    sock.settimeout(None)
    try:
        return call(sock)
    finally:
        sock.detach()


def _read(thread: Thread, fd: int, octets: int, /) -> bytes:
    data: bytes = _borrow(thread, fd, lambda sock: sock.recv(octets))
    return data


def _write(thread: Thread, fd: int, data: Any, /) -> int:
    sent: int = _borrow(thread, fd, lambda sock: sock.send(data))
    return sent


def _dup(thread: Thread, fd: int, /) -> int:
    return thread.process.descriptors.duplicate(fd)


def _close(thread: Thread, fd: int, /) -> None:
    SimSocket(fileno=fd).close()


def _no_pipe(thread: Thread, *arguments: Any, **keywords: Any) -> Any:
    raise refuse("a real pipe (socket.socketpair is offered)")


def install() -> None:
    """Patch `os`."""
    for name, simulated in (("read", _read), ("write", _write), ("dup", _dup), ("close", _close)):
        _of_a_socket(name, simulated)
    for name in ("pipe", "pipe2", "eventfd", "openpty"):
        dispatch(os, name, _no_pipe)
