"""What programs ask of groups (ip(7)), against the real Linux on loopback, as in test_errno_linux.py."""

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

NUMBER = struct.Struct("=i")
IP_PKTINFO, IP_RECVTTL = 8, 12
IP_MULTICAST_ALL = 49
A, B, LO, NONE = (socket.inet_aton(one) for one in ("239.1.2.3", "239.1.2.4", "127.0.0.1", "10.99.99.99"))
ANY = bytes(4)

scenario = Scenarios()


@scenario
def groups(w: World) -> object:
    seen: list[object] = []
    for made in (w.udp(), w.tcp()):
        for option in (socket.IP_ADD_MEMBERSHIP, socket.IP_DROP_MEMBERSHIP):
            for value in (
                A + LO,
                A + LO,
                B + LO + NUMBER.pack(0),
                B + ANY + NUMBER.pack(1),
                A + NONE,
                A + ANY + NUMBER.pack(999),
                LO + LO,
                b"short",
                b"",
            ):
                seen.append(attempt(made.setsockopt, socket.IPPROTO_IP, option, value))
    return seen


@scenario
def too_many_groups(w: World) -> object:
    made = w.udp()
    requests = [socket.inet_aton(f"239.0.0.{number}") + LO for number in range(1, 23)]
    return [
        attempt(made.setsockopt, socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, value) for value in requests
    ]


@scenario
def groups_are_sent_to_by(w: World) -> object:
    seen: list[object] = []
    size = () if w.stack else (4,)
    for made in (w.udp(), w.tcp()):
        for value in (None, LO, NONE, ANY, A + LO, A + ANY + NUMBER.pack(1), A + ANY + NUMBER.pack(99), b"x"):
            if value is not None:
                seen.append(attempt(made.setsockopt, socket.IPPROTO_IP, socket.IP_MULTICAST_IF, value))
            seen.append(made.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, *size))
    return seen


@scenario
def groups_on_loopback(w: World) -> object:
    receiver, bound, sender = w.udp(), w.udp(), w.udp()
    seen = []
    for made, address in ((receiver, ""), (bound, "239.1.2.3")):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        seen.append(attempt(made.bind, (address, receiver.getsockname()[1])))
    receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    receiver.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    target = "239.1.2.3", receiver.getsockname()[1]
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LO)

    def arrives() -> list[object]:
        got = [attempt(sender.sendto, b"x", target), receiver.ready()[0], bound.ready()[0]]
        if receiver.ready()[0]:
            message = receiver.recvmsg(9) if w.stack else receiver.recvmsg(9, 500)
            got.append(message[2] if w.stack else message[1])
        return [*got, attempt(bound.recv, 9)]

    seen.append(arrives())
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, A + LO)
    for ttl, loop in ((1, 1), (7, 0), (0, 1)):
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, loop)
        seen.append(arrives())
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, A + LO)
    seen.append(arrives())
    return [*seen, sender.getsockname()[0], bound.getsockname()[0]]


VALUES = {
    socket.IP_MULTICAST_TTL: (0, 1, 255, 256, -1, -2),
    socket.IP_MULTICAST_LOOP: (0, 1, 7),
    IP_MULTICAST_ALL: (0, 1, 7, -1),
}


@scenario
def settings_of_groups(w: World) -> object:
    seen = []
    for made in (w.tcp(), w.udp()):
        for option, values in VALUES.items():
            for value in values:
                seen.append(attempt(made.setsockopt, socket.IPPROTO_IP, option, value))
                seen.append(attempt(made.getsockopt, socket.IPPROTO_IP, option))
    return seen


@pytest.mark.parametrize("name", scenario)
def test_groups_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1, parameters=LINUX).hosts[0].stack)
    assert ours == theirs
