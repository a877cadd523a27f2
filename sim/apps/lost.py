"""What became of a datagram that did not arrive: Linux's error queue of a socket (ip(7), IP_RECVERR).

For `ping` and `traceroute`, and good on any Linux: nothing here knows of the simulation.
"""

import socket
import struct
from typing import NamedTuple

IP_RECVERR = 11
"""Linux's option, for which `socket` has no name: keep the errors about this socket's datagrams."""
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_SOCKADDR_IN = struct.Struct("=HH4s8x")
_QUOTED = 2048

UNREACHABLE, TIME_EXCEEDED = 3, 11
"""ICMP types (RFC 792)."""
PORT_UNREACHABLE = 3


class Complaint(NamedTuple):
    """Who complained, about a datagram with `data` for port `port`, and why in ICMP's numbers."""

    by: str
    type: int
    code: int
    port: int
    data: bytes


def complaint(sock: socket.socket) -> Complaint | None:
    """The oldest error that waits in `sock`; None if there is none."""
    try:
        data, ancillary, _, destination = sock.recvmsg(_QUOTED, 512, socket.MSG_ERRQUEUE)
    except BlockingIOError:
        return None
    for level, kind, octets in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR):
            _, _, type, code, *_ = _EXTENDED_ERROR.unpack_from(octets)
            _, _, by = _SOCKADDR_IN.unpack_from(octets, _EXTENDED_ERROR.size)
            return Complaint(socket.inet_ntoa(by), type, code, destination[1], data)
    return None
