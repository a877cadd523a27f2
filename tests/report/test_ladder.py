"""Conversations: who sent what, when the other received it, what was lost and what was sent again."""

from ipaddress import IPv4Address
from pathlib import Path

from sim.report.frames import Frame, read_frames
from sim.report.ladder import Ladder, ladders

PC, SERVER = IPv4Address("192.168.1.10"), IPv4Address("10.0.0.20")
OWNERS = {PC: "pc", SERVER: "server"}
_TYPE_IPV4 = b"\x08\x00"


def datagram(
    number: int, source: IPv4Address = PC, destination: IPv4Address = SERVER, ttl: int = 64
) -> bytes:
    """In a frame: UDP (RFC 768) from port 7 to port 7, with IP identification `number`."""
    body = bytes([0, 7, 0, 7, 0, 8, 0, 0])
    header = bytes([0x45, 0, 0, 20 + len(body), *number.to_bytes(2, "big"), 0, 0, ttl, 17, 0, 0])
    return bytes(12) + _TYPE_IPV4 + header + source.packed + destination.packed + body


def segment(number: int, seq: int, octets: bytes) -> bytes:
    """In a frame: TCP (RFC 9293 section 3.1) from the pc to the server."""
    body = bytes([0, 7, 0, 80, *seq.to_bytes(4, "big"), 0, 0, 0, 0, 0x50, 0x10, 1, 0, 0, 0, 0, 0]) + octets
    header = bytes([0x45, 0, 0, 20 + len(body), *number.to_bytes(2, "big"), 0, 0, 64, 6, 0, 0])
    return bytes(12) + _TYPE_IPV4 + header + PC.packed + SERVER.packed + body


def arp_request() -> bytes:
    """RFC 826, from the pc for the server."""
    sender = bytes(6) + PC.packed
    return (
        b"\xff" * 6
        + bytes(6)
        + b"\x08\x06"
        + bytes([0, 1, 8, 0, 6, 4, 0, 1])
        + sender
        + bytes(6)
        + SERVER.packed
    )


def sent(place: str, ns: int, octets: bytes) -> Frame:
    return Frame(place, 1, "sent", ns, octets)


def received(place: str, ns: int, octets: bytes) -> Frame:
    return Frame(place, 1, "received", ns, octets)


def only(*frames: Frame) -> Ladder:
    (ladder,) = ladders(frames, OWNERS)
    return ladder


def test_a_connection_of_web_has_its_nine_segments(web: Path) -> None:
    """RFC 9293 figures 6 and 12: three for the handshake, the request and the page, four for the end."""
    frames = sorted(read_frames(web, "pc") + read_frames(web, "server"), key=lambda frame: frame.ns)
    found = ladders(frames, {})
    (tcp,) = (ladder for ladder in found if ladder.title.startswith("TCP"))
    assert tcp.places == ["pc", "server"]
    assert len(tcp.arrows) == 9
    assert "SYN" in tcp.arrows[0].text
    assert [arrow for arrow in tcp.arrows if arrow.received < 0 or arrow.again] == []
    (arp,) = (ladder for ladder in found if ladder.title.startswith("ARP"))
    ways = [(arrow.sender, arrow.receiver) for arrow in arp.arrows]
    assert ways[:2] == [("pc", "server"), ("server", "pc")]


def test_what_is_never_received_is_lost() -> None:
    ladder = only(sent("pc", 1, datagram(1)), sent("pc", 2, datagram(2)), received("server", 3, datagram(2)))
    assert [arrow.received for arrow in ladder.arrows] == [-1, 2]
    assert [arrow.receiver for arrow in ladder.arrows] == ["", "server"]


def test_a_router_passes_on_and_is_no_receiver() -> None:
    """It has changed the time to live (RFC 1812 section 5.3.1), nothing that a packet is known by."""
    ladder = only(
        sent("pc", 1, datagram(1)),
        received("gw.eth0", 2, datagram(1)),
        sent("gw.eth1", 3, datagram(1, ttl=63)),
        received("server.eth0", 4, datagram(1, ttl=63)),
    )
    (arrow,) = ladder.arrows
    assert (arrow.sender, arrow.receiver, arrow.sent, arrow.received) == ("pc", "server", 0, 3)
    assert ladder.places == ["pc", "server"]


def test_a_duplicate_is_received_once() -> None:
    ladder = only(
        sent("pc", 1, datagram(1)), received("server", 2, datagram(1)), received("server", 3, datagram(1))
    )
    assert [arrow.received for arrow in ladder.arrows] == [1]


def test_an_arp_request_that_is_sent_again_is_another_message() -> None:
    """Both have the same octets."""
    ladder = only(
        sent("pc", 1, arp_request()), received("server", 2, arp_request()), sent("pc", 3, arp_request())
    )
    assert [arrow.received for arrow in ladder.arrows] == [1, -1]


def test_octets_of_a_stream_that_were_sent_before_are_marked() -> None:
    """Other octets, and an acknowledgment without any, are not."""
    ladder = only(
        sent("pc", 1, segment(1, 100, b"abc")),
        sent("pc", 2, segment(2, 103, b"def")),
        sent("pc", 3, segment(3, 106, b"")),
        sent("pc", 4, segment(4, 106, b"")),
        sent("pc", 5, segment(5, 100, b"abc")),
    )
    assert [arrow.again for arrow in ladder.arrows] == [False, False, False, False, True]
