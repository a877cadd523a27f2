"""The retransmission timer (RFC 6298) and how long TCP is patient (RFC 9293 section 3.8.3)."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from virtual_link import so_error

from stack.parameters import LINUX, Parameters
from stack.tcp.events import Retransmission, TimedOut
from stack.tcp.rto import RetransmissionTimeout

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket

MS = 1_000_000
SECOND = 1_000_000_000


# RFC 6298, the object


def test_rfc6298_2_1_initial_rto_is_one_second() -> None:
    assert RetransmissionTimeout(Parameters()).value == SECOND


def test_rfc6298_2_2_and_2_3_the_arithmetic() -> None:
    rto = RetransmissionTimeout(Parameters(minimum_rto=0))
    rto.measure(400 * MS)
    assert (rto.srtt, rto.rttvar, rto.value) == (400 * MS, 200 * MS, 1200 * MS)
    rto.measure(800 * MS)
    # RTTVAR = 3/4 * 200 + 1/4 * |400 - 800| = 250; SRTT = 7/8 * 400 + 1/8 * 800 = 450
    assert (rto.srtt, rto.rttvar, rto.value) == (450 * MS, 250 * MS, 1450 * MS)


@pytest.mark.parametrize(("rtt", "expected"), [(1 * MS, SECOND), (333 * MS, SECOND), (334 * MS, 1002 * MS)])
def test_rfc6298_2_4_minimum_of_one_second(rtt: int, expected: int) -> None:
    rto = RetransmissionTimeout(Parameters())
    rto.measure(rtt)
    assert rto.value == expected


def test_rfc6298_2_5_and_5_5_backing_off_doubles_up_to_the_maximum() -> None:
    rto = RetransmissionTimeout(Parameters())
    seen = []
    for _ in range(8):
        seen.append(rto.value // SECOND)
        rto.back_off()
    assert seen == [1, 2, 4, 8, 16, 32, 60, 60]


def test_variance_term_is_never_below_the_granularity() -> None:
    rto = RetransmissionTimeout(Parameters(minimum_rto=0, clock_granularity=1 * MS))
    for _ in range(100):
        rto.measure(10 * MS)
    assert 11 * MS <= rto.value < 11 * MS + 100


def test_linux_profile_has_its_200_ms_under_the_variance_not_under_the_sum() -> None:
    rto = RetransmissionTimeout(LINUX)
    for _ in range(100):
        rto.measure(300 * MS)
    assert rto.value == pytest.approx(500 * MS, abs=100)


# RFC 6298, on the wire


def test_rfc6298_5_data_is_sent_again_after_1_2_4_8_seconds(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.send(b"hello", link.now)
    heard = stranger.listen_for(16 * SECOND)
    assert [instant for instant, _ in heard] == [0, 1000, 3000, 7000, 15_000]
    assert {segment.seq for _, segment in heard} == {stranger.ack}
    assert [event["rto"] for event in stranger.host.said("tcp", "retransmission")] == [
        n * SECOND for n in (1, 2, 4, 8)
    ]


def test_karn_a_retransmitted_segment_measures_nothing_and_the_backoff_stays(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.send(b"hello", link.now)
    link.run(3500 * MS)
    before = len(stranger.host.said("tcp", "round trip measured"))
    stranger.say("A", ack=stranger.ack + 5)
    assert len(stranger.host.said("tcp", "round trip measured")) == before
    child.send(b"again", link.now)
    heard = stranger.listen_for(5 * SECOND)
    assert [instant for instant, _ in heard] == [0, 4000]


def test_rfc9293_3_8_3_the_connection_is_given_up_after_the_user_timeout(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.send(b"hello", link.now)
    link.run(299 * SECOND)
    assert not child.readable()
    link.run(62 * SECOND)
    assert child.readable() and so_error(child) == errno.ETIMEDOUT
    assert link.hosts[0].stack.next_deadline() is None or link.hosts[0].stack.next_deadline() > 1000 * SECOND


def test_tcp_user_timeout_ends_a_connection_to_the_millisecond(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.setsockopt(socket.IPPROTO_TCP, 18, 3500, link.now)
    child.send(b"hello", link.now)
    link.run(3499 * MS)
    assert not child.readable()
    link.run(1 * MS)
    assert so_error(child) == errno.ETIMEDOUT


def test_tcp_user_timeout_ends_a_connect_too(link: Link, host: Host, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, host, own_port=80)
    client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.setsockopt(socket.IPPROTO_TCP, 18, 2500, link.now)
    with pytest.raises(BlockingIOError):
        client.connect((stranger.address, 80), link.now)
    assert [instant for instant, _ in stranger.listen_for(10 * SECOND)] == [0, 1000]
    assert so_error(client) == errno.ETIMEDOUT


def test_rfc9293_must_23_syn_is_repeated_for_three_minutes(link: Link, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    heard = stranger.listen_for(400 * SECOND)
    assert [instant // 1000 for instant, _ in heard] == [0, 1, 3, 7, 15, 31, 63, 123]
    assert len({segment.seq for _, segment in heard}) == 1
    assert so_error(client) == errno.ETIMEDOUT


def test_rfc6298_5_7_rto_is_three_seconds_after_a_lost_syn(link: Link, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    (_, syn), _ = stranger.listen_for(1500 * MS)
    stranger.port, stranger.ack = syn.sport, syn.seq + 1
    stranger.say("SA", options=[("MSS", 1460)])
    stranger.seq += 1
    client.send(bytes(10 * 1460), link.now)
    heard = stranger.listen_for(3500 * MS)
    assert [instant for instant, _ in heard] == [0, 3000]  # RFC 5681 section 3.1: and one segment only


def test_linux_profile_waits_200_ms(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=LINUX)
    stranger = tools.Stranger(link, link.hosts[0])
    server = tools.listening(link, link.hosts[0])
    stranger.shake_hands()
    child, _ = server.accept(0)
    child.send(b"x", 0)
    assert [instant for instant, _ in stranger.listen_for(700 * MS)] == [0, 200, 600]


def words(host: Host) -> list[str]:
    """Why text went again, as the timeline says it."""
    return [Retransmission.sentence(event).partition(": ")[2] for event in host.said("tcp", "retransmission")]


def test_the_true_cause_of_a_retransmission_a_time_out(
    link: Link, host: Host, stranger: Stranger, child: Socket
) -> None:
    child.send(bytes(3 * 1460), link.now)
    stranger.hear(3500 * MS)
    stranger.say("A", ack=stranger.ack + 1460)
    assert words(host) == [
        "time-out after 1 s, attempt 1",
        "time-out after 2 s, attempt 2",
        "not acknowledged before the time-out",
        "not acknowledged before the time-out",
    ]


def test_the_true_cause_of_a_retransmission_duplicate_acknowledgments(
    link: Link, host: Host, stranger: Stranger, child: Socket
) -> None:
    child.send(bytes(6 * 1460), link.now)
    stranger.hear()
    for _ in range(3):
        stranger.say("A")
    stranger.say("A", ack=stranger.ack + 1460)
    assert words(host) == ["three duplicate acknowledgments", "partial acknowledgment"]


def test_the_true_cause_of_a_retransmission_a_closed_window(
    link: Link, host: Host, stranger: Stranger, child: Socket
) -> None:
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    link.run(2 * SECOND)
    stranger.say("A")
    assert words(host) == ["the window was closed to the probe"]


@pytest.mark.parametrize("window", [0, 65_535])
def test_the_true_cause_of_giving_up(
    link: Link, host: Host, stranger: Stranger, child: Socket, window: int
) -> None:
    stranger.say("A", window=window)
    child.setsockopt(socket.IPPROTO_TCP, 18, 5000, link.now)
    child.send(b"hello", link.now)
    link.run(10 * SECOND)
    (event,) = host.said("tcp", "timed out")
    what = "no answer from 10.0.0.99:5000" if window else "the window of 10.0.0.99:5000 stays closed"
    assert TimedOut.sentence(event) == f"10.0.0.1:80 gives up after 2 attempts: {what}"
