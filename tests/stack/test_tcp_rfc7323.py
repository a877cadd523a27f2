"""Window scale, timestamps, PAWS (RFC 7323): a stranger's options, and two stacks with large windows."""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

import pytest
from virtual_link import MS, SECOND, Host, Link, Stranger

from stack.parameters import LINUX, Parameters
from stack.tcp.isn import InitialSequenceNumbers
from stack.tcp.timestamps import Timestamps
from stack.wire import tcp_options

if TYPE_CHECKING:
    from types import SimpleNamespace

    from scapy.layers.inet import TCP
    from virtual_link import Lan

    from stack.sockets import Socket

OFFERING = Parameters(timestamps=True, arp_lifetime=10_000 * SECOND)


def option(segment: TCP, name: str) -> object:
    """The value of a scapy option, None without it."""
    return dict(segment.options).get(name)


def stamped(tools: SimpleNamespace, link: Link, host: Host, value: int = 1000) -> Stranger:
    """A stranger whose connection to port 80 has timestamps; its clock stands at `value`."""
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[("MSS", 1460), ("Timestamp", (value, 0))])
    stranger.theirs, echo = option(answer, "Timestamp")
    assert echo == value
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A", options=[("Timestamp", (value, stranger.theirs))])
    return stranger


# Window scale


@pytest.mark.parametrize(
    ("buffer", "shift"), [(2048, 0), (65_535, 0), (65_536, 1), (131_071, 1), (131_072, 2), (2**30, 14)]
)
def test_rfc7323_2_3_shift_is_the_least_that_tells_the_whole_buffer(
    link: Link, host: Host, tools: SimpleNamespace, buffer: int, shift: int
) -> None:
    client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer, link.now)
    stranger = tools.Stranger(link, host, own_port=80)
    with pytest.raises(BlockingIOError):
        client.connect((stranger.address, 80), link.now)
    (syn,) = stranger.hear()
    assert option(syn, "WScale") == shift
    assert syn.window == min(buffer, 65_535)  # section 2.2: a SYN's window is never scaled


def test_rfc7323_2_2_syn_ack_scales_only_if_the_syn_did(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    (bare,) = tools.Stranger(link, host).say("S", options=[("MSS", 1460)])
    assert option(bare, "WScale") is None
    (scaled,) = tools.Stranger(link, host, own_port=5001).say("S", options=[("WScale", 3)])
    assert option(scaled, "WScale") == 0


@pytest.mark.parametrize(("shift", "counts_as"), [(0, 0), (3, 3), (14, 14), (15, 14), (255, 14)])
def test_rfc7323_2_3_the_peers_windows_are_shifted_by_14_at_most(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, shift: int, counts_as: int
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", window=500, options=[("WScale", shift)])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A", window=3)
    assert [event["new"] for event in host.said("tcp", "send window")] == [3 << counts_as]


def test_rfc7323_2_4_what_rounding_hides_is_accepted_all_the_same(
    link: Link, host: Host, tools: SimpleNamespace
) -> None:
    server = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**17, link.now)  # units of four octets
    server.bind(("", 80), link.now)
    server.listen(1, link.now)
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[("WScale", 0)])
    assert option(answer, "WScale") == 2
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A")
    child = server.accept(link.now)[0]
    first = 65_535 - 1000
    for at in range(0, first, 1000):
        stranger.say("A", seq=stranger.seq + at, data=bytes(min(1000, first - at)))
    edge = stranger.seq + 2**17  # the whole buffer was promised by then
    (ack,) = stranger.say("A", seq=stranger.seq + first, data=b"123") or stranger.hear(SECOND)
    assert ack.window << 2 <= edge - ack.ack < (ack.window + 1) << 2
    assert len(child.recv(200_000, link.now)) == first + 3


def test_a_window_of_a_megabyte_fills_a_long_fat_link(lan: Lan, tools: SimpleNamespace) -> None:
    large = Parameters(receive_buffer=2**20, send_buffer=2**20, initial_window=10)
    link = lan(parameters=large, delay=50 * MS)
    client, child, _ = tools.connected(link)
    data = random.Random(5).randbytes(4_000_000)
    sent, got, most = 0, bytearray(), 0
    start = link.now
    while len(got) < len(data):
        while sent < len(data) and client.writable():
            sent += client.send(data[sent : sent + 50_000], link.now)
        most = max(most, client.row().send_q)
        assert link.step()
        while child.readable():
            got += child.recv(65_536, link.now)
    assert got == data
    assert most > 600_000
    assert link.now - start < 2 * SECOND  # 65,535 octets per round trip would take six


# Timestamps


def test_rfc7323_3_2_default_answers_timestamps_and_does_not_offer_them(
    link: Link, host: Host, server: Socket, active: tuple[Stranger, Socket, TCP], tools: SimpleNamespace
) -> None:
    assert option(active[2], "Timestamp") is None
    (bare,) = tools.Stranger(link, host, own_port=5001).say("S")
    assert option(bare, "Timestamp") is None
    (answer,) = tools.Stranger(link, host, own_port=5002).say("S", options=[("Timestamp", (77, 0))])
    assert option(answer, "Timestamp")[1] == 77


def test_rfc7323_3_2_linux_profile_offers_them_on_every_syn(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=LINUX)
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    tools.connecting(link, link.hosts[0], (stranger.address, 80))
    first, again = stranger.hear(1500 * MS)
    assert option(first, "Timestamp")[1] == option(again, "Timestamp")[1] == 0
    assert option(again, "Timestamp")[0] - option(first, "Timestamp")[0] == 1000


def test_rfc7323_3_2_a_syn_ack_without_timestamps_ends_the_matter(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=OFFERING)
    stranger = tools.Stranger(link, link.hosts[0], own_port=80)
    client = tools.connecting(link, link.hosts[0], (stranger.address, 80))
    (syn,) = stranger.hear()
    stranger.port = syn.sport
    (ack,) = stranger.say("SA", ack=syn.seq + 1, options=[("MSS", 1460)])
    assert ack.options == []
    client.send(bytes(1460), link.now)
    assert len(tools.payload(stranger.hear()[0])) == 1460


def test_rfc7323_3_2_every_segment_bears_them_and_text_shrinks_by_twelve(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = stamped(tools, link, host)
    child = server.accept(link.now)[0]
    child.send(bytes(4000), link.now)
    sizes = []
    for segment in stranger.hear():
        assert [name for name, _ in segment.options] == ["NOP", "NOP", "Timestamp"]  # appendix A
        sizes.append(len(tools.payload(segment)))
    assert sizes[:2] == [1448, 1448]


def test_rfc7323_3_2_a_segment_without_timestamp_is_dropped_but_a_reset_is_not(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = stamped(tools, link, host)
    child = server.accept(link.now)[0]
    assert stranger.say("A", data=b"lost") == [] and not child.readable()
    assert host.said("tcp", "drop", reason="no timestamp, though both sides agreed on them")
    stranger.say("R")
    assert host.said("tcp", "reset by peer")


def test_rfc7323_4_1_a_retransmitted_segment_is_measured_by_its_echo(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = stamped(tools, link, host)
    child = server.accept(link.now)[0]
    child.send(b"x", link.now)
    first, again = stranger.hear(1500 * MS)
    assert again.seq == first.seq
    host.events.clear()
    stranger.say("A", ack=first.seq + 1, options=[("Timestamp", (1001, option(again, "Timestamp")[0]))])
    (measured,) = host.said("tcp", "round trip measured")  # Karn's rule alone would measure nothing
    assert measured["srtt"] < 600 * MS


def test_rfc7323_5_3_r1_a_timestamp_from_the_past_is_acknowledged_and_dropped(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = stamped(tools, link, host, value=1000)
    child = server.accept(link.now)[0]
    (ack,) = stranger.say("A", data=b"old", options=[("Timestamp", (999, stranger.theirs))])
    assert ack.ack == stranger.seq and not child.readable()
    stranger.say("A", data=b"new", options=[("Timestamp", (1000, stranger.theirs))])
    assert child.recv(10, link.now) == b"new"


def test_rfc7323_4_3_ts_recent_follows_segments_at_the_last_acknowledgment_only() -> None:
    stamps = Timestamps(offset=0, recent=100, now=0)
    stamps.last_acknowledged = 5000
    stamps.take(120, 5001, now=1)  # behind a gap
    assert stamps.recent == 100
    stamps.take(120, 5000, now=1)
    assert stamps.recent == 120
    stamps.take(110, 4000, now=2)
    assert stamps.recent == 120


@pytest.mark.parametrize(
    ("flags", "offset"),
    [("A", 1), ("PA", 1), ("A", -65_536), ("S", 0), ("P", 0)],
    ids=["ack of the future", "with text", "ack of the past", "syn", "no ack"],
)
def test_rfc7323_5_3_r3_a_guess_in_the_window_does_not_poison_ts_recent(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, flags: str, offset: int
) -> None:
    stranger = stamped(tools, link, host, value=1000)
    child = server.accept(link.now)[0]
    future = [("Timestamp", (1000 + 2**30, stranger.theirs))]
    stranger.say(flags, ack=stranger.ack + offset, data=b"x" * ("P" in flags), options=future)
    stranger.say("PA", data=b"genuine", options=[("Timestamp", (1001, stranger.theirs))])
    assert child.recv(10, link.now) == b"genuine"


def test_rfc7323_5_3_r3_a_wrong_ack_in_syn_received_does_not_poison_ts_recent(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    (answer,) = stranger.say("S", options=[("Timestamp", (1000, 0))])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    (reset,) = stranger.say("A", ack=stranger.ack + 1, options=[("Timestamp", (1000 + 2**30, 0))])
    assert reset.flags == "R"
    stranger.say("A", options=[("Timestamp", (1001, 0))])
    assert server.readable()


@pytest.mark.parametrize(
    ("recent", "value", "old"),
    [(100, 100, False), (100, 99, True), (0, 2**32 - 1, True), (2**32 - 1, 0, False), (0, 2**31, True)],
)
def test_rfc7323_5_2_timestamps_are_compared_modulo_2_to_the_32(recent: int, value: int, old: bool) -> None:
    assert Timestamps(0, recent, now=0).is_old(value, now=0) is old


@pytest.mark.parametrize(("days", "old"), [(23.9, True), (24.1, False)])
def test_rfc7323_5_5_an_idle_connections_ts_recent_is_not_believed_for_ever(days: float, old: bool) -> None:
    assert Timestamps(0, 1000, now=0).is_old(999, now=int(days * 24 * 3600) * SECOND) is old


def test_rfc7323_5_4_round_trips_are_whole_milliseconds_and_at_least_one() -> None:
    stamps = Timestamps(offset=7, recent=0, now=0)
    _, value = stamps.option(5 * MS)
    assert value == (12).to_bytes(4, "big") + bytes(4)
    assert stamps.round_trip(12, 5 * MS) == 1 * MS
    assert stamps.round_trip(12, 25 * MS) == 20 * MS
    assert stamps.round_trip(13, 5 * MS) is None  # an echo of what was never sent


def test_rfc7323_7_1_each_peer_sees_a_clock_of_its_own(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1)
    host = link.hosts[0]
    tools.listening(link, host)
    seen = []
    for number in range(3):
        stranger = Stranger(link, host, own_port=5000 + number)
        (answer,) = stranger.say("S", options=[("Timestamp", (1, 0))])
        seen.append(option(answer, "Timestamp")[0])
    assert len(set(seen)) == 1  # ports do not count …
    offset = InitialSequenceNumbers(random.Random(1)).timestamp_offset
    assert offset(1, 2) != offset(1, 3)  # … addresses do


def test_rfc7323_appendix_a_options_end_at_words_and_scapy_reads_them() -> None:
    options = (
        tcp_options.maximum_segment_size(1460),
        tcp_options.sack_permitted(),
        tcp_options.timestamps(1, 2),
        tcp_options.window_scale(7),
    )
    packed = tcp_options.pack(options)
    assert len(packed) == 20 and tcp_options.parse(packed) == options
    alone = tcp_options.pack(options[:2] + options[3:])
    assert len(alone) == 12 and alone[4:8] == b"\1\1\4\2"


@pytest.mark.parametrize("parameters", [OFFERING, LINUX], ids=["timestamps", "linux"])
def test_200_kb_arrive_over_a_bad_link_with_timestamps(
    lan: Lan, tools: SimpleNamespace, parameters: Parameters
) -> None:
    link = lan(parameters=parameters, loss=0.05, duplication=0.05, reordering=0.2)
    client, child, _ = tools.connected(link)
    data = random.Random(3).randbytes(200_000)
    sent, got = 0, bytearray()
    while len(got) < len(data):
        while sent < len(data) and client.writable():
            sent += client.send(data[sent : sent + 10_000], link.now)
        assert link.step()
        while child.readable():
            got += child.recv(65_536, link.now)
    assert got == data
