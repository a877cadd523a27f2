"""Packages that look behind the names of Python's library: what is done for each when it is imported.

time-machine writes into the C functions of `time` and `datetime` themselves. It is shown those of before, and
works around a run as ever; in a program, whose clock is its host's, it is refused.

freezegun freezes for who asks it to (`sim.python.freezing`).

numpy's functions draw for who calls (`sim.python.numpy_chance`).

aiohttp chooses aiodns, whose sockets are c-ares', when it is imported; in a program it asks by getaddrinfo.

ifaddr, which zeroconf asks for all interfaces, calls getifaddrs(3) by ctypes; a program gets its host's.

pdb's `set_trace` is the debugger for programs.

trio keeps methods of the library's class of sockets, and calls them with its sockets. A simulated socket has
its own, and so has a real one when trio was first imported by a program.
"""

# ruff: noqa: ANN401 (modules have what they have)
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from socket import socket
from types import ModuleType
from typing import Any

from sim.os.breakpoints import set_trace
from sim.os.process import Thread, current
from sim.python import freezing, numpy_chance
from sim.python.barrier import refuse
from sim.python.computer import addresses
from sim.python.dates import ORIGINAL, class_itself, exchange
from sim.python.dispatch import dispatch, names, real
from sim.python.simsocket import SimSocket


@contextmanager
def _as_before() -> Iterator[None]:
    """`time` and `datetime` are what they were before the first network was built."""
    of_time = {name: getattr(time, name) for owner, name in names.values() if owner is time}
    of_datetime = {name: vars(class_itself())[name] for name in ORIGINAL}
    for name in of_time:
        setattr(time, name, real[f"time.{name}"])
    exchange(ORIGINAL)
    try:
        yield
    finally:
        for name, ours in of_time.items():
            setattr(time, name, ours)
        exchange(of_datetime)


def _time_machine(module: Any) -> None:
    for name in ("patch", "unpatch", "patch_if_needed"):
        call = getattr(module, name, None)
        if call is not None:
            setattr(module, name, _outside_only(call))


def _outside_only(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def called(*arguments: Any) -> Any:
        if current() is not None:
            raise refuse(
                "the real clock (time-machine: around a run it works; a host's clock is a key of it)"
            )
        with _as_before():
            return call(*arguments)

    return called


def _trio(module: Any) -> None:
    helper = module._SocketType._nonblocking_helper

    @wraps(helper)
    def with_its_own(self: Any, wait: Any, method: Any, *arguments: Any, **keywords: Any) -> Any:
        return helper(self, wait, _method_of_its_own(method), *arguments, **keywords)

    module._SocketType._nonblocking_helper = with_its_own


def _method_of_its_own(method: Callable[..., Any]) -> Callable[..., Any]:
    """For `method` of a class of sockets the one that the socket itself has."""
    name = getattr(method, "__name__", "")
    if method not in (getattr(socket, name, None), getattr(SimSocket, name, None)):
        return method
    return lambda sock, *arguments, **keywords: getattr(sock, name)(*arguments, **keywords)


def _aiohttp(module: Any) -> None:
    def made(cls: type, loop: Any = None, *arguments: Any, **keywords: Any) -> Any:
        if current() is None or arguments or keywords:  # as which servers it is to ask
            return object.__new__(cls)
        return module.ThreadedResolver(loop)

    module.AsyncResolver.__new__ = made


def _ifaddr(module: Any) -> None:
    adapter, address = module.shared.Adapter, module.shared.IP

    def get_adapters(thread: Thread, include_unconfigured: bool = False) -> Any:
        return [
            adapter(name, name, [address(str(known.ip), known.network.prefixlen, name)], index=index)
            for index, name, known in addresses(thread)
        ]

    dispatch(module, "get_adapters", get_adapters)


def _pdb(module: Any) -> None:
    """Imported by a program: what was imported before is exchanged when a kernel begins to run."""
    if current() is not None:
        module.set_trace = set_trace


_ADAPTED: dict[str, Callable[[Any], None]] = {
    freezing.MODULE: freezing.adapt,
    numpy_chance.MODULE: numpy_chance.adapt,
    "_time_machine": _time_machine,
    "aiohttp.resolver": _aiohttp,
    "ifaddr._posix": _ifaddr,
    "pdb": _pdb,
    "trio._socket": _trio,
}
_done: set[str] = set()


def _adapt(name: str, module: Any) -> None:
    if name not in _done:
        _done.add(name)
        _ADAPTED[name](module)


class _Adapting(Loader):
    """A module's own loader, and what is done after it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with _as_before(), numpy_chance.drawing_nothing():
            self._loader.exec_module(module)
        _adapt(module.__name__, module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in _ADAPTED else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Adapting(spec.loader)
        return spec


def install() -> None:
    """Adapt those that have been imported, and each that will be."""
    for name in _ADAPTED.keys() & sys.modules.keys():
        _adapt(name, sys.modules[name])
    sys.meta_path.insert(0, _Finder())
