"""Datagrams of our stack and of Linux beside each other, on a link."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from beside_linux import OWN, beside_linux

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sides() -> Iterator[list[Any]]:
    with beside_linux() as both:
        yield both


def bound(side: Any, address: str, port: int) -> Any:
    made = side.udp()
    side.call(made, "setsockopt", socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    side.call(made, "bind", (address, port))
    return made


@pytest.mark.parametrize("target", ["255.255.255.255", "10.9.0.255"])
def test_a_host_receives_its_own_broadcasts_as_linux_does(sides: list[Any], target: str) -> None:
    received = []
    for side in sides:
        listeners = [bound(side, address, 4000) for address in ("", OWN, target)]
        sender = bound(side, OWN, 4001)
        side.call(sender, "setsockopt", socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        side.call(sender, "sendto", b"hello", (target, 4000))
        frames = [frame for frame in side.exchange(None) if frame[23] == socket.IPPROTO_UDP]
        received.append([[side.call(each, "recvfrom", 9) for each in listeners], len(frames)])
        for each in (*listeners, sender):
            side.call(each, "close")
    assert received[0] == received[1]
    assert received[0] == [[(b"hello", (OWN, 4001)), None, (b"hello", (OWN, 4001))], 1]
