"""What programs pass to the calls of a socket, checked and refused as CPython's C module does."""

# ruff: noqa: ANN401 (what programs pass is as various as the library's own signatures)
import errno
import operator
import os
import socket
import struct
from typing import Any

from stack.errors import Fault
from stack.options import IP_RECVERR
from stack.wire.address import dotted

Address = Any
"""What programs pass: (host, port)."""

_LONGEST_PATH = 108
KIND_MASK = 0xF
"""SOCK_NONBLOCK and SOCK_CLOEXEC share the argument with the type (Linux socket(2))."""
_FLAGS = socket.MSG_PEEK | socket.MSG_DONTWAIT | socket.MSG_WAITALL | socket.MSG_NOSIGNAL
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""struct sock_extended_err: errno, origin, ICMP type and code, padding, MTU, nothing."""
_SOCKADDR_IN = struct.Struct("=HH4s8x")
_ORIGIN_ICMP = 2


def error(number: int) -> OSError:
    """The OSError of an errno."""
    return OSError(number, os.strerror(number))


def no_family(family: int) -> OSError:
    """EAFNOSUPPORT for a family that a program may have on Linux: what is there in its place."""
    names = {int(known): known.name for known in socket.AddressFamily}
    offered = "a program has AF_INET and AF_UNIX; what passes on the link is in the captures of the run"
    name = names.get(int(family), f"family {family}")
    return OSError(
        errno.EAFNOSUPPORT, f"{os.strerror(errno.EAFNOSUPPORT)}: {name} is not simulated; {offered}"
    )


def no_raw_socket() -> PermissionError:
    """EPERM, as raw(7) has it for who is not root: what is there in its place."""
    offered = "SOCK_DGRAM with IPPROTO_ICMP sends pings"
    return PermissionError(
        errno.EPERM, f"{os.strerror(errno.EPERM)}: raw sockets are root's, and are not simulated; {offered}"
    )


def as_text(address: Address) -> str:
    """An address as it stands in an event."""
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}"
    if isinstance(address, bytes):  # an abstract name, as ss(8) writes it
        return "@" + address[1:].decode(errors="backslashreplace")
    return address or ""


def host_and_port(address: Address) -> tuple[Any, int]:
    """The two parts of an IPv4 address, the host not resolved yet."""
    if not isinstance(address, tuple):
        raise TypeError(f"AF_INET address must be tuple, not {type(address).__name__}")
    if len(address) != 2:
        raise TypeError("AF_INET address must be a pair (host, port)")
    host, port = address
    if not isinstance(port, int):
        raise TypeError(f"'{type(port).__name__}' object cannot be interpreted as an integer")
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("port must be 0-65535.")
    return host, port


def path(address: Address) -> str | bytes:
    """The path or abstract name of an AF_UNIX address."""
    if isinstance(address, str):
        name: str | bytes = address
        length = len(os.fsencode(address))
    else:
        try:
            name = bytes(memoryview(address))
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not '{type(address).__name__}'") from None
        length = len(name)
    abstract = name[:1] in (b"\0", "\0")
    if length > _LONGEST_PATH or (length == _LONGEST_PATH and not abstract):
        raise OSError("AF_UNIX path too long")
    if abstract:
        return os.fsencode(name)
    return os.fsdecode(name)


def octets(data: Any) -> bytes:
    """What a program gave to be sent; a number or text is none."""
    if type(data) is bytes:
        return data
    try:
        return bytes(memoryview(data))
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'") from None


def writable(buffer: Any) -> memoryview:
    """A buffer that can be written into."""
    view = memoryview(buffer)
    if view.readonly:
        raise TypeError(f"a read-write bytes-like object is required, not '{type(buffer).__name__}'")
    return view.cast("B")


def room(buffer: Any, octets: int) -> memoryview:
    """The part of `buffer` that may be filled: all of it, or its first `octets`."""
    view = writable(buffer)
    if octets < 0:
        raise ValueError("negative buffersize in recv_into")
    if octets > len(view):
        raise ValueError("buffer too small for requested bytes")
    return view[:octets] if octets else view


def scatter(data: bytes, views: list[memoryview]) -> None:
    """Fill buffers one after the other."""
    taken = 0
    for view in views:
        piece = data[taken : taken + len(view)]
        view[: len(piece)] = piece
        taken += len(piece)


def room_for(messages: list[tuple[int, int, bytes]], octets: int) -> list[tuple[int, int, bytes]]:
    """The control messages that a buffer of `octets` holds (recvmsg)."""
    kept = []
    for message in messages:
        if octets < socket.CMSG_LEN(len(message[2])):
            break
        octets -= socket.CMSG_SPACE(len(message[2]))
        kept.append(message)
    return kept


def descriptor(file: Any) -> int:
    """The number of `file`: itself, or what its fileno() says."""
    fd = file if isinstance(file, int) else getattr(file, "fileno", lambda: None)()
    if not isinstance(fd, int):
        raise TypeError("argument must be an int, or have a fileno() method.")
    if fd < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({fd})")
    return fd


def c_int(value: Any) -> int:
    """A number that fits into a C int."""
    number = operator.index(value)
    if not -(2**31) <= number < 2**31:
        raise OverflowError("Python int too large to convert to C int")
    return number


def option_value(value: Any, length: int | None) -> int | bytes:
    """What setsockopt() was given: a C int, octets, or None for `length` octets of nothing."""
    if value is None:
        return bytes(length or 0)
    return c_int(value) if isinstance(value, int) else octets(value)


def timeout(value: float | None) -> float | None:
    """A time-out (s) as it is kept; ValueError if it cannot be one."""
    if value is not None and value < 0:
        raise ValueError("Timeout value out of range")
    return None if value is None else float(value)


def check_flags(flags: int) -> None:
    """OSError EOPNOTSUPP for a flag that is not offered."""
    if flags & ~_FLAGS:
        raise error(errno.EOPNOTSUPP)


def extended_error(fault: Fault) -> list[tuple[int, int, bytes]]:
    """The ancillary data of MSG_ERRQUEUE: what went wrong, and who said so, in Linux's structures (ip(7))."""
    what = _EXTENDED_ERROR.pack(fault.errno, _ORIGIN_ICMP, fault.type, fault.code, 0, fault.mtu, 0)
    who = _SOCKADDR_IN.pack(socket.AF_INET, 0, socket.inet_aton(dotted(fault.by)))
    return [(socket.IPPROTO_IP, IP_RECVERR, what + who)]
