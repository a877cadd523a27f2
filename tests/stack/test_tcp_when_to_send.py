"""What may wait: the delayed acknowledgment, Nagle's rule, silly windows (RFC 9293 section 3.8.6)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Lan, Link, Stranger

    from stack.sockets import Socket

MS = 1_000_000
SECOND = 1_000_000_000


# delayed acknowledgment


@pytest.mark.parametrize("delay", [200, 499])
def test_rfc9293_3_8_6_3_a_single_segment_is_acknowledged_after_the_delay(
    lan: Lan, tools: SimpleNamespace, delay: int
) -> None:
    link = lan(1, parameters=Parameters(arp_lifetime=1000 * SECOND, delayed_ack=delay * MS))
    stranger = tools.Stranger(link, link.hosts[0])
    tools.listening(link, link.hosts[0])
    stranger.shake_hands()
    assert stranger.say("PA", data=b"x") == []
    assert [(instant, segment.ack) for instant, segment in stranger.listen_for(SECOND)] == [
        (delay, stranger.seq + 1)
    ]


def test_rfc9293_3_8_6_3_every_second_segment_is_acknowledged_at_once(stranger: Stranger) -> None:
    counts = [len(stranger.say("A", seq=stranger.seq + n * 1460, data=bytes(1460))) for n in range(6)]
    assert counts == [0, 1, 0, 1, 0, 1]


def test_acknowledgment_rides_on_data(link: Link, stranger: Stranger, child: Socket) -> None:
    stranger.say("PA", data=b"ping")
    child.send(b"pong", link.now)
    heard = stranger.listen_for(500 * MS)
    assert [(instant, segment.ack) for instant, segment in heard] == [(0, stranger.seq + 4)]


# Nagle and silly windows


def test_nagle_holds_small_segments_until_the_acknowledgment(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    for letter in (b"a", b"b", b"c"):
        child.send(letter, link.now)
    assert [tools.payload(segment) for segment in stranger.hear()] == [b"a"]
    (rest,) = stranger.say("A", ack=stranger.ack + 1)
    assert tools.payload(rest) == b"bc"


def test_nagle_sends_full_segments_at_once(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(b"a", link.now)
    child.send(bytes(1500), link.now)
    assert [len(tools.payload(segment)) for segment in stranger.hear()] == [1, 1460]


def test_tcp_nodelay_switches_nagle_off_and_frees_what_waits(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(b"a", link.now)
    child.send(b"b", link.now)
    child.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1, link.now)
    child.send(b"c", link.now)
    assert [tools.payload(segment) for segment in stranger.hear()] == [b"a", b"b", b"c"]


def test_fin_goes_with_the_last_data_despite_nagle(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(b"a", link.now)
    child.send(b"b", link.now)
    child.close(link.now)
    _first, second = stranger.hear()
    assert (tools.payload(second), second.flags) == (b"b", "FPA")


def test_rfc9293_3_8_6_2_2_receiver_does_not_advertise_a_silly_window(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    for at in range(0, 65_535, 1285):
        stranger.say("A", seq=stranger.seq + at, data=bytes(1285))
    link.run(SECOND)
    stranger.seq += 65_535
    child.recv(1459, link.now)
    assert stranger.hear() == []
    assert stranger.say("A", data=b"!")[0].window == 0
    child.recv(1, link.now)
    (update,) = stranger.hear()
    assert update.window == 1460


def test_rfc9293_3_8_6_2_1_sender_waits_for_a_worthwhile_window(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    stranger.say("A", window=100)  # half the largest window was 32767
    child.send(bytes(1000), link.now)
    heard = stranger.listen_for(1500 * MS)
    assert [(instant, len(tools.payload(segment))) for instant, segment in heard] == [(1000, 100)]
