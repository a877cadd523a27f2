"""What kind of computer a host is: `os.uname`, `platform`, its interfaces, the C libraries that there are.

All hosts are alike but for their names, and no answer is the real machine's, so that runs on two machines are
equal; `platform` keeps answers in caches of its own, which are left alone. Libraries are the real ones, which
a program loads into this Python: they are looked for outside the simulation, since that starts a compiler.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import ctypes.util
import errno
import os
import platform
import socket
from ipaddress import IPv4Interface
from typing import Any

from greenlet import getcurrent, greenlet

from sim.os.process import Thread
from sim.python.dispatch import dispatch, real, system_call

_SYSTEM, _RELEASE, _VERSION, _MACHINE = "Linux", "6.12.0", "#1 SMP", "x86_64"


def _os_uname(thread: Thread) -> os.uname_result:
    return os.uname_result((_SYSTEM, thread.process.host.name, _RELEASE, _VERSION, _MACHINE))


def _uname(thread: Thread) -> Any:
    answer: Any = platform.uname_result(*_os_uname(thread))
    answer.processor = ""  # what uname(1) would be asked for otherwise
    return answer


def _platform(thread: Thread, aliased: bool = False, terse: bool = False) -> str:
    return f"{_SYSTEM}-{_RELEASE}" + ("" if terse else f"-{_MACHINE}-with-glibc2.41")


# -- interfaces --------------------------------------------------------------------------------------


def _interfaces(thread: Thread) -> list[tuple[int, str]]:
    """Numbered from 1 on, the loopback interface first, as if_nametoindex(3) has them."""
    names = [interface.name for interface in thread.process.host.stack.interfaces]
    return list(enumerate(sorted(names, key=lambda name: name != "lo"), 1))


def addresses(thread: Thread) -> list[tuple[int, str, IPv4Interface]]:
    """Number, name and address of each, as getifaddrs(3) has them."""
    known = {interface.name: interface for interface in thread.process.host.stack.interfaces}
    return [
        (number, name, IPv4Interface((known[name].address, known[name].network.prefixlen)))
        for number, name in _interfaces(thread)
    ]


def _if_nameindex(thread: Thread) -> list[tuple[int, str]]:
    return _interfaces(thread)


def _if_nametoindex(thread: Thread, name: str | bytes, /) -> int:
    wanted = os.fsdecode(name)
    for number, known in _interfaces(thread):
        if known == wanted:
            return number
    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


def _if_indextoname(thread: Thread, index: int, /) -> str:
    for number, known in _interfaces(thread):
        if number == index:
            return known
    raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))


# -- libraries ---------------------------------------------------------------------------------------


def _find_library(thread: Thread, name: str) -> str | None:
    """As outside: in a greenlet that no simulated thread is above of."""
    here = getcurrent()

    def look() -> None:
        try:
            found = real["ctypes.util.find_library"](name)
        except OSError:
            found = None
        here.switch(found)

    answer: str | None = greenlet(look, thread.parent).switch()
    return answer


def install() -> None:
    """Patch `os.uname`, `platform`, the interfaces of `socket` and `ctypes.util`."""
    dispatch(os, "uname", _os_uname)
    dispatch(platform, "uname", _uname)
    dispatch(platform, "platform", _platform)
    for name, simulated in (
        ("if_nameindex", _if_nameindex),
        ("if_nametoindex", _if_nametoindex),
        ("if_indextoname", _if_indextoname),
    ):
        dispatch(socket, name, system_call(simulated))
    dispatch(ctypes.util, "find_library", _find_library)
