"""The bridge (IEEE 802.1D), rows B1 to B5: frames into the ports of a switch, and out."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from bridging import BROADCAST, Bridged, frame, station, switch
from pattern import BIT_PS, bits, on_wire, with_fcs

from sim.scenario.faults import CableFault
from sim.scenario.model import Duplex

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
ONE, TWO, THREE = station(1), station(2), station(3)
GROUP = bytes.fromhex("01005e000001")
RESERVED = bytes.fromhex("0180c2000000")
SECOND_PS = 1_000_000_000_000
ALL = {"sw.1", "sw.2", "sw.3"}


@pytest.fixture
def lab(engine: str) -> Iterator[Bridged]:
    with Bridged(engine, switch(3)) as lab:
        yield lab


def test_B1_learning_filtering_flooding(lab: Bridged, measured: Measured) -> None:
    first = frame(TWO, ONE, 100)
    assert lab.exchange("sw.1", first) == {"sw.2", "sw.3"}  # unknown
    assert [heard.octets for heard in lab.heard("sw.3")] == [first[:-4]]
    assert lab.table() == {ONE: 1}
    assert lab.exchange("sw.2", frame(ONE, TWO)) == {"sw.1"}
    assert lab.exchange("sw.1", first) == {"sw.2"}
    assert lab.exchange("sw.2", frame(TWO, THREE)) == set()  # both behind port 2
    assert lab.counters("sw.2")["filtered"] == 1
    assert lab.table() == {ONE: 1, TWO: 2, THREE: 2}
    measured("unknown: to all other ports; known: to its port; behind the same port: to none")


def test_B1_groups(lab: Bridged, measured: Measured) -> None:
    for destination in (BROADCAST, GROUP):
        assert lab.exchange("sw.2", frame(destination, TWO)) == {"sw.1", "sw.3"}
    assert lab.exchange("sw.1", frame(TWO, GROUP)) == {"sw.2"}
    assert lab.exchange("sw.3", frame(GROUP, THREE)) == {"sw.1", "sw.2"}
    assert lab.table() == {TWO: 2, THREE: 3}
    measured("groups: to all other ports; a group as source is not learnt")


def test_B1_a_frame_to_oneself(lab: Bridged) -> None:
    for _ in range(2):
        assert lab.exchange("sw.1", frame(ONE, ONE)) == set()
    assert lab.counters("sw.1") == {"received": 2, "filtered": 2}


def test_B1_a_known_port_whose_link_is_down(lab: Bridged, measured: Measured) -> None:
    one, two, _ = lab.introduce(3)
    lab.strike(CableFault(0, "unplug", "sw.2"))
    assert lab.exchange("sw.1", frame(two, one)) == {"sw.3"}
    lab.strike(CableFault(0, "plug", "sw.2"))
    assert lab.exchange("sw.1", frame(two, one)) == {"sw.2"}
    measured("known, but the link there is down: to all other ports; to its port when it is up again")


def test_B2_a_station_that_moves(lab: Bridged, measured: Measured) -> None:
    lab.exchange("sw.1", frame(BROADCAST, ONE))
    lab.exchange("sw.2", frame(BROADCAST, TWO))
    assert lab.exchange("sw.2", frame(ONE, TWO)) == {"sw.1"}
    lab.exchange("sw.3", frame(BROADCAST, ONE))
    assert lab.counter("moved") == 1
    assert lab.exchange("sw.2", frame(ONE, TWO)) == {"sw.3"}
    assert lab.table() == {ONE: 3, TWO: 2}
    measured("seen at another port: the next frame for it goes there")


def test_B3_ageing(engine: str, pick: Pick, measured: Measured) -> None:
    for ageing_s in pick((10, 300), (300,)):
        _age(engine, ageing_s)
    measured("10 s and 300 s: known that long after its last frame, and no second longer")


def _age(engine: str, ageing_s: int) -> None:
    with Bridged(engine, switch(3, ageing_ns=ageing_s * 1_000_000_000)) as lab:
        lab.exchange("sw.1", frame(BROADCAST, ONE))
        heard = lab.now
        lab.run_to(heard + (ageing_s - 1) * SECOND_PS)
        assert lab.exchange("sw.2", frame(ONE, TWO)) == {"sw.1"}
        lab.run_to(heard + ageing_s * SECOND_PS)
        assert lab.exchange("sw.2", frame(ONE, TWO)) == {"sw.1"}
        lab.run_to(heard + (ageing_s + 1) * SECOND_PS)
        assert lab.table() == {TWO: 2}
        assert lab.exchange("sw.2", frame(ONE, TWO)) == {"sw.1", "sw.3"}
        lab.run_for(3 * ageing_s * SECOND_PS)
        assert lab.table() == {}


def test_B3_hearing_a_station_again_begins_anew(engine: str) -> None:
    with Bridged(engine, switch(2, ageing_ns=10_000_000_000)) as lab:
        for _ in range(3):
            lab.exchange("sw.1", frame(BROADCAST, ONE))
            lab.run_for(7 * SECOND_PS)
            assert lab.table() == {ONE: 1}
        assert lab.counter("learnt") <= 1


def test_B4_reserved_group_addresses(lab: Bridged, pick: Pick, measured: Measured) -> None:
    for last in pick(range(16), (0, 15)):
        assert lab.exchange("sw.1", frame(RESERVED[:5] + bytes([last]), ONE)) == set()
    others = ("0180c2000010", "0180c2000100", "0180c3000000", "0080c2000000")
    for other in pick(others, others[:1]):
        assert lab.exchange("sw.1", frame(bytes.fromhex(other), ONE)) == {"sw.2", "sw.3"}
    assert lab.table() == {ONE: 1}
    measured("01-80-C2-00-00-00 to 0F: to no port; 01-80-C2-00-00-10: to all others")


CONTROL = "8808"
PAUSE_OPCODE, UNKNOWN_OPCODE = "0001", "0101"


@pytest.mark.parametrize("duplex", ["full", "half"])
@pytest.mark.parametrize("cut_through", [False, True])
def test_B9_mac_control_frames(engine: str, duplex: Duplex, cut_through: bool, measured: Measured) -> None:
    """Clause 31.3: they are the MAC's own, whatever their destination, and whether it knows the opcode."""
    pause, unknown = bytes.fromhex("0180c2000001"), station(9)
    with Bridged(engine, switch(3, duplex, cut_through=cut_through)) as lab:
        _, two, _ = lab.introduce(3)
        table, counters = lab.table(), lab.counters("sw.1")
        for destination, opcode in (
            (pause, PAUSE_OPCODE), (pause, UNKNOWN_OPCODE), (unknown, PAUSE_OPCODE), (two, PAUSE_OPCODE),
        ):  # fmt: skip
            octets = destination + station(8) + bytes.fromhex(CONTROL + opcode + "0000") + bytes(42)
            assert lab.exchange("sw.1", with_fcs(octets)) == set()
        assert lab.table() == table
        assert lab.counters("sw.1") == counters
        assert lab.exchange("sw.1", frame(two, station(8))) == {"sw.2"}
    way = "cut-through" if cut_through else "store and forward"
    measured(
        f"{duplex} duplex, {way}: PAUSE and opcode 0101, to the group, an unknown or a known station: "
        "to no port, not learnt"
    )


def test_B5_frames_with_errors(lab: Bridged, pick: Pick, measured: Measured) -> None:
    good = bytearray(frame(TWO, ONE))
    flips = pick(range(0, 512, 13), (511,))
    for count, bit in enumerate(flips, start=1):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        lab.forget()
        lab.run_to(lab.send("sw.1", bytes(bad)) + 1000 * BIT_PS)
        assert not any(lab.bursts(port) for port in ALL)
        assert lab.counters("sw.1") == {"bad": count}
    assert lab.table() == {}
    measured("single bit flips: to no port, not learnt, counted")


def test_B5_runts_and_frames_above_the_maximum(lab: Bridged, pick: Pick, measured: Measured) -> None:
    lengths = pick((*range(18, 64, 5), 63, 1519, 1522, 2000, 4000), (63,))
    for count, length in enumerate(lengths, start=1):
        assert lab.exchange("sw.1", frame(TWO, ONE, length)) == set()
        assert lab.counters("sw.1") == {"bad": count}
    for length in pick((64, 1518), (64,)):
        assert lab.exchange("sw.1", frame(TWO, ONE, length)) == {"sw.2", "sw.3"}
    measured("runts and 1519 octets and more: to no port; 64 and 1518: forwarded")


def test_B5_a_code_violation(lab: Bridged, pick: Pick, measured: Measured) -> None:
    """A cell without an edge in its middle: its level may by chance be that of the right bit."""
    good = on_wire(frame(TWO, ONE))
    places = pick((200, 201, 202, 203, 401), (201,))
    for place in places:
        for level in "HL":
            lab.forget()
            lab.run_to(lab.say("sw.1", good[:place] + level + good[place + 1 :]) + 1000 * BIT_PS)
            assert not any(lab.bursts(port) for port in ALL)
    assert lab.counters("sw.1") == {"bad": 2 * len(places)}
    measured("a code violation, with a good FCS or a bad one: to no port, counted")


def test_B5_dribble_bits(lab: Bridged, pick: Pick, measured: Measured) -> None:
    """With a good FCS the frame is good (R5), and leaves without them."""
    sent = frame(TWO, ONE)
    for extra in pick(("0", "101", "1111111"), ("101",)):
        lab.forget()
        lab.run_to(lab.say("sw.1", on_wire(sent) + extra) + 1000 * BIT_PS)
        (burst,) = lab.bursts("sw.2")
        assert burst.bits.endswith(bits(sent))
    measured("1 to 7 bits more, good FCS: forwarded without them")


def test_B5_transparency(lab: Bridged, pick: Pick) -> None:
    """Every octet comes out as it came in, FCS included."""
    random = Random(5)
    for length in pick((64, 65, 66, 67, 200, 1518), (67,)):
        sent = frame(TWO, ONE, length, random.randrange(256))
        lab.exchange("sw.1", sent)
        (burst,) = lab.bursts("sw.3")
        assert burst.bits.endswith(bits(sent))
