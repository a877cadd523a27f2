"""Clause 8: levels on a coax, and the MAU's comparators."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import pytest
from bench import Bench
from myhdl import Signal

from hw.adapter.netlist import Station, adapter
from hw.analogue.coax import COLLISION_MV, SQUELCH_MV, Coax, TapPins
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_change, on_grid
from hw.analogue.segment import Segment, propagation_ps
from hw.analogue.transceiver import STEADY_DELAY_PS, Ends, Tolerances, Transceiver, line
from hw.hub import netlist as hub
from hw.mau.netlist import AUI, PATH, mau

LENGTH_MM = 500_000
ONE_SENDER_MV = -1_025
START_PS = 1_000_000
HALF_BIT_PS = 50_000
End = Literal["left", "right"]
NONE = Tolerances()


def arriving(distance_mm: int) -> tuple[int, int]:
    """Mean and swing of a sender so far away, by hand: 41 mA into 25 ohm; two wires of 10 milliohm a metre
    together in a line of 50 ohm; 17 dB for a kilometre."""
    metres = distance_mm / 1000
    return round(-1025 * 2.718281828 ** (-0.010 * metres / 100)), round(1025 * 10 ** (-0.017 * metres / 20))


def tap() -> TapPins:
    return TapPins(
        aui_do=Signal(True),
        aui_do_active=Signal(False),
        aui_di=Signal(True),
        aui_di_active=Signal(False),
        collision=Signal(False),
        jabber=Signal(False),
    )


def fit(pins: TapPins, tolerances: Tolerances, seed: int, box: int) -> TapPins:
    """What is behind the signal path of a MAU with `pins`; without tolerances there is none."""
    if tolerances == NONE:
        return pins
    path = Ends(Signal(True), Signal(False), Signal(True), Signal(False))
    aui = Ends(pins.aui_do, pins.aui_do_active, pins.aui_di, pins.aui_di_active)
    Transceiver(aui, path, tolerances, seed, line(box))
    return replace(pins, **path._asdict())


class Cable:
    """500 m of coax of which every tap's levels are kept, (ps, level, mean)."""

    def __init__(
        self,
        *positions_mm: int,
        terminators: Sequence[End] = ("left", "right"),
        tolerances: Tolerances = NONE,
        seed: int = 1,
    ) -> None:
        self.bench = Bench()  # first: it lets go of all that listens to signals
        self.taps = [tap() for _ in positions_mm]
        self.seen: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.segment = Segment(LENGTH_MM, positions_mm, terminators)
        taps = [fit(pins, tolerances, seed, box) for box, pins in enumerate(self.taps)]
        self.coax = Coax(self.segment.hops(), taps, self._on_level)

    def reroute(self) -> None:
        self.coax.reroute(self.segment.hops())
        self.bench.run_for(1)

    def settled(self, number: int) -> tuple[int, int]:
        """Level and mean at a tap as they were last."""
        return self.seen[number][-1][1:] if self.seen[number] else (0, 0)

    def _on_level(self, number: int, level: int, mean: int) -> None:
        self.seen[number].append((now(), level, mean))

    def drive(self, number: int, start_ps: int, halves: str) -> int:
        """Send half bits, then fall idle; return when that is."""
        pins = self.taps[number]
        moves: list[tuple[int, Any, int]] = [(start_ps, pins.aui_do_active, 1)]
        moves += [(start_ps + HALF_BIT_PS * n, pins.aui_do, int(half)) for n, half in enumerate(halves)]
        end = start_ps + HALF_BIT_PS * len(halves)
        moves += [(end, pins.aui_do_active, 0), (end, pins.aui_do, 1)]
        for ps, pin, level in moves:
            at(on_grid(ps, BIT_CLOCK), lambda pin=pin, level=level: setattr(pin, "next", bool(level)))
        return end

    def watch(self, pin: Any, until_ps: int, step_ps: int = 1_000) -> list[tuple[int, int]]:
        """(ps, level) of each change of a tap's pin that is seen every `step_ps`."""
        changes = []
        level = int(pin)
        while now() < until_ps:
            self.bench.run_for(step_ps)
            if int(pin) != level:
                level = int(pin)
                changes.append((now(), level))
        return changes


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


# What a MAU's signal path may do (clause 8.2.1).

PREAMBLE = "01" + "1001" * 31
BIT_PS = 2 * HALF_BIT_PS


def logged(pin: Any) -> list[tuple[int, int]]:
    """(ps, level) of each change of a pin, while the simulation goes on."""
    changes: list[tuple[int, int]] = []
    on_change(pin, lambda: changes.append((now(), int(pin))))
    return changes


def heard(tolerances: Tolerances, halves: str, seed: int = 1) -> list[tuple[int, int, int]]:
    """(ps, level, mean) at the end of a cable at whose beginning a MAU sends."""
    cable = Cable(0, LENGTH_MM, tolerances=tolerances, seed=seed)
    end = cable.drive(0, START_PS, halves)
    cable.bench.run_to(end + 5_000_000)
    return cable.seen[1]


def test_path_without_tolerances_is_a_wire() -> None:
    """The tap of such a MAU is joined to its AUI."""
    station = adapter("pc", Station(bytes(6), 0, 0))
    for tolerances, joined in ((NONE, AUI), (Tolerances(receive_loss=1), PATH)):
        _, clamped = mau(station, 1, 1, sqe_test=True, tolerances=tolerances)
        assert clamped.pins[:4] == joined


@pytest.mark.parametrize("bits", [0, 1, 2])
def test_transmitter_loses_so_many_bits_and_no_more(bits: int) -> None:
    """The levels in front of the first that is left are those of a cable on which no station sends."""
    whole = heard(NONE, PREAMBLE)
    begin = on_grid(on_grid(START_PS, BIT_CLOCK) + bits * BIT_PS + propagation_ps(LENGTH_MM), CABLE)
    (level, mean) = [change[1:] for change in whole if change[0] <= begin][-1]
    left = [(begin, level, mean), *(change for change in whole if change[0] > begin)]
    assert heard(Tolerances(transmit_loss=bits), PREAMBLE) == left
    assert len(whole) - len(left) == bits


def test_each_transmission_loses_its_first_bits() -> None:
    cable = Cable(0, LENGTH_MM, tolerances=Tolerances(transmit_loss=2))
    shown = logged(cable.taps[1].aui_di_active)
    ends = [cable.drive(0, start, PREAMBLE) for start in (START_PS, START_PS + 20_000_000)]
    cable.bench.run_to(ends[1] + 5_000_000)
    starts = (START_PS, ends[0], START_PS + 20_000_000, ends[1])
    late = [ps - start - propagation_ps(LENGTH_MM) for (ps, _), start in zip(shown, starts, strict=True)]
    assert [round(ps / BIT_PS, 2) for ps in late] == [2, 0, 2, 0]


@pytest.mark.parametrize("bits", [0, 1, 2, 3, 4, 5])
def test_receiver_loses_so_many_bits_of_carrier_and_data(bits: int) -> None:
    """Both come late and go in time. The collision comparator is not late."""
    told: dict[int, list[list[tuple[int, int]]]] = {}
    for lost in (0, bits):
        cable = Cable(0, 100_000, LENGTH_MM, tolerances=Tolerances(receive_loss=lost))
        pins = cable.taps[2]
        told[lost] = [logged(pin) for pin in (pins.aui_di_active, pins.aui_di, pins.collision)]
        cable.drive(0, START_PS, PREAMBLE)
        end = cable.drive(1, START_PS + 5_000_000, PREAMBLE)
        cable.bench.run_to(end + 5_000_000)
    ((on, _), (off, _)), data, collision = told[0]
    (late_on, late_off), late_data, late_collision = told[bits]
    assert late_on == (on + bits * BIT_PS, 1)
    assert late_off == (off, 0)
    assert late_collision == collision
    assert len(collision) == 2
    before = [level for ps, level in data if ps <= late_on[0]][-1]
    left = [] if before else [(late_on[0], 0)]
    assert late_data == left + [change for change in data if change[0] > late_on[0]]


@pytest.mark.parametrize("lost", [0, 2])
def test_transmitter_may_spoil_one_bit_more(lost: int) -> None:
    """Clause 8.2.1.1: a cell without an edge, before the first that is right."""
    first = on_grid(on_grid(START_PS, BIT_CLOCK) + lost * BIT_PS + propagation_ps(LENGTH_MM), CABLE)
    whole = heard(NONE, PREAMBLE)
    spoilt = heard(Tolerances(transmit_loss=lost, invalid_bit=True), PREAMBLE)
    ((_, level, mean),) = [change for change in spoilt if change[0] < first + BIT_PS]
    assert spoilt[0][0] == first
    assert level < mean, "the line is driven, and low"
    later = first + BIT_PS
    assert [c for c in spoilt if c[0] > later] == [c for c in whole if c[0] > later]
    assert [c for c in spoilt if c[0] <= later][-1][1:] == [c for c in whole if c[0] <= later][-1][1:]


@pytest.mark.parametrize("lost", [0, 5])
def test_receiver_may_spoil_one_bit_more(lost: int) -> None:
    cable = Cable(0, LENGTH_MM, tolerances=Tolerances(receive_loss=lost, invalid_bit=True))
    active, data = (logged(pin) for pin in (cable.taps[1].aui_di_active, cable.taps[1].aui_di))
    cable.drive(0, START_PS, PREAMBLE)
    cable.bench.run_to(START_PS + 10_000_000)
    (on, _), _ = active
    assert data[0] == (on, 0)
    assert data[1][0] >= on + BIT_PS


@pytest.mark.parametrize("most_ns", [1, 9, 18])
def test_jitter_is_within_its_bounds_and_fair(most_ns: int) -> None:
    """Against the same edges without: as many, in order, none further off than that, and 0 on average."""
    halves = "0110100110010110" * 100
    straight, shaken = heard(NONE, halves), heard(Tolerances(jitter_ns=most_ns), halves)
    assert [change[1:] for change in shaken] == [change[1:] for change in straight]
    times = [change[0] for change in shaken]
    assert times == sorted(times)
    assert {on_grid(ps, CABLE) for ps in times} == set(times)
    off = [ps - still[0] - STEADY_DELAY_PS for ps, still in zip(times, straight, strict=True)]
    most = most_ns * 1000
    assert max(off) <= most
    assert min(off) >= -most
    assert max(off) - min(off) > 1.9 * most
    assert abs(sum(off) / len(off)) < 3 * most / (3 * len(off)) ** 0.5


def test_jitter_is_another_one_for_each_station_and_run() -> None:
    jitter = Tolerances(jitter_ns=18)
    first = heard(jitter, PREAMBLE)
    assert heard(jitter, PREAMBLE) == first
    assert heard(jitter, PREAMBLE, seed=2) != first
    cable = Cable(LENGTH_MM, 0, tolerances=jitter)
    end = cable.drive(1, START_PS, PREAMBLE)
    cable.bench.run_to(end + 5_000_000)
    assert len(cable.seen[0]) == len(first)
    assert cable.seen[0] != first


def test_jitter_draws_from_no_line_that_a_box_draws_from() -> None:
    hubs = [hub.line(number, port) for number in (0, 255) for port in (0, hub.MOST_PORTS)]
    boxes = [0, 1, 0x020000000001, (1 << 48) - 1, *hubs]
    lines = [line(box) for box in boxes]
    assert len({*boxes, *lines}) == 2 * len(boxes)


def test_all_that_may_be_lost_is_seven_bits() -> None:
    """Both MAUs at their limits: the first level comes so late, give or take jitter."""
    cable = Cable(0, LENGTH_MM, tolerances=Tolerances(2, 5, 18))
    shown = logged(cable.taps[1].aui_di_active)
    cable.drive(0, START_PS, PREAMBLE)
    cable.bench.run_to(START_PS + 5_000_000)
    ((begin, _),) = shown
    assert abs(begin - START_PS - propagation_ps(LENGTH_MM) - STEADY_DELAY_PS - 7 * BIT_PS) <= 18_032
