"""Socket options: one record per socket, and the table from (level, option) to its fields."""

import errno
import socket as constants
from dataclasses import dataclass

from stack.errors import os_error
from stack.parameters import MILLISECOND, SECOND, Parameters

IP_RECVERR = 11
TCP_MAXSEG, TCP_INFO = 2, 11
TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT = 4, 5, 6, 18
"""Linux's numbers; Python's socket module does not name them everywhere."""


@dataclass(slots=True)
class Options:
    """The settings of one socket. Times are in ns; None means as the parameters say."""

    receive_buffer: int
    send_buffer: int
    ttl: int
    keepalive_idle: int
    keepalive_interval: int
    keepalive_probes: int
    reuse_address: bool = False
    broadcast: bool = False
    keepalive: bool = False
    no_delay: bool = False
    report_faults: bool = False
    type_of_service: int = 0
    maximum_segment: int = 0
    user_timeout: int = 0
    """0 is the host's own patience, which a closed window and keepalive probes have their own rules for."""
    linger: int | None = None
    """Seconds that close() would wait; 0 means that close resets (SO_LINGER)."""


def default_options(parameters: Parameters, stream: bool) -> Options:
    """The options of a new socket."""
    return Options(
        receive_buffer=parameters.receive_buffer if stream else parameters.datagram_buffer,
        send_buffer=parameters.send_buffer if stream else parameters.datagram_buffer,
        ttl=parameters.ttl,
        keepalive_idle=parameters.keepalive_idle,
        keepalive_interval=parameters.keepalive_interval,
        keepalive_probes=parameters.keepalive_probes,
    )


_SOCKET, _IP, _TCP = constants.SOL_SOCKET, constants.IPPROTO_IP, constants.IPPROTO_TCP

# (level, option): field, unit of the option's value in that of the field, least, greatest
_TABLE: dict[tuple[int, int], tuple[str, int, int, int]] = {
    (_SOCKET, constants.SO_RCVBUF): ("receive_buffer", 1, 2048, 2**30),
    (_SOCKET, constants.SO_SNDBUF): ("send_buffer", 1, 2304, 212_992),
    (_IP, constants.IP_TTL): ("ttl", 1, 1, 255),
    (_IP, constants.IP_TOS): ("type_of_service", 1, 0, 255),
    (_TCP, TCP_MAXSEG): ("maximum_segment", 1, 88, 32_767),
    (_TCP, TCP_KEEPIDLE): ("keepalive_idle", SECOND, 1, 32_767),
    (_TCP, TCP_KEEPINTVL): ("keepalive_interval", SECOND, 1, 32_767),
    (_TCP, TCP_KEEPCNT): ("keepalive_probes", 1, 1, 127),
    (_TCP, TCP_USER_TIMEOUT): ("user_timeout", MILLISECOND, 0, 2**31),
}

_FLAGS: dict[tuple[int, int], str] = {
    (_SOCKET, constants.SO_REUSEADDR): "reuse_address",
    (_SOCKET, constants.SO_BROADCAST): "broadcast",
    (_SOCKET, constants.SO_KEEPALIVE): "keepalive",
    (_TCP, constants.TCP_NODELAY): "no_delay",
    (_IP, IP_RECVERR): "report_faults",
}
_FIXED: dict[tuple[int, int], int] = {
    (_SOCKET, constants.SO_OOBINLINE): 1,  # urgent data stays where it is in the stream (RFC 6093 section 6)
}
_OPTIONAL = {(_TCP, TCP_MAXSEG)}
"""Those that 0 unsets."""
_DOUBLED = (_SOCKET, constants.SO_SNDBUF)
"""Linux sets, and reads back, twice what it is given (socket(7)): half is for what a packet takes beside its
octets."""
_CLAMPED = {(_SOCKET, constants.SO_RCVBUF), (_SOCKET, constants.SO_SNDBUF)}


def set_option(options: Options, level: int, option: int, value: int) -> None:
    """OSError ENOPROTOOPT for an option that is not known, EINVAL for a value that it cannot have."""
    key = (level, option)
    if key in _FLAGS:
        setattr(options, _FLAGS[key], bool(value))
    elif key in _TABLE:
        field, unit, least, greatest = _TABLE[key]
        if key in _CLAMPED:
            value = min(max(value, least), greatest)
        if not least <= value <= greatest and not (value == 0 and key in _OPTIONAL):
            raise os_error(errno.EINVAL)
        if key == _DOUBLED:
            value *= 2
        setattr(options, field, value * unit)
    elif key in _FIXED:
        if bool(value) != bool(_FIXED[key]):
            raise os_error(errno.EINVAL)
    else:
        raise os_error(errno.ENOPROTOOPT)


def get_option(options: Options, level: int, option: int) -> int:
    """OSError ENOPROTOOPT for an option that is not known."""
    key = (level, option)
    if key in _FLAGS:
        return int(getattr(options, _FLAGS[key]))
    if key in _TABLE:
        field, unit, _, _ = _TABLE[key]
        return int(getattr(options, field) // unit)
    if key in _FIXED:
        return _FIXED[key]
    raise os_error(errno.ENOPROTOOPT)
