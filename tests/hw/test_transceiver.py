"""Clause 8.2.1: what a MAU's signal path may do to a signal."""

from typing import Any

import pytest
from coaxes import HALF_BIT_PS, LENGTH_MM, NONE, START_PS, Cable

from hw.adapter.netlist import Station, adapter
from hw.analogue.events import BIT_CLOCK, CABLE, now, on_change, on_grid
from hw.analogue.segment import propagation_ps
from hw.analogue.transceiver import STEADY_DELAY_PS, Tolerances, line
from hw.hub import netlist as hub
from hw.mau.netlist import AUI, PATH, mau

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
    seen: dict[int, list[list[tuple[int, int]]]] = {}
    for lost in (0, bits):
        cable = Cable(0, 100_000, LENGTH_MM, tolerances=Tolerances(receive_loss=lost))
        pins = cable.taps[2]
        seen[lost] = [logged(pin) for pin in (pins.aui_di_active, pins.aui_di, pins.collision)]
        cable.drive(0, START_PS, PREAMBLE)
        end = cable.drive(1, START_PS + 5_000_000, PREAMBLE)
        cable.bench.run_to(end + 5_000_000)
    ((on, _), (off, _)), data, collision = seen[0]
    (late_on, late_off), late_data, late_collision = seen[bits]
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
