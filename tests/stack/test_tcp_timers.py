"""What TCP does when: retransmission, delayed acknowledgment, Nagle, persist, keepalive, congestion."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest

from stack.parameters import LINUX, Parameters
from stack.tcp.congestion import Reno, initial_window
from stack.tcp.recovery import NewReno
from stack.tcp.rto import RetransmissionTimeout

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.layers.inet import TCP
    from virtual_link import Lan, Link, Stranger

    from stack.sockets import Socket

MS = 1_000_000
SECOND = 1_000_000_000
FOREVER = Parameters(arp_lifetime=100_000 * SECOND)


@pytest.fixture
def link(lan: Lan) -> Link:
    return lan(1, parameters=FOREVER)


@pytest.fixture
def stranger(link: Link, tools: SimpleNamespace) -> Stranger:
    made = tools.Stranger(link, link.hosts[0])
    made.server = tools.listening(link, link.hosts[0])
    made.shake_hands()
    return made


@pytest.fixture
def child(link: Link, stranger: Stranger) -> Socket:
    return stranger.server.accept(link.now)[0]


def so_error(sock: Socket) -> int:
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def listen_for(link: Link, stranger: Stranger, duration: int) -> list[tuple[int, TCP]]:
    """(ms after now, segment) of what the host sends."""
    start, before = link.now, len(link.taken)
    link.run(duration)
    frames = [(instant, frame) for instant, sender, frame in link.taken[before:] if sender is stranger.host]
    return [((instant - start) // MS, stranger._read([frame])[0]) for instant, frame in frames]


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


# RFC 6298, on the wire


def test_rfc6298_5_data_is_sent_again_after_1_2_4_8_seconds(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.send(b"hello", link.now)
    heard = listen_for(link, stranger, 16 * SECOND)
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
    heard = listen_for(link, stranger, 5 * SECOND)
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


def test_rfc9293_must_23_syn_is_repeated_for_three_minutes(link: Link, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    heard = listen_for(link, stranger, 400 * SECOND)
    assert [instant // 1000 for instant, _ in heard] == [0, 1, 3, 7, 15, 31, 63, 123]
    assert len({segment.seq for _, segment in heard}) == 1
    assert so_error(client) == errno.ETIMEDOUT


def test_rfc6298_5_7_rto_is_three_seconds_after_a_lost_syn(link: Link, tools: SimpleNamespace) -> None:
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    (_, syn), _ = listen_for(link, stranger, 1500 * MS)
    stranger.port, stranger.ack = syn.sport, syn.seq + 1
    stranger.say("SA", options=[("MSS", 1460)])
    stranger.seq += 1
    client.send(bytes(10 * 1460), link.now)
    heard = listen_for(link, stranger, 3500 * MS)
    assert [instant for instant, _ in heard] == [0, 3000]  # RFC 5681 section 3.1: and one segment only


def test_linux_profile_waits_200_ms(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=LINUX)
    stranger = tools.Stranger(link, link.hosts[0])
    server = tools.listening(link, link.hosts[0])
    stranger.shake_hands()
    child, _ = server.accept(0)
    child.send(b"x", 0)
    assert [instant for instant, _ in listen_for(link, stranger, 700 * MS)] == [0, 200, 600]


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
    assert [(instant, segment.ack) for instant, segment in listen_for(link, stranger, SECOND)] == [
        (delay, stranger.seq + 1)
    ]


def test_rfc9293_3_8_6_3_every_second_segment_is_acknowledged_at_once(stranger: Stranger) -> None:
    counts = [len(stranger.say("A", seq=stranger.seq + n * 1460, data=bytes(1460))) for n in range(6)]
    assert counts == [0, 1, 0, 1, 0, 1]


def test_acknowledgment_rides_on_data(link: Link, stranger: Stranger, child: Socket) -> None:
    stranger.say("PA", data=b"ping")
    child.send(b"pong", link.now)
    heard = listen_for(link, stranger, 500 * MS)
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
    heard = listen_for(link, stranger, 1500 * MS)
    assert [(instant, len(tools.payload(segment))) for instant, segment in heard] == [(1000, 100)]


# the persist timer


def test_rfc9293_3_8_6_1_zero_window_is_probed_with_one_octet_for_ever(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    stranger.say("A", window=0)
    child.send(b"hello", link.now)
    heard = listen_for(link, stranger, 130 * SECOND)
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
    (_, fin), *_ = listen_for(link, stranger, 2 * SECOND)
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


# keepalive


def test_rfc9293_3_8_4_keepalive_probes_and_gives_up(link: Link, stranger: Stranger, child: Socket) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    for option, value in ((4, 10), (5, 2), (6, 3)):
        child.setsockopt(socket.IPPROTO_TCP, option, value, link.now)
    assert listen_for(link, stranger, 9 * SECOND) == []
    stranger.say("PA", data=b"x")
    start = link.now
    heard = [entry for entry in listen_for(link, stranger, 20 * SECOND) if entry[0] > 500]
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


# congestion control


def segments_of_a_round(stranger: Stranger, answers: list[TCP]) -> list[TCP]:
    return [segment for segment in answers if len(bytes(segment.payload))]


def test_rfc5681_3_1_slow_start_doubles(link: Link, stranger: Stranger, child: Socket) -> None:
    child.send(bytes(60_000), link.now)
    flight = segments_of_a_round(stranger, stranger.hear())
    assert len(flight) == 3  # the initial window for an SMSS of 1460
    sizes, acked = [3], stranger.ack
    for _ in range(2):
        following = []
        for segment in flight:
            acked = segment.seq + len(bytes(segment.payload))
            following += segments_of_a_round(stranger, stranger.say("A", ack=acked))
        flight = following
        sizes.append(len(flight))
    assert sizes == [3, 6, 12]


@pytest.mark.parametrize("duplicates", [2, 3])
def test_rfc5681_3_2_fast_retransmit_at_the_third_duplicate(
    link: Link, stranger: Stranger, child: Socket, duplicates: int
) -> None:
    child.send(bytes(60_000), link.now)
    (first, *_) = stranger.hear()
    answers = []
    for _ in range(duplicates):
        answers += stranger.say("A")
    again = [segment for segment in answers if segment.seq == first.seq]
    assert len(again) == (1 if duplicates == 3 else 0)


def test_rfc5681_2_a_window_update_is_no_duplicate(link: Link, stranger: Stranger, child: Socket) -> None:
    child.send(bytes(60_000), link.now)
    (first, *_) = stranger.hear()
    answers = [segment for n in range(5) for segment in stranger.say("A", window=60_000 + n)]
    assert first.seq not in [segment.seq for segment in answers]


def test_rfc6582_3_2_newreno_window_by_window() -> None:
    control = Reno(1000, 4000)
    recovery = NewReno(control, 1000, iss=0)
    for una in range(1001, 9001, 1000):
        assert not recovery.acknowledged(1000, una, una + 11_000)
    assert control.window == 12_000
    assert [recovery.duplicate(8001, 20_001) for _ in range(4)] == [False, False, True, False]
    assert (control.threshold, control.window, recovery.extra) == (6000, 6000, 3000 + 1000)
    assert recovery.acknowledged(2000, 10_001, 20_001)  # partial: send the next again
    assert control.window + recovery.extra == 10_000 - 2000 + 1000
    assert not recovery.acknowledged(10_000, 20_001, 20_001)  # full
    assert (control.window, recovery.extra) == (2000, 0)
    for _ in range(4):
        recovery.acknowledged(1000, 30_000, 36_000)
    assert control.window == 6000  # slow start up to the threshold …
    for _ in range(6):
        recovery.acknowledged(1000, 30_000, 36_000)
    assert control.window == 7000  # … then one segment per window
    recovery.timed_out(30_000, 37_000, again=False)
    assert (control.threshold, control.window) == (3500, 1000)
    recovery.timed_out(30_000, 37_000, again=True)
    assert control.threshold == 3500
    assert [recovery.duplicate(30_000, 37_000) for _ in range(4)] == [False] * 4  # not below recover


@pytest.mark.parametrize(
    ("mss", "segments", "octets"),
    [
        (1095, None, 4380),
        (1096, None, 3288),
        (2190, None, 6570),
        (2191, None, 4382),
        (1460, 10, 14_600),
        (9000, 10, 18_000),
        (536, 10, 5360),
    ],
)
def test_rfc5681_3_1_and_6928_2_initial_window(mss: int, segments: int | None, octets: int) -> None:
    assert initial_window(mss, segments) == octets


@pytest.mark.parametrize(("flight", "window"), [(4999, 10_000), (5000, 11_000)])
def test_rfc7661_4_2_a_window_that_is_not_used_does_not_grow(flight: int, window: int) -> None:
    control = Reno(1000, 10_000)
    control.acknowledged(1000, flight)
    assert control.window == window


def test_another_congestion_control_replaces_reno(lan: Lan, tools: SimpleNamespace) -> None:
    class Fixed(Reno):
        """Five segments, whatever happens."""

        def __init__(self, mss: int, window: int) -> None:
            super().__init__(mss, 5 * mss)

        def acknowledged(self, octets: int, flight: int) -> None:
            pass

    link = lan(parameters=Parameters(congestion_control=Fixed))
    client, child, _ = tools.connected(link)
    sent = got = 0
    while got < 200_000:
        if sent < 200_000 and client.writable():
            sent += client.send(bytes(min(20_000, 200_000 - sent)), link.now)
        assert link.step()
        while child.readable():
            got += len(child.recv(65_536, link.now))
    most = una = 0
    for _, kind, fields in link.hosts[0].events:
        if kind == "segment received":
            una = fields["ack"]
        elif kind == "segment sent" and fields["length"]:
            most = max(most, fields["seq"] + fields["length"] - una)
    assert most == 5 * 1460


def test_every_change_of_the_congestion_window_is_told(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(bytes(60_000), link.now)
    (first, *_) = stranger.hear()
    stranger.say("A", ack=first.seq + 1460)
    link.run(3 * SECOND)
    told = [(event["old"], event["new"]) for event in link.hosts[0].said("tcp", "congestion window")]
    assert told == [(3 * 1460, 4 * 1460), (4 * 1460, 1460)]


@pytest.mark.parametrize(("duplicates", "new"), [(1, 1), (2, 2)])
def test_rfc3042_each_of_two_duplicates_lets_a_new_segment_out(
    link: Link, stranger: Stranger, child: Socket, duplicates: int, new: int
) -> None:
    child.send(bytes(60_000), link.now)
    last = stranger.hear()[-1]
    answers = [segment for _ in range(duplicates) for segment in stranger.say("A")]
    assert [segment.seq - last.seq for segment in answers] == [1460 * (n + 1) for n in range(new)]


def test_rfc6582_one_loss_in_a_window_costs_no_timeout(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    client, child, _ = tools.connected(link)
    offered = iter(range(10_000))
    link.drop = lambda host, frame: host is link.hosts[0] and len(frame) > 1000 and next(offered) == 20
    sent = got = 0
    while got < 100_000:
        if sent < 100_000 and client.writable():
            sent += client.send(bytes(min(20_000, 100_000 - sent)), link.now)
        assert link.step()
        while child.readable():
            got += len(child.recv(65_536, link.now))
    reasons = [event["reason"] for event in link.hosts[0].said("tcp", "retransmission")]
    assert reasons == ["three duplicate acknowledgments"]
    assert link.now < SECOND


def test_rfc5681_4_1_after_idling_the_window_starts_again(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    acked = stranger.ack
    child.send(bytes(1460 * 20), link.now)
    flight = stranger.hear()
    while flight:
        segment = flight.pop(0)
        acked = segment.seq + len(tools.payload(segment))
        flight += stranger.say("A", ack=acked)
    link.run(10 * SECOND)
    child.send(bytes(1460 * 20), link.now)
    assert len(stranger.hear()) == 3
