"""Congestion control and loss recovery without SACK (RFC 5681, 6582, 3042, 6928, 7661)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stack.parameters import Parameters
from stack.tcp.congestion import Reno, initial_window
from stack.tcp.recovery import NewReno, SackRecovery

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.layers.inet import TCP
    from virtual_link import Lan, Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000


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
    assert [bool(recovery.duplicate(8001, 20_001)) for _ in range(4)] == [False, False, True, False]
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
    assert [recovery.duplicate(30_000, 37_000) for _ in range(4)] == [""] * 4  # not below recover


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


@pytest.mark.parametrize("sack", [False, True], ids=["duplicates", "sack"])
@pytest.mark.parametrize("written", [10, 60], ids=["nothing more to send", "limited transmit"])
def test_rfc5681_3_2_step_2_limited_transmit_does_not_count_when_the_window_is_halved(
    lan: Lan, tools: SimpleNamespace, sack: bool, written: int
) -> None:
    link = lan(1, parameters=Parameters(initial_window=10))
    server = tools.listening(link, link.hosts[0])
    stranger = tools.Stranger(link, link.hosts[0])
    (answer,) = stranger.say("S", options=[("MSS", 1460), *([("SAckOK", b"")] if sack else [])])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A")
    server.accept(link.now)[0].send(bytes(written * 1460), link.now)
    assert len(stranger.hear()) == 10
    for count in (1, 2, 3):
        block = stranger.ack + 1460, stranger.ack + (1 + count) * 1460
        stranger.say("A", options=[("SAck", block)] if sack else [])
    (lost,) = link.hosts[0].said("tcp", "congestion window")
    assert (lost["old"], lost["new"]) == (10 * 1460, 5 * 1460)


@pytest.mark.parametrize("recovery", [NewReno, SackRecovery])
def test_rfc5681_3_1_limited_transmit_does_not_count_at_a_time_out_either(
    recovery: type[NewReno] | type[SackRecovery],
) -> None:
    control = Reno(1000, 10_000)
    made = recovery(control, 1000, iss=0)
    if made.scoreboard is not None:
        made.scoreboard.update(1, 10_001, [(1001, 2001)])
    made.duplicate(1, 10_001)
    assert made.extra == 1000
    made.sent_extra(1000)
    made.timed_out(1, 11_001, again=False)
    assert control.threshold == 5000


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
