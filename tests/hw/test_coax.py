"""Clause 8: levels on a coax, and the MAU's comparators."""

from math import exp, log10

import pytest
from coaxes import HALF_BIT_PS, LENGTH_MM, START_PS, Cable, End

from hw.analogue.coax import COLLISION_MV, SQUELCH_MV
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_grid
from hw.analogue.segment import LINES, Segment, propagation_ps

ONE_SENDER_MV = -1_025


def arriving(distance_mm: int) -> tuple[int, int]:
    """Mean and swing of a sender so far away, by hand: 41 mA into 25 ohm; two wires of 10 milliohm a metre
    together in a line of 50 ohm; 17 dB for a kilometre."""
    metres = distance_mm / 1000
    return round(-1025 * 2.718281828 ** (-0.010 * metres / 100)), round(1025 * 10 ** (-0.017 * metres / 20))


@pytest.mark.parametrize("position_mm", [0, 2_500, 250_000, 497_500, 500_000])
def test_levels_arrive_after_4_33_ns_a_metre(position_mm: int) -> None:
    cable = Cable(0, position_mm)
    cable.drive(0, START_PS, "0110")
    cable.bench.run_to(START_PS + 10_000_000)
    expected = [on_grid(on_grid(START_PS, BIT_CLOCK) + position_mm * 433 // 100, CABLE)]
    expected += [
        on_grid(on_grid(START_PS + n * HALF_BIT_PS, BIT_CLOCK) + position_mm * 433 // 100, CABLE)
        for n in (1, 3, 4)
    ]
    assert [ps for ps, _, _ in cable.seen[1]] == expected
    mean, swing = arriving(position_mm)
    assert [(level, mean) for _, level, mean in cable.seen[1]] == [
        (mean - swing, mean), (mean + swing, mean), (mean - swing, mean), (0, 0)
    ]  # fmt: skip


def test_whole_segment_is_2165_ns() -> None:
    assert propagation_ps(500_000) == 2_165_000


def test_a_sender_hears_itself_at_once() -> None:
    cable = Cable(0, 500_000)
    cable.drive(0, START_PS, "01")
    cable.bench.run_to(START_PS + 10_000_000)
    assert cable.seen[0][0][0] == on_grid(START_PS, CABLE)


def test_superposition_at_a_middle_tap() -> None:
    """Two senders 200 and 300 m away, the second 1 us later: the sum of both, each in its own time."""
    cable = Cable(0, 200_000, 500_000)
    cable.drive(0, START_PS, "0" * 80)
    cable.drive(2, START_PS + 1_000_000, "0" * 80)
    cable.bench.run_to(START_PS + 20_000_000)
    first, second = 866_000, 1_000_000 + 1_299_000
    (near_mean, near_swing), (far_mean, far_swing) = arriving(200_000), arriving(300_000)
    both = near_mean + far_mean
    expected = [
        (START_PS + first, near_mean - near_swing, near_mean),
        (START_PS + second, both - near_swing - far_swing, both),
        (START_PS + first + 4_000_000, far_mean - far_swing, far_mean),
        (START_PS + second + 4_000_000, 0, 0),
    ]
    assert [(level, mean) for _, level, mean in cable.seen[1]] == [
        (level, mean) for _, level, mean in expected
    ]
    for (ps, _, _), (wanted, _, _) in zip(cable.seen[1], expected, strict=True):
        assert abs(ps - wanted) <= 32


def test_collision_is_seen_at_each_end_after_the_others_delay() -> None:
    """Both start together: each end sees one sender for 2165 ns, then two."""
    cable = Cable(0, 500_000)
    for number in (0, 1):
        cable.drive(number, START_PS, "01" * 100)
    for number in (0, 1):
        assert not cable.taps[number].collision
    seen = cable.watch(cable.taps[0].collision, START_PS + 20_000_000)
    begin, end = seen
    assert begin[1] == 1
    assert 0 <= begin[0] - (START_PS + 2_165_000) <= 1_100
    assert end[1] == 0
    assert 0 <= end[0] - (START_PS + 10_000_000) <= 1_100


def test_collision_lasts_as_long_at_the_middle_as_both_are_heard_there() -> None:
    cable = Cable(0, 250_000, 500_000)
    cable.drive(0, START_PS, "01" * 20)
    cable.drive(2, START_PS + 1_500_000, "01" * 20)
    begin, end = cable.watch(cable.taps[1].collision, START_PS + 20_000_000)
    assert 0 <= begin[0] - (START_PS + 1_500_000 + 1_082_500) <= 1_100
    assert 0 <= end[0] - (START_PS + 2_000_000 + 1_082_500) <= 1_100


@pytest.mark.parametrize("shift_ns", [100, 300])
def test_two_preambles_that_cancel_are_still_carrier(shift_ns: int) -> None:
    """Two preambles an odd number of bits apart: no edge on the data pair, but carrier and collision."""
    cable = Cable(0, 0)
    preamble = "01" + "1001" * 31
    cable.drive(0, START_PS, preamble)
    cable.drive(1, START_PS + shift_ns * 1000, preamble)
    cable.bench.run_to(START_PS + shift_ns * 1000 + 50_000)
    edges = cable.watch(cable.taps[0].aui_di, START_PS + 5_000_000)
    assert edges == []
    assert cable.taps[0].aui_di_active
    assert cable.taps[0].collision


def test_one_sender_is_carrier_and_no_collision() -> None:
    cable = Cable(0, 500_000)
    cable.drive(0, START_PS, "01" * 50)
    for pins in cable.taps:
        cable.bench.run_to(START_PS + 3_000_000)
        assert pins.aui_di_active
        assert not pins.collision
    cable.bench.run_to(START_PS + 10_000_000)
    for pins in cable.taps:
        assert not pins.aui_di_active
        assert pins.aui_di


# What is lost on the way.


def test_mean_is_what_ohms_law_says_of_the_whole_cable() -> None:
    """A sender at the left end: its terminator beside 5 ohm of cable and the other terminator; a divider."""
    cable = Cable(0, LENGTH_MM)
    cable.drive(0, START_PS, "10" * 100)
    cable.bench.run_to(START_PS + 5_000_000)
    here = 0.041 / (1 / 50 + 1 / 55)
    there = here * 50 / 55
    assert cable.settled(1)[1] == pytest.approx(-1000 * there, rel=0.01)


def test_data_lose_8_5_db_on_500_m_and_are_still_data() -> None:
    cable = Cable(0, LENGTH_MM)
    cable.drive(0, START_PS, "1001" * 50)
    cable.bench.run_to(START_PS + 5_000_000)
    level, mean = cable.settled(1)
    assert abs(level - mean) == pytest.approx(1025 * 10 ** (-8.5 / 20), abs=1)
    assert len(cable.watch(cable.taps[1].aui_di, now() + 1_000_000)) >= 9


@pytest.mark.parametrize(("one", "other"), [(0, LENGTH_MM), (0, 2_500), (250_000, LENGTH_MM)])
@pytest.mark.parametrize("listener_mm", [0, 250_000, LENGTH_MM])
def test_collision_threshold_is_between_one_sender_and_two_everywhere(
    one: int, other: int, listener_mm: int
) -> None:
    cable = Cable(one, other, listener_mm)
    cable.drive(0, START_PS, "10" * 200)
    cable.bench.run_to(START_PS + 6_000_000)
    assert COLLISION_MV < cable.settled(2)[1] < SQUELCH_MV
    assert not cable.taps[2].collision
    cable.drive(1, START_PS + 6_000_000, "10" * 100)
    cable.bench.run_to(START_PS + 12_000_000)
    assert cable.settled(2)[1] < COLLISION_MV
    assert cable.taps[2].collision


def test_third_sender_shows_in_the_mean() -> None:
    cable = Cable(0, 250_000, LENGTH_MM)
    means = []
    for number in range(3):
        cable.drive(number, START_PS + number * 5_000_000, "10" * 250)
        cable.bench.run_to(START_PS + number * 5_000_000 + 4_000_000)
        means.append(cable.settled(1)[1])
    assert [round(mean / ONE_SENDER_MV) for mean in means] == [1, 2, 3]


# Faults.


@pytest.mark.parametrize("missing", ["left", "right"])
def test_missing_terminator_makes_of_one_sender_a_collision(missing: End) -> None:
    """The wave comes back from that end and adds up: after the way there and back there is a collision."""
    rest: list[End] = ["right" if missing == "left" else "left"]
    cable = Cable(100_000, 300_000, terminators=rest)
    cable.drive(0, START_PS, "10" * 200)
    (begin, level), *_ = cable.watch(cable.taps[0].collision, START_PS + 15_000_000)
    way_mm = 2 * 100_000 if missing == "left" else 2 * 400_000
    assert level == 1
    assert 0 <= begin - START_PS - propagation_ps(way_mm) <= 1_100
    assert cable.taps[1].collision
    assert cable.settled(0)[1] == arriving(0)[0] + arriving(way_mm)[0]


def test_all_is_quiet_again_when_the_echoes_are_gone() -> None:
    cable = Cable(100_000, 300_000, terminators=[])
    cable.drive(0, START_PS, "10" * 20)
    cable.bench.run_to(START_PS + 60_000_000)
    assert [cable.settled(number) for number in (0, 1)] == [(0, 0), (0, 0)]
    assert not any(pins.aui_di_active or pins.collision for pins in cable.taps)


def test_short_kills_the_carrier() -> None:
    """A sender receives itself for the way to the short and back, and stations behind it nothing."""
    cable = Cable(0, 100_000, 300_000)
    cable.segment.short(200_000)
    cable.reroute()
    cable.drive(1, START_PS, "10" * 200)
    begin, end = cable.watch(cable.taps[1].aui_di_active, START_PS + 15_000_000)
    assert [begin[1], end[1]] == [1, 0]
    assert 0 <= end[0] - begin[0] - propagation_ps(200_000) <= 1_100
    assert not cable.taps[0].aui_di_active
    assert [mean for _, _, mean in cable.seen[2] if mean] == []


def test_open_parts_the_cable_and_leaves_both_parts_without_a_terminator() -> None:
    cable = Cable(0, 100_000, 300_000)
    cable.segment.open(200_000)
    cable.reroute()
    cable.drive(0, START_PS, "10" * 200)
    cable.bench.run_to(START_PS + 15_000_000)
    assert all(cable.taps[number].collision for number in (0, 1))
    assert [mean for _, _, mean in cable.seen[2] if mean] == []


@pytest.mark.parametrize("ends", [("open", "open"), ("open", "short"), ("short", "short"), ("short", "open")])
def test_piece_between_two_faults_carries_no_frame(ends: tuple[str, str]) -> None:
    """Between shorts there is no carrier; between opens everything is a collision."""
    cable = Cable(200_000, 250_000)
    for at_mm, what in zip((100_000, 400_000), ends, strict=True):
        getattr(cable.segment, what)(at_mm)
    cable.reroute()
    cable.drive(0, START_PS, "10" * 400)
    cable.bench.run_to(START_PS + 30_000_000)
    for number in (0, 1):
        mean = cable.settled(number)[1]
        assert mean < COLLISION_MV if "short" not in ends else mean > SQUELCH_MV


def test_repaired_cable_is_as_it_was() -> None:
    cable = Cable(0, 100_000, LENGTH_MM)
    before = cable.segment.hops()
    cable.segment.short(200_000)
    cable.segment.open(300_000)
    cable.segment.unterminate("left")
    cable.segment.unplug(1)
    assert cable.segment.hops() != before
    cable.segment.repair()
    cable.segment.terminate("left")
    cable.segment.plug(1)
    assert cable.segment.hops() == before


def test_unplugged_tap_neither_sends_nor_hears() -> None:
    cable = Cable(0, 100_000, 200_000)
    cable.segment.unplug(1)
    cable.reroute()
    cable.drive(0, START_PS, "10" * 200)
    cable.drive(1, START_PS, "10" * 200)
    cable.bench.run_to(START_PS + 5_000_000)
    assert [bool(pins.aui_di_active) for pins in cable.taps] == [True, False, True]
    assert not any(pins.collision for pins in cable.taps)


@pytest.mark.parametrize("when_ps", [100_000, 900_000, 3_000_000])
def test_fault_in_the_middle_of_a_frame_has_its_effect_everywhere_at_once(when_ps: int) -> None:
    """What was under way is gone, each tap has its settled level, and in the end there is none."""
    cable = Cable(0, 250_000, LENGTH_MM)
    cable.drive(0, START_PS, "10" * 100)
    cable.bench.run_to(START_PS + when_ps)
    cable.segment.unterminate("right")
    cable.reroute()
    assert all(pins.collision for pins in cable.taps)
    cable.segment.terminate("right")
    cable.reroute()
    assert [bool(pins.aui_di_active) for pins in cable.taps] == [True] * 3
    assert not any(pins.collision for pins in cable.taps)
    cable.bench.run_to(START_PS + 30_000_000)
    assert [cable.settled(number) for number in range(3)] == [(0, 0)] * 3


def test_jabbering_station_is_off_the_cable() -> None:
    cable = Cable(0, 100_000)
    cable.drive(0, START_PS, "10" * 200)
    at(START_PS + 2_000_007, lambda: setattr(cable.taps[0].jabber, "next", True))
    _, end = cable.watch(cable.taps[1].aui_di_active, START_PS + 15_000_000)
    assert 0 <= end[0] - START_PS - 2_000_000 - propagation_ps(100_000) <= 1_100


def test_a_third_terminator_takes_a_third_and_hides_collisions() -> None:
    """50 ohm at the third terminator beside the 50 ohm of the cable behind it: 2/3 passes, -1/3 comes back.

    A sender is then loaded with 50/3 ohm: two of them stay above the collision threshold (clause 8.3.1.5).
    """
    cable = Cable(0, 100_000, 400_000)
    cable.segment.terminate(250_000)
    cable.reroute()
    cable.drive(0, START_PS, "10" * 200)
    cable.bench.run_to(START_PS + 10_000_000)
    for number, way_mm in ((0, 0), (1, 100_000)):
        back = arriving(500_000 - way_mm)[0]
        assert cable.settled(number)[1] == pytest.approx(arriving(way_mm)[0] - back / 3, abs=1)
    assert cable.settled(2)[1] == pytest.approx(arriving(400_000)[0] * 2 / 3, abs=1)
    assert all(pins.aui_di_active for pins in cable.taps)
    cable.drive(2, START_PS + 10_000_000, "10" * 200)
    cable.bench.run_to(START_PS + 20_000_000)
    assert all(2 * ONE_SENDER_MV < cable.settled(number)[1] < SQUELCH_MV for number in range(3))
    assert not any(pins.collision for pins in cable.taps)
    cable.bench.run_to(START_PS + 60_000_000)
    assert [cable.settled(number) for number in range(3)] == [(0, 0)] * 3


def test_a_third_terminator_goes_as_it_came() -> None:
    cable = Cable(0, LENGTH_MM)
    before = cable.segment.hops()
    cable.segment.terminate(250_000)
    assert cable.segment.hops() != before
    cable.segment.unterminate(250_000)
    assert cable.segment.hops() == before


def test_10_5_1_thin_coax_is_slower_and_takes_more() -> None:
    """0.65 c, 8.5 dB in 185 m, 50 milliohm per metre (clause 10.5.1)."""
    (_, hop), _ = Segment(185_000, (0, 185_000), ("left", "right"), line=LINES["10BASE2"]).hops()
    assert hop.delay_ps == pytest.approx(185 / (0.65 * 0.299_792_458) * 1000, rel=1e-3)
    assert 20 * log10(1_025 / hop.swing_mv) == pytest.approx(8.5, abs=0.02)
    assert hop.mean_mv == pytest.approx(-1_025 * exp(-0.05 * 185 / 100), abs=1)
