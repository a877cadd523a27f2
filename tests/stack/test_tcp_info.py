"""TCP_INFO: `struct tcp_info` in Linux's layout, so that what unpacks the kernel's unpacks ours (tcp(7))."""

from __future__ import annotations

import re
import socket
import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from two_worlds import Scenarios, World, attempt
from virtual_link import MS, SECOND, Stranger, connected, connecting, listening

from stack.parameters import LINUX

if TYPE_CHECKING:
    from virtual_link import Lan, Link

HEADER = Path("/usr/include/linux/tcp.h")
PLACES = {
    **{
        "state": "B0",
        "ca_state": "B1",
        "retransmits": "B2",
        "backoff": "B4",
        "options": "B5",
        "wscale": "B6",
    },
    **{"rto": "I8", "snd_mss": "I16", "unacked": "I24", "sacked": "I28", "pmtu": "I60", "rtt": "I68"},
    **{"rttvar": "I72", "snd_ssthresh": "I76", "snd_cwnd": "I80", "advmss": "I84", "reordering": "I88"},
    **{"total_retrans": "I100", "pacing_rate": "Q104", "bytes_acked": "Q120", "bytes_received": "Q128"},
    **{"segs_out": "I136", "segs_in": "I140", "notsent_bytes": "I144", "min_rtt": "I148"},
    **{"data_segs_in": "I152", "data_segs_out": "I156", "bytes_sent": "Q200", "bytes_retrans": "Q208"},
    **{"dsack_dups": "I216", "rcv_ooopack": "I224", "snd_wnd": "I228", "rcv_wnd": "I232"},
    **{"lost": "I32", "retrans": "I36", "rcv_rtt": "I92", "rcv_space": "I96", "delivered": "I192"},
    **{"last_data_sent": "I44", "last_data_recv": "I52", "last_ack_recv": "I56", "total_rto": "H240"},
}
"""Field by type and offset, from include/uapi/linux/tcp.h by hand."""


def read(octets: bytes) -> dict[str, int]:
    return {
        name: struct.unpack_from("=" + place[0], octets, int(place[1:]))[0] for name, place in PLACES.items()
    }


def info(made: Any, *now: int) -> dict[str, int]:
    size = (512,) if isinstance(made, socket.socket) else now  # ours gives all of it
    return read(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, *size))


@pytest.mark.skipif(not HEADER.exists(), reason="no Linux header files")
def test_the_layout_is_that_of_the_header_file() -> None:
    body = re.search(r"struct tcp_info \{(.*?)\n\};", HEADER.read_text(), re.DOTALL)
    assert body is not None
    offset, seen = 0, {}
    for width, name in re.findall(r"__u(8|16|32|64)\s+tcpi_(\w+)", body.group(1)):
        seen[name] = f"{ {'8': 'B', '16': 'H', '32': 'I', '64': 'Q'}[width] }{offset}"
        offset += int(width) // 8
    seen["wscale"] = seen.pop("snd_wscale")
    assert {name: place for name, place in PLACES.items() if name in seen} == {
        name: place for name, place in seen.items() if name in PLACES
    }


scenario = Scenarios()
ALIKE = ("state", "ca_state", "retransmits", "backoff", "options", "unacked", "sacked", "reordering")
COUNTED = (
    "lost",
    "retrans",
    "total_retrans",
    "bytes_received",
    "data_segs_in",
    "data_segs_out",
    "bytes_sent",
    "notsent_bytes",
)


def some(made: Any, *names: str) -> dict[str, int]:
    seen = info(made)
    return {name: seen[name] for name in names}


@scenario
def a_new_socket(w: World) -> object:
    return some(w.tcp(), *ALIKE[:-1], *COUNTED)


@scenario
def a_listener_shows_its_queue(w: World) -> object:
    listener, clients = w.listener(), [w.tcp() for _ in range(2)]
    for client in clients:
        attempt(client.connect, listener.getsockname())
    return some(listener, "state", "unacked", "sacked")


@scenario
def a_connection_before_any_text(w: World) -> object:
    client, child = w.pair()
    return [some(end, *ALIKE, *COUNTED, "delivered", "snd_ssthresh") for end in (client, child)]


@scenario
def text_both_ways(w: World) -> object:
    client, child = w.pair()
    client.send(b"x" * 1000)
    child.recv(2000)
    child.send(b"y" * 500)
    client.recv(2000)
    seen = [some(end, *COUNTED) for end in (client, child)]
    return [*seen, some(client, "delivered")]  # by the text that came back


@pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")
@pytest.mark.parametrize("name", scenario)
def test_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1, parameters=LINUX).hosts[0].stack)
    assert ours == theirs


def test_round_trips_and_instants_count_in_their_units(lan: Lan) -> None:
    link = lan(delay=5 * MS)
    client, child, _ = connected(link)
    client.send(b"x" * 100, link.now)
    link.run(1 * SECOND)
    seen = info(client, link.now)
    assert (seen["min_rtt"], seen["rtt"]) == (20_000, (7 * 20_000 + 210_000) // 8)  # µs; SYN with ARP, text
    assert (seen["last_data_sent"], seen["last_ack_recv"]) == (1000, 790)  # ms; the ACK waited 200 ms
    assert (seen["bytes_acked"], seen["unacked"], seen["segs_out"], seen["segs_in"]) == (100, 0, 3, 2)
    assert info(child, link.now)["last_data_recv"] == 995


def test_a_loss_is_seen_while_it_lasts_and_counted_afterwards(lan: Lan) -> None:
    link = lan(delay=5 * MS, parameters=LINUX)
    client, child, _ = connected(link)
    link.drop = lambda sender, frame: sender is link.hosts[0] and len(frame) > 200
    client.send(b"x" * 1000, link.now)
    link.run(1 * SECOND)
    seen = info(client, link.now)
    assert (seen["ca_state"], seen["unacked"], seen["snd_cwnd"]) == (4, 1, 1)
    assert (seen["lost"], seen["retrans"], seen["delivered"]) == (1, 1, 1)  # the SYN was delivered
    assert seen["retransmits"] == seen["backoff"] == seen["total_rto"] == seen["total_retrans"] >= 2
    assert seen["bytes_retrans"] == 1000 * seen["total_retrans"] == seen["bytes_sent"] - 1000
    assert seen["snd_ssthresh"] == 2
    link.drop = None
    link.run(5 * SECOND)
    seen = info(client, link.now)
    assert (seen["ca_state"], seen["retransmits"], seen["bytes_acked"]) == (0, 0, 1000)
    assert (seen["lost"], seen["retrans"], seen["delivered"]) == (0, 0, 2)
    assert info(child, link.now)["bytes_received"] == 1000
    client.shutdown(socket.SHUT_WR, link.now)
    link.run(1 * SECOND)
    assert info(client, link.now)["delivered"] == 3  # the FIN is a segment, too


def test_holes_and_sack_are_counted_at_both_ends(lan: Lan) -> None:
    link = lan(delay=5 * MS)
    client, child, _ = connected(link)
    lost = iter([False, True])
    link.drop = lambda sender, frame: sender is link.hosts[0] and len(frame) > 200 and next(lost, False)
    client.send(bytes(4 * 1460), link.now)
    link.run(11 * MS)
    seen = info(client, link.now)
    assert seen["sacked"] >= 1 and info(child, link.now)["rcv_ooopack"] >= 1


def test_the_windows_and_sizes_of_a_path(lan: Lan) -> None:
    link = lan(1, mtu=1400)
    listener = listening(link, link.hosts[0])
    stranger = Stranger(link, link.hosts[0])
    stranger.shake_hands(mss=1000, window=5000)
    child, _ = listener.accept(link.now)
    seen = info(child, link.now)
    assert (seen["snd_mss"], seen["advmss"], seen["pmtu"]) == (1000, 1360, 1400)
    assert (seen["snd_wnd"], seen["rcv_wnd"], seen["snd_cwnd"]) == (5000, 65_535, 4)


def lossy(lan: Lan, sack: bool, lost: tuple[int, ...]) -> tuple[Link, Any]:
    """Ten segments are sent, of which some get lost."""
    link = lan(delay=5 * MS, parameters=replace(LINUX, sack=sack, timestamps=False))
    client, _, _ = connected(link)
    count = iter(range(1000))
    link.drop = lambda sender, frame: sender is link.hosts[0] and len(frame) > 200 and next(count) in lost
    client.send(bytes(10 * 1460), link.now)
    return link, client


@pytest.mark.parametrize(
    ("sack", "seen_at"),
    [
        (True, {16: (3, 1, 1, 9, 10), 26: (0, 0, 0, 0, 11)}),
        (False, {16: (3, 1, 1, 8, 9), 26: (0, 0, 0, 0, 11)}),  # the first one also opened the window
    ],
)
def test_one_of_ten_segments_is_lost_and_sent_again(
    lan: Lan, sack: bool, seen_at: dict[int, tuple[int, ...]]
) -> None:
    link, client = lossy(lan, sack, (0,))
    begun = link.now
    for ms, expected in seen_at.items():
        link.run(begun + ms * MS - link.now)
        seen = info(client, link.now)
        assert (
            tuple(seen[name] for name in ("ca_state", "lost", "retrans", "sacked", "delivered")) == expected
        )


def test_all_that_was_under_way_is_lost_when_the_timer_expires(lan: Lan) -> None:
    link, client = lossy(lan, True, tuple(range(11)))
    while not (seen := info(client, link.now))["total_rto"]:
        link.run(10 * MS)
    assert (seen["ca_state"], seen["lost"], seen["retrans"], seen["unacked"]) == (4, 10, 1, 10)
    link.run(SECOND)
    seen = info(client, link.now)
    assert (seen["ca_state"], seen["lost"], seen["retrans"], seen["delivered"]) == (0, 0, 0, 11)


def test_a_syn_that_is_sent_again_is_lost_and_repeated(lan: Lan) -> None:
    link = lan()
    link.drop = lambda sender, frame: sender is link.hosts[0] and len(frame) > 42
    client = connecting(link, link.hosts[0], (link.hosts[1].address, 80))
    link.run(2 * SECOND)
    seen = info(client, link.now)
    assert (seen["ca_state"], seen["lost"], seen["retrans"], seen["delivered"]) == (4, 1, 1, 0)


def test_a_receiver_says_how_much_is_read_in_a_round_trip_and_how_long_that_is(lan: Lan) -> None:
    link = lan(delay=5 * MS, parameters=LINUX)
    client, child, _ = connected(link)
    assert (info(child, link.now)["rcv_rtt"], info(child, link.now)["rcv_space"]) == (0, 10 * 1448)
    sent = received = 0
    while received < 600_000:
        while sent < 600_000 and client.writable():
            sent += client.send(bytes(min(50_000, 600_000 - sent)), link.now)
        link.run(1 * MS)
        while child.readable():
            received += len(child.recv(65_536, link.now))
    seen = info(child, link.now)
    assert 10_000 <= seen["rcv_rtt"] <= 40_000  # windows that were not always full
    assert 10 * 1448 < seen["rcv_space"] <= 600_000
    assert info(client, link.now)["rcv_rtt"] == 0
