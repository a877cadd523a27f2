"""What the events say of waiting, of the way of a packet, and of fragments."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from internet import chain

if TYPE_CHECKING:
    from types import SimpleNamespace

    from internet import Internet, Node
    from virtual_link import Lan, Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000
FAR = "10.3.0.2"


def reasons(link: Link, kind: str) -> list[str]:
    return [str(event["reason"]).split(" (")[0] for event in link.hosts[0].said("tcp", kind)]


def test_rfc9293_3_7_4_text_waits_for_nagle_and_it_is_said_once(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    for letter in (b"a", b"b", b"c"):
        child.send(letter, link.now)
    assert reasons(link, "text held back") == ["what was sent is not acknowledged yet"]
    stranger.say("A", ack=stranger.ack + 1)
    assert reasons(link, "text held back") == ["what was sent is not acknowledged yet"]


def test_a_cork_is_another_reason_to_wait(link: Link, stranger: Stranger, child: Socket) -> None:
    child.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1, link.now)
    child.send(b"a", link.now)
    assert reasons(link, "text held back") == ["a whole segment is wanted"]


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("nothing", "the delay is over"),
        ("second", "a second segment has come"),
        ("text", "it goes with text"),
        ("close", "it goes with the FIN"),
        ("fin", "the peer's FIN has come"),
        ("gap", "a segment has come out of order"),
    ],
)
def test_rfc9293_3_8_6_3_an_acknowledgment_is_held_back_and_goes_for_a_reason(
    then: str, reason: str, link: Link, stranger: Stranger, child: Socket
) -> None:
    stranger.say("PA", data=b"x")
    (held,) = link.hosts[0].said("tcp", "acknowledgment held back")
    assert held["ack"] == stranger.seq + 1 and reasons(link, "acknowledgment goes") == []
    if then == "text":
        child.send(b"y", link.now)
    elif then == "close":
        child.recv(1, link.now)
        child.close(link.now)
    elif then in ("second", "fin", "gap"):
        segment = {"second": ("PA", 1, b"z"), "fin": ("FA", 1, b""), "gap": ("PA", 9, b"z")}[then]
        stranger.say(segment[0], seq=stranger.seq + segment[1], data=segment[2])
    stranger.listen_for(SECOND)
    assert reasons(link, "acknowledgment goes")[0] == reason


def test_rfc1122_3_3_1_a_packet_says_which_route_it_took() -> None:
    net, a, (first, last), _, _ = chain()
    ask(net, a)
    (sent,) = a.said("ip", "packet sent")
    assert (sent["route"], sent["next_hop"]) == ("0.0.0.0/0", "10.1.0.254")
    ways = [router.said("ip", "packet forwarded", destination=FAR)[0] for router in (first, last)]
    assert [(way["route"], way["by"]) for way in ways] == [("10.3.0.0/24", "10.2.0.2"), ("10.3.0.0/24", FAR)]


def ask(net: Internet, node: Node, size: int = 8) -> None:
    made = node.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    made.sendto(bytes((8, 0, 0, 0, 0, 0, 0, 1)) + bytes(size), (FAR, 0), net.now)
    net.run(SECOND)


def test_rfc826_a_packet_waits_for_the_answer_and_the_next_finds_it_in_the_cache(lan: Lan) -> None:
    link = lan()
    one = link.hosts[0]
    sender = one.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(2):
        sender.sendto(b"x", ("10.0.0.2", 7), link.now)
        link.run(SECOND)
    assert len(one.said("arp", "not found", address="10.0.0.2")) == 1
    assert len(one.said("arp", "found", address="10.0.0.2", mac="02:00:00:00:00:02")) == 1


def test_rfc791_3_2_a_datagram_is_cut_and_put_together(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan()
    one, two = link.hosts
    one.stack.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(3000), ("10.0.0.2", 7), 0)
    link.run(SECOND)
    pieces = [(0, 1480, True), (1480, 1480, True), (2960, 48, False)]
    for host, kind in ((one, "fragment sent"), (two, "fragment received")):
        assert [(e["offset"], e["length"], e["more"]) for e in host.said("ip", kind)] == pieces
    (whole,) = two.said("ip", "reassembled")
    assert (whole["fragments"], whole["length"]) == (3, 3008)
