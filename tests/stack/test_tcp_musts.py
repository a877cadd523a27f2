"""What RFCs 5681, 6298, 6582, 7323 and 5961 demand of TCP, where no other test shows it (docs/rfc.md)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from virtual_link import MS, SECOND

from stack.parameters import LINUX, Parameters
from stack.tcp.congestion import Reno
from stack.tcp.recovery import NewReno, SackRecovery

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket
    from stack.tcp_info import TcpInfo

MSS = 1460


def info(made: Socket) -> TcpInfo:
    found = made.row().info
    assert found is not None
    return found


def stamped(tools: SimpleNamespace, link: Link, host: Host) -> Stranger:
    """A stranger whose connection has timestamps; it says 1000 at first."""
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[("Timestamp", (1000, 0))])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A", options=[("Timestamp", (1000, 0))])
    return stranger


# RFC 5681


def test_rfc5681_3_1_the_handshake_does_not_increase_the_window(lan: Lan, tools: SimpleNamespace) -> None:
    client, child, _ = tools.connected(lan())
    assert info(client).snd_cwnd == info(child).snd_cwnd == 3


@pytest.mark.parametrize("lost", ["SYN", "SYN-ACK"])
def test_rfc5681_3_1_after_a_lost_syn_or_its_answer_the_window_is_one_segment(
    lan: Lan, tools: SimpleNamespace, lost: str
) -> None:
    link = lan()
    link.hosts[0].stack.advance(0)
    tools.listening(link, link.hosts[1])
    first = iter([True])
    loser = link.hosts[lost == "SYN-ACK"]
    link.drop = lambda sender, frame: sender is loser and Ether(frame).type == 0x800 and next(first, False)
    client = tools.connecting(link, link.hosts[0], (link.hosts[1].address, 80))
    link.run(2 * SECOND)
    assert client.writable() and info(client).snd_cwnd == 1


@pytest.mark.parametrize(("octets", "grown"), [(1, 1), (MSS - 1, MSS - 1), (MSS, MSS), (3 * MSS, MSS)])
def test_rfc5681_3_1_an_acknowledgment_opens_the_window_by_what_it_acknowledges_and_an_smss_at_most(
    octets: int, grown: int
) -> None:
    reno = Reno(MSS, 10 * MSS)
    reno.acknowledged(octets, 10 * MSS)
    assert reno.window == 10 * MSS + grown


def test_rfc5681_3_1_congestion_avoidance_opens_the_window_by_an_smss_in_a_round_trip() -> None:
    reno = Reno(MSS, 10 * MSS)
    reno.threshold = 10 * MSS
    for acknowledged in range(1, 31):
        reno.acknowledged(MSS, reno.window)
        expected = 10 + (acknowledged >= 10) + (acknowledged >= 21)
        assert reno.window == expected * MSS, acknowledged


@pytest.mark.parametrize(("flight", "threshold"), [(10, 5), (4, 2), (3, 2), (1, 2)])
def test_rfc5681_3_1_a_time_out_halves_what_was_under_way_once_and_leaves_one_segment(
    flight: int, threshold: int
) -> None:
    reno = Reno(MSS, 20 * MSS)
    reno.timed_out(flight * MSS, again=False)
    assert (reno.window, reno.threshold) == (MSS, threshold * MSS)
    reno.timed_out(MSS, again=True)
    assert (reno.window, reno.threshold) == (MSS, threshold * MSS)


def test_rfc5681_3_2_step_4_forged_duplicates_inflate_the_window_by_what_is_under_way_at_most() -> None:
    recovery = NewReno(Reno(MSS, 10 * MSS), MSS, 0)
    for _ in range(100):
        recovery.duplicate(1, 1 + 10 * MSS)
    assert recovery.extra == 10 * MSS


@pytest.mark.parametrize("kind", [NewReno, SackRecovery])
def test_rfc5681_4_3_a_lost_retransmission_lowers_the_threshold_twice(kind: type[NewReno]) -> None:
    reno = Reno(MSS, 40 * MSS)
    recovery = kind(reno, MSS, 0)
    if isinstance(recovery, SackRecovery):
        recovery.scoreboard.update(1, 1 + 40 * MSS, [(1 + MSS, 1 + 5 * MSS)])
    while not recovery.duplicate(1, 1 + 40 * MSS):
        pass
    assert reno.threshold == reno.window == 20 * MSS
    recovery.timed_out(1, 1 + 30 * MSS, again=False)
    assert (reno.threshold, reno.window) == (15 * MSS, MSS)


def test_rfc5681_3_1_a_narrow_path_takes_as_many_segments_as_before(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    """Not a burst of more and smaller ones: cwnd shrinks by the ratio of the sizes."""
    child.send(bytes(60_000), link.now)
    assert len(stranger.hear()) == info(child).snd_cwnd == 3
    packet = bytes(Ether(link.taken[-1][2]).payload)
    message = stranger.below / ICMP(type=3, code=4, nexthopmtu=576) / Raw(packet[:28])
    sent = stranger.read(link.inject(stranger.host, bytes(message)))
    assert info(child).snd_cwnd == 3
    assert [len(bytes(segment.payload)) for segment in sent] == [536] * 3


@pytest.mark.parametrize(
    ("flags", "seq", "ack", "data"),
    [
        ("PA", 0, 0, b"text"),
        ("PA", 10, 0, b"text"),
        ("PA", -2, 0, b"text"),
        ("PA", 70_000, 0, b"text"),
        ("FA", 0, 0, b"text"),
        ("S", 0, 0, b""),
        ("SA", -1, 0, b""),
        ("A", -1, 0, b""),
        ("A", 0, 100_000, b""),
        ("PA", 0, 100_000, b"text"),
        ("PAU", 0, 0, b"text"),
        ("R", 10, 0, b""),
    ],
)
@pytest.mark.parametrize("buffer", [65_535, 0])
def test_rfc5681_4_2_no_segment_is_acknowledged_twice(
    link: Link, stranger: Stranger, child: Socket, flags: str, seq: int, ack: int, data: bytes, buffer: int
) -> None:
    if not buffer:  # the window is closed
        for octets in (1400,) * 46 + (1135,):
            stranger.say("PA", data=bytes(octets))
            stranger.seq += octets
        stranger.hear(SECOND)
    child.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1, link.now)
    said = stranger.say(flags, seq=stranger.seq + seq, ack=stranger.ack + ack, data=data, urgptr=1)
    assert len(said) <= 1
    assert stranger.hear(SECOND) == []


# RFC 6298


def test_rfc6298_3_a_round_trip_is_measured_in_each_at_least(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(delay=20 * MS)
    client, child, _ = tools.connected(link)
    begun, sent, got = link.now, 0, 0
    while got < 200_000:
        while sent < 200_000 and client.writable():
            sent += client.send(bytes(min(20_000, 200_000 - sent)), link.now)
        link.step()
        while child.readable():
            got += len(child.recv(65_536, link.now))
    round_trips = (link.now - begun) // (2 * link.delay)
    assert len(link.hosts[0].said("tcp", "round trip measured")) >= round_trips > 5


def test_rfc6298_5_no_segment_goes_again_before_its_time_out(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1, link.now)
    child.send(b"one", link.now)
    stranger.hear(500 * MS)
    child.send(b"two", link.now)
    stranger.hear(400 * MS)
    stranger.say("A", ack=stranger.ack + 3)  # rule (5.3): the timer begins again
    ((at, again),) = stranger.listen_for(1500 * MS)
    assert at >= 1000 and again.seq == stranger.ack + 3


# RFC 6582


@pytest.mark.parametrize(("una", "enters"), [(61, False), (62, True)])
def test_rfc6582_3_2_step_2_and_4_after_a_time_out_only_what_lies_beyond_counts(
    una: int, enters: bool
) -> None:
    recovery = NewReno(Reno(10, 1000), 10, 0)
    recovery.timed_out(1, 61, again=False)
    recovery.acknowledged(una - 1, una, 200)
    assert [bool(recovery.duplicate(una, 200)) for _ in range(3)] == [False, False, enters]


# RFC 7323


def test_rfc7323_2_2_a_window_scale_that_is_not_a_syns_is_ignored(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[("WScale", 3)])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A", window=100, options=[("WScale", 9)])
    stranger.say("A", window=200, options=[("WScale", 9)])
    assert [event["new"] for event in host.said("tcp", "send window")] == [800, 1600]


@pytest.mark.parametrize(("shift", "reported"), [(14, False), (15, True)])
def test_rfc7323_2_3_a_scale_above_14_is_reported(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, shift: int, reported: bool
) -> None:
    tools.Stranger(link, host).say("S", options=[("WScale", shift)])
    assert len(host.said("tcp", "window scale too large", offered=shift)) == reported


def test_rfc7323_3_2_a_timestamp_that_was_not_agreed_on_is_ignored(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    for value in (1000, 10):
        stranger.say("PA", data=b"x", options=[("Timestamp", (value, 0))])
        stranger.seq += 1
    assert child.recv(10, link.now) == b"xx"


def test_rfc7323_5_2_a_reset_with_an_old_timestamp_resets(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = stamped(tools, link, host)
    assert stranger.say("R", options=[("Timestamp", (1, 0))]) == []
    assert host.said("tcp", "reset by peer")


def test_rfc7323_5_2_a_reset_changes_no_timestamp(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = stamped(tools, link, host)
    (challenge,) = stranger.say("R", seq=stranger.seq + 5, options=[("Timestamp", (5000, 0))])
    assert dict(challenge.options)["Timestamp"][1] == 1000


def test_rfc7323_5_2_who_aborts_sends_timestamps_with_the_reset(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(parameters=LINUX)
    client, _, _ = tools.connected(link)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, (1).to_bytes(4, "little") + bytes(4), link.now)
    client.close(link.now)
    link.collect()
    reset = Ether(link.taken[-1][2])["TCP"]
    assert "R" in reset.flags and "Timestamp" in dict(reset.options)


# RFC 5961


@pytest.mark.parametrize("stamps", [None, 1])
def test_rfc5961_4_2_and_7_syns_outside_the_window_or_from_the_past_are_challenges_too(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, stamps: int | None
) -> None:
    stranger = stamped(tools, link, host)
    options = [("Timestamp", (1000 if stamps is None else stamps, 0))]
    answers = [stranger.say("S", seq=stranger.seq + 100_000, options=options) for _ in range(12)]
    assert [len(answer) for answer in answers] == [1] * 10 + [0] * 2
    assert {(str(answer.flags), answer.ack) for (answer,) in answers[:10]} == {("A", stranger.seq)}


def test_rfc5961_7_how_many_challenges_in_what_time_can_be_set(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=Parameters(challenge_acks=(2, SECOND), arp_lifetime=100_000 * SECOND))
    tools.listening(link, link.hosts[0])
    stranger = tools.Stranger(link, link.hosts[0])
    stranger.shake_hands()

    def challenged() -> int:
        return len(stranger.say("R", seq=stranger.seq + 1))

    assert [challenged() for _ in range(3)] == [1, 1, 0]
    link.run(SECOND)
    assert challenged() == 1


@pytest.mark.parametrize(("back", "taken"), [(65_535, True), (65_536, False)])
def test_rfc5961_5_2_an_ack_may_be_as_old_as_the_largest_window(
    link: Link, stranger: Stranger, child: Socket, back: int, taken: bool
) -> None:
    answers = stranger.say("PA", ack=stranger.ack - back, data=b"x")
    assert child.readable() == taken
    assert len(answers) == (not taken)
