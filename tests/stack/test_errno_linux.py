"""The errno of socket calls, against the real Linux: each row runs on our loopback and on the machine's."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from two_worlds import Scenarios, World, attempt, reset, so_error

from stack.parameters import Parameters

if TYPE_CHECKING:
    from virtual_link import Lan

    from stack.stack import Stack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")


scenario = Scenarios()


@scenario
def unconnected_stream(w: World) -> object:
    calls = [("recv", 1), ("send", b"x"), ("getpeername",), ("shutdown", socket.SHUT_WR), ("accept",)]
    return [attempt(getattr(w.tcp(), name), *rest) for name, *rest in calls]


@scenario
def unconnected_stream_is_ready(w: World) -> object:
    return w.tcp().ready()


@scenario
def unbound_name(w: World) -> object:
    return [w.tcp().getsockname(), w.udp().getsockname()]


@scenario
def bind_twice(w: World) -> object:
    made = w.tcp()
    return [attempt(made.bind, ("127.0.0.1", 0)), attempt(made.bind, ("127.0.0.1", 0))]


@scenario
def bind_a_foreign_address(w: World) -> object:
    return [attempt(w.tcp().bind, ("192.0.2.1", 0)), attempt(w.udp().bind, ("192.0.2.1", 0))]


@scenario
def bind_a_used_port(w: World) -> object:
    name = w.listener().getsockname()
    return [attempt(w.tcp().bind, name), attempt(w.tcp().bind, ("", name[1]))]


@scenario
def bind_a_used_port_on_another_loopback_address(w: World) -> object:
    return attempt(w.tcp().bind, ("127.0.0.2", w.listener().getsockname()[1]))


@scenario
def reuse_does_not_help_against_a_listener(w: World) -> object:
    first, second = w.tcp(), w.tcp()
    for made in (first, second):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    first.bind(("127.0.0.1", 0))
    first.listen(1)
    return attempt(second.bind, first.getsockname())


@scenario
def reuse_lets_two_bind_but_only_one_listen(w: World) -> object:
    first, second = w.tcp(), w.tcp()
    for made in (first, second):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    first.bind(("127.0.0.1", 0))
    return [attempt(second.bind, first.getsockname()), attempt(first.listen, 1), attempt(second.listen, 1)]


def server_port_in_time_wait(w: World, reuse: bool) -> object:
    listener = w.tcp()
    if reuse:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    name, client = listener.getsockname(), w.tcp()
    attempt(client.connect, name)
    child, _ = listener.accept()
    child.close()
    client.close()
    listener.close()
    again = w.tcp()
    if reuse:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return [attempt(again.bind, name), attempt(again.listen, 1)]


@scenario
def server_again_while_its_port_is_in_time_wait(w: World) -> object:
    return server_port_in_time_wait(w, False)[:1]


@scenario
def server_again_with_reuse_while_its_port_is_in_time_wait(w: World) -> object:
    return server_port_in_time_wait(w, True)


@scenario
def connect_in_progress_then_connected(w: World) -> object:
    listener, client = w.listener(), w.tcp()
    seen = [attempt(client.connect, listener.getsockname()), client.ready(), so_error(client)]
    return [*seen, *(attempt(client.connect, listener.getsockname()) for _ in range(2))]


@scenario
def connect_refused(w: World) -> object:
    client = w.tcp()
    seen = [attempt(client.connect, w.refused()), client.ready(), so_error(client), so_error(client)]
    return [*seen, attempt(client.recv, 1), attempt(client.send, b"x")]


@scenario
def connect_refused_told_by_send(w: World) -> object:
    client = w.tcp()
    attempt(client.connect, w.refused())
    return [attempt(client.send, b"x"), attempt(client.send, b"x")]


@scenario
def connect_again_after_a_refusal(w: World) -> object:
    seen: list[object] = []
    listener = w.listener()
    for asks in (False, True):
        client = w.tcp()
        attempt(client.connect, w.refused())
        seen.append(so_error(client) if asks else None)
        for _ in range(4):  # the outcome of the first, and from then on another
            seen += [attempt(client.connect, listener.getsockname()), client.ready(), so_error(client)]
    return seen


@scenario
def connect_after_a_reset(w: World) -> object:
    client, child = w.pair()
    reset(child)
    return [attempt(client.connect, w.listener().getsockname()), so_error(client), attempt(client.recv, 1)]


@scenario
def connect_a_listener(w: World) -> object:
    listener = w.listener()
    return attempt(listener.connect, w.listener().getsockname())


@scenario
def connect_to_any_is_to_this_host(w: World) -> object:
    client = w.tcp()
    attempt(client.connect, ("0.0.0.0", w.listener().getsockname()[1]))
    return client.getpeername()[0]


@scenario
def connect_to_broadcast(w: World) -> object:
    return [
        attempt(w.tcp().connect, ("255.255.255.255", 9)),
        attempt(w.udp().connect, ("255.255.255.255", 9)),
    ]


@scenario
def connect_twice_with_the_same_pair(w: World) -> object:
    name = w.listener().getsockname()
    made = [w.tcp(), w.tcp()]
    for each in made:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made[0].bind(("127.0.0.1", 0))
    made[1].bind(made[0].getsockname())
    return [attempt(each.connect, name) for each in made]


@scenario
def listener_calls(w: World) -> object:
    listener = w.listener()
    seen = [attempt(listener.recv, 1), attempt(listener.send, b"x"), attempt(listener.accept)]
    return [*seen, listener.ready(), attempt(listener.listen, 9), attempt(listener.getpeername)]


@scenario
def listening_connection(w: World) -> object:
    client, _ = w.pair()
    return attempt(client.listen, 1)


@scenario
def accept_on_a_connection(w: World) -> object:
    client, _ = w.pair()
    return attempt(client.accept)


@scenario
def established(w: World) -> object:
    client, child = w.pair()
    seen = [client.ready(), attempt(client.recv, 1), client.getpeername() == child.getsockname()]
    return [
        *seen,
        attempt(client.send, b"hello"),
        attempt(child.recv, 2),
        attempt(child.recv, 9),
        child.ready(),
    ]


@scenario
def send_to_on_a_stream_ignores_the_address(w: World) -> object:
    client, child = w.pair()
    return [attempt(client.sendto, b"x", ("192.0.2.1", 1)), attempt(child.recv, 9)]


@scenario
def end_of_stream(w: World) -> object:
    client, child = w.pair()
    client.shutdown(socket.SHUT_WR)
    seen = [attempt(client.send, b"x"), child.ready(), attempt(child.recv, 1), attempt(child.recv, 1)]
    return [*seen, attempt(child.send, b"x"), attempt(client.recv, 9)]


@scenario
def shutdown_both_then_again(w: World) -> object:
    client, _ = w.pair()
    return [attempt(client.shutdown, how) for how in (socket.SHUT_RDWR, socket.SHUT_WR)]


@scenario
def shutdown_read(w: World) -> object:
    client, child = w.pair()
    seen = [attempt(client.shutdown, socket.SHUT_RD), client.ready(), attempt(client.recv, 1)]
    child.send(b"late")
    return [*seen, attempt(client.recv, 9)]


@scenario
def shutdown_of_nonsense(w: World) -> object:
    return attempt(w.pair()[0].shutdown, 7)


@scenario
def both_ends_finished(w: World) -> object:
    client, child = w.pair()
    client.shutdown(socket.SHUT_WR)
    child.shutdown(socket.SHUT_WR)
    return [attempt(end.recv, 1) for end in (client, child)] + [
        attempt(end.send, b"x") for end in (client, child)
    ]


@scenario
def reset_by_the_peer(w: World) -> object:
    client, child = w.pair()
    reset(child)
    seen = [client.ready(), attempt(client.recv, 1), attempt(client.recv, 1), attempt(client.send, b"x")]
    return [*seen, attempt(client.getpeername), attempt(client.shutdown, socket.SHUT_WR)]


@scenario
def reset_by_the_peer_told_by_send(w: World) -> object:
    client, child = w.pair()
    reset(child)
    return [attempt(client.send, b"x"), attempt(client.send, b"x")]


@scenario
def reset_by_the_peer_told_by_so_error(w: World) -> object:
    client, child = w.pair()
    reset(child)
    return [so_error(client), so_error(client), attempt(client.recv, 1)]


@scenario
def reset_after_the_end(w: World) -> object:
    client, child = w.pair()
    child.shutdown(socket.SHUT_WR)
    reset(child)
    return [attempt(client.send, b"x"), attempt(client.send, b"x"), attempt(client.recv, 1)]


@scenario
def reset_after_data(w: World) -> object:
    client, child = w.pair()
    child.send(b"last words")
    reset(child)
    return [
        attempt(client.recv, 4),
        attempt(client.recv, 9),
        attempt(client.recv, 9),
        attempt(client.recv, 9),
    ]


@scenario
def close_with_unread_data_resets(w: World) -> object:
    client, child = w.pair()
    client.send(b"unread")
    child.close()
    return [attempt(client.recv, 1), attempt(client.recv, 1)]


@scenario
def send_to_a_closed_peer(w: World) -> object:
    client, child = w.pair()
    child.close()
    return [attempt(client.send, b"x"), attempt(client.send, b"x"), attempt(client.recv, 1)]


@scenario
def listener_closed_under_a_waiting_connection(w: World) -> object:
    listener, client = w.listener(), w.tcp()
    attempt(client.connect, listener.getsockname())
    listener.close()
    return [so_error(client), attempt(client.recv, 1)]


@scenario
def shutdown_of_a_listener(w: World) -> object:
    seen = []
    for how in (socket.SHUT_WR, socket.SHUT_RD, socket.SHUT_RDWR):
        listener = w.listener()
        seen += [attempt(listener.shutdown, how), listener.ready(), attempt(listener.accept)]
        client = w.tcp()
        attempt(client.connect, listener.getsockname())
        seen.append(so_error(client))
    return seen


@scenario
def wrong_kinds(w: World) -> object:
    kinds = [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP),
        (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_TCP),
        (socket.AF_INET, socket.SOCK_RDM, 0),
        (77, socket.SOCK_STREAM, 0),
    ]
    return [attempt(w.socket, *kind) for kind in kinds]


@scenario
def closed(w: World) -> object:
    made = w.tcp()
    made.close()
    return [
        attempt(made.send, b"x"),
        attempt(made.recv, 1),
        attempt(made.bind, ("", 0)),
        attempt(made.listen, 1),
    ]


@pytest.mark.parametrize("name", scenario)
def test_errno_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1).hosts[0].stack)
    assert ours == theirs


def test_when_all_ports_are_taken(lan: Lan) -> None:
    stack: Stack = lan(1, parameters=Parameters(ephemeral_ports=(50_000, 50_001))).hosts[0].stack
    for kind, error in ((socket.SOCK_STREAM, errno.EADDRNOTAVAIL), (socket.SOCK_DGRAM, errno.EAGAIN)):
        for _ in range(2):
            stack.socket(socket.AF_INET, kind).bind(("", 0), 0)
        with pytest.raises(OSError) as info:
            stack.socket(socket.AF_INET, kind).bind(("", 0), 0)
        assert info.value.errno == errno.EADDRINUSE
        with pytest.raises(OSError) as info:  # connect(2), send(2)
            stack.socket(socket.AF_INET, kind).connect(("127.0.0.1", 9), 0)
        assert info.value.errno == error


def test_ipv6_is_out(lan: Lan) -> None:
    with pytest.raises(OSError) as info:
        lan(1).hosts[0].stack.socket(socket.AF_INET6, socket.SOCK_STREAM)
    assert info.value.errno == errno.EAFNOSUPPORT


def test_raw_sockets_are_out(lan: Lan) -> None:
    stack: Stack = lan(1).hosts[0].stack
    with pytest.raises(OSError) as info:
        stack.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    assert info.value.errno == errno.ESOCKTNOSUPPORT


def test_second_close_is_a_bad_descriptor(lan: Lan) -> None:
    made = lan(1).hosts[0].stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.close(0)
    with pytest.raises(OSError) as info:
        made.close(0)
    assert info.value.errno == errno.EBADF
