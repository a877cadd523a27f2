"""The profile `LINUX`: what a stranger can measure, against Linux's own numbers (tcp(7), ip-sysctl)."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from virtual_link import so_error

from stack.parameters import LINUX

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Lan, Link, Stranger

    from stack.sockets import Socket

MS = 1_000_000
SECOND = 1_000_000_000


@pytest.fixture
def link(lan: Lan) -> Link:
    return lan(1, parameters=replace(LINUX, arp_lifetime=100_000 * SECOND))


def test_tcp_syn_linear_timeouts_4_and_tcp_syn_retries_6_are_131_seconds(
    link: Link, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    heard = stranger.listen_for(130 * SECOND)
    assert [instant // 1000 for instant, _ in heard] == [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67]
    assert not client.writable()
    link.run(1 * SECOND)
    assert so_error(client) == errno.ETIMEDOUT


def test_tcp_synack_retries_5_is_63_seconds(link: Link, server: Socket, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0])
    stranger.say("S")
    heard = stranger.listen_for(62 * SECOND)
    assert [instant // 1000 for instant, _ in heard] == [1, 3, 7, 15, 31]
    assert tools.states(link.hosts[0]) == ["SYN-RECEIVED"]
    link.run(SECOND)
    assert tools.states(link.hosts[0]) == []


def test_pairs_and_lone_segments_over_300_ms_time_out_never(lan: Lan, tools: SimpleNamespace) -> None:
    """A lone segment's acknowledgment is delayed by 40 ms, a pair's is not."""
    link = lan(parameters=LINUX, delay=150 * MS)
    client, child, _ = tools.connected(link)
    for count in [2] * 30 + [1] + [2] * 30 + [1]:
        client.send(bytes(count * 1448), link.now)
        link.run(SECOND)
        child.recv(65_536, link.now)
    assert link.hosts[0].said("tcp", "retransmission") == []


def test_tcp_retries2_15_is_924_seconds(link: Link, stranger: Stranger, child: Socket) -> None:
    child.send(b"x", link.now)
    heard = stranger.listen_for(924 * SECOND)
    assert [instant for instant, _ in heard[:5]] == [0, 200, 600, 1400, 3000]
    assert heard[-1][0] - heard[-2][0] == 120_000  # TCP_RTO_MAX
    assert len(heard) == 16 and not child.readable()
    link.run(1 * SECOND)
    assert so_error(child) == errno.ETIMEDOUT


def test_time_wait_lasts_60_seconds(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.close(link.now)
    stranger.say("A", ack=stranger.ack + 1)
    stranger.say("FA", ack=stranger.ack + 1)
    link.run(60 * SECOND - 1)
    assert tools.states(link.hosts[0]) == ["TIME-WAIT"]
    link.run(1)
    assert tools.states(link.hosts[0]) == []


def test_an_acknowledgment_is_delayed_by_40_ms(stranger: Stranger, child: Socket) -> None:
    assert stranger.say("A", data=b"x") == []
    assert [(instant, str(segment.flags)) for instant, segment in stranger.listen_for(SECOND)] == [(40, "A")]


def test_ten_segments_go_at_first(link: Link, stranger: Stranger, child: Socket) -> None:
    child.send(bytes(30_000), link.now)
    assert len(stranger.hear()) == 10  # RFC 6928


def test_a_syn_offers_what_linux_offers(link: Link, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    (syn,) = stranger.hear()
    assert {name for name, _ in syn.options} - {"NOP"} == {"MSS", "SAckOK", "Timestamp", "WScale"}
    assert 32_768 <= client.getsockname()[1] <= 60_999


def test_segments_without_timestamps_are_taken_all_the_same(
    link: Link, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, link.hosts[0])
    (answer,) = stranger.say("S", options=[("MSS", 1460), ("Timestamp", (1000, 0))])
    assert "Timestamp" in dict(answer.options)
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A")
    child = server.accept(link.now)[0]
    stranger.say("PA", data=b"hello")
    assert child.recv(10, link.now) == b"hello"
