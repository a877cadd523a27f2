"""Selective acknowledgments: reported (RFC 2018), reported twice (RFC 2883), and used (RFC 6675)."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import TCP as Layer
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from virtual_link import MS, SECOND, Host, Link, Stranger

from stack.intervals import Intervals
from stack.parameters import Parameters
from stack.tcp.congestion import Reno
from stack.tcp.recovery import SackRecovery
from stack.tcp.sack_report import SackReport
from stack.tcp.scoreboard import LOST_AFTER, Scoreboard

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from scapy.layers.inet import TCP
    from virtual_link import Lan

    from stack.sockets import Socket

MSS = 1460


@pytest.fixture
def peer(link: Link, host: Host, server: Socket, tools: SimpleNamespace) -> Stranger:
    """A stranger that permits SACK."""
    made = tools.Stranger(link, host)
    (answer,) = made.say("S", options=[("MSS", MSS), ("SAckOK", b"")])
    assert ("SAckOK", b"") in answer.options
    made.seq, made.ack = made.seq + 1, answer.seq + 1
    made.say("A")
    return made


@pytest.fixture
def sender(link: Link, server: Socket, peer: Stranger) -> Socket:
    return server.accept(link.now)[0]


def told(segment: TCP, base: int) -> list[tuple[int, int]]:
    """The blocks of a segment's SACK option, counted from `base`."""
    edges = dict(segment.options).get("SAck", ())
    return [(edges[at] - base, edges[at + 1] - base) for at in range(0, len(edges), 2)]


def sack(peer: Stranger, *blocks: tuple[int, int], ack: int = 0) -> list[TCP]:
    """The peer acknowledges `ack` octets and reports blocks; what the host sends at once."""
    edges = tuple((peer.ack + edge) % 2**32 for block in blocks for edge in block)
    return peer.say("A", ack=peer.ack + ack, options=[("SAck", edges)])


def numbers(peer: Stranger, segments: list[TCP]) -> list[int]:
    """Which segments of the stream these are."""
    return [(segment.seq - peer.ack) // MSS for segment in segments]


# RFC 2018: what is reported


def test_rfc2018_2_permitted_only_if_the_syn_permits_it(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.shake_hands()
    (ack,) = stranger.say("A", seq=stranger.seq + 10, data=b"gap")
    assert ack.options == []


def test_rfc2018_4_the_first_block_holds_the_segment_that_came_last(peer: Stranger) -> None:
    def say(at: int) -> list[TCP]:
        return peer.say("A", seq=peer.seq + at, data=bytes(10))

    assert told(say(20)[0], peer.seq) == [(20, 30)]
    assert told(say(60)[0], peer.seq) == [(60, 70), (20, 30)]
    assert told(say(30)[0], peer.seq) == [(20, 40), (60, 70)]
    assert told(say(100)[0], peer.seq) == [(100, 110), (20, 40), (60, 70)]
    assert told(say(200)[0], peer.seq) == [(200, 210), (100, 110), (20, 40), (60, 70)]
    assert told(say(300)[0], peer.seq) == [(300, 310), (200, 210), (100, 110), (20, 40)]
    (ack,) = say(0)
    assert ack.ack == peer.seq + 10 and told(ack, peer.seq)[0] == (300, 310)
    (ack,) = say(10)
    assert ack.ack == peer.seq + 40


def test_rfc2018_3_three_blocks_fit_beside_timestamps(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    stamp = ("Timestamp", (5, 0))
    (answer,) = stranger.say("S", options=[("SAckOK", b""), stamp])
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    for at in (10, 20, 30, 40):
        (ack,) = stranger.say("A", seq=stranger.seq + at, data=b"12345", options=[stamp])
    assert told(ack, stranger.seq) == [(40, 45), (30, 35), (20, 25)]


def test_a_full_segment_leaves_its_report_to_an_acknowledgment(
    link: Link, peer: Stranger, sender: Socket
) -> None:
    sender.send(bytes(3 * MSS), link.now)
    peer.hear()
    sender.send(bytes(3 * MSS), link.now)
    answers = peer.say("A", seq=peer.seq + 50, ack=peer.ack + 2 * MSS, data=b"gap")
    assert [len(bytes(segment.payload)) for segment in answers[-2:]] == [MSS, 0]
    assert told(answers[-1], peer.seq) == [(50, 53)]


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 10)), max_size=12))
def test_rfc2018_4_blocks_are_runs_that_are_held_without_repetition(pieces: list[tuple[int, int]]) -> None:
    held, report = Intervals(), SackReport()
    for start, length in pieces:
        report.arrived(start)
        held.add(start, bytes(length))
        blocks = report.blocks(held, 4)
        runs = list(held.ranges())
        assert blocks[0][0] <= start < blocks[0][1]
        assert len(set(blocks)) == len(blocks) == min(4, len(runs)) and set(blocks) <= set(runs)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 10)), max_size=12), st.integers(1, 4))
def test_rfc2018_4_older_blocks_follow_as_they_were_touched(
    pieces: list[tuple[int, int]], count: int
) -> None:
    held, report = Intervals(), SackReport()
    for start, length in pieces:
        report.arrived(start)
        held.add(start, bytes(length))
    latest = {
        run: at for at, (start, _) in enumerate(pieces) for run in held.ranges() if run[0] <= start < run[1]
    }
    assert report.blocks(held, count) == sorted(latest, key=latest.__getitem__, reverse=True)[:count]


def calls_of(work: Callable[[], object]) -> int:
    """Functions, Python's and C's, that `work` enters: what it costs, without a clock."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_an_early_segment_costs_the_same_behind_ten_gaps_and_behind_many(
    link: Link, host: Host, peer: Stranger, sender: Socket
) -> None:
    def early(at: int) -> bytes:
        header = Layer(sport=peer.own_port, dport=peer.port, flags="A", seq=peer.seq + at, ack=peer.ack)
        return bytes(peer.below / header / Raw(b"x"))

    costs = {}
    for number in range(1, 121):
        frame = early(2 * number)
        costs[number] = calls_of(lambda frame=frame: host.stack.receive(host.eth0, frame, link.now))
        host.stack.output()
    assert costs[120] <= costs[10] + 5
    told = [event["held"] for event in host.said("tcp", "gap")]
    assert told[3].count("-") == 4 and told[-1].endswith(" and 116 more") and len(told[-1]) < 120


def test_an_acknowledgment_costs_the_same_with_ten_reports_and_with_a_thousand() -> None:
    recovery = SackRecovery(Reno(1000, 2_000_000), mss=1000, iss=0)
    nxt = 4_000_001

    def acknowledgment(start: int) -> None:
        assert recovery.scoreboard.update(1, nxt, [(start, start + 1000)])
        recovery.duplicate(1, nxt)
        recovery.room(1, nxt)
        recovery.next_lost(1, nxt)
        recovery.next_doubtful(1, nxt)

    costs = [calls_of(lambda at=at: acknowledgment(2001 + 2000 * at)) for at in range(1000)]
    assert costs[999] <= costs[10] + 5


# RFC 2883: what came twice


def test_rfc2883_4_1_a_whole_duplicate_is_reported_once(peer: Stranger) -> None:
    peer.say("A", data=b"12345")
    (ack,) = peer.say("A", data=b"12345")
    assert (ack.ack, told(ack, peer.seq)) == (peer.seq + 5, [(0, 5)])
    (ack,) = peer.say("A", seq=peer.seq + 8, data=b"x")
    assert told(ack, peer.seq) == [(8, 9)]


def test_rfc2883_4_1_a_duplicate_behind_a_gap_comes_before_its_run(peer: Stranger) -> None:
    peer.say("A", seq=peer.seq + 10, data=bytes(20))
    (ack,) = peer.say("A", seq=peer.seq + 15, data=bytes(5))
    assert told(ack, peer.seq) == [(15, 20), (10, 30)]


def test_rfc2883_4_2_a_partial_duplicate(peer: Stranger) -> None:
    peer.say("A", data=bytes(10))
    (ack,) = peer.say("A", seq=peer.seq + 5, data=bytes(10))
    assert (ack.ack, told(ack, peer.seq)) == (peer.seq + 15, [(5, 10)])


def test_rfc2883_4_a_reported_duplicate_is_told_and_is_no_sign_of_loss(
    link: Link, host: Host, peer: Stranger, sender: Socket
) -> None:
    sender.send(bytes(3 * MSS), link.now)
    peer.hear()
    sack(peer, ack=MSS)
    peer.ack += MSS
    for _ in range(5):
        assert sack(peer, (-MSS, 0)) == []
    assert len(host.said("tcp", "duplicate at the peer", length=MSS)) == 5
    assert not host.said("tcp", "retransmission")


# RFC 6675: what is done with it


class Octets:
    """RFC 6675's definitions taken octet by octet, with a set."""

    def __init__(self) -> None:
        self.sacked: set[int] = set()

    def is_lost(self, octet: int, mss: int) -> bool:
        above = sorted(number for number in self.sacked if number > octet)
        runs = sum(number - 1 not in self.sacked for number in above)
        return runs >= LOST_AFTER or len(above) > (LOST_AFTER - 1) * mss

    def pipe(self, una: int, nxt: int, retransmitted: int, mss: int) -> int:
        missing = [number for number in range(una, nxt) if number not in self.sacked]
        return sum(not self.is_lost(n, mss) for n in missing) + sum(n < retransmitted for n in missing)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=10),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_rfc6675_4_scoreboard_is_the_rfcs_sums_over_octets(
    blocks: list[tuple[int, int]], retransmitted: int, una: int
) -> None:
    board, octets = Scoreboard(mss=5), Octets()
    nxt = 61
    for start, length in blocks:
        end = start + length
        news = board.update(0, nxt, [(start, end)])
        fresh = set(range(start, end)) - octets.sacked if start > 0 and end <= nxt else set()
        octets.sacked |= fresh
        assert news is bool(fresh)
    board.forget(una)
    octets.sacked = {number for number in octets.sacked if number >= una}
    assert board.octets == len(octets.sacked)
    assert board.pipe(una, nxt, retransmitted) == octets.pipe(una, nxt, retransmitted, 5)
    missing = [number for number in range(una, nxt) if number not in octets.sacked]
    for number in missing:
        assert board.is_lost(number) is octets.is_lost(number, 5)
        assert board.skip(number) == number
    again = [number for number in missing if number >= retransmitted]
    lost = [number for number in again if octets.is_lost(number, 5)]
    doubtful = [number for number in again if number < max(octets.sacked, default=0)]
    assert board.next_lost(una, nxt, retransmitted) == (lost[0] if lost else None)
    assert board.next_doubtful(una, nxt, retransmitted) == (doubtful[0] if doubtful else None)


@pytest.mark.parametrize("block", [(5, 5), (9, 7), (0, 10), (50, 102), (-5, 3)])
def test_rfc6675_impossible_blocks_are_ignored(block: tuple[int, int]) -> None:
    board = Scoreboard(mss=5)
    assert not board.update(1, 101, [block])
    assert board.octets == 0


@pytest.fixture
def flying(link: Link, peer: Stranger, sender: Socket) -> Stranger:
    """Ten segments, 0 to 9, are under way to the peer."""
    acked = 0
    sender.send(bytes(30 * MSS), link.now)
    flight = peer.hear()
    while len(flight) - acked < 10:
        peer.ack = flight[acked].seq + MSS
        acked += 1
        flight += peer.say("A")
    assert len(flight) - acked == 10
    return peer


def test_rfc6675_5_third_report_sends_the_first_segment_again(flying: Stranger) -> None:
    one = sack(flying, (MSS, 2 * MSS))
    two = sack(flying, (MSS, 3 * MSS))
    assert numbers(flying, one + two) == [10, 11]  # limited transmit (RFC 3042)
    assert numbers(flying, sack(flying, (MSS, 4 * MSS)))[0] == 0


def test_rfc6675_5_one_report_of_much_data_is_enough(flying: Stranger) -> None:
    assert numbers(flying, sack(flying, (MSS, 4 * MSS + 1)))[0] == 0


def test_rfc6675_5_a_repeated_report_tells_nothing(flying: Stranger) -> None:
    sack(flying, (MSS, 2 * MSS))
    for _ in range(5):
        assert sack(flying, (MSS, 2 * MSS)) == []


def test_rfc6675_5_every_gap_is_filled_while_the_pipe_has_room(
    link: Link, host: Host, flying: Stranger
) -> None:
    # 0, 2 and 4 are lost. Of ten under way, half may stay; each report takes one more out of the pipe.
    sent = []
    for blocks in ([(1, 2)], [(3, 4), (1, 2)], [(5, 6), (3, 4), (1, 2)]):
        sent += sack(flying, *((start * MSS, end * MSS) for start, end in blocks))
    for last in (7, 8, 9, 10):
        sent += sack(flying, (5 * MSS, last * MSS), (3 * MSS, 4 * MSS), (MSS, 2 * MSS))
    again = [number for number in numbers(flying, sent) if number < 10]
    assert again == [0, 2, 4]
    assert all(event["attempt"] == 1 for event in host.said("tcp", "retransmission"))
    (done,) = [sack(flying, ack=12 * MSS)]
    assert all(number >= 12 for number in numbers(flying, done))


def test_rfc6675_5_1_after_a_timeout_reports_still_spare_segments(
    link: Link, host: Host, flying: Stranger
) -> None:
    sack(flying, (MSS, 2 * MSS))
    (first,) = flying.hear(int(1.1 * SECOND))
    assert numbers(flying, [first]) == [0]
    # RFC 2018 section 8: the report before the timeout is forgotten; this one is new.
    sent = sack(flying, (2 * MSS, 9 * MSS), ack=MSS)
    sent += sack(flying, ack=9 * MSS)
    again = numbers(flying, sent)
    assert again[0] == 1 and not set(again) & set(range(2, 9))


def test_rfc2018_8_a_receiver_that_drops_what_it_reported_gets_it_again(
    link: Link, host: Host, flying: Stranger
) -> None:
    sack(flying, (MSS, 3 * MSS))
    flying.hear(int(1.1 * SECOND))
    again = numbers(flying, sack(flying, ack=MSS))  # without blocks: it has reneged
    assert again[:2] == [1, 2]


def test_rfc6675_4_rule_4_one_rescue_of_the_highest_segment() -> None:
    recovery = SackRecovery(Reno(10, 1000), mss=10, iss=0)
    assert recovery.scoreboard.update(1, 61, [(11, 51)])
    assert recovery.duplicate(1, 61)
    assert recovery.next_lost(1, 61) is None  # the first was sent again at once
    assert recovery.next_doubtful(1, 61) is None  # section 5 step (4.3): not before that has arrived
    assert recovery.next_doubtful(11, 61) is None  # nor, by the letter, when nothing else has
    recovery.acknowledged(50, 51, 61)
    assert recovery.next_doubtful(51, 61) == (51, 10)
    assert recovery.next_doubtful(51, 61) is None


def test_rfc6675_5_an_acknowledgment_of_new_data_may_report_a_loss_too(flying: Stranger) -> None:
    """Section 2: what reports something new is a duplicate, "regardless of its status"."""
    sent = sack(flying, (2 * MSS, 5 * MSS), ack=MSS)  # 0 has arrived, 1 is lost for certain
    assert numbers(flying, sent)[0] == 1


def test_rfc6675_5_three_acknowledgments_of_new_data_are_no_three_duplicates(flying: Stranger) -> None:
    """DupAcks begins at 0 with each: two of them and one report more are no loss."""
    sent = sack(flying, (2 * MSS, 2 * MSS + 10), ack=MSS)
    sent += sack(flying, (3 * MSS, 3 * MSS + 10), ack=2 * MSS)
    sent += sack(flying, (3 * MSS, 3 * MSS + 20), ack=2 * MSS)
    assert all(number >= 10 for number in numbers(flying, sent))
    assert numbers(flying, sack(flying, (3 * MSS, 3 * MSS + 30), ack=2 * MSS))[0] == 2


@pytest.mark.parametrize("seed", range(3))
def test_rfc6675_many_losses_in_a_window_cost_no_timeout(lan: Lan, tools: SimpleNamespace, seed: int) -> None:
    link = lan(parameters=Parameters(), delay=20 * MS)
    client, child, _ = tools.connected(link)
    source = random.Random(seed)
    lost = {source.randrange(25, 65) for _ in range(12)}
    seen: dict[int, None] = {}

    def drop(host: Host, frame: bytes) -> bool:
        if host is not link.hosts[0] or len(frame) < 1000 or (seq := Ether(frame)[Layer].seq) in seen:
            return False  # what is sent again arrives
        seen[seq] = None
        return len(seen) in lost

    link.drop = drop
    data = source.randbytes(300_000)
    sent, got = 0, bytearray()
    while len(got) < len(data):
        while sent < len(data) and client.writable():
            sent += client.send(data[sent : sent + 20_000], link.now)
        assert link.step()
        while child.readable():
            got += child.recv(65_536, link.now)
    assert got == data
    again = link.hosts[0].said("tcp", "retransmission")
    assert {event["reason"] for event in again} <= {"SACK shows a gap", "three duplicate acknowledgments"}
    assert len(again) == len(lost)


def test_rfc6675_5_a_what_was_reported_above_outlives_the_recovery() -> None:
    recovery = SackRecovery(Reno(10, 1000), mss=10, iss=0)
    recovery.scoreboard.update(1, 61, [(11, 51)])
    assert recovery.duplicate(1, 61)
    recovery.scoreboard.update(1, 101, [(71, 101)])
    recovery.acknowledged(60, 61, 101)
    assert not recovery.recovering and recovery.scoreboard.octets == 30


def test_rfc6675_5_c_2_a_rescue_leaves_high_rxt_where_it_was() -> None:
    recovery = SackRecovery(Reno(10, 1000), mss=10, iss=0)
    recovery.scoreboard.update(1, 61, [(11, 51)])
    recovery.duplicate(1, 61)
    recovery.acknowledged(50, 51, 61)
    before = recovery.room(51, 61)
    assert recovery.next_doubtful(51, 61) == (51, 10)
    assert recovery.room(51, 61) == before
