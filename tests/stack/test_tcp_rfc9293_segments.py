"""RFC 9293 section 3.10.7.4, step by step: a stranger made of scapy says things, our host answers."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from virtual_link import MS, SECOND

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Link, Stranger

    from stack.sockets import Socket


# 3.10.7.4, first: the sequence number


@pytest.mark.parametrize(
    ("offset", "length", "answered"),
    [
        (-1, 1, True),
        (-5, 5, True),
        (-1, 0, True),
        (65535, 1, True),
        (65535, 0, True),
        (0, 0, False),
        (65534, 0, False),
    ],
)
def test_rfc9293_3_10_7_4_first_outside_the_window_is_answered_with_an_ack(
    stranger: Stranger, child: Socket, offset: int, length: int, answered: bool
) -> None:
    answers = stranger.say("A", seq=stranger.seq + offset, data=b"x" * length)
    assert bool(answers) == answered
    if answered:
        assert (answers[0].flags, answers[0].seq, answers[0].ack) == ("A", stranger.ack, stranger.seq)
    assert not child.readable()


def test_rfc9293_3_10_7_4_segment_is_trimmed_to_the_window(stranger: Stranger, child: Socket) -> None:
    stranger.say("PA", data=b"abc")
    (ack,) = stranger.say("PA", seq=stranger.seq - 2, data=b"??abcdef")
    assert ack.ack == stranger.seq + 6
    assert child.recv(100, 0) == b"abcdef"


def test_rst_outside_the_window_is_not_answered(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    assert stranger.say("R", seq=stranger.seq - 1) == []
    assert stranger.say("R", seq=stranger.seq + 65535) == []
    assert tools.states(host) == ["ESTABLISHED"]


def test_zero_window_still_takes_acks(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(b"hello", 0)
    assert tools.payload(stranger.hear()[0]) == b"hello"
    for at in range(0, 65535, 1285):
        stranger.say("A", seq=stranger.seq + at, data=bytes(1285))
    assert stranger.hear(200 * MS)[-1].window == 0
    (ack,) = stranger.say("A", seq=stranger.seq + 65535, ack=stranger.ack + 5, data=b"!")
    assert (ack.ack, ack.window) == ((stranger.seq + 65535) % 2**32, 0)
    assert [row.send_q for row in link.hosts[0].stack.table() if row.state == "ESTABLISHED"] == [0]


# second: RST (RFC 5961 section 3.2)


def test_rfc5961_3_2_rst_at_rcv_nxt_resets(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    assert stranger.say("R") == []
    assert child.readable()
    with pytest.raises(ConnectionResetError):
        child.recv(1, 0)
    assert child.recv(1, 0) == b""
    with pytest.raises(BrokenPipeError):
        child.send(b"x", 0)


@pytest.mark.parametrize("offset", [1, 65534])
def test_rfc5961_3_2_rst_elsewhere_in_the_window_is_challenged(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace, offset: int
) -> None:
    (challenge,) = stranger.say("R", seq=stranger.seq + offset)
    assert (challenge.flags, challenge.seq, challenge.ack) == ("A", stranger.ack, stranger.seq)
    assert tools.states(host) == ["ESTABLISHED"]


def test_rfc5961_7_challenges_are_limited(link: Link, stranger: Stranger, child: Socket) -> None:
    answers = [stranger.say("R", seq=stranger.seq + 1) for _ in range(12)]
    assert [len(answer) for answer in answers] == [1] * 10 + [0] * 2
    link.run(5 * SECOND)
    assert len(stranger.say("R", seq=stranger.seq + 1)) == 1


def test_data_that_came_before_the_reset_can_be_read(stranger: Stranger, child: Socket) -> None:
    stranger.say("PA", data=b"last words")
    stranger.say("R", seq=stranger.seq + 10)
    assert child.recv(100, 0) == b"last words"
    with pytest.raises(ConnectionResetError):
        child.recv(1, 0)


def test_rst_in_syn_received_returns_to_listen(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.say("S")
    stranger.say("R", seq=stranger.seq + 1)
    assert tools.states(host) == []
    stranger.shake_hands()


# fourth: SYN (RFC 5961 section 4.2)


@pytest.mark.parametrize("offset", [0, 100])
def test_rfc5961_4_2_syn_in_a_synchronized_state_is_challenged(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace, offset: int
) -> None:
    (challenge,) = stranger.say("S", seq=stranger.seq + offset)
    assert (challenge.flags, challenge.ack) == ("A", stranger.seq)
    assert tools.states(host) == ["ESTABLISHED"]


# fifth: ACK


def test_rfc9293_3_10_7_4_fifth_without_ack_is_dropped(stranger: Stranger, child: Socket) -> None:
    assert stranger.say("P", data=b"x") == []
    assert not child.readable()


def test_rfc9293_3_10_7_4_fifth_wrong_ack_in_syn_received_is_reset(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S")
    (reset,) = stranger.say("A", seq=stranger.seq + 1, ack=answer.seq + 2)
    assert (reset.flags, reset.seq) == ("R", answer.seq + 2)
    assert tools.states(host) == ["SYN-RECEIVED"]


@pytest.mark.parametrize(("offset", "accepted"), [(0, True), (1, False), (-65535, True), (-65536, False)])
def test_rfc5961_5_2_acknowledgment_out_of_range_is_challenged(
    stranger: Stranger, child: Socket, offset: int, accepted: bool
) -> None:
    answers = stranger.say("PA", ack=stranger.ack + offset, data=b"x")
    assert child.readable() == accepted
    assert len(answers) == (0 if accepted else 1)


def test_an_old_segment_does_not_change_the_window_back(
    stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    stranger.say("A", data=b"1", window=1000)
    stranger.say("A", seq=stranger.seq + 1, data=b"2", window=3000)
    stranger.say("A", data=b"12", window=10)  # SEG.SEQ < SND.WL1
    child.send(bytes(1460), 0)
    assert len(tools.payload(stranger.hear()[0])) == 1460


# sixth, seventh: urgent and ordinary text


def test_rfc6093_urgent_data_stays_in_the_stream(stranger: Stranger, child: Socket) -> None:
    stranger.say("PAU", data=b"abc", urgptr=2)
    assert child.recv(10, 0) == b"abc" and not child.exceptional()


def test_rfc9293_3_8_5_must_32_and_33_the_program_hears_of_urgent_data(
    host: Host, stranger: Stranger, child: Socket
) -> None:
    stranger.say("PAU", data=b"abc", urgptr=5)
    assert child.exceptional() and child.recv(3, 0) == b"abc"
    assert child.exceptional()  # two octets are still to come
    stranger.seq += 3
    stranger.say("PAU", data=b"de", urgptr=2)
    assert host.said("tcp", "urgent data") == [host.said("tcp", "urgent data", octets=5)[0]]
    assert child.recv(1, 0) == b"d" and child.exceptional()
    assert child.recv(1, 0) == b"e" and not child.exceptional()


@pytest.mark.parametrize("first", [0, 2**31 - 1, 2**31, 2**32 - 2])
def test_rfc9293_3_8_5_nothing_is_urgent_at_first(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, first: int
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.seq = first
    stranger.shake_hands()
    child, _ = server.accept(link.now)
    stranger.say("A", data=b"x")
    assert not child.exceptional()


def test_rfc9293_3_8_5_urgent_data_is_sent_with_a_pointer_behind_it(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(bytes(1460), link.now)
    child.send(b"now!", link.now, urgent=True)
    child.send(b"later", link.now)
    segments = stranger.hear() + stranger.say("A", ack=stranger.ack + 1460)
    assert [segment.urgptr for segment in segments if "U" in str(segment.flags)] == [4]
    assert [tools.payload(segment) for segment in segments[1:]] == [b"now!later"]


def test_urgent_data_is_for_streams_only(link: Link, host: Host) -> None:
    datagrams = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(OSError) as info:
        datagrams.send(b"!", link.now, urgent=True)
    assert info.value.errno == errno.EOPNOTSUPP


def test_out_of_order_text_is_kept_acknowledged_at_once_and_joined(stranger: Stranger, child: Socket) -> None:
    (first,) = stranger.say("A", seq=stranger.seq + 3, data=b"def")
    (second,) = stranger.say("A", seq=stranger.seq + 9, data=b"jkl")
    assert first.ack == second.ack == stranger.seq
    assert not child.readable()
    (third,) = stranger.say("A", data=b"abc")
    assert third.ack == stranger.seq + 6 and child.recv(100, 0) == b"abcdef"
    (fourth,) = stranger.say("A", seq=stranger.seq + 4, data=b"efghijk")
    assert fourth.ack == stranger.seq + 12 and child.recv(100, 0) == b"ghijkl"
