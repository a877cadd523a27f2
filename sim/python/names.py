"""Host names: each simulated host knows those of the scenario, as from /etc/hosts, and asks DNS for others.

`localhost` and dotted quads need no table. A host that is given no name server knows nothing else, as with
"hosts: files" in nsswitch.conf(5). Services have the numbers that /etc/services gives them, for the
few that programs ask for, so that no run depends on the machine's own file.
"""

import errno
import os
import socket
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from sim.os.process import Thread
from sim.os.resolver import look_up
from sim.python.dispatch import dispatch, system_call
from stack.dns.answer import Answer, Status
from stack.dns.resolver import reverse_name

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


_FAILURES = {
    Status.NO_NAME: (socket.EAI_NONAME, "Name or service not known"),
    Status.NO_DATA: (socket.EAI_NODATA, "No address associated with hostname"),
    Status.TRY_AGAIN: (socket.EAI_AGAIN, "Temporary failure in name resolution"),
}
"""glibc's numbers and words."""


def resolve(thread: Thread, name: str | bytes | bytearray) -> str:
    """The address of `name` as a dotted quad; `socket.gaierror` when no host has that name."""
    return _addresses(thread, name).records[0]


def _addresses(thread: Thread, name: str | bytes | bytearray) -> Answer:
    """All addresses of `name`, at least one, and its canonical name; `socket.gaierror`."""
    text = name if isinstance(name, str) else bytes(name).decode("ascii")
    known = _numeric(text) or _listed(thread, text)
    if known is not None:
        return Answer(Status.FOUND, text, (known,))
    if not thread.process.host.resolver.settings.servers:
        raise _failure(Status.NO_NAME)
    answer = look_up(thread.process.host, text, "A")
    if answer.status is not Status.FOUND:
        raise _failure(answer.status)
    return answer


def _numeric(text: str) -> str | None:
    """The address that `text` is by itself."""
    if text == "":
        return _ANY
    if text == "<broadcast>":
        return _BROADCAST
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return None


def _listed(thread: Thread, text: str) -> str | None:
    """The address of `text` in the hosts file."""
    plain = text.rstrip(".").lower()
    if plain == "localhost" or plain.endswith(".localhost"):  # never asked for (RFC 6761 section 6.3)
        return _LOOPBACK
    names = thread.kernel.names
    return next((names[known] for known in (text, plain) if known in names), None)


def _failure(status: Status) -> socket.gaierror:
    return socket.gaierror(*_FAILURES[status])


def _name_of(thread: Thread, address: str) -> str | None:
    """The name of `address` by the hosts file, or by DNS; None if it has none."""
    listed = thread.process.host.name_of(address)
    if listed is not None or not thread.process.host.resolver.settings.servers:
        return listed
    answer = look_up(thread.process.host, reverse_name(address), "PTR")
    return answer.records[0] if answer.status is Status.FOUND else None


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
        raise _failure(Status.NO_NAME)
    number = _port(port, bool(flags & socket.AI_NUMERICSERV))
    if host is None:
        known = Answer(Status.FOUND, "", (_ANY if flags & socket.AI_PASSIVE else _LOOPBACK,))
    elif flags & socket.AI_NUMERICHOST and _numeric(host if isinstance(host, str) else host.decode()) is None:
        raise _failure(Status.NO_NAME)
    else:
        known = _addresses(thread, host)
    canonical = known.name if flags & socket.AI_CANONNAME else ""
    kinds = (
        (socket.SOCK_STREAM, socket.IPPROTO_TCP),
        (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    )
    found = [
        (socket.AF_INET, kind, protocol, canonical, (address, number))
        for address in known.records
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
    answer = _addresses(thread, name)
    aliases = [] if answer.name == name else [name]
    return answer.name, aliases, list(answer.records)


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
        raise _failure(Status.NO_NAME)
    port = address[1]
    service = None if flags & socket.NI_NUMERICSERV else service_name(port)
    return name or quad, service or str(port)


def service_name(port: int) -> str | None:
    """What /etc/services calls `port`."""
    return next((name for name, number in _SERVICES.items() if number == port), None)


def _getservbyname(thread: Thread, name: str, protocol: str = "tcp", /) -> int:
    if name not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[name]


def _getservbyport(thread: Thread, port: int, protocol: str = "tcp", /) -> str:
    name = service_name(port)
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
