"""Socket options: one record per socket, and the tables from (level, option) to its fields.

Values cross as a program gives them to the kernel, in octets; most are a C int. What an option needs beyond
the record of its own socket is its endpoint's business (`stack.endpoint`, `stack.tcp.endpoint`).
"""

import errno
import socket as constants
import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple

from stack.errors import os_error
from stack.parameters import MILLISECOND, SECOND, Parameters
from stack.wire import ipv4_options

# Linux's numbers; Python's socket module does not name them everywhere.
SO_PRIORITY, SO_REUSEPORT, SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO, SO_SNDTIMEO = 12, 15, 18, 19, 20, 21
SO_BINDTODEVICE = 25
IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_MTU = 8, 10, 11, 12, 13, 14
IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP = 32, 33, 34
IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_MULTICAST_ALL = 35, 36, 49
DONT, WANT, DO, PROBE = 0, 1, 2, 3
"""Of IP_MTU_DISCOVER; 4 and 5 are like DONT here."""
DISCOVERING = (WANT, DO, PROBE)
TCP_MAXSEG, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT = 2, 3, 4, 5, 6, 7
TCP_LINGER2, TCP_DEFER_ACCEPT, TCP_INFO, TCP_QUICKACK, TCP_CONGESTION = 8, 9, 11, 12, 13
TCP_USER_TIMEOUT, TCP_NOTSENT_LOWAT = 18, 25


@dataclass(slots=True)
class Options:
    """The settings of one socket. Times are in ns; None means as the parameters say."""

    receive_buffer: int
    send_buffer: int
    ttl: int
    default_ttl: int
    """The host's, which -1 sets again (IP_TTL)."""
    keepalive_idle: int
    keepalive_interval: int
    keepalive_probes: int
    user_timeout: int = 0
    """0 is the host's own patience, which a closed window and keepalive probes have their own rules for."""
    reuse_address: bool = False
    reuse_port: bool = False
    broadcast: bool = False
    keepalive: bool = False
    no_delay: bool = False
    cork: bool = False
    """Whether what does not fill a segment waits (TCP_CORK)."""
    quick_ack: bool = False
    """Whether text is acknowledged at once, until the program sends (TCP_QUICKACK)."""
    report_faults: bool = False
    path_mtu_discovery: int = DONT
    packet_info: bool = False
    receive_ttl: bool = False
    receive_type_of_service: bool = False
    receive_ip_options: bool = False
    ip_options: bytes = b""
    """What the header of each datagram has in addition, in whole words (IP_OPTIONS)."""
    multicast_ttl: int = 1
    multicast_loop: bool = True
    """Whether what is sent to a group comes back to members on the same host (IP_MULTICAST_LOOP)."""
    multicast_all: bool = True
    """Whether any group of the host is the socket's (IP_MULTICAST_ALL)."""
    multicast_address: int = 0
    """What IP_MULTICAST_IF was given, and the interface that is meant."""
    multicast_device: str = ""
    device: str = ""
    """The one interface by which the socket sends and receives (SO_BINDTODEVICE)."""
    type_of_service: int = 0
    priority: int = 0
    """Kept for the program, and set by IP_TOS: the queue of an adapter is one FIFO."""
    maximum_segment: int = 0
    receive_low_water: int = 1
    """Octets that make a stream readable (SO_RCVLOWAT)."""
    unsent_low_water: int = 0
    """The unsent octets at which a stream takes no more (TCP_NOTSENT_LOWAT); 0 is no limit."""
    syn_retries: int = 0
    """Times that a SYN is sent again (TCP_SYNCNT); 0: as the parameters say."""
    linger_2: int = 0
    """Seconds of FIN-WAIT-2 after close() (TCP_LINGER2); 0: as the parameters say, -1: none."""
    deferred_retries: int = 0
    """Time-outs of a SYN-ACK for which accept() waits for the first text (TCP_DEFER_ACCEPT)."""
    linger: int | None = None
    """Seconds that close() would wait; 0 means that close resets (SO_LINGER)."""
    receive_timeout: int | None = None
    """How long a blocking call waits (SO_RCVTIMEO, SO_SNDTIMEO); None: as long as it takes."""
    send_timeout: int | None = None

    def copy(self) -> "Options":
        """The same settings for another socket."""
        return Options(*_values(self))


_values = attrgetter(*(field.name for field in fields(Options)))


def default_options(parameters: Parameters, stream: bool) -> Options:
    """The options of a new socket."""
    return Options(
        receive_buffer=parameters.receive_buffer if stream else parameters.datagram_buffer,
        send_buffer=parameters.send_buffer if stream else parameters.datagram_buffer,
        ttl=parameters.ttl,
        default_ttl=parameters.ttl,
        keepalive_idle=parameters.keepalive_idle,
        keepalive_interval=parameters.keepalive_interval,
        keepalive_probes=parameters.keepalive_probes,
        path_mtu_discovery=_discovery(parameters, stream),
    )


def _discovery(parameters: Parameters, stream: bool) -> int:
    wanted = parameters.path_mtu_discovery if stream else parameters.datagram_path_mtu_discovery
    return WANT if wanted else DONT


class _Number(NamedTuple):
    """An option with a number: the field, the option's unit in that of the field, its limits."""

    field: str
    least: int
    greatest: int
    unit: int = 1
    clamp: bool = False
    """Whether what is beyond the limits counts as the limit."""
    zero: bool = False
    """Whether 0 is allowed too, and unsets it."""


class _Structure(NamedTuple):
    """An option that is more than a number with limits."""

    read: Callable[[Options, bytes], None]
    write: Callable[[Options], int | bytes]


Key = tuple[int, int]
_SOCKET, _IP, _TCP = constants.SOL_SOCKET, constants.IPPROTO_IP, constants.IPPROTO_TCP
_INT = struct.Struct("=i")
_LINGER = struct.Struct("=ii")
_TIMEVAL = struct.Struct("@ll")
_MOST = 2**31 - 1
_MOST_RETRIES = 255
_GREATEST_SEND_BUFFER = 4 * 1024 * 1024
"""net.core.wmem_max of Linux 6.18."""
_GREATEST_RECEIVE_BUFFER = 2**30
"""What a window can say (RFC 7323 section 2.3)."""
_PRIORITIES = (0, 2, 6, 4)
"""By bits 3 and 4 of the type of service: best effort, bulk, interactive, interactive bulk."""

_NUMBERS: dict[Key, _Number] = {
    (_SOCKET, SO_PRIORITY): _Number("priority", -_MOST - 1, _MOST),
    (_IP, IP_MTU_DISCOVER): _Number("path_mtu_discovery", 0, 5),
    (_IP, IP_MULTICAST_ALL): _Number("multicast_all", 0, 1),
    (_TCP, TCP_MAXSEG): _Number("maximum_segment", 88, 32_767, zero=True),
    (_TCP, TCP_KEEPIDLE): _Number("keepalive_idle", 1, 32_767, SECOND),
    (_TCP, TCP_KEEPINTVL): _Number("keepalive_interval", 1, 32_767, SECOND),
    (_TCP, TCP_KEEPCNT): _Number("keepalive_probes", 1, 127),
    (_TCP, TCP_SYNCNT): _Number("syn_retries", 1, 127),
    (_TCP, TCP_LINGER2): _Number("linger_2", -1, 120, clamp=True),
    (_TCP, TCP_USER_TIMEOUT): _Number("user_timeout", 0, _MOST, MILLISECOND),
    (_TCP, TCP_NOTSENT_LOWAT): _Number("unsent_low_water", -_MOST - 1, _MOST),
}
_FLAGS: dict[Key, str] = {
    (_SOCKET, constants.SO_REUSEADDR): "reuse_address",
    (_SOCKET, SO_REUSEPORT): "reuse_port",
    (_SOCKET, constants.SO_BROADCAST): "broadcast",
    (_SOCKET, constants.SO_KEEPALIVE): "keepalive",
    (_TCP, constants.TCP_NODELAY): "no_delay",
    (_TCP, TCP_CORK): "cork",
    (_TCP, TCP_QUICKACK): "quick_ack",
    (_IP, IP_RECVERR): "report_faults",
    (_IP, IP_PKTINFO): "packet_info",
    (_IP, IP_RECVTTL): "receive_ttl",
    (_IP, IP_RECVTOS): "receive_type_of_service",
    (_IP, constants.IP_RECVOPTS): "receive_ip_options",
    (_IP, IP_MULTICAST_LOOP): "multicast_loop",
}
_FIXED: dict[Key, int] = {
    (_SOCKET, constants.SO_OOBINLINE): 1,  # urgent data stays where it is in the stream (RFC 6093 section 6)
}
_READ_ONLY: dict[Key, int] = {(_SOCKET, SO_SNDLOWAT): 1}


def set_option(options: Options, level: int, option: int, value: bytes) -> None:
    """OSError ENOPROTOOPT for an option that is not known, EINVAL or EDOM for a value that it cannot have."""
    key = (level, option)
    if key in _STRUCTURES:
        _STRUCTURES[key].read(options, value)
    elif key in _FLAGS:
        setattr(options, _FLAGS[key], bool(_number(level, value)))
    elif key in _NUMBERS:
        field, least, greatest, unit, clamp, zero = _NUMBERS[key]
        number = _number(level, value)
        if clamp:
            number = min(max(number, least), greatest)
        if not least <= number <= greatest and not (zero and number == 0):
            raise os_error(errno.EINVAL)
        setattr(options, field, number * unit)
    elif key in _FIXED:
        if bool(_number(level, value)) != bool(_FIXED[key]):
            raise os_error(errno.EINVAL)
    else:
        raise os_error(errno.ENOPROTOOPT)


def get_option(options: Options, level: int, option: int) -> int | bytes:
    """OSError ENOPROTOOPT for an option that is not known."""
    key = (level, option)
    if key in _STRUCTURES:
        return _STRUCTURES[key].write(options)
    if key in _FLAGS:
        return int(getattr(options, _FLAGS[key]))
    if key in _NUMBERS:
        number = _NUMBERS[key]
        return int(getattr(options, number.field) // number.unit)
    if key in _FIXED:
        return _FIXED[key]
    if key in _READ_ONLY:
        return _READ_ONLY[key]
    raise os_error(errno.ENOPROTOOPT)


def _number(level: int, value: bytes) -> int:
    """A C int; of IP, also an octet."""
    if len(value) >= _INT.size:
        return int(_INT.unpack_from(value)[0])
    if level == _IP and value:
        return value[0]
    raise os_error(errno.EINVAL)


def _read_linger(options: Options, value: bytes) -> None:
    if len(value) < _LINGER.size:
        raise os_error(errno.EINVAL)
    on, seconds = _LINGER.unpack_from(value)
    options.linger = seconds if on else None


def _write_linger(options: Options) -> bytes:
    return _LINGER.pack(options.linger is not None, options.linger or 0)


def _read_send_buffer(options: Options, value: bytes) -> None:
    """Linux sets, and reads back, twice what it is given (socket(7)).

    Half is for what a packet takes beside its octets.
    """
    options.send_buffer = 2 * min(max(_size(value), 2304), _GREATEST_SEND_BUFFER)


def _read_receive_buffer(options: Options, value: bytes) -> None:
    options.receive_buffer = min(max(_size(value), 2048), _GREATEST_RECEIVE_BUFFER)


def _size(value: bytes) -> int:
    """A size has no sign: -1 is the largest of all, as in Linux."""
    return _number(_SOCKET, value) % 2**32


def _read_type_of_service(options: Options, value: bytes) -> None:
    """Another one brings the priority along that Linux has for its four classes (`ip_tos2prio`)."""
    service = _number(_IP, value)
    if not 0 <= service <= 0xFF:
        raise os_error(errno.EINVAL)
    if service != options.type_of_service:
        options.type_of_service = service
        options.priority = _PRIORITIES[service >> 3 & 3]


def _read_ip_options(options: Options, value: bytes) -> None:
    try:
        options.ip_options = ipv4_options.padded(value)
    except ipv4_options.OptionError:
        raise os_error(errno.EINVAL) from None


def _read_ttl(options: Options, value: bytes) -> None:
    ttl = _number(_IP, value)
    if ttl != -1 and not 1 <= ttl <= 0xFF:
        raise os_error(errno.EINVAL)
    options.ttl = options.default_ttl if ttl == -1 else ttl


def _read_multicast_ttl(options: Options, value: bytes) -> None:
    """One hop is the default; 0 is this host alone."""
    ttl = _number(_IP, value)
    if not -1 <= ttl <= 0xFF:
        raise os_error(errno.EINVAL)
    options.multicast_ttl = 1 if ttl == -1 else ttl


def _read_nothing(_: Options, __: bytes) -> None:
    """A datagram socket knows its interfaces (`stack.memberships`), a stream has no use for one."""
    raise os_error(errno.EINVAL)


def _timeout(field: str) -> _Structure:
    """A `struct timeval`; one of nothing means no limit, one below means not to wait at all."""

    def read(options: Options, value: bytes) -> None:
        if len(value) < _TIMEVAL.size:
            raise os_error(errno.EINVAL)
        seconds, microseconds = _TIMEVAL.unpack_from(value)
        if not 0 <= microseconds < 1_000_000:
            raise os_error(errno.EDOM)
        ns = seconds * SECOND + microseconds * 1000
        setattr(options, field, max(ns, 0) if ns else None)

    def write(options: Options) -> bytes:
        seconds, ns = divmod(getattr(options, field) or 0, SECOND)
        return _TIMEVAL.pack(seconds, ns // 1000)

    return _Structure(read, write)


def _read_device(options: Options, value: bytes) -> None:
    """A name with or without a zero behind it; nothing takes the bond away. The endpoint has looked it up."""
    options.device = device_name(value)


def device_name(value: bytes) -> str:
    """What SO_BINDTODEVICE was given."""
    return value.split(b"\0")[0].decode("ascii", "replace")


def _read_low_water(options: Options, value: bytes) -> None:
    """Nothing is one octet, what is below counts as without end, and half the buffer must do."""
    asked = _number(_SOCKET, value)
    options.receive_low_water = min(asked if asked >= 0 else _MOST, options.receive_buffer // 2) or 1


def _read_deferring(options: Options, value: bytes) -> None:
    """Seconds, as the number of time-outs of a SYN-ACK (1, 2, 4 … s) that take as long or longer."""
    seconds = _number(_TCP, value)
    enough = (retries for retries in range(_MOST_RETRIES) if _seconds(retries) >= seconds)
    options.deferred_retries = next(enough, _MOST_RETRIES)


def _seconds(retries: int) -> int:
    """Until a SYN-ACK has timed out so often, in Linux's units."""
    return sum(min(2**number, 120) for number in range(retries))


_STRUCTURES: dict[Key, _Structure] = {
    (_SOCKET, constants.SO_LINGER): _Structure(_read_linger, _write_linger),
    (_SOCKET, constants.SO_SNDBUF): _Structure(_read_send_buffer, lambda options: options.send_buffer),
    (_SOCKET, constants.SO_RCVBUF): _Structure(_read_receive_buffer, lambda options: options.receive_buffer),
    (_IP, constants.IP_OPTIONS): _Structure(_read_ip_options, lambda options: options.ip_options),
    (_IP, constants.IP_TTL): _Structure(_read_ttl, lambda options: options.ttl),
    (_IP, IP_MULTICAST_TTL): _Structure(_read_multicast_ttl, lambda options: options.multicast_ttl),
    (_IP, IP_MULTICAST_IF): _Structure(
        _read_nothing, lambda options: options.multicast_address.to_bytes(4, "big")
    ),
    (_IP, constants.IP_TOS): _Structure(_read_type_of_service, lambda options: options.type_of_service),
    (_SOCKET, SO_BINDTODEVICE): _Structure(_read_device, lambda options: options.device.encode()),
    (_SOCKET, SO_RCVTIMEO): _timeout("receive_timeout"),
    (_SOCKET, SO_SNDTIMEO): _timeout("send_timeout"),
    (_SOCKET, SO_RCVLOWAT): _Structure(_read_low_water, lambda options: options.receive_low_water),
    (_TCP, TCP_DEFER_ACCEPT): _Structure(_read_deferring, lambda options: _seconds(options.deferred_retries)),
}
