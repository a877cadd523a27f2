"""The files in /etc that say who a host is: made of the simulation, in the place of the real machine's.

Resolvers that are packages of their own read them (hosts(5), resolv.conf(5), hostname(5)), and a run must not
depend on the machine's. All other files are real (docs/testing.md).
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import builtins
import errno
import io
import os
from collections.abc import Callable
from typing import Any

from sim.os.machine import Machine
from sim.os.process import Thread
from sim.python.dispatch import dispatch, real


def _hosts(host: Machine) -> str:
    lines = ["127.0.0.1\tlocalhost", *(f"{address}\t{name}" for name, address in host.kernel.names.items())]
    return "\n".join(lines) + "\n"


def _resolv_conf(host: Machine) -> str:
    settings = host.resolver.settings
    lines = [f"nameserver {server}" for server in settings.servers]
    if settings.search:
        lines.append(f"search {' '.join(settings.search)}")
    return "".join(f"{line}\n" for line in lines)


_FILES: dict[str, Callable[[Machine], str]] = {
    "/etc/hosts": _hosts,
    "/etc/resolv.conf": _resolv_conf,
    "/etc/hostname": lambda host: f"{host.name}\n",
}


def _open(thread: Thread, file: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
    name = os.fspath(file) if isinstance(file, str | os.PathLike) else None
    made = _FILES.get(name) if isinstance(name, str) else None
    if made is None:
        return real["builtins.open"](file, mode, *arguments, **keywords)
    if set(mode) & set("wax+"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
    text = made(thread.process.host)
    return io.BytesIO(text.encode()) if "b" in mode else io.StringIO(text)


def install() -> None:
    """Patch `open`."""
    dispatch(builtins, "open", _open)
