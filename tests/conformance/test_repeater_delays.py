"""Delays of repeaters, rows D11 and D12: one hub, and four of them with five segments in a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from closet import END_PS, HEAD, NO_TOLERANCES, PREAMBLE, SFD, WORST_MAUS, Closet
from hosts import computer
from laboratory import address, frame
from pattern import BIT_PS, bits

from driver.bus import Write
from sim.scenario.model import Cable, Hub

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
OCTETS = Random(9).randbytes(64)
FRAME = HEAD + bits(OCTETS)
START_PS = 50 * BIT_PS
FOUR = tuple(Hub(name, 2, ppm) for name, ppm in (("a", 100), ("b", -100), ("c", 100), ("d", -100)))
"""Their crystals differ as much as they may. Five segments of 100 m."""
SLOWEST = tuple(replace(hub, start_delay_ns=800, jam_delay_ns=700) for hub in FOUR)
"""As slow as clause 9.5 lets a repeater be between two AUIs: 8 and 6.5 BT."""
PREAMBLES = (PREAMBLE, PREAMBLE[-38:], PREAMBLE + "10" * 4)
LEAST_GAP_BT = 96 - 49
MOST_PDV_BT = 575
CABLE_MM = 100_000
TABLE_PDV_BT = 26.55 + 3 * 53.3 + 176.3
"""Clause 13.4: left end, three in the middle, right end."""
START_BUDGET_BT, JAM_BUDGET_BT = 14.5, 15.5
"""From pair to pair: hubs of the time, 1,450 and 1,550 ns."""


def test_D11_start(engine: str, pick: Pick, measured: Measured) -> None:
    """From the first edge on the pair of one port to that on another's; a MAU's squelch is 2 BT of it."""
    told = []
    for delay in pick((8, 11, 13), (11,)):
        found = []
        for phase in range(8):
            with Closet(engine, Hub("a", 3, start_delay_ns=delay * 100)) as lab:
                start = START_PS + phase * 12_800
                lab.settle(lab.send("a.1", FRAME, start))
                (burst,) = lab.sent("a.2")
                found.append((burst.start - start) / BIT_PS)
                assert burst.bits[-len(FRAME) + 62 :] == FRAME[62:]
        assert max(found) <= START_BUDGET_BT
        assert delay + 0.4 <= min(found) <= max(found) <= delay + 1.6
        assert max(found) - min(found) <= 1
        told.append(f"{min(found):.1f} to {max(found):.1f}")
    measured(f"start of a frame: {', '.join(told)} BT from pair to pair (start_delay 8, 11, 13)")


def test_D11_jam(engine: str, pick: Pick, measured: Measured) -> None:
    told = []
    for delay in pick((5, 7, 10), (5,)):
        begins = []
        for phase in range(8):
            with Closet(engine, Hub("a", 3, jam_delay_ns=delay * 100)) as lab:
                second = START_PS + 30 * BIT_PS + phase * 12_800
                lab.send("a.1", FRAME[:300], START_PS)
                end = lab.send("a.2", HEAD, second)
                lab.settle(max(end, START_PS + 300 * BIT_PS))
                (jam,) = lab.sent("a.1")
                begins.append((jam.start - second) / BIT_PS)
        assert max(begins) <= JAM_BUDGET_BT
        assert delay - 0.6 <= min(begins) <= max(begins) <= delay + 1.5
        assert max(begins) - min(begins) <= 2
        told.append(f"{min(begins):.1f} to {max(begins):.1f}")
    measured(f"start of jam: {', '.join(told)} BT after the second sender (jam_delay 5, 7, 10)")


def test_D11_recovery(engine: str, pick: Pick, measured: Measured) -> None:
    """Tw1: after a transmission the hub looks at its ports in time for the shortest gap that there may be."""
    data = [bits(OCTETS[:20]), bits(OCTETS[20:40])]
    for gap in pick((96, 47, 30, 20, 15, 8), (47, 8)):
        with Closet(engine, Hub("a", 3)) as lab:
            lab.settle(lab.send("a.1", HEAD + data[0] + "-" * gap + HEAD + data[1], START_PS))
            one, other = lab.sent("a.2")
            assert [burst.bits for burst in (one, other)] == [HEAD + octets for octets in data]
            assert (other.start - one.end_of_bits) / BIT_PS == pytest.approx(max(gap, 19))
    measured("gaps of 20 BT and more go through as they are, smaller ones become 19 BT")


@pytest.mark.parametrize("maus", [NO_TOLERANCES, WORST_MAUS], ids=["typical", "worst"])
def test_D12_gap_shrinkage(engine: str, pick: Pick, measured: Measured, maus: Mapping[str, int]) -> None:
    """Of two frames 96 BT apart; their preambles are whole, or as short or as long as they may be.

    A preamble that was short already cannot pay for what the worst MAUs swallow.
    """
    tails = [SFD + bits(OCTETS[:length]) for length in (33, 20)]
    preambles = [preamble for preamble in PREAMBLES if not maus or len(preamble) >= len(PREAMBLE)]
    others = [(one, other) for one in preambles for other in preambles]
    whole, any_ = 96.0, 96.0
    for seed in pick(range(1, 5), (1,)):
        for first, second in pick(others, others[:1]):
            with Closet(engine, *FOUR, seed=seed, maus=maus) as lab:
                lab.settle(lab.send("a.1", first + tails[0] + "-" * 96 + second + tails[1], START_PS))
                one, other = lab.sent("d.2")
            assert [burst.bits.partition(SFD)[2] for burst in (one, other)] == [tail[2:] for tail in tails]
            gap = (other.start - one.end_of_bits) / BIT_PS
            any_ = min(any_, gap)
            if first == second == PREAMBLE:
                whole = min(whole, gap)
    assert any_ >= LEAST_GAP_BT
    name = "the worst" if maus else "ideal"
    least, most = min(map(len, preambles)) + 2, max(map(len, preambles)) + 2
    measured(
        f"four hubs, ±100 ppm, {name} MAUs: a gap of 96 BT shrinks by {96 - whole:.1f} BT, with preambles of "
        f"{least} to {most} bits by {96 - any_:.1f} BT at most"
    )


def path_delay(engine: str, hubs: Sequence[Hub], maus: Mapping[str, int], seed: int, later_bt: int) -> float:
    """The collision fragment between two adapters with `hubs` and 100 m of cable between each two, in BT.

    From the first bit of the one until it receives the end of the jam. The other is given its frame
    `later_bt` after the one; 0 if it has received that in time.
    """
    hosts = [computer(name, f"10.0.0.{n + 1}/24", address(n)) for n, name in enumerate(("left", "right"))]
    ends = [("left", hubs[0].sockets[0]), ("right", hubs[-1].sockets[-1])]
    cables = [Cable(end[0], CABLE_MM, end) for end in ends]
    with Closet(engine, *hubs, hosts=hosts, cables=cables, maus=maus, seed=seed) as lab:
        for station in lab.stations:
            station.rx_descriptors = 1
            station.bring_up()
        words = [station.prepare(frame(b"\xff" * 6, 300)[:-4]) for station in lab.stations]
        lab.run_for(100 * BIT_PS)
        begun = lab.now
        for number, later in ((0, 0), (1, later_bt)):
            lab.run_to(begun + later * BIT_PS)
            lab.engine.submit(number, Write(*words[number]))
            lab.done(number)
        lab.run_to(begun + 450 * BIT_PS)
        lab.look()
        if not lab.log["right.adapter.aui_do_active"]:
            return 0.0
        start = next(ps for ps, active in lab.log["left.adapter.aui_do_active"] if active)
        end = next(ps for ps, active in lab.log["left.adapter.aui_di_active"] if not active and ps > start)
    return (end - END_PS - start) / BIT_PS


def test_D12_path_delay(engine: str, pick: Pick, measured: Measured) -> None:
    """The table's components are the slowest that the standard allows. The adapters' are ours."""
    seeds, beginnings = pick(range(1, 9), (2,)), pick(range(138, 156, 2), (142,))
    slowest = max(path_delay(engine, SLOWEST, WORST_MAUS, seed, at) for seed in seeds for at in beginnings)
    off = slowest / TABLE_PDV_BT - 1
    assert abs(off) <= 0.05
    ours = pick([path_delay(engine, FOUR, NO_TOLERANCES, 1, at) for at in range(94, 112, 2)], [0.0])
    assert max(ours) < slowest <= MOST_PDV_BT
    measured(
        f"two adapters, four hubs, five segments of 100 m: {slowest:.0f} BT with the slowest hubs and MAUs, "
        f"{100 * off:+.1f} % of the table's {TABLE_PDV_BT:.2f}; {max(ours):.0f} BT with ideal MAUs"
    )
