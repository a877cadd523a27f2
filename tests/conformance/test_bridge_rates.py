"""A switch under load, rows B6 to B8: line rate, latency, full buffers. On full duplex ports of 10 Mb/s."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from bridging import Bridged, frame, switch
from pattern import BIT_PS

from sim.scenario.model import Duplex

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
HEAD_BT = 64
HEADER_BT = 112
"""Addresses and type: a control frame must not leave (clause 31.3)."""
OVERHEAD_BT = 60
"""What a switch of this kind may take in addition: end of line, synchronisers, relay, MAC."""
CHUNK = 250
"""Frames of a pattern."""
HEALTHY = 4
"""Those of another station meanwhile."""
PAUSE = bytes.fromhex("0180c2000001")


def test_B6_line_rate_on_two_pairs_of_ports_at_once(engine: str, pick: Pick, measured: Measured) -> None:
    for length, count in pick(((64, 100), (1518, 8)), ((64, 2),)):
        frame_bt = 8 * (length + 8) + 96
        with Bridged(engine, switch(4)) as lab:
            stations = lab.introduce(4)
            pairs = ((1, 2), (2, 1), (3, 4), (4, 3))
            for source, target in pairs:
                sent = frame(stations[target - 1], stations[source - 1], length)
                end = lab.send(f"sw.{source}", *[sent] * count)
            lab.run_to(end + (8 * length + 1000) * BIT_PS)
            for _, target in pairs:
                heard = lab.heard(f"sw.{target}")
                assert len(heard) == count
                distance = (heard[-1].start - heard[0].start) / (count - 1) / BIT_PS
                assert abs(distance - frame_bt) <= 4 / (count - 1)
        measured(f"{length} octets at {10_000_000 / frame_bt:,.2f}/s both ways on two pairs: none lost")


@pytest.mark.parametrize("duplex", ["full", "half"])
def test_B6_gap_between_frames_that_have_waited(engine: str, duplex: Duplex, measured: Measured) -> None:
    """Two ports send to a third at once: it always has another frame, and begins it after 96 bit times."""
    with Bridged(engine, switch(3, duplex)) as lab:
        one, two, three = lab.introduce(3)
        for port, source in (("sw.1", one), ("sw.2", two)):
            end = lab.send(port, *[frame(three, source)] * 3)
        lab.run_to(end + 5 * 672 * BIT_PS)
        starts = [heard.start for heard in lab.heard("sw.3")]
        assert len(starts) == 6
        assert {other - one for one, other in pairwise(starts)} == {672 * BIT_PS}
    measured(f"{duplex} duplex, frames that wait: 96 BT between them, to the picosecond")


@pytest.mark.parametrize("cut_through", [False, True])
def test_B7_latency(engine: str, pick: Pick, cut_through: bool, measured: Measured) -> None:
    kind = "cut-through" if cut_through else "store and forward"
    for length in pick((64, 1518), (64,)):
        with Bridged(engine, switch(2, cut_through=cut_through)) as lab:
            one, two = lab.introduce(2)
            sent = frame(two, one, length)
            end = lab.send("sw.1", sent)
            lab.run_to(end + (8 * length + 1000) * BIT_PS)
            (heard,) = lab.heard("sw.2")
            assert heard.octets == sent[:-4]
            latency = (heard.start - end) / BIT_PS + HEAD_BT + 8 * length
        least = HEAD_BT + (HEADER_BT if cut_through else 8 * length)
        assert least < latency < least + OVERHEAD_BT
        measured(f"{kind}, {length} octets: {latency:.0f} BT from first bit to first bit; {least} are needed")


@pytest.mark.parametrize("length", [64, 67])
def test_B7_cut_through_lets_errors_pass(engine: str, length: int, measured: Measured) -> None:
    """What has left before its FCS came cannot be held back; nor is anything learnt from it."""
    with Bridged(engine, switch(3, cut_through=True)) as lab:
        _, two, three = lab.introduce(3)
        bad = bytearray(frame(two, three, length))
        bad[-1] ^= 1
        lab.run_to(lab.send("sw.1", bytes(bad)) + 1000 * BIT_PS)
        (burst,) = lab.bursts("sw.2")
        assert len(burst.bits) == HEAD_BT + 8 * length
        assert lab.table()[three] == 3
        assert lab.counters("sw.1")["bad"] == 1
    measured(f"cut-through, {length} octets with a bad FCS: forwarded as they are, not learnt")


def test_B8_full_buffers_ask_for_a_pause(engine: str, pick: Pick, measured: Measured) -> None:
    """Two ports at line rate for one: their buffers fill, PAUSE frames go out, and what is held is sent."""
    (count,) = pick((60,), (30,))
    (buffers,) = pick((24,), (21,))
    with Bridged(engine, switch(3, buffers=buffers)) as lab:
        one, two, three = lab.introduce(3)
        for port, source in (("sw.1", one), ("sw.2", two)):
            end = lab.send(port, *[frame(three, source)] * count)
        lab.run_to(end + (count + 10) * 672 * BIT_PS)
        asked = [heard.octets for heard in lab.heard("sw.1")]
        assert asked[0][:6] == PAUSE
        assert asked[0][12:18] == bytes.fromhex("88080001ffff")
        assert asked[1] == asked[0], "it is asked again, since frames come all the same"
        asks = [octets for octets in asked if octets == asked[0]]
        assert len(asks) <= 1 + count // 16, "but who does not heed it must not cost half of the line"
        assert asked[-1][12:18] == bytes.fromhex("880800010000")
        lost = sum(lab.counters(port).get("no_buffer", 0) for port in ("sw.1", "sw.2"))
        full = lab.counters("sw.3").get("queue_full", 0)
        assert len(lab.heard("sw.3")) == 2 * count - lost - full
    measured("two ports for one: PAUSE frames with 65,535 quanta, then with 0; what is lost is counted")


def test_B8_half_duplex_ports_are_not_asked(engine: str) -> None:
    with Bridged(engine, switch(3, "half", buffers=1)) as lab:
        one, two, three = lab.introduce(3)
        for port, source in (("sw.1", one), ("sw.2", two)):
            end = lab.send(port, *[frame(three, source)] * 6)
        lab.run_to(end + 10 * 672 * BIT_PS)
        assert lab.bursts("sw.1") == []
        lost = sum(lab.counters(port)["no_buffer"] for port in ("sw.1", "sw.2"))
        assert lost > 0
        assert len(lab.heard("sw.3")) == 12 - lost


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_B8_a_flood_of_source_addresses(engine: str, count: int, pick: Pick, measured: Measured) -> None:
    """The table fills up; who was in it stays in it, and traffic of others goes on meanwhile."""
    (count,) = pick((count,), (10,))
    (addresses,) = pick((512,), (8,))
    with Bridged(engine, switch(4, addresses=addresses)) as lab:
        healthy = lab.introduce(3)
        heard = 0
        for first in range(0, count, CHUNK):
            sources = [bytes([2, 1, *n.to_bytes(4, "big")]) for n in range(first, min(first + CHUNK, count))]
            end = lab.send("sw.4", *[frame(healthy[2], source) for source in sources])
            lab.send("sw.1", *[frame(healthy[1], healthy[0])] * HEALTHY, gap_bt=1000)
            lab.run_to(end + 2000 * BIT_PS)
            assert {one.octets[6:12] for one in lab.heard("sw.2")} == {healthy[0]}
            heard += len(lab.heard("sw.2"))
            lab.forget()
        assert heard == HEALTHY * -(-count // CHUNK)
        table = lab.table()
        assert len(table) <= addresses
        assert [table[one] for one in healthy] == [1, 2, 3]
        learnt = len(table) - len(healthy)
        assert lab.counter("unlearnt") == count - learnt
        assert lab.counters("sw.4")["received"] == count
        assert lab.counters("sw.3")["sent"] == count + 2
    measured(f"{count:,} new addresses: {learnt} learnt, the others counted; healthy traffic loses nothing")
