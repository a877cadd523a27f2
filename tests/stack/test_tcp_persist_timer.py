"""The persist timer: closed windows are probed (RFC 9293 section 3.8.6.1)."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from virtual_link import so_error

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Lan, Link, Stranger

    from stack.sockets import Socket

MS = 1_000_000
SECOND = 1_000_000_000


def test_rfc9293_3_8_6_1_zero_window_is_probed_with_one_octet_for_ever(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    heard = stranger.listen_for(130 * SECOND)
    assert [instant // 1000 for instant, _ in heard] == [1, 3, 7, 15, 31, 63, 123]
    assert {tools.payload(segment) for _, segment in heard} == {b"h"}
    for _ in range(20):
        link.run(60 * SECOND)
        stranger.say("A", window=0)
    assert tools.states(link.hosts[0]) == ["ESTABLISHED"]
    (rest,) = stranger.say("A", window=65_535)
    assert tools.payload(rest) == b"hello"  # the probe's octet was refused, so it goes again


def test_unanswered_probes_end_the_connection(link: Link, stranger: Stranger, child: Socket) -> None:
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    link.run(290 * SECOND)
    assert not child.readable()
    link.run(120 * SECOND)
    assert so_error(child) == errno.ETIMEDOUT


def test_tcp_user_timeout_ends_a_closed_window_that_answers(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.setsockopt(socket.IPPROTO_TCP, 18, 20_000, link.now)
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    for _ in range(20):
        link.run(SECOND)
        stranger.say("A", window=0)
    assert not child.readable()
    link.run(SECOND)  # it counts from the first probe, as in Linux
    assert child.readable() and so_error(child) == errno.ETIMEDOUT


def test_tcp_user_timeout_counts_from_when_the_window_closed_last(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.setsockopt(socket.IPPROTO_TCP, 18, 20_000, link.now)
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    link.run(15 * SECOND)
    stranger.say("A", window=2)
    stranger.say("A", ack=stranger.ack + 2, window=0)
    link.run(15 * SECOND)
    stranger.say("A", ack=stranger.ack + 2, window=0)
    assert not child.readable()


def test_probe_that_is_accepted_is_not_sent_again(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    link.run(SECOND)
    (rest,) = stranger.say("A", ack=stranger.ack + 1, window=1000)
    assert tools.payload(rest) == b"ello"


def test_fin_alone_behind_a_zero_window_is_probed(link: Link, stranger: Stranger, child: Socket) -> None:
    stranger.say("A", window=0)
    child.close(link.now)
    (_, fin), *_ = stranger.listen_for(2 * SECOND)
    assert fin.flags == "FA"


def test_slow_reader_closes_and_opens_the_window(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    client, child, _ = tools.connected(link)
    sent = 0
    for _ in range(50):
        try:
            sent += client.send(bytes(10_000), link.now)
        except BlockingIOError:
            link.run(100 * MS)
    link.run(20 * SECOND)
    assert link.hosts[0].said("tcp", "send window", new=0) and link.hosts[0].said("tcp", "window probe")
    got = 0
    while got < sent:
        try:
            got += len(child.recv(3000, link.now))
        except BlockingIOError:
            assert link.step()
    assert got == sent
    turns = [kind for _, kind, _ in link.hosts[1].events if kind.startswith("receive window")]
    assert turns == ["receive window closed", "receive window opened"]
