"""ioctl() about interfaces, as netdevice(7) has it: the recipe by which programs learn their own address."""

import errno
import socket
import struct

from sim.os.inside import os_error
from sim.os.machine import Machine
from stack.interface import Interface

_NAME = 16
_UP_AND_RUNNING, _BROADCAST, _LOOPBACK, _MULTICAST = 0x41, 0x2, 0x8, 0x1000
"""IFF_UP and IFF_RUNNING, and so on."""
_ETHERNET, _LOOPBACK_TYPE = 1, 772
"""ARPHRD_ETHER, ARPHRD_LOOPBACK."""


def _socket_address(address: int) -> bytes:
    return struct.pack("=H2xI8x", socket.AF_INET, socket.htonl(address))


def _hardware_address(interface: Interface) -> bytes:
    kind = _LOOPBACK_TYPE if interface.name == "lo" else _ETHERNET
    return struct.pack("=H6s8x", kind, interface.mac)


def _flags(interface: Interface) -> int:
    kind = _LOOPBACK if interface.name == "lo" else _BROADCAST | _MULTICAST
    return _UP_AND_RUNNING | kind


_ANSWERS = {
    0x8913: lambda one: struct.pack("=H", _flags(one)),
    0x8915: lambda one: _socket_address(one.address),
    0x8919: lambda one: _socket_address(int(one.network.broadcast_address) if one.name != "lo" else 0),
    0x891B: lambda one: _socket_address(int(one.network.netmask)),
    0x8921: lambda one: struct.pack("=i", one.mtu),
    0x8927: _hardware_address,
}
"""SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFBRDADDR, SIOCGIFNETMASK, SIOCGIFMTU, SIOCGIFHWADDR."""
_INDEX = 0x8933
"""SIOCGIFINDEX"""


def is_one(request: int) -> bool:
    """Whether `request` is about an interface."""
    return request in _ANSWERS or request == _INDEX


def answer(host: Machine, request: int, given: bytes) -> bytes:
    """The `struct ifreq` that begins with the name in `given`, filled; ENODEV."""
    name = given[:_NAME].split(b"\0")[0].decode("utf-8", "replace")
    for number, interface in enumerate(host.stack.interfaces, 1):
        if interface.name == name:
            value = struct.pack("=i", number) if request == _INDEX else _ANSWERS[request](interface)
            return given[:_NAME] + value
    raise os_error(errno.ENODEV)
