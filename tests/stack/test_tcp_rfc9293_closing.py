"""RFC 9293 sections 3.6 and 3.10.7.4, eighth: how connections end, and what ICMP may do to them."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.packet import Raw
from virtual_link import MS, SECOND, so_error

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Host, Lan, Link, Stranger

    from stack.sockets import Socket


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


@pytest.mark.parametrize("offset", [-1, 0], ids=["the FIN again", "at RCV.NXT"])
def test_rfc9293_3_10_7_4_fifth_and_eighth_a_fin_in_time_wait_is_acknowledged_and_the_wait_begins_again(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace, offset: int
) -> None:
    in_time_wait(link, stranger, child)
    link.run(200 * SECOND)
    (ack,) = stranger.say("FA", seq=stranger.seq + offset)
    assert (ack.flags, ack.seq, ack.ack) == ("A", stranger.ack, stranger.seq)
    link.run(240 * SECOND - 1)
    assert tools.states(host) == ["TIME-WAIT"]
    link.run(1)
    assert tools.states(host) == []


def test_a_bare_acknowledgment_in_time_wait_is_not_answered(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace
) -> None:
    in_time_wait(link, stranger, child)
    link.run(200 * SECOND)
    assert stranger.say("A") == []
    link.run(40 * SECOND)
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


@pytest.mark.parametrize(
    ("stamp", "offset", "answered"),
    [(501, -5, "SA"), (499, 5, "A"), (500, 5, "SA"), (500, -5, "A"), (None, 5, "SA"), (None, -5, "")],
)
def test_rfc6191_2_a_later_timestamp_reopens_where_both_have_one(
    link: Link,
    host: Host,
    server: Socket,
    tools: SimpleNamespace,
    stamp: int | None,
    offset: int,
    answered: str,
) -> None:
    stranger, old = tools.Stranger(link, host), [("Timestamp", (500, 0))]
    (answer,) = stranger.say("S", options=old)
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A", options=old)
    server.accept(link.now)[0].close(link.now)
    (fin,) = stranger.hear()
    stranger.say("FA", ack=fin.seq + 1, options=old)
    assert tools.states(host) == ["TIME-WAIT"]
    options = [] if stamp is None else [("Timestamp", (stamp, 0))]
    answers = stranger.say("S", seq=stranger.seq + 1 + offset, options=options)
    assert [str(answer.flags) for answer in answers] == [answered] * bool(answered)
    for answer in answers if answered == "SA" else []:
        assert 0 < (answer.seq - fin.seq) % 2**32 < 2**31  # beyond all that the old connection used


@pytest.mark.parametrize(("keep", "states"), [(False, []), (True, ["TIME-WAIT"])])
def test_rfc1337_a_reset_in_time_wait(
    lan: Lan, tools: SimpleNamespace, keep: bool, states: list[str]
) -> None:
    link = lan(1, parameters=Parameters(keep_time_wait=keep))
    host = link.hosts[0]
    server = tools.listening(link, host)
    stranger = tools.Stranger(link, host)
    stranger.shake_hands()
    in_time_wait(link, stranger, server.accept(link.now)[0])
    assert stranger.say("R") == []
    assert tools.states(host) == states


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("FIN-WAIT-1", errno.ECONNRESET),
        ("FIN-WAIT-2", errno.ECONNRESET),
        ("CLOSE-WAIT", errno.EPIPE),
        ("CLOSING", errno.ECONNRESET),
        ("LAST-ACK", errno.ECONNRESET),
        ("TIME-WAIT", 0),
    ],
)
def test_rfc9293_3_10_7_4_second_a_reset_is_so_error_while_the_descriptor_is_open(
    link: Link, stranger: Stranger, child: Socket, host: Host, tools: SimpleNamespace, state: str, error: int
) -> None:
    fin, acked = stranger.ack, stranger.ack + 1
    if state in ("CLOSE-WAIT", "LAST-ACK"):
        stranger.say("FA")
    if state != "CLOSE-WAIT":
        child.shutdown(socket.SHUT_WR, link.now)
        stranger.hear()
    if state in ("FIN-WAIT-2", "CLOSING", "TIME-WAIT"):
        stranger.say("A" if state == "FIN-WAIT-2" else "FA", ack=fin if state == "CLOSING" else acked)
    assert tools.states(host) == [state]
    stranger.say("R", seq=stranger.seq + (state not in ("FIN-WAIT-1", "FIN-WAIT-2")))
    assert tools.states(host) == ["CLOSED"] and so_error(child) == error


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


def test_connections_in_time_wait_are_bounded_and_the_oldest_gives_way(
    lan: Lan, tools: SimpleNamespace
) -> None:
    link = lan(1, parameters=Parameters(time_wait_connections=3, arp_lifetime=10_000 * SECOND))
    (host,) = link.hosts
    server = tools.listening(link, host)
    for port in range(5000, 5005):
        made = tools.Stranger(link, host, own_port=port)
        made.shake_hands()
        server.accept(link.now)[0].close(link.now)
        made.ack += 1
        (answer,) = made.say("FA")
        assert answer.flags == "A"
    waiting = [row for row in host.stack.table() if row.state == "TIME-WAIT"]
    assert [row.remote for row in waiting] == [f"10.0.0.99:{port}" for port in (5002, 5003, 5004)]
    assert len(host.said("tcp", "drop", reason="too many connections in TIME-WAIT")) == 2


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
    # RFC 5927 section 4.1: only what is under way counts, SND.UNA =< SEG.SEQ < SND.NXT.
    for seq in (syn.seq - 1, syn.seq + 1, syn.seq + 2, syn.seq):
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
