"""The profile `LINUX`: what a stranger can measure, against Linux's own numbers (tcp(7), ip-sysctl)."""

from __future__ import annotations

import errno
import socket
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


@pytest.mark.parametrize(
    ("lost", "stamps", "rto", "segments"),
    [(0, True, 200, 10), (1, True, 200, 10), (1, False, 3000, 10), (2, True, 200, 1), (2, False, 3000, 1)],
)
def test_after_a_lost_syn_the_first_rto_and_the_first_window_are_linuxes(
    link: Link, tools: SimpleNamespace, lost: int, stamps: bool, rto: int, segments: int
) -> None:
    """As Linux's TCP_INFO has them: 3 s only without a measured round trip, one segment after two losses."""
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    syn = stranger.hear(lost * SECOND)[-1]
    stranger.port, stranger.ack = syn.sport, syn.seq + 1
    echo = [("Timestamp", (7, dict(syn.options)["Timestamp"][0]))] if stamps else []
    stranger.say("SA", options=[("MSS", 1460), *echo])
    client.send(bytes(30_000), link.now)
    heard = stranger.listen_for(3500 * MS)
    assert [instant for instant, _ in heard].count(0) == segments
    assert heard[segments][0] in (rto, rto + 1)  # a round trip of 0 counts as a tick


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


def test_a_syn_is_linuxes(link: Link, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    (syn,) = stranger.hear()
    assert (syn.flags, syn.window, syn.dataofs) == ("S", 64_240, 10)
    assert [name for name, _ in syn.options] == ["MSS", "SAckOK", "Timestamp", "NOP", "WScale"]
    values = dict(syn.options)
    assert (values["MSS"], values["WScale"], values["Timestamp"][1]) == (1460, 10, 0)
    assert 32_768 <= client.getsockname()[1] <= 60_999


@pytest.mark.parametrize(("stamps", "window"), [(True, 65_160), (False, 64_240)])
def test_a_syn_ack_is_linuxes(
    link: Link, server: Socket, tools: SimpleNamespace, stamps: bool, window: int
) -> None:
    stranger = tools.Stranger(link, link.hosts[0])
    offered = [("Timestamp", (1, 0))] if stamps else []
    (answer,) = stranger.say("S", options=[("MSS", 1460), ("SAckOK", b""), *offered, ("WScale", 7)])
    assert answer.window == window and dict(answer.options)["WScale"] == 10


def test_tcp_rmem_a_buffer_grows_to_twice_what_is_read_in_a_round_trip(
    lan: Lan, tools: SimpleNamespace
) -> None:
    link = lan(parameters=LINUX, delay=50 * MS)
    client, child, _ = tools.connected(link)
    sent, got, begun = 0, 0, link.now
    while got < 1_500_000:
        while sent < 1_500_000 and client.writable():
            sent += client.send(bytes(50_000), link.now)
        assert link.step()
        while child.readable():
            got += len(child.recv(65_536, link.now))
    assert link.now - begun < 1.5 * SECOND  # 65,535 octets in a round trip would take 2.3
    size = child.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    assert 250_000 < size <= 32 * 1024 * 1024
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > 150_000


def test_tcp_rmem_a_buffer_that_is_not_read_or_that_was_sized_stays(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(parameters=LINUX, delay=50 * MS)
    client, child, _ = tools.connected(link)
    while client.writable():
        client.send(bytes(50_000), link.now)
        link.run(SECOND)
    link.run(20 * SECOND)
    assert child.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 65_536
    assert 65_536 <= child.row().recv_q < 65_536 + 1024  # a window is rounded up to a unit of the scale
    child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100_000, link.now)
    for _ in range(100):
        link.run(10 * MS)
        while child.readable():
            child.recv(65_536, link.now)
    assert child.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 100_000


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
