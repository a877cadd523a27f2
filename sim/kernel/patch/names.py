"""Host names: each simulated host knows the names of the scenario, as from /etc/hosts, and no others.

`localhost` and dotted quads need no table. Services have the numbers that /etc/services gives them,
for the few that programs ask for, so that no run depends on the machine's own file.
"""

import errno
import os
import socket
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sim.kernel.patch.dispatch import dispatch, system_call
from sim.kernel.process import Thread

_SERVICES = {
    "echo": 7,
    "ftp": 21,
    "smtp": 25,
    "domain": 53,
    "http": 80,
    "pop3": 110,
    "ntp": 123,
    "https": 443,
}
_ANY, _LOOPBACK, _BROADCAST = "0.0.0.0", "127.0.0.1", "255.255.255.255"


def resolve(thread: Thread, name: str | bytes | bytearray) -> str:
    """The address of `name` as a dotted quad; `socket.gaierror` when nobody has that name."""
    text = name if isinstance(name, str) else bytes(name).decode("ascii")
    if text == "":
        return _ANY
    if text == "<broadcast>":
        return _BROADCAST
    if text == "localhost":
        return _LOOPBACK
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        pass
    names = thread.kernel.names
    for known in (text, text.lower(), text.rstrip(".").lower()):
        if known in names:
            return names[known]
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _name_of(thread: Thread, address: str) -> str | None:
    if address == _LOOPBACK:
        return "localhost"
    return next((name for name, known in thread.kernel.names.items() if known == address), None)


def _port(service: str | bytes | int | None, numeric: bool) -> int:
    if service is None:
        return 0
    if isinstance(service, int):
        return service
    text = service if isinstance(service, str) else service.decode("ascii")
    if text.isdigit():
        return int(text)
    if numeric or text not in _SERVICES:
        raise socket.gaierror(socket.EAI_SERVICE, "Servname not supported for ai_socktype")
    return _SERVICES[text]


def _getaddrinfo(
    thread: Thread,
    host: str | bytes | None,
    port: str | bytes | int | None,
    family: int = 0,
    type: int = 0,
    proto: int = 0,
    flags: int = 0,
) -> list[tuple[Any, ...]]:
    if family not in (socket.AF_UNSPEC, socket.AF_INET):
        raise socket.gaierror(socket.EAI_FAMILY, "ai_family not supported")
    if host is None and port is None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if host is None:
        address = _ANY if flags & socket.AI_PASSIVE else _LOOPBACK
    else:
        address = resolve(thread, host)
        text = host if isinstance(host, str) else host.decode("ascii")
        if flags & socket.AI_NUMERICHOST and text != address:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    number = _port(port, bool(flags & socket.AI_NUMERICSERV))
    canonical = ""
    if flags & socket.AI_CANONNAME and host is not None:
        canonical = host if isinstance(host, str) else host.decode("ascii")
    kinds = (
        (socket.SOCK_STREAM, socket.IPPROTO_TCP),
        (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    )
    found = [
        (socket.AF_INET, kind, protocol, canonical, (address, number))
        for kind, protocol in kinds
        if type in (0, kind) and proto in (0, protocol)
    ]
    if not found:
        raise socket.gaierror(socket.EAI_SOCKTYPE, "ai_socktype not supported")
    return found


def _gethostname(thread: Thread) -> str:
    return thread.process.host.name


def _gethostbyname(thread: Thread, name: str) -> str:
    return resolve(thread, name)


def _gethostbyname_ex(thread: Thread, name: str) -> tuple[str, list[str], list[str]]:
    return name, [], [resolve(thread, name)]


def _gethostbyaddr(thread: Thread, address: str) -> tuple[str, list[str], list[str]]:
    quad = resolve(thread, address)
    name = _name_of(thread, quad)
    if name is None:
        raise socket.herror(1, "Unknown host")  # HOST_NOT_FOUND of <netdb.h>
    return name, [], [quad]


def _getfqdn(thread: Thread, name: str = "") -> str:
    name = name.strip()
    if name in ("", _ANY):
        return thread.process.host.name
    try:
        return _gethostbyaddr(thread, name)[0]
    except OSError:
        return name


def _getnameinfo(thread: Thread, address: tuple[Any, ...], flags: int = 0) -> tuple[str, str]:
    quad = resolve(thread, address[0])
    name = None if flags & socket.NI_NUMERICHOST else _name_of(thread, quad)
    if name is None and flags & socket.NI_NAMEREQD:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    port = address[1]
    service = None if flags & socket.NI_NUMERICSERV else _service_of(port)
    return name or quad, service or str(port)


def _service_of(port: int) -> str | None:
    return next((name for name, number in _SERVICES.items() if number == port), None)


def _getservbyname(thread: Thread, name: str, protocol: str = "tcp", /) -> int:
    if name not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[name]


def _getservbyport(thread: Thread, port: int, protocol: str = "tcp", /) -> str:
    name = _service_of(port)
    if name is None:
        raise OSError("port/proto not found")
    return name


def _sethostname(thread: Thread, name: str, /) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def install() -> None:
    """Patch the look-ups of the module `socket`."""
    for name, simulated in (
        ("getaddrinfo", _getaddrinfo),
        ("gethostname", _gethostname),
        ("gethostbyname", _gethostbyname),
        ("gethostbyname_ex", _gethostbyname_ex),
        ("gethostbyaddr", _gethostbyaddr),
        ("getfqdn", _getfqdn),
        ("getnameinfo", _getnameinfo),
        ("getservbyname", _getservbyname),
        ("getservbyport", _getservbyport),
        ("sethostname", _sethostname),
    ):
        dispatch(socket, name, system_call(simulated))
