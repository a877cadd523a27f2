"""What options of stream sockets do to a connection (tcp(7)): on the wire, and to the program."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from virtual_link import MS, SECOND, Stranger, connected, connecting, listening, so_error, states

from stack.parameters import LINUX, Parameters

if TYPE_CHECKING:
    from virtual_link import Lan, Link

    from stack.sockets import Socket

TCP_NOTSENT_LOWAT = 25


class Waiter:
    woken = False

    def wake(self) -> None:
        self.woken = True


def tcp(made: Socket, option: int, value: int) -> None:
    made.setsockopt(socket.IPPROTO_TCP, option, value, 0)


def accepted(link: Link, **options: int) -> tuple[Stranger, Socket]:
    """A stranger's connection to the first host; the listener has the options."""
    listener = listening(link, link.hosts[0])
    for name, value in options.items():
        tcp(listener, getattr(socket, name), value)
    stranger = Stranger(link, link.hosts[0])
    stranger.shake_hands()
    return stranger, listener.accept(link.now)[0]


@pytest.mark.parametrize("parameters", [Parameters(), LINUX], ids=["rfc", "linux"])
def test_tcp_cork_holds_what_does_not_fill_a_segment_for_200_ms(lan: Lan, parameters: Parameters) -> None:
    stranger, child = accepted(lan(1, parameters), TCP_CORK=1)
    child.send(bytes(1460 + 100), stranger.link.now)
    (full,) = stranger.hear()
    assert len(full.payload) == 1460
    assert stranger.say("A", seq=stranger.seq, ack=stranger.ack + 1460) == []
    (rest,) = stranger.listen_for(300 * MS)
    assert (rest[0], len(rest[1].payload)) == (200, 100)


def test_tcp_cork_lets_go_when_it_is_taken_out_and_at_the_end(lan: Lan) -> None:
    stranger, child = accepted(lan(1), TCP_CORK=1)
    child.send(b"a", stranger.link.now)
    child.send(b"b", stranger.link.now)
    assert stranger.hear(100 * MS) == []
    tcp(child, socket.TCP_CORK, 0)
    (both,) = stranger.hear()
    assert bytes(both.payload)[:2] == b"ab"
    tcp(child, socket.TCP_CORK, 1)
    child.send(b"c", stranger.link.now)
    child.shutdown(socket.SHUT_WR, stranger.link.now)
    (last,) = stranger.hear()
    assert "F" in last.flags and bytes(last.payload)[:1] == b"c"


def test_tcp_quickack_acknowledges_at_once_until_the_program_sends(lan: Lan) -> None:
    stranger, child = accepted(lan(1))
    assert stranger.say("PA", data=b"x") == []
    tcp(child, socket.TCP_QUICKACK, 1)
    (ack,) = stranger.hear()  # what was due goes now
    assert ack.ack == stranger.seq + 1
    assert len(stranger.say("PA", seq=stranger.seq + 1, data=b"x")) == 1
    child.send(b"answer", stranger.link.now)
    stranger.hear()
    assert stranger.say("PA", seq=stranger.seq + 2, ack=stranger.ack + 6, data=b"x") == []


@pytest.mark.parametrize(("count", "instants", "end"), [(1, [0, 1], 3), (3, [0, 1, 3, 7], 15)])
def test_tcp_syncnt_says_how_often_a_syn_is_sent_again(
    lan: Lan, count: int, instants: list[int], end: int
) -> None:
    link = lan(1)
    stranger = Stranger(link, link.hosts[0])
    client = link.hosts[0].stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp(client, socket.TCP_SYNCNT, count)
    with pytest.raises(BlockingIOError):
        client.connect((stranger.address, 80), link.now)
    sent = [at for at, _ in stranger.listen_for(end * SECOND - 1)]
    assert sent == [1000 * instant for instant in instants] and not client.writable()
    link.run(1)
    assert so_error(client) == errno.ETIMEDOUT


def in_fin_wait_2(lan: Lan, value: int) -> Stranger:
    stranger, child = accepted(lan(1), TCP_LINGER2=value)
    child.close(stranger.link.now)
    stranger.hear()
    return stranger


@pytest.mark.parametrize(("value", "seconds"), [(0, 60), (5, 5), (120, 120), (121, 120)])
def test_tcp_linger2_says_how_long_a_closed_socket_waits_for_its_peers_fin(
    lan: Lan, value: int, seconds: int
) -> None:
    stranger = in_fin_wait_2(lan, value)
    assert stranger.say("A", ack=stranger.ack + 1) == []
    stranger.hear(seconds * SECOND - 1)
    assert states(stranger.host) == ["FIN-WAIT-2"]
    assert stranger.hear(1) == [] and states(stranger.host) == []


def test_tcp_linger2_below_zero_waits_for_nothing(lan: Lan) -> None:
    stranger = in_fin_wait_2(lan, -1)
    (reset,) = stranger.say("A", ack=stranger.ack + 1)
    assert "R" in reset.flags and states(stranger.host) == []


def test_tcp_notsent_lowat_bounds_what_waits_unsent(lan: Lan) -> None:
    link = lan(1)
    listener = listening(link, link.hosts[0])
    stranger = Stranger(link, link.hosts[0])
    stranger.shake_hands(window=1000)
    child, _ = listener.accept(link.now)
    tcp(child, TCP_NOTSENT_LOWAT, 2000)
    tcp(child, socket.TCP_NODELAY, 1)
    assert child.send(bytes(1000), link.now) == 1000 and child.writable()  # under way
    assert child.send(bytes(999), link.now) == 999 and child.writable()
    assert child.send(bytes(1), link.now) == 1 and not child.writable()  # half must be free, as in Linux
    assert child.send(bytes(1500), link.now) == 1500
    with pytest.raises(BlockingIOError):
        child.send(b"x", link.now)
    child.writers.add(waiter := Waiter())
    stranger.say("A", ack=stranger.ack + 1000)
    assert child.writable() and waiter.woken


def test_tcp_defer_accept_waits_for_text(lan: Lan) -> None:
    link = lan(1)
    listener = listening(link, link.hosts[0])
    tcp(listener, socket.TCP_DEFER_ACCEPT, 3)  # two time-outs of the SYN-ACK: 1 and 2 s
    stranger = Stranger(link, link.hosts[0])
    stranger.shake_hands()
    assert states(link.hosts[0]) == ["SYN-RECEIVED"] and not listener.readable()
    assert [at for at, _ in stranger.listen_for(2 * SECOND)] == []  # the peer has answered it
    stranger.say("PA", data=b"GET /")
    assert listener.readable()
    child, _ = listener.accept(link.now)
    assert child.recv(9, link.now) == b"GET /"


def test_tcp_defer_accept_gives_the_peer_a_last_chance(lan: Lan) -> None:
    link = lan(1)
    listener = listening(link, link.hosts[0])
    tcp(listener, socket.TCP_DEFER_ACCEPT, 3)
    stranger = Stranger(link, link.hosts[0])
    stranger.shake_hands()
    ((at, again),) = stranger.listen_for(4 * SECOND)
    assert (at, str(again.flags)) == (3000, "SA")
    assert stranger.say("A") == [] and listener.readable()


def test_tcp_defer_accept_is_nothing_to_two_hosts_that_talk(lan: Lan) -> None:
    link = lan()
    listener = listening(link, link.hosts[1])
    tcp(listener, socket.TCP_DEFER_ACCEPT, 5)
    client = connecting(link, link.hosts[0], (link.hosts[1].address, 80))
    link.run(SECOND // 2)
    assert client.writable() and not listener.readable()
    client.send(b"x", link.now)
    link.run(SECOND // 2)
    assert listener.accept(link.now)[0].recv(1, link.now) == b"x"


def test_so_rcvlowat_decides_what_is_readable(lan: Lan) -> None:
    client, child, _ = connected(link := lan())
    child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 10, 0)
    client.send(b"x" * 9, link.now)
    link.run(SECOND)
    assert not child.readable() and child.waits_for_more(None) and child.waits_for_more(10)
    assert not child.waits_for_more(9)  # all that is asked for is there
    client.send(b"x", link.now)
    link.run(SECOND)
    assert child.readable() and not child.waits_for_more(None)
    assert child.recv(99, link.now) == b"x" * 10
    client.close(link.now)
    link.run(SECOND)
    assert child.readable() and not child.waits_for_more(None) and child.recv(9, link.now) == b""


def test_so_rcvlowat_is_half_the_buffer_at_most(lan: Lan) -> None:
    """Else a peer that has filled the window would wait for a program that waits for more."""
    client, child, _ = connected(link := lan())
    child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, -1, 0)
    client.send(bytes(65_536), link.now)
    link.run(SECOND)
    assert child.readable()


def test_so_reuseport_gives_a_peer_always_to_the_same_of_several(lan: Lan) -> None:
    link = lan()
    servers = [link.hosts[1].stack.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for server in servers:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1, 0)
        server.bind(("", 7), 0)
    clients = [link.hosts[0].stack.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(30)]
    for _ in range(3):
        for client in clients:
            client.sendto(b"x", (link.hosts[1].address, 7), link.now)
        link.run(SECOND)
    peers = []
    for server in servers:
        peers.append([])
        while server.readable():
            peers[-1].append(server.recvfrom(9, link.now)[1])
    assert all(len(each) == 3 * len(set(each)) and set(each) for each in peers)
    assert sum(len(set(each)) for each in peers) == 30
