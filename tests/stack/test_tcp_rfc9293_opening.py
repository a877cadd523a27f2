"""RFC 9293 sections 3.10.7.1 to 3.10.7.3, CLOSED, LISTEN and SYN-SENT: how connections begin."""

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


# SYN-RECEIVED


def test_a_syn_that_comes_again_gets_the_syn_ack_again(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    (first,) = stranger.say("S", options=[("MSS", 1000)])
    link.run(500 * MS)
    (again,) = stranger.say("S", options=[("MSS", 1000)])
    assert (again.flags, again.seq, again.ack) == ("SA", first.seq, first.ack)
    assert again.options == first.options
    assert [instant for instant, _ in stranger.listen_for(1500 * MS)] == [1000]  # the time-out began again
    stranger.seq, stranger.ack = stranger.seq + 1, first.seq + 1
    assert stranger.say("A") == [] and server.readable()
    assert not host.said("tcp", "round trip measured")  # Karn's algorithm: of which of the three?
    reasons = [event["reason"] for event in host.said("tcp", "retransmission")]
    assert reasons == ["the peer's SYN came again", "time-out"]


def test_a_syn_that_comes_again_in_a_simultaneous_open_gets_the_syn_ack_again(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, _, syn = active
    stranger.say("S", seq=300)
    (again,) = stranger.say("S", seq=300)
    assert (again.flags, again.seq, again.ack) == ("SA", syn.seq, 301)
    assert tools.states(host) == ["SYN-RECEIVED"]


def simultaneous(active: tuple[Stranger, Socket, TCP]) -> tuple[Stranger, Socket, TCP]:
    stranger, client, _ = active
    (answer,) = stranger.say("S", seq=300)
    stranger.seq, stranger.ack = 300, answer.seq + 1
    return stranger, client, answer


def test_rfc9293_3_5_figure_8_the_peers_syn_ack_completes_a_simultaneous_open(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, answer = simultaneous(active)
    (ack,) = stranger.say("SA", window=5000)
    assert (ack.flags, ack.seq, ack.ack) == ("A", answer.seq + 1, 301)
    assert tools.states(host) == ["ESTABLISHED"] and client.writable()
    client.send(b"text", stranger.link.now)
    (text,) = stranger.hear()
    assert (text.seq, text.ack) == (answer.seq + 1, 301)
    (challenge,) = stranger.say("SA", window=5000)  # RFC 5961 section 4.2: from now on it means nothing
    assert challenge.flags == "A" and host.said("tcp", "drop")


def test_tcp_defer_accept_is_a_listeners(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    active[1].setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10, 0)
    stranger, client, _ = simultaneous(active)
    assert stranger.say("A", seq=301) == []
    assert tools.states(host) == ["ESTABLISHED"] and client.writable()


@pytest.mark.parametrize(
    ("flags", "ack", "data"),
    [("SA", 0, b""), ("SA", 2, b""), ("SA", 1, b"text"), ("SAF", 1, b"")],
)
def test_rfc9293_3_10_7_4_no_other_syn_ack_completes_a_simultaneous_open(
    active: tuple[Stranger, Socket, TCP],
    host: Host,
    tools: SimpleNamespace,
    flags: str,
    ack: int,
    data: bytes,
) -> None:
    stranger, client, answer = simultaneous(active)
    (said,) = stranger.say(flags, ack=answer.seq + ack, data=data)
    assert (said.flags, said.ack) == ("A", 301)
    assert tools.states(host) == ["SYN-RECEIVED"] and not client.writable()


def test_rfc9293_3_10_7_4_a_syn_ack_completes_no_passive_open(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S")
    (said,) = stranger.say("SA", ack=answer.seq + 1)
    assert said.flags == "A"
    assert tools.states(host) == ["SYN-RECEIVED"] and not server.readable()
