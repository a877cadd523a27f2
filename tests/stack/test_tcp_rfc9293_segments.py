"""RFC 9293 section 3.10.7, step by step: a stranger made of scapy says things, our host answers."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.packet import Raw

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from stack.sockets import Socket
    from tests.stack.conftest import Host, Lan, Link, Stranger

SECOND = 1_000_000_000
MS = 1_000_000


@pytest.fixture
def link(lan: Lan) -> Link:
    return lan(1, parameters=Parameters(arp_lifetime=10_000 * SECOND))  # a stranger never answers ARP


@pytest.fixture
def host(link: Link) -> Host:
    return link.hosts[0]


@pytest.fixture
def server(link: Link, host: Host, tools: SimpleNamespace) -> Socket:
    return tools.listening(link, host)


@pytest.fixture
def stranger(link: Link, host: Host, server: Socket, tools: SimpleNamespace) -> Stranger:
    """A stranger whose connection to the host's port 80 is established."""
    made = tools.Stranger(link, host)
    made.shake_hands()
    return made


@pytest.fixture
def child(link: Link, server: Socket, stranger: Stranger) -> Socket:
    return server.accept(link.now)[0]


@pytest.fixture
def active(link: Link, host: Host, tools: SimpleNamespace) -> tuple[Stranger, Socket, TCP]:
    """The host connects to a stranger: (stranger, the host's socket, its SYN)."""
    made = tools.Stranger(link, host, own_port=80)
    client = tools.connecting(link, host, (made.address, 80))
    (syn,) = made.hear()
    made.port, made.ack = syn.sport, syn.seq + 1
    return made, client, syn


def so_error(sock: Socket) -> int:
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


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


@pytest.mark.parametrize(("mss", "expected"), [(1460, 1460), (9000, 1460), (700, 700), (None, 536), (1, 88)])
def test_rfc9293_3_7_1_mss(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, mss: int | None, expected: int
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.shake_hands(mss)
    child, _ = server.accept(link.now)
    child.send(bytes(3 * 1460), link.now)
    assert len(tools.payload(stranger.hear()[0])) == expected


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
    assert (syn.flags, syn.options) == ("S", [("MSS", 1460)])
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


def test_out_of_order_text_is_kept_acknowledged_at_once_and_joined(stranger: Stranger, child: Socket) -> None:
    (first,) = stranger.say("A", seq=stranger.seq + 3, data=b"def")
    (second,) = stranger.say("A", seq=stranger.seq + 9, data=b"jkl")
    assert first.ack == second.ack == stranger.seq
    assert not child.readable()
    (third,) = stranger.say("A", data=b"abc")
    assert third.ack == stranger.seq + 6 and child.recv(100, 0) == b"abcdef"
    (fourth,) = stranger.say("A", seq=stranger.seq + 4, data=b"efghijk")
    assert fourth.ack == stranger.seq + 12 and child.recv(100, 0) == b"ghijkl"


# eighth: FIN


def test_rfc9293_3_10_7_4_eighth_fin_with_data(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    (ack,) = stranger.say("FPA", data=b"bye")
    assert ack.ack == stranger.seq + 4
    assert tools.states(host) == ["CLOSE-WAIT"]
    assert child.recv(10, 0) == b"bye" and child.recv(10, 0) == b""


def test_out_of_order_fin_with_data_waits_for_the_gap(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    (ack,) = stranger.say("FA", seq=stranger.seq + 3, data=b"def")
    assert ack.ack == stranger.seq and tools.states(host) == ["ESTABLISHED"]
    (ack,) = stranger.say("A", data=b"abc")
    assert ack.ack == stranger.seq + 7 and tools.states(host) == ["CLOSE-WAIT"]
    assert child.recv(10, 0) == b"abcdef" and child.recv(10, 0) == b""


def test_half_close_we_go_on_sending_after_the_peers_fin(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    stranger.say("FA")
    child.send(b"still here", 0)
    (data,) = stranger.hear()
    assert tools.payload(data) == b"still here"
    stranger.say("A", seq=stranger.seq + 1, ack=stranger.ack + 10)
    child.close(0)
    (fin,) = stranger.hear()
    assert fin.flags == "FA" and tools.states(host) == ["LAST-ACK"]
    assert stranger.say("A", seq=stranger.seq + 1, ack=stranger.ack + 11) == []
    assert tools.states(host) == [] and host.said("socket", "removed", fd=child.fd)


def test_half_close_the_peer_goes_on_sending_after_our_fin(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    child.shutdown(socket.SHUT_WR, 0)
    assert stranger.hear()[0].flags == "FA" and tools.states(host) == ["FIN-WAIT-1"]
    stranger.say("A", ack=stranger.ack + 1)
    assert tools.states(host) == ["FIN-WAIT-2"]
    stranger.say("PA", ack=stranger.ack + 1, data=b"more")
    assert child.recv(10, 0) == b"more"
    with pytest.raises(BrokenPipeError):
        child.send(b"x", 0)
    (ack,) = stranger.say("FA", seq=stranger.seq + 4, ack=stranger.ack + 1)
    assert ack.ack == stranger.seq + 5 and tools.states(host) == ["TIME-WAIT"]
    assert child.recv(10, 0) == b""


def test_simultaneous_close(stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace) -> None:
    child.close(0)
    stranger.hear()
    (ack,) = stranger.say("FA")
    assert ack.ack == stranger.seq + 1 and tools.states(host) == ["CLOSING"]
    stranger.say("A", seq=stranger.seq + 1, ack=stranger.ack + 1)
    assert tools.states(host) == ["TIME-WAIT"]


def test_fin_that_acknowledges_our_fin_goes_straight_to_time_wait(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    child.close(0)
    stranger.hear()
    stranger.say("FA", ack=stranger.ack + 1)
    assert tools.states(host) == ["TIME-WAIT"]


def in_time_wait(link: Link, stranger: Stranger, child: Socket) -> None:
    child.close(link.now)
    stranger.hear()
    stranger.say("FA", ack=stranger.ack + 1)
    stranger.seq, stranger.ack = stranger.seq + 1, stranger.ack + 1


def test_rfc9293_3_4_2_time_wait_lasts_two_msl(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    in_time_wait(link, stranger, child)
    assert host.stack.busy()
    link.run(240 * SECOND - 1)
    assert tools.states(host) == ["TIME-WAIT"]
    link.run(1)
    assert tools.states(host) == [] and not host.stack.busy()
    assert host.said("socket", "removed", fd=child.fd)


def test_rfc9293_3_10_7_4_retransmitted_fin_restarts_time_wait(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    in_time_wait(link, stranger, child)
    link.run(200 * SECOND)
    (ack,) = stranger.say("FA", seq=stranger.seq - 1)
    assert ack.ack == stranger.seq
    link.run(239 * SECOND)
    assert tools.states(host) == ["TIME-WAIT"]
    link.run(2 * SECOND)
    assert tools.states(host) == []


def test_rfc9293_3_6_1_may_2_a_new_syn_beyond_the_old_numbers_reopens(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    in_time_wait(link, stranger, child)
    link.run(SECOND)
    (answer,) = stranger.say("S", seq=stranger.seq + 1)
    assert answer.flags == "SA" and tools.states(host) == ["SYN-RECEIVED"]


def test_an_old_syn_in_time_wait_is_only_acknowledged(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    in_time_wait(link, stranger, child)
    link.run(SECOND)
    (answer,) = stranger.say("S", seq=stranger.seq - 1)
    assert answer.flags == "A" and tools.states(host) == ["TIME-WAIT"]


# closing


def test_rfc9293_3_6_1_close_with_unread_data_resets(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    stranger.say("PA", data=b"unread")
    child.close(0)
    (reset,) = stranger.hear()
    assert reset.flags == "RA" and tools.states(host) == []


def test_rfc9293_3_6_1_data_after_close_resets(
    stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    child.close(0)
    stranger.hear()
    (reset,) = stranger.say("PA", ack=stranger.ack + 1, data=b"too late")
    assert "R" in reset.flags and tools.states(host) == []


def test_so_linger_zero_resets(stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]), 0)
    child.close(0)
    (reset,) = stranger.hear()
    assert reset.flags == "RA" and tools.states(host) == []


def test_closing_a_listener_resets_what_was_not_accepted(
    server: Socket, stranger: Stranger, host: Host, tools: SimpleNamespace
) -> None:
    server.close(0)
    (reset,) = stranger.hear()
    assert "R" in reset.flags and tools.states(host) == []
    assert stranger.say("S")[0].flags == "RA"


def test_close_before_the_handshake_ends_it(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, _ = active
    client.close(0)
    assert tools.states(host) == []
    assert stranger.say("SA")[0].flags == "R"


def test_fin_wait_2_of_a_closed_socket_ends_after_a_silence(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    child.close(0)
    stranger.hear()
    stranger.say("A", ack=stranger.ack + 1)
    assert tools.states(host) == ["FIN-WAIT-2"]
    link.run(60 * SECOND)
    assert tools.states(host) == [] and not host.stack.busy()


# ICMP (section 3.9.2.2)


@pytest.mark.parametrize(
    ("code", "expected"), [(3, errno.ECONNREFUSED), (2, errno.ENOPROTOOPT), (1, 0), (0, 0)]
)
def test_rfc9293_3_9_2_2_hard_errors_end_a_connect_soft_ones_do_not(
    link: Link, host: Host, active: tuple[Stranger, Socket, TCP], code: int, expected: int
) -> None:
    stranger, client, syn = active
    for seq in (syn.seq - 1, syn.seq + 2, syn.seq):  # RFC 5927 section 4.1: only numbers under way count
        quoted = IP(src=host.address, dst=stranger.address) / TCP(sport=syn.sport, dport=80, seq=seq % 2**32)
        assert not client.writable()
        link.inject(host, bytes(stranger.below / ICMP(type=3, code=code) / Raw(bytes(quoted)[:28])))
    assert client.writable() == bool(expected)
    assert so_error(client) == expected


def test_soft_error_is_the_reason_when_the_connect_times_out(
    link: Link, host: Host, active: tuple[Stranger, Socket, TCP]
) -> None:
    stranger, client, syn = active
    quoted = IP(src=host.address, dst=stranger.address) / TCP(sport=syn.sport, dport=80, seq=syn.seq)
    link.inject(host, bytes(stranger.below / ICMP(type=3, code=1) / Raw(bytes(quoted))))
    link.run(300 * SECOND)
    assert so_error(client) == errno.EHOSTUNREACH


def test_segment_to_a_broadcast_address_is_dropped(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.below.dst = "10.0.0.255"
    assert stranger.say("S") == []


def test_bad_checksum_is_dropped(stranger: Stranger, child: Socket, host: Host) -> None:
    assert stranger.say("PA", data=b"x", chksum=0x1234) == []
    assert host.said("tcp", "drop", reason="TCP checksum is wrong") and not child.readable()


def test_rfc6528_isn_grows_with_time_and_differs_by_port(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=Parameters(arp_lifetime=10_000 * SECOND))
    host = link.hosts[0]
    tools.listening(link, host)
    first = tools.Stranger(link, host, own_port=6000)
    (one,) = first.say("S")
    (other,) = tools.Stranger(link, host, own_port=6001).say("S")
    first.say("R", seq=first.seq + 1)
    link.run(40 * MS)
    (two,) = first.say("S")
    assert (two.seq - one.seq) % 2**32 == 10_000  # 4 µs each
    assert abs(other.seq - one.seq) > 1000
