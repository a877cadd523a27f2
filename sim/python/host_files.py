"""The files that say who a host is and what its network does, made of the simulation when they are opened.

Resolvers that are packages of their own read hosts(5), resolv.conf(5) and hostname(5), and whoever lists
connections, routes and neighbours reads what proc(5) has of them. A run must not depend on the real ones.
"""

import errno
import os
import re
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address

from sim.os.machine import Machine
from sim.python.users import NUMBER, groups, users

Make = Callable[[Machine], str]

_TCP_STATES = {
    name: number
    for number, name in enumerate(
        (
            *("ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"),
            *("CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"),
        ),
        1,
    )
}
"""Linux's numbers (include/net/tcp_states.h)."""
_UDP_BOUND, _UDP_CONNECTED = 7, 1
_UP, _GATEWAY, _HOST = 1, 2, 4
"""Flags of a route: RTF_UP, RTF_GATEWAY, RTF_HOST."""
_COMPLETE, _ETHERNET = 2, 1
"""ATF_COM and ARPHRD_ETHER of a neighbour."""


def _hosts(host: Machine) -> str:
    lines = ["127.0.0.1\tlocalhost", *(f"{address}\t{name}" for name, address in host.kernel.names.items())]
    return "\n".join(lines) + "\n"


def _resolv_conf(host: Machine) -> str:
    settings = host.resolver.settings
    lines = [f"nameserver {server}" for server in settings.servers]
    if settings.search:
        lines.append(f"search {' '.join(settings.search)}")
    return "".join(f"{line}\n" for line in lines)


def _hexadecimal(address: str) -> str:
    """An address as a little-endian machine prints the word that holds it."""
    return f"{struct.unpack('<I', socket.inet_aton(address))[0]:08X}"


def _end(text: str) -> str:
    address, _, port = text.rpartition(":")
    return f"{_hexadecimal(address.replace('*', '0.0.0.0'))}:{int(port.replace('*', '0')):04X}"


def _sockets(proto: str) -> Make:
    """/proc/net/tcp and its like."""

    def table(host: Machine) -> str:
        lines = [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
        ]
        rows = [row for row in host.stack.table(host.clock.now) if row.proto == proto]
        for number, row in enumerate(rows):
            connected = _UDP_CONNECTED if row.state else _UDP_BOUND
            state = _TCP_STATES.get(row.state, _UDP_BOUND) if proto == "tcp" else connected
            lines.append(
                f"{number:4}: {_end(row.local)} {_end(row.remote)} {state:02X} "
                f"{row.send_q:08X}:{row.recv_q:08X} 00:00000000 {row.attempts:08X}"
                f" {NUMBER:5}        0 {row.fd or 0}"
            )
        return "\n".join(lines) + "\n"

    return table


def _routes(host: Machine) -> str:
    lines = ["Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"]
    for route in host.stack.routes:
        if route.interface.name == "lo":
            continue
        network, gateway = route.network, route.gateway or IPv4Address(0)
        flags = _UP | _GATEWAY * bool(route.gateway) | _HOST * (network.prefixlen == 32)
        words = [_hexadecimal(str(address)) for address in (network.network_address, gateway)]
        mask = _hexadecimal(str(network.netmask))
        lines.append(
            f"{route.interface.name}\t{words[0]}\t{words[1]}\t{flags:04X}\t0\t0\t{route.metric}\t{mask}\t0\t0\t0"
        )
    return "\n".join(lines) + "\n"


def _neighbours(host: Machine) -> str:
    form = "{:<16} 0x{:<10x}0x{:<10x}{:<17}     *        {}"
    lines = ["IP address       HW type     Flags       HW address            Mask     Device"]
    lines += [
        form.format(
            row.address,
            _ETHERNET,
            _COMPLETE if row.mac else 0,
            row.mac or "00:00:00:00:00:00",
            row.interface,
        )
        for row in host.stack.neighbours()
    ]
    return "\n".join(lines) + "\n"


def _devices(host: Machine) -> str:
    lines = [
        "Inter-|   Receive                                                |  Transmit",
        " face |bytes    packets errs drop fifo frame compressed multicast"
        "|bytes    packets errs drop fifo colls carrier compressed",
    ]
    for interface in host.stack.interfaces:
        count = interface.counters
        received = f"{count.received_octets} {count.received} 0 {count.received_dropped} 0 0 0 0"
        sent = f"{count.sent_octets} {count.sent} 0 0 0 0 0 0"
        lines.append(f"{interface.name:>6}: {received} {sent}")
    return "\n".join(lines) + "\n"


def _lines(rows: Iterable[Sequence[object]]) -> str:
    """passwd(5), group(5): fields with colons between."""
    return "".join(f"{':'.join('' if one == [] else str(one) for one in row)}\n" for row in rows)


def _statistics(host: Machine) -> str:
    """/proc/stat: one processor, and when it began."""
    began, idle = (host.clock.wall - host.clock.now) // 10**9, host.clock.now // 10**7
    return "".join(f"{name} 0 0 0 {idle} 0 0 0 0 0 0\n" for name in ("cpu ", "cpu0")) + f"btime {began}\n"


_FILES: dict[str, Make] = {
    "/etc/passwd": lambda host: _lines(users(host)),
    "/etc/group": lambda host: _lines(groups()),
    "/etc/hosts": _hosts,
    "/etc/resolv.conf": _resolv_conf,
    "/etc/hostname": lambda host: f"{host.name}\n",
    "/proc/sys/kernel/hostname": lambda host: f"{host.name}\n",
    "/proc/net/tcp": _sockets("tcp"),
    "/proc/net/udp": _sockets("udp"),
    "/proc/net/raw": _sockets("raw"),
    "/proc/net/route": _routes,
    "/proc/net/arp": _neighbours,
    "/proc/net/dev": _devices,
    "/proc/stat": _statistics,
}
_NOT_OF_A_HOST = re.compile(r"/proc/(net|[0-9]+)(/.*)?")
"""What the real machine has of its own network and processes."""


_NETWORK = re.compile(r"/proc/(self|thread-self)/net(?=/|$)")
"""Other names of /proc/net: proc(5) has it for each process."""


def plain(name: str) -> str:
    """An absolute `name` in the one form that it is compared in; others as they are."""
    if not name.startswith("/"):
        return name
    return _NETWORK.sub("/proc/net", f"/{os.path.normpath(name).lstrip('/')}")


def text_of(host: Machine, name: str) -> str | None:
    """What is in the file `name` of `host`; None if it is a file of the real machine. ENOENT."""
    path = plain(name)
    if path in _FILES:
        return _FILES[path](host)
    if _NOT_OF_A_HOST.fullmatch(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return None


def names_in(path: str) -> list[str] | None:
    """What is in the directory `path` (as `plain` gives it) if all of it is a host's; None otherwise."""
    if path != "/proc/net":
        return None
    return [name.removeprefix("/proc/net/") for name in _FILES if name.startswith("/proc/net/")]


def is_of_a_host(name: str) -> bool:
    """Whether `name` is no file of the real machine to a program."""
    path = plain(name)
    return path in _FILES or _NOT_OF_A_HOST.fullmatch(path) is not None
