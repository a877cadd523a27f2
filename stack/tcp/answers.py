"""What a stream socket answers to getsockopt() beyond its settings: defaults, and what its connection has."""

import errno

from stack.errors import os_error
from stack.options import TCP_CONGESTION, TCP_LINGER2, TCP_MAXSEG, TCP_SYNCNT, Options
from stack.parameters import SECOND, Parameters
from stack.tcp.control_block import ControlBlock, State
from stack.wire import ipv4, tcp

_NAME_OCTETS = 16
"""Of a name of congestion control, with zeros behind it (TCP_CA_NAME_MAX)."""


def answer(
    option: int, options: Options, parameters: Parameters, block: ControlBlock | None
) -> int | bytes | None:
    """The value of an option of TCP; None if its setting is all there is to say."""
    if option == TCP_MAXSEG:
        if block is not None and block.state is not State.CLOSED:
            return block.snd_mss
        return options.maximum_segment or parameters.default_mss
    if option == TCP_SYNCNT:
        return options.syn_retries or parameters.syn_retries
    if option == TCP_LINGER2:
        return options.linger_2 or parameters.fin_wait_2_timeout // SECOND
    if option == TCP_CONGESTION:
        return congestion_name(parameters).ljust(_NAME_OCTETS, b"\0")
    return None


def path_mtu(block: ControlBlock | None) -> int:
    """IP_MTU. OSError ENOTCONN without a connection."""
    if block is None or block.state is State.CLOSED:
        raise os_error(errno.ENOTCONN)
    return block.path_mss + ipv4.HEADER_LENGTH + tcp.HEADER_LENGTH


def congestion_name(parameters: Parameters) -> bytes:
    """What the one congestion control that the host has is called."""
    made = parameters.congestion_control
    return getattr(made, "__name__", type(made).__name__).lower().encode()[: _NAME_OCTETS - 1]


def choose_congestion_control(parameters: Parameters, name: bytes) -> None:
    """OSError ENOENT if the host has none of this name (TCP_CONGESTION)."""
    if name.split(b"\0")[0] != congestion_name(parameters):
        raise os_error(errno.ENOENT)
