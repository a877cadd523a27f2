"""What poll(2) reports of TCP and UDP sockets, against the real Linux, as in test_errno_linux.py."""

from __future__ import annotations

import select
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from two_worlds import Made, Scenarios, World, attempt, reset, so_error

from stack.parameters import LINUX

if TYPE_CHECKING:
    from virtual_link import Lan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")

IP_RECVERR = 11
READ, WRITE, BOTH = socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR
NAMES = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLRDHUP")

scenario = Scenarios()


def poll(made: Made) -> list[str]:
    events = made.poll()
    return [name for name in NAMES if events & getattr(select, name)]


@scenario
def a_new_socket(w: World) -> object:
    made = w.tcp()
    seen = [poll(made)]
    made.bind(("127.0.0.1", 0))
    return [*seen, poll(made)]


@scenario
def a_listener(w: World) -> object:
    listener = w.listener()
    seen = [poll(listener)]
    attempt(w.tcp().connect, listener.getsockname())
    seen.append(poll(listener))
    listener.shutdown(READ)
    return [*seen, poll(listener)]


@scenario
def a_connection(w: World) -> object:
    client, child = w.pair()
    seen = [poll(client), poll(child)]
    client.send(b"x")
    seen.append(poll(child))
    child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 10)
    return [*seen, poll(child)]


@scenario
def a_refused_connection(w: World) -> object:
    made = w.tcp()
    attempt(made.connect, w.refused())
    w.open[-1].close()
    return [poll(made), so_error(made), poll(made)]


@scenario
def the_peers_end(w: World) -> object:
    client, child = w.pair()
    client.send(b"x")
    client.shutdown(WRITE)
    seen = [poll(client), poll(child)]
    attempt(child.recv, 10)
    seen.append(poll(child))
    child.shutdown(WRITE)
    return [*seen, poll(client), poll(child)]


@scenario
def the_peer_has_closed(w: World) -> object:
    client, child = w.pair()
    client.close()
    seen = [poll(child)]
    attempt(child.send, b"x")
    return [*seen, poll(child), attempt(child.send, b"x"), poll(child)]


@scenario
def own_shutdown(w: World) -> object:
    seen = []
    for how in (READ, WRITE, BOTH):
        client, child = w.pair()
        client.shutdown(how)
        seen += [poll(client), poll(child)]
        child.close()
        seen.append(poll(client))
    return seen


@scenario
def reading_then_writing_is_shut(w: World) -> object:
    client, _ = w.pair()
    seen = []
    for how in (READ, WRITE):
        client.shutdown(how)
        seen.append(poll(client))
    return seen


@scenario
def a_reset(w: World) -> object:
    client, child = w.pair()
    client.send(b"x")
    reset(client)
    return [poll(child), so_error(child), poll(child), attempt(child.recv, 10), poll(child)]


@scenario
def a_full_send_buffer(w: World) -> object:
    client, child = w.pair()
    while attempt(client.send, bytes(100_000)) != "EAGAIN":
        pass
    seen = [poll(client)]
    child.shutdown(WRITE)
    seen.append(poll(client))
    client.shutdown(WRITE)
    return [*seen, poll(client)]


@scenario
def a_datagram_socket(w: World) -> object:
    made = w.udp()
    seen = [poll(made)]
    made.bind(("127.0.0.1", 0))
    seen.append(poll(made))
    made.connect(made.getsockname())
    made.send(b"x")
    seen.append(poll(made))
    for how in (READ, WRITE):
        made.shutdown(how)
        seen.append(poll(made))
    attempt(made.recv, 9)
    return [*seen, poll(made)]


@scenario
def a_datagram_socket_shut_at_once(w: World) -> object:
    seen = []
    for how in (WRITE, BOTH):
        made = w.udp()
        made.connect(("127.0.0.1", 9))
        made.shutdown(how)
        seen.append(poll(made))
    return seen


@scenario
def a_datagram_that_nobody_took(w: World) -> object:
    seen: list[object] = []
    for report in (0, 1):
        made = w.udp()
        made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, report)
        made.connect(w.refused())
        attempt(made.send, b"x")
        seen.append(poll(made))
        seen += [so_error(made), poll(made)]
    return seen


@pytest.mark.parametrize("name", scenario)
def test_poll_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1, parameters=LINUX).hosts[0].stack)
    assert ours == theirs
