"""What accept() gives of a connection that has ended, against the real Linux, as in test_errno_linux.py."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest
from two_worlds import Scenarios, World, attempt, reset, so_error

from stack.parameters import LINUX

if TYPE_CHECKING:
    from virtual_link import Lan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")


scenario = Scenarios()


def shut_before_accept(w: World, *, data: bytes = b"", by_reset: bool = True) -> object:
    listener, client = w.listener(), w.tcp()
    attempt(client.connect, listener.getsockname())
    name = client.getsockname()
    attempt(client.send, data)
    reset(client) if by_reset else client.close()
    seen = [listener.ready()]
    child, peer = listener.accept()
    w.open.append(child)
    seen += [peer == name, child.ready(), attempt(child.getpeername), attempt(listener.accept)]
    return [*seen, *(attempt(child.recv, 99) for _ in range(3)), attempt(child.send, b"x")]


@scenario
def reset_before_accept(w: World) -> object:
    """An established connection stays in the queue: the program learns what became of it."""
    return shut_before_accept(w)


@scenario
def reset_before_accept_after_a_request(w: World) -> object:
    return shut_before_accept(w, data=b"request")


@scenario
def reset_before_accept_and_so_error(w: World) -> object:
    listener, client = w.listener(), w.tcp()
    attempt(client.connect, listener.getsockname())
    reset(client)
    child, _ = listener.accept()
    w.open.append(child)
    return [so_error(child), so_error(child), attempt(child.recv, 1)]


@scenario
def closed_before_accept(w: World) -> object:
    return shut_before_accept(w, data=b"request", by_reset=False)


@scenario
def listener_closed_over_a_reset_connection(w: World) -> object:
    listener, client = w.listener(), w.tcp()
    attempt(client.connect, listener.getsockname())
    reset(client)
    return attempt(listener.close)


@scenario
def resets_in_the_queue_count_for_the_backlog(w: World) -> object:
    listener, clients = w.tcp(), [w.tcp() for _ in range(3)]
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    for client in clients:
        attempt(client.connect, listener.getsockname())
    first = clients[0].ready()
    for client in clients[:2]:
        reset(client)
    accepted = []
    while listener.ready()[0] and len(accepted) < 9:
        child, _ = listener.accept()
        w.open.append(child)
        accepted.append(so_error(child))
    return [first, accepted]


@scenario
def shutdown_while_connecting(w: World) -> object:
    """To a listener whose queue is full (CLOSE in SYN-SENT, RFC 9293 section 3.10.4)."""
    seen = []
    for how in (socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR):
        listener, clients = w.tcp(), [w.tcp() for _ in range(4)]
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for client in clients:
            attempt(client.connect, listener.getsockname())
        last = clients[-1]
        seen += [last.ready(), attempt(last.shutdown, how), last.ready(), so_error(last), so_error(last)]
        calls = (last.recv, 1), (last.send, b"x"), (last.getpeername,), (last.shutdown, socket.SHUT_WR)
        seen += [attempt(*call) for call in calls]
    return seen


@pytest.mark.parametrize("name", scenario)
def test_accept_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1, parameters=LINUX).hosts[0].stack)
    assert ours == theirs
