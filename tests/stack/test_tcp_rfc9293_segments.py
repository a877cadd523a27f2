"""RFC 9293 section 3.10.7, step by step: a stranger made of scapy says things, our host answers."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import IP
from virtual_link import MS, SECOND, so_error

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.layers.inet import TCP
    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket


# 3.10.7.1 CLOSED


def test_rfc9293_3_10_7_1_syn_to_a_closed_port_is_reset(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    (reset,) = tools.Stranger(link, host).say("S", seq=7)
    assert (reset.flags, reset.seq, reset.ack) == ("RA", 0, 8)


def test_rfc9293_3_10_7_1_reset_acknowledges_the_segments_whole_length(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    (reset,) = tools.Stranger(link, host).say("SF", seq=7, data=b"abc")
    assert (reset.flags, reset.ack) == ("RA", 7 + 1 + 3 + 1)


def test_rfc9293_3_10_7_1_ack_to_a_closed_port_is_reset_with_its_own_number(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    (reset,) = tools.Stranger(link, host).say("A", seq=7, ack=99)
    assert (reset.flags, reset.seq) == ("R", 99)


def test_rfc9293_3_10_7_1_reset_to_a_closed_port_is_not_answered(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    assert tools.Stranger(link, host).say("R") == []
    assert tools.Stranger(link, host).say("RA") == []


# 3.10.7.2 LISTEN


def test_rfc9293_3_10_7_2_listen_ignores_rst_resets_ack_drops_the_rest(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    assert stranger.say("R") == []
    (reset,) = stranger.say("SA", ack=5)
    assert (reset.flags, reset.seq) == ("R", 5)
    assert stranger.say("F") == []
    assert stranger.say("", data=b"x") == []
    assert tools.states(host) == []


@pytest.mark.parametrize(
    ("mss", "expected"),
    [(1460, 1460), (9000, 1460), (700, 700), (None, 536), (87, 87), (48, 48), (47, 48), (1, 48), (0, 536)],
)
def test_rfc9293_3_7_1_mss(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, mss: int | None, expected: int
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[] if mss is None else [("MSS", mss)])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A")
    child, _ = server.accept(link.now)
    child.send(bytes(3 * 1460), link.now)
    assert len(tools.payload(stranger.hear()[0])) == expected


@pytest.mark.parametrize(
    ("asked", "said"), [(88, 88), (1000, 1000), (1459, 1459), (1461, 1460), (9000, 1460)]
)
def test_tcp_maxseg_says_no_more_than_the_link_takes(lan: Lan, asked: int, said: int) -> None:
    link = lan()
    ends = [host.stack.socket(socket.AF_INET, socket.SOCK_STREAM) for host in link.hosts]
    for end in ends:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, asked, 0)
    ends[1].bind(("", 80), 0)
    ends[1].listen(1, 0)
    with pytest.raises(BlockingIOError):
        ends[0].connect((link.hosts[1].address, 80), 0)
    link.run(1_000_000_000)
    sent = [segment.get("mss") for host in link.hosts for segment in host.said("tcp", "segment sent")]
    assert [mss for mss in sent if mss] == [said, said]
    child, _ = ends[1].accept(link.now)
    for end in (ends[0], child):
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) == said


def test_rfc9293_3_10_7_2_syn_ack_carries_mss_and_window(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    (answer,) = tools.Stranger(link, host).say("S")
    assert answer.options == [("MSS", 1460)] and answer.window == 65535
    assert tools.states(host) == ["SYN-RECEIVED"]


def test_text_in_a_syn_is_not_acknowledged_yet(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", data=b"early")
    assert answer.ack == stranger.seq + 1


def test_listen_backlog_drops_syns_when_the_accept_queue_is_full(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    server = tools.listening(link, host, port=81, backlog=1)
    for number in range(2):
        tools.Stranger(link, host, port=81, own_port=6000 + number).shake_hands()
    assert tools.Stranger(link, host, port=81, own_port=6002).say("S") == []
    assert host.said("tcp", "drop", reason="accept queue is full")
    server.accept(link.now)
    tools.Stranger(link, host, port=81, own_port=6002).shake_hands()


def test_handshakes_end_waits_while_the_accept_queue_is_full(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    server = tools.listening(link, host, port=81, backlog=0)
    late = tools.Stranger(link, host, port=81, own_port=6001)
    (answer,) = late.say("S")
    tools.Stranger(link, host, port=81, own_port=6000).shake_hands()
    late.seq, late.ack = late.seq + 1, answer.seq + 1
    assert late.say("A") == []
    assert sorted(tools.states(host)) == ["ESTABLISHED", "SYN-RECEIVED"]
    server.accept(link.now)
    assert late.hear(SECOND)[0].flags == "SA"
    late.say("A")
    assert tools.states(host) == ["ESTABLISHED", "ESTABLISHED"]


def test_a_syn_from_where_no_route_leads_is_dropped(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.below[IP].src = "99.0.0.1"
    assert stranger.say("S") == []
    assert host.said("tcp", "drop", reason="no route to who asks") and tools.states(host) == []


def test_syn_backlog_bounds_half_open_connections(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=Parameters(syn_backlog=3))
    host = link.hosts[0]
    tools.listening(link, host)
    answers = [tools.Stranger(link, host, own_port=6000 + number).say("S") for number in range(4)]
    assert [len(answer) for answer in answers] == [1, 1, 1, 0]


# 3.10.7.3 SYN-SENT


def test_rfc9293_3_10_7_3_active_open(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, syn = active
    assert (syn.flags, syn.options[0]) == ("S", ("MSS", 1460))
    assert not client.writable() and tools.states(host) == ["SYN-SENT"]
    (ack,) = stranger.say("SA", options=[("MSS", 1460)])
    assert (ack.flags, ack.seq, ack.ack) == ("A", syn.seq + 1, 1001)
    assert client.writable() and so_error(client) == 0 and tools.states(host) == ["ESTABLISHED"]


@pytest.mark.parametrize("offset", [0, 2])
def test_rfc9293_3_10_7_3_first_unacceptable_ack_is_reset(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace, offset: int
) -> None:
    stranger, _, syn = active
    (reset,) = stranger.say("SA", ack=syn.seq + offset)
    assert (reset.flags, reset.seq) == ("R", syn.seq + offset)
    assert stranger.say("RA", ack=syn.seq + offset) == []
    assert tools.states(host) == ["SYN-SENT"]


def test_rfc9293_3_10_7_3_second_rst_refuses_the_connection(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, _ = active
    assert stranger.say("RA") == []
    assert client.writable() and so_error(client) == errno.ECONNREFUSED
    assert tools.states(host) == ["CLOSED"]


def test_rfc9293_3_10_7_3_second_rst_without_ack_is_dropped(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    assert active[0].say("R") == []
    assert tools.states(host) == ["SYN-SENT"]


def test_rfc9293_3_10_7_3_fifth_neither_syn_nor_rst_is_dropped(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    assert active[0].say("A") == []
    assert tools.states(host) == ["SYN-SENT"]


def test_rfc9293_3_5_figure_8_simultaneous_open(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, syn = active
    (answer,) = stranger.say("S", seq=300)
    assert (answer.flags, answer.seq, answer.ack) == ("SA", syn.seq, 301)
    assert tools.states(host) == ["SYN-RECEIVED"]
    assert stranger.say("A", seq=301) == []
    assert tools.states(host) == ["ESTABLISHED"] and client.writable()


def test_text_and_fin_on_a_syn_ack_are_taken(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, _ = active
    (ack,) = stranger.say("SAF", data=b"early")
    assert ack.ack == 1000 + 1 + 5 + 1
    assert client.recv(10, 0) == b"early" and client.recv(10, 0) == b""
    assert tools.states(host) == ["CLOSE-WAIT"]


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
