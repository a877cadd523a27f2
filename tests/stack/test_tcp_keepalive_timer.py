"""The keepalive timer (RFC 9293 section 3.8.4)."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from virtual_link import so_error

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000


def test_rfc9293_3_8_4_keepalive_probes_and_gives_up(link: Link, stranger: Stranger, child: Socket) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    for option, value in ((4, 10), (5, 2), (6, 3)):
        child.setsockopt(socket.IPPROTO_TCP, option, value, link.now)
    assert stranger.listen_for(9 * SECOND) == []
    stranger.say("PA", data=b"x")
    start = link.now
    heard = [entry for entry in stranger.listen_for(20 * SECOND) if entry[0] > 500]
    assert [(instant, str(segment.flags)) for instant, segment in heard] == [
        (10_000, "A"),
        (12_000, "A"),
        (14_000, "A"),
        (16_000, "RA"),
    ]
    assert heard[0][1].seq == stranger.ack - 1
    child.recv(1, start)
    assert so_error(child) == errno.ETIMEDOUT


def test_keepalive_answered_lives_on(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    child.setsockopt(socket.IPPROTO_TCP, 4, 10, link.now)
    for _ in range(20):
        link.run(10 * SECOND)
        stranger.say("A")
    assert tools.states(link.hosts[0]) == ["ESTABLISHED"]


def test_so_keepalive_half_closed_reader_learns_that_its_peer_is_gone(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    for option, value in ((4, 10), (5, 2), (6, 3)):
        child.setsockopt(socket.IPPROTO_TCP, option, value, link.now)
    child.shutdown(socket.SHUT_WR, link.now)
    stranger.hear()
    stranger.say("A", ack=stranger.ack + 1)
    assert tools.states(link.hosts[0]) == ["FIN-WAIT-2"]
    heard = stranger.listen_for(20 * SECOND)
    assert [(instant, str(segment.flags)) for instant, segment in heard] == [
        (10_000, "A"),
        (12_000, "A"),
        (14_000, "A"),
        (16_000, "RA"),
    ]
    assert heard[0][1].seq == stranger.ack
    assert child.readable() and so_error(child) == errno.ETIMEDOUT


def test_so_keepalive_set_in_fin_wait_2_counts_too(link: Link, stranger: Stranger, child: Socket) -> None:
    child.shutdown(socket.SHUT_WR, link.now)
    stranger.hear()
    stranger.say("A", ack=stranger.ack + 1)
    child.setsockopt(socket.IPPROTO_TCP, 4, 10, link.now)
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    assert [instant for instant, _ in stranger.listen_for(11 * SECOND)] == [10_000]


@pytest.mark.parametrize(
    ("user_timeout", "instants"),
    [(25, [10, 12, 14, 16, 18, 20, 22, 24, 26]), (11, [10, 12]), (1, [10, 12])],
)
def test_tcp_user_timeout_replaces_the_number_of_probes(
    link: Link, stranger: Stranger, child: Socket, user_timeout: int, instants: list[int]
) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    for option, value in ((4, 10), (5, 2), (6, 3), (18, user_timeout * 1000)):
        child.setsockopt(socket.IPPROTO_TCP, option, value, link.now)
    heard = stranger.listen_for(60 * SECOND)
    assert [instant // 1000 for instant, _ in heard] == instants
    assert heard[-1][1].flags == "RA" and so_error(child) == errno.ETIMEDOUT
