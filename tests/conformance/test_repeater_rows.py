"""The repeater (IEEE 802.3 clause 9), rows D1 to D6, D10 and D13: bits into the ports of a hub, and out."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from closet import END_PS, HEAD, PREAMBLE, SFD, Closet, Sent
from pattern import BIT_PS, bits, moves

from sim.scenario.model import Coax, Hub, Tap

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
ALTERNATING = "10" * 700
OCTETS = Random(9).randbytes(64)
DATA = bits(OCTETS)
FRAME = HEAD + DATA
LEAST_BITS = 96
START_BUDGET_BT, JAM_BUDGET_BT = 14.5, 15.5
"""Start of a frame and of jam: hubs of the time, 1,450 and 1,550 ns."""


class Repeated:
    """One hub of three ports; what comes in at the first goes out at the others, and nothing there."""

    def __init__(self, lab: Closet) -> None:
        self._lab = lab

    def __call__(self, cells: str, ppm: float = 0.0) -> Sent:
        lab = self._lab
        lab.forget()
        start = lab.now + 50 * BIT_PS
        end = lab.send("a.1", cells, start, ppm)
        lab.settle(max(end, start + LEAST_BITS * BIT_PS))
        assert lab.sent("a.1") == []
        (one,), (other,) = lab.sent("a.2"), lab.sent("a.3")
        assert one == other
        assert 0 < one.start - start <= START_BUDGET_BT * BIT_PS
        assert one.held >= END_PS
        return one


@pytest.fixture
def repeated(engine: str) -> Iterator[Repeated]:
    with Closet(engine, Hub("a", 3)) as lab:
        yield Repeated(lab)


def jams(cells: str) -> bool:
    """Whether this is jam: 62 bits at least in turns, beginning with a 1; 96 in all."""
    return len(cells) >= LEAST_BITS and cells.startswith(PREAMBLE)


def test_D1_preamble_regeneration(repeated: Repeated, pick: Pick, measured: Measured) -> None:
    for length in pick(range(38, 63), (38, 62)):
        sent = PREAMBLE[-length:] + SFD + DATA
        assert repeated(sent).bits == FRAME
    for length in pick((63, 64, 68, 100, 1_001), (63, 100)):
        sent = ALTERNATING[length % 2 :][:length] + SFD + DATA
        preamble, _, data = repeated(sent).bits.partition(SFD)
        assert data == DATA
        assert len(PREAMBLE) <= len(preamble) <= length
        assert preamble == ALTERNATING[: len(preamble)]
    measured("40 to 64 bits with SFD in: 64 out; longer ones, up to 1,003: no longer than they came in")


def test_D1_too_short_to_be_decoded(repeated: Repeated, measured: Measured) -> None:
    """Without enough bits before the SFD there is no lock: it begins as jam, and is no frame."""
    for length in (1, 4, 10):
        out = repeated(PREAMBLE[-length:] + SFD + DATA)
        assert DATA not in out.bits
        assert jams(out.bits)
    measured("3, 6 and 12 bits with SFD in: jam, and no frame")


def test_D2_data_transparency(repeated: Repeated, pick: Pick, measured: Measured) -> None:
    tails = ("", "0", "1", "01", "110", "0011", "10101", "000000", "1111111")
    for extra in pick(tails, ("", "0", "110")):
        assert repeated(FRAME + extra).bits == FRAME + extra
    lengths = pick((64, 100, 999, 1518, 1600), (200,))
    for length in lengths:
        sent = HEAD + bits(Random(length).randbytes(length))
        assert repeated(sent).bits == sent
    measured("64 to 1600 octets of chance, no good FCS among them, 0 to 7 bits more: as they came in")


def test_D2_what_cannot_be_decoded(repeated: Repeated, measured: Measured) -> None:
    """Two cells without an edge in the middle of a frame: no more data, and no second transmission."""
    sent = FRAME[:300] + "HL" + FRAME[302:320] + "HL" + FRAME[322:]
    out = repeated(sent)
    assert out.bits.startswith(sent[:280])
    assert out.bits[340:] in ALTERNATING
    measured("two code violations in 20 bits: jam from there to the end")


def test_D3_fragment_extension(repeated: Repeated, pick: Pick, measured: Measured) -> None:
    for length in pick(range(1, LEAST_BITS), (1, 40, 64, 67, 95)):
        out = repeated(FRAME[:length])
        assert len(out.bits) == LEAST_BITS
        assert out.bits.startswith(FRAME[: max(length, 62)])
    for length in pick(range(LEAST_BITS, LEAST_BITS + 8), (96, 97)):
        assert repeated(FRAME[:length]).bits == FRAME[:length]
    measured("1 to 95 bits in: 96 out; 96 to 103: as many as came in")


def test_D3_a_link_pulse_is_no_signal(engine: str) -> None:
    with Closet(engine, Hub("a", 3)) as lab:
        lab.engine.play(0, [(100, 1), (120_100, 2)], BIT_PS)
        lab.run_to(200 * BIT_PS)
        assert [lab.sent(port) for port in ("a.1", "a.2", "a.3")] == [[], [], []]


def test_D4_two_ports_active(engine: str, pick: Pick, measured: Measured) -> None:
    delays = []
    for later in pick((0, 1, 2, 5, 9, 12, 13, 20, 64, 75, 200, 400), (0, 12, 75)):
        with Closet(engine, Hub("a", 4)) as lab:
            start = 50 * BIT_PS
            second = start + later * BIT_PS + 37_000
            end = lab.send("a.1", FRAME, start)
            lab.settle(max(end, lab.send("a.3", FRAME[:320], second)))
            for port in ("a.1", "a.3"):
                (jam,) = lab.sent(port)
                assert len(jam.bits) >= LEAST_BITS
                assert jam.bits[:1] == "1"
                if port == "a.1" or not later:
                    assert jams(jam.bits)
                    delays.append((jam.start - second) / BIT_PS)
            for port in ("a.2", "a.4"):
                (burst,) = lab.sent(port)
                assert burst.start - start <= START_BUDGET_BT * BIT_PS
                assert len(burst.bits) >= LEAST_BITS + max(0, later - 20)
    assert max(delays) <= JAM_BUDGET_BT
    soonest, latest = min(delays), max(delays)
    measured(f"the second 0 to 400 BT after the first: jam to all, {soonest:.1f} to {latest:.1f} BT after it")


def test_D4_a_collision_on_a_coax(engine: str, pick: Pick, measured: Measured) -> None:
    """A station on the coax begins while the hub sends there; in the end the coax is the one port left."""
    coax = Coax("yellow", 100_000, (Tap(0, "a.3"),), (100_000,))
    for later in pick((0, 5, 11, 20, 64, 75, 200), (20,)):
        with Closet(engine, Hub("a", 3), coaxes=(coax,)) as lab:
            start = 50 * BIT_PS
            second = start + later * BIT_PS
            lab.send("a.1", FRAME[:300], start)
            lab.engine.play(0, moves(FRAME[:400]), second)
            end = second + 400 * BIT_PS
            lab.settle(end)
            (one,), (other,), *on_coax = (*map(lab.sent, ("a.1", "a.2")), *lab.sent("a.3"))
            assert jams(one.bits)
            assert one.start - second <= JAM_BUDGET_BT * BIT_PS
            assert len(other.bits) >= LEAST_BITS
            assert all(0 <= burst.end - end <= 20 * BIT_PS for burst in (one, other))
            assert all(burst.end < start + 400 * BIT_PS for burst in on_coax)
    measured("the second on a coax: the same, and silence there when the first has ended")


def test_D4_jam_lasts_96_bits(engine: str, pick: Pick, measured: Measured) -> None:
    lengths = []
    for length in pick((1, 5, 30, 64, 90), (5,)):
        with Closet(engine, Hub("a", 4)) as lab:
            for port in ("a.1", "a.2"):
                lab.send(port, ALTERNATING[:length], 50 * BIT_PS)
            lab.settle(200 * BIT_PS)
            for port in ("a.1", "a.2", "a.3", "a.4"):
                (jam,) = lab.sent(port)
                assert jams(jam.bits)
                lengths.append(len(jam.bits))
    assert max(lengths) < LEAST_BITS + 16
    measured(f"collisions of 1 to 90 bits: {max(lengths)} bits of jam")


def test_D5_one_port_left(engine: str, measured: Measured) -> None:
    with Closet(engine, Hub("a", 4)) as lab:
        start = 50 * BIT_PS
        last = lab.send("a.2", FRAME, start)
        first = lab.send("a.3", FRAME[:100], start + 30 * BIT_PS)
        lab.settle(last)
        (left,) = lab.sent("a.2")
        silent_bt = (left.end - first) / BIT_PS
        assert 0 <= silent_bt <= 12
        ends = set()
        for port in ("a.1", "a.3", "a.4"):
            (jam,) = lab.sent(port)
            ends.add((jam.end - last) / BIT_PS)
        (cease_bt,) = ends
        assert 0 <= cease_bt <= 12
    measured(f"silent there {silent_bt:.1f} BT after the other's last bit, jam to the others to the end")


def test_D5_a_third_one_begins_another_collision(engine: str) -> None:
    with Closet(engine, Hub("a", 4)) as lab:
        start = 50 * BIT_PS
        end = lab.send("a.2", FRAME, start)
        lab.send("a.3", FRAME[:50], start + 30 * BIT_PS)
        third = start + 300 * BIT_PS
        lab.send("a.4", HEAD, third)
        lab.settle(end)
        before, after = lab.sent("a.2")
        assert before.end < third
        assert after.start - third <= JAM_BUDGET_BT * BIT_PS
        assert jams(after.bits)
        assert [len(lab.sent(port)) for port in ("a.1", "a.3", "a.4")] == [1, 1, 1]


def test_D6_receive_collision(engine: str, pick: Pick, measured: Measured) -> None:
    """Two senders on a coax: the MAU of the hub's port signals, and the hub sends nothing there."""
    coax = Coax("yellow", 100_000, (Tap(50_000, "a.3"),), (0, 100_000))
    for later in pick((0, 1, 10, 20, 66, 200), (0, 66)):
        with Closet(engine, Hub("a", 3), coaxes=(coax,)) as lab:
            start = 50 * BIT_PS
            end = lab.hear_together(start, FRAME, start + later * BIT_PS, FRAME[:400])
            lab.settle(end)
            assert lab.sent("a.3") == []
            (told,) = [ps for ps, ci in lab.log["a.port3.aui_ci"] if ci]
            for port in ("a.1", "a.2"):
                (burst,) = lab.sent(port)
                assert len(burst.bits) >= LEAST_BITS
                cells = max(0, int((told - burst.start) / BIT_PS) + 8)
                assert burst.bits[cells:] in ALTERNATING
                assert 0 <= burst.end - end <= 12 * BIT_PS
    measured("two senders on the coax at a port, 0 to 200 BT apart: jam to the others, silence there")


def test_D14_heartbeat_at_a_hub(engine: str, measured: Measured) -> None:
    """The classic wrong switch of a transceiver: a frame into the coax is followed by jam elsewhere."""
    pauses = []
    for sqe_test in (None, False, True):
        coax = Coax("yellow", 100_000, (Tap(50_000, "a.3", sqe_test),), (0, 100_000))
        with Closet(engine, Hub("a", 3), coaxes=(coax,)) as lab:
            for _ in range(3):
                lab.forget()
                lab.settle(lab.send("a.1", FRAME, lab.now + 500 * BIT_PS))
                assert [burst.bits for burst in lab.sent("a.3")] == [FRAME]
                frame, *jam = lab.sent("a.2")
                assert frame.bits == FRAME
                assert lab.sent("a.1") == jam, "the sender of the frame is jammed, too"
                if not sqe_test:
                    assert not jam
                    continue
                (burst,) = jam
                assert jams(burst.bits)
                pauses.append((burst.start - frame.end_of_bits) / BIT_PS)
    pause = f"{min(pauses):.1f} to {max(pauses):.1f}"
    measured(f"with the test, jam {pause} BT after each frame, to all ports but that; without, none")


def test_D10_jabber_lockup(engine: str, pick: Pick, measured: Measured) -> None:
    pauses, lengths = [], []
    for limit in pick((40_000, 65_536, 75_000), (2_000,)):
        with Closet(engine, Hub("a", 3, jabber_lockup_ns=limit * 100)) as lab:
            start = 50 * BIT_PS
            lab.send("a.1", HEAD + "10" * (limit + 300), start)
            lab.run_to(start + 2 * (limit + 300) * BIT_PS)
            first, second = lab.sent("a.2")
            _, again, last = lab.starts("a.2")
            assert again == second.start
            for burst, next_start in ((first, again), (second, last)):
                assert limit <= len(burst.bits) <= limit + 1
                lengths.append(len(burst.bits))
                pauses.append((next_start - burst.end_of_bits) / BIT_PS)
    assert all(96 <= pause <= 116 for pause in pauses)
    cut = ", ".join(f"{length:,}" for length in lengths[::2])
    measured(f"cut after {cut} bits (40,000, 65,536, 75,000); goes on after {max(pauses):.0f} BT")


def test_D13_fifo(repeated: Repeated, pick: Pick, measured: Measured) -> None:
    for ppm in pick((-200, -100, 100, 200), (-200, 200)):
        octets = pick(1518, 400)
        for preamble in (PREAMBLE, PREAMBLE[-38:]):
            sent = preamble + SFD + bits(Random(ppm).randbytes(octets))
            assert repeated(sent, ppm).bits == HEAD + sent[len(preamble) + 2 :]
    measured("1518 octets, ±200 ppm, preambles of 40 and 64 bits: every bit as it came in")


@pytest.mark.parametrize("start_delay_ns", [800, 3_000])
def test_D13_the_earliest_and_the_latest_start(engine: str, pick: Pick, start_delay_ns: int) -> None:
    data = bits(Random(start_delay_ns).randbytes(pick(1518, 100)))
    for ppm in (-200, 200):
        for preamble in (PREAMBLE, PREAMBLE[-38:]):
            with Closet(engine, Hub("a", 2, start_delay_ns=start_delay_ns)) as lab:
                lab.settle(lab.send("a.1", preamble + SFD + data, 50 * BIT_PS, ppm))
                (out,) = lab.sent("a.2")
            assert out.bits.partition(SFD)[2] == data
            assert len(out.bits) <= len(HEAD) + 2 + len(data)
