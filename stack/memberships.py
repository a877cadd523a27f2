"""A datagram socket's groups: which it has joined, and by which interface it sends to them (ip(7)).

What arrives for a group goes to every socket of its port that is bound to the group or to no address, as on
Linux: also to those that have not joined it, unless they ask for their own groups alone (IP_MULTICAST_ALL).
"""

import errno
import socket as constants
import struct

from stack.errors import os_error
from stack.interface import Interface
from stack.ip import Ip
from stack.options import IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_MULTICAST_IF, Options
from stack.wire.address import is_multicast

OPTIONS = frozenset(
    (constants.IPPROTO_IP, option) for option in (IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_MULTICAST_IF)
)
_MOST = 20
"""Groups of one socket (net.ipv4.igmp_max_memberships)."""
_REQUEST = struct.Struct("=4s4s")
_INDEX = struct.Struct("=i")


class Memberships:
    """Of one socket."""

    def __init__(self, ip: Ip) -> None:
        self._ip = ip
        self._joined: list[tuple[Interface, int]] = []

    def set(self, options: Options, option: int, value: bytes) -> None:
        """IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP and IP_MULTICAST_IF with Linux's errno."""
        if option == IP_MULTICAST_IF:
            self._choose(options, value)
            return
        if len(value) < _REQUEST.size:
            raise os_error(errno.EINVAL)
        group, address = (int.from_bytes(one, "big") for one in _REQUEST.unpack_from(value))
        interface = self._interface(address, value[_REQUEST.size :])
        if option == IP_ADD_MEMBERSHIP:
            self._join(group, interface or self._default(group, address, value))
        else:
            self._leave(group, interface, asked=bool(address or any(value[_REQUEST.size :])))

    def takes(self, group: int, interface: Interface, options: Options) -> bool:
        """Whether what came for `group` by `interface` is for this socket too."""
        return options.multicast_all or (interface, group) in self._joined

    def close(self) -> None:
        """Leave all."""
        while self._joined:
            self._ip.leave(*self._joined.pop())

    def _join(self, group: int, interface: Interface | None) -> None:
        if not is_multicast(group):
            raise os_error(errno.EINVAL)
        if interface is None:
            raise os_error(errno.ENODEV)
        if (interface, group) in self._joined:
            raise os_error(errno.EADDRINUSE)
        if len(self._joined) >= _MOST:
            raise os_error(errno.ENOBUFS)
        self._ip.join(interface, group)
        self._joined.append((interface, group))

    def _leave(self, group: int, interface: Interface | None, *, asked: bool) -> None:
        for one in self._joined:
            if one[1] == group and (not asked or one[0] is interface):
                self._joined.remove(one)
                self._ip.leave(*one)
                return
        raise os_error(errno.EADDRNOTAVAIL)

    def _choose(self, options: Options, value: bytes) -> None:
        if len(value) < 4:
            raise os_error(errno.EINVAL)
        at = 4 if len(value) >= _REQUEST.size else 0  # a struct ip_mreq has the group before the address
        address = int.from_bytes(value[at : at + 4], "big")
        interface = self._interface(address, value[_REQUEST.size :])
        if interface is None and (address or any(value[_REQUEST.size :])):
            raise os_error(errno.EADDRNOTAVAIL)
        if interface is not None and options.device not in ("", interface.name):
            raise os_error(errno.EINVAL)
        options.multicast_device = "" if interface is None else interface.name
        options.multicast_address = address

    def _default(self, group: int, address: int, value: bytes) -> Interface | None:
        if address or any(value[_REQUEST.size :]):
            return None
        return self._ip.group_interface(group)

    def _interface(self, address: int, index: bytes) -> Interface | None:
        """The one that is named, by the index of a struct ip_mreqn or by its address."""
        number = _INDEX.unpack_from(index)[0] if len(index) >= _INDEX.size else 0
        interfaces = self._ip.interfaces
        if number:
            return interfaces[number - 1] if 0 < number <= len(interfaces) else None
        return next((one for one in interfaces if address and one.address == address), None)
