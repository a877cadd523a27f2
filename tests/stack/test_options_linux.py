"""Options of sockets, against the real Linux, as in test_errno_linux.py."""

from __future__ import annotations

import socket
import struct
import sys
from typing import TYPE_CHECKING

import pytest
from two_worlds import Scenarios, World, attempt

from stack.parameters import LINUX

if TYPE_CHECKING:
    from virtual_link import Lan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")


scenario = Scenarios()


@scenario
def maximum_segment(w: World) -> object:
    made, seen = w.tcp(), []
    for value in (None, 87, 88, 1000, 32_767, 32_768, 0, -1):
        if value is not None:
            seen.append(attempt(made.setsockopt, socket.IPPROTO_TCP, socket.TCP_MAXSEG, value))
        seen.append(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
    return seen


@scenario
def maximum_segment_of_a_connection(w: World) -> object:
    listener, client = w.listener(), w.tcp()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
    attempt(client.connect, listener.getsockname())
    child, _ = listener.accept()
    w.open.append(child)
    return [end.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) for end in (client, child)]


@scenario
def options(w: World) -> object:
    made = w.tcp()
    asked = [
        (socket.SOL_SOCKET, socket.SO_TYPE),
        (socket.SOL_SOCKET, socket.SO_DOMAIN),
        (socket.SOL_SOCKET, socket.SO_PROTOCOL),
        (socket.SOL_SOCKET, socket.SO_ACCEPTCONN),
        (socket.SOL_SOCKET, socket.SO_REUSEADDR),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        (socket.SOL_SOCKET, socket.SO_BROADCAST),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
        (socket.IPPROTO_IP, socket.IP_TTL),
        (socket.IPPROTO_IP, socket.IP_TOS),
        (socket.SOL_SOCKET, 12345),
        (socket.IPPROTO_TCP, 12345),
    ]
    seen = [attempt(made.getsockopt, *which) for which in asked]
    for level, option in (asked[5], asked[7]):
        made.setsockopt(level, option, 1)
        seen.append(made.getsockopt(level, option))
    seen.append(attempt(made.setsockopt, socket.IPPROTO_IP, socket.IP_TTL, 256))
    seen.append(attempt(made.setsockopt, socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 0))
    return [*seen, attempt(made.setsockopt, socket.SOL_SOCKET, 12345, 1)]


@scenario
def type_of_service(w: World) -> object:
    """TCP keeps the two bits of ECN to itself."""
    seen = []
    for made in (w.tcp(), w.udp()):
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xBB)
        seen.append(made.getsockopt(socket.IPPROTO_IP, socket.IP_TOS))
    return seen


@scenario
def linger(w: World) -> object:
    made, seen = w.tcp(), []
    size = () if w.stack else (8,)  # ours gives the whole structure
    for value in (None, (1, 7), (1, 0)):
        if value is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", *value))
        seen.append(made.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, *size))
    return [*seen, attempt(made.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, b"four")]


@pytest.mark.parametrize("name", scenario)
def test_options_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1, parameters=LINUX).hosts[0].stack)
    assert ours == theirs
