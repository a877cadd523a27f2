"""The errno of calls on UDP sockets, against the real Linux, as in test_errno_linux.py."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest
from two_worlds import Scenarios, World, attempt

if TYPE_CHECKING:
    from virtual_link import Lan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")


scenario = Scenarios()


@scenario
def unconnected_datagram(w: World) -> object:
    calls = [
        ("recv", 1),
        ("send", b"x"),
        ("getpeername",),
        ("shutdown", socket.SHUT_WR),
        ("listen", 1),
        ("accept",),
    ]
    return [attempt(getattr(w.udp(), name), *rest) for name, *rest in calls]


@scenario
def datagram_refused(w: World) -> object:
    dead, client = w.udp(), w.udp()
    dead.bind(("127.0.0.1", 0))
    name = dead.getsockname()
    dead.close()
    client.connect(name)
    seen = [
        attempt(client.send, b"x"),
        client.ready(),
        attempt(client.send, b"x"),
        attempt(client.send, b"x"),
    ]
    return [*seen, attempt(client.recv, 1), attempt(client.recv, 1)]


@scenario
def datagram_to_a_closed_port_unconnected(w: World) -> object:
    dead, client = w.udp(), w.udp()
    dead.bind(("127.0.0.1", 0))
    name = dead.getsockname()
    dead.close()
    return [attempt(client.sendto, b"x", name), attempt(client.sendto, b"x", name), attempt(client.recv, 1)]


@scenario
def datagram_too_long(w: World) -> object:
    return [attempt(w.udp().sendto, bytes(size), ("127.0.0.1", 9)) for size in (65_507, 65_508)]


@scenario
def datagram_to_port_zero(w: World) -> object:
    return attempt(w.udp().sendto, b"x", ("127.0.0.1", 0))


@scenario
def datagram_broadcast_without_permission(w: World) -> object:
    return attempt(w.udp().sendto, b"x", ("255.255.255.255", 9))


@scenario
def datagram_ports_clash(w: World) -> object:
    first = w.udp()
    first.bind(("127.0.0.1", 0))
    return [attempt(w.udp().bind, first.getsockname()), attempt(w.udp().bind, ("", first.getsockname()[1]))]


def who_gets_a_datagram(w: World, *, connected: int | None = None, address: str = "127.0.0.1") -> object:
    made = [w.udp() for _ in range(3)]
    sender = w.udp()
    sender.bind(("127.0.0.1", 0))
    port = 0
    for each in made:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.bind((address, port))
        port = each.getsockname()[1]
    if connected is not None:
        made[connected].connect(sender.getsockname())
    sender.sendto(b"x", ("127.0.0.1", port))
    return [each.ready()[0] for each in made]


@scenario
def the_last_bound_of_equals_gets_the_datagram(w: World) -> object:
    return who_gets_a_datagram(w)


@scenario
def the_last_bound_to_any_address_gets_the_datagram(w: World) -> object:
    return who_gets_a_datagram(w, address="")


@scenario
def the_connected_one_of_equals_gets_the_datagram(w: World) -> object:
    return who_gets_a_datagram(w, connected=0)


@scenario
def datagram_shutdown(w: World) -> object:
    client, server = w.udp(), w.udp()
    server.bind(("127.0.0.1", 0))
    client.connect(server.getsockname())
    # recv() then is an end on a blocking socket and EAGAIN on others; we, who never block, say the end.
    return [attempt(client.shutdown, socket.SHUT_RDWR), attempt(client.send, b"x"), client.ready()]


@pytest.mark.parametrize("name", scenario)
def test_errno_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1).hosts[0].stack)
    assert ours == theirs
