"""Clause 8, the MAU's circuits: collision presence, SQE test and jabber. Rows H5 and H16."""

from collections.abc import Sequence

import pytest
from bench import Clocked

from hw.mau.netlist import JABBER_MS, UNJAB_MS

TICK_NS = 200
"""5 MHz."""
LONGEST_END_NS, SHORTEST_END_NS = 300, 250
"""From the last positive transition of data out to the end of the high level that follows (row T4)."""


def control_in(collision: int, ticks: int) -> list[int]:
    """The control-in pair after each tick from a change of the comparator on."""
    circuit = Clocked("control_in")
    if not collision:
        for _ in range(5):
            circuit.tick(collision=1)
    shown = []
    for _ in range(ticks):
        circuit.tick(collision=collision)
        shown.append(circuit["aui_ci"])
    return shown


def test_collision_presence_comes_within_9_bit_times() -> None:
    """Two bit times a tick, and up to one more for the phase of the clock."""
    ticks = control_in(1, 10).index(1) + 1
    assert 2 * (ticks + 1) <= 9


def test_collision_presence_goes_within_20_bit_times() -> None:
    ticks = control_in(0, 10).index(0) + 1
    assert 2 * (ticks + 1) <= 20


def test_clock_may_stop_when_what_was_seen_is_what_there_is() -> None:
    """The gate of the MAU's clock: then the pair shows it."""
    circuit = Clocked("control_in")
    for pins in ({"collision": 1}, {"collision": 0}, {"jabber": 1}, {"jabber": 0}):
        name, level = next(iter(pins.items()))
        circuit.set(**pins)
        while circuit[f"{name}_seen"] != level:
            circuit.tick()
        assert circuit["aui_ci"] == level


# SQE test.


def signal(phase_ns: int, frame_ticks: int = 20, **straps: int) -> list[int]:
    """When the control-in pair changes, in ns after the data-out pair has become idle. The clock's first tick
    comes `phase_ns` after that, and it stops when its gate closes."""
    pins = {"sqe_enable": 1, "powered": 1} | straps
    test, output = Clocked("sqe_test", **pins), None
    for _ in range(frame_ticks):
        test.tick(aui_do_active=1)
    assert test["sending"]
    assert not test["sqe_burst"]
    test.set(aui_do_active=0)
    burst = []
    while test["sending"]:
        burst.append(test["sqe_burst"])
        test.tick()
        assert len(burst) < 30
    output = Clocked("control_in")
    changes, shown = [], 0
    for tick, level in enumerate(burst):
        output.tick(sqe_burst=level)
        if output["aui_ci"] != shown:
            shown = output["aui_ci"]
            changes.append(phase_ns + tick * TICK_NS)
    assert shown == 0
    return changes


@pytest.mark.parametrize("phase_ns", [0, 1, 100, 199])
def test_h5_sqe_test_begins_600_to_1600_ns_after_the_end_and_lasts_10_bit_times(phase_ns: int) -> None:
    begin, end = signal(phase_ns)
    assert begin + SHORTEST_END_NS >= 600
    assert begin + LONGEST_END_NS <= 1600
    assert 500 <= end - begin <= 1500


def test_h5_repeaters_mau_does_no_test() -> None:
    assert signal(100, sqe_enable=0) == []


def test_h5_mau_without_power_is_silent() -> None:
    assert signal(100, powered=0) == []


def test_h5_next_transmission_cuts_the_test_short() -> None:
    test = Clocked("sqe_test", sqe_enable=1, powered=1)
    for _ in range(5):
        test.tick(aui_do_active=1)
    while not test["sqe_burst"]:
        test.tick(aui_do_active=0)
    test.tick(aui_do_active=1)
    test.tick()
    assert not test["sqe_burst"]
    assert test["sending"]


# Jabber.


class Jabber(Clocked):
    """The timer, and the toggle at its side that says that a transmission has ended."""

    def __init__(self, **pins: int) -> None:
        super().__init__(
            "jabber_timer", **{"powered": 1, "jabber_ms": JABBER_MS, "unjab_ms": UNJAB_MS} | pins
        )

    def ends(self) -> None:
        """The end of a transmission, as `sqe_test` shows it."""
        if self["ended"] == self["ended_seen"]:
            self.set(ended=1 - self["ended"])

    def milliseconds(self, most: int, level: int) -> int:
        """How many ticks until the transmitter is inhibited (1) or free (0), at most `most`."""
        for tick in range(most):
            if self["jabber"] == level:
                return tick
            self.tick()
        return most


@pytest.mark.parametrize("jabber_ms", [20, JABBER_MS, 149])
def test_h16_transmission_is_cut_after_20_to_150_ms(jabber_ms: int) -> None:
    timer = Jabber(jabber_ms=jabber_ms)
    timer.set(aui_do_active=1)
    assert jabber_ms <= timer.milliseconds(200, 1) - 1 <= jabber_ms + 1 <= 150


@pytest.mark.parametrize("unjab_ms", [250, UNJAB_MS, 749])
def test_h16_transmitter_is_free_after_a_quarter_to_three_quarters_of_a_second(unjab_ms: int) -> None:
    timer = Jabber(unjab_ms=unjab_ms)
    timer.set(aui_do_active=1)
    timer.milliseconds(200, 1)
    timer.set(aui_do_active=0)
    assert unjab_ms <= timer.milliseconds(1000, 0) <= unjab_ms + 1 <= 750


def test_h16_silence_must_be_without_a_break() -> None:
    timer = Jabber()
    timer.set(aui_do_active=1)
    timer.milliseconds(200, 1)
    timer.set(aui_do_active=0)
    for _ in range(UNJAB_MS - 10):
        timer.tick()
    timer.set(aui_do_active=1)  # between two ticks, as a frame may be
    timer.set(aui_do_active=0)
    timer.ends()
    assert timer.milliseconds(1000, 0) >= UNJAB_MS


@pytest.mark.parametrize("frames", [1, 2, 15, 16])
def test_h16_frames_one_after_the_other_are_no_jabber(frames: int) -> None:
    """The station sends at each tick, and ends `frames` frames between two of them."""
    timer = Jabber()
    timer.set(aui_do_active=1)
    for _ in range(4 * JABBER_MS):
        for _ in range(frames):
            timer.ends()
        timer.tick()
        assert not timer["jabber"]


def test_h16_frames_that_end_every_second_tick_are_no_jabber() -> None:
    timer = Jabber(jabber_ms=20)
    timer.set(aui_do_active=1)
    for tick in range(200):
        if tick % 2:
            timer.ends()
        timer.tick()
        assert not timer["jabber"]


def test_h16_a_mau_that_is_unplugged_forgets() -> None:
    timer = Jabber()
    timer.set(aui_do_active=1)
    timer.milliseconds(200, 1)
    timer.tick(powered=0)
    assert not timer["jabber"]


def test_end_of_a_transmission_is_told_once_until_it_was_seen() -> None:
    """`ended` changes at each end, but not back before the slow clock has seen it."""
    test = Clocked("sqe_test", sqe_enable=1, powered=1)

    def transmit(seen: Sequence[int]) -> list[int]:
        shown = []
        for level in seen:
            for active in (1, 1, 1, *[0] * 12):
                test.tick(aui_do_active=active, ended_seen=level)
            shown.append(test["ended"])
        return shown

    assert transmit([0, 0, 0, 1, 1, 0]) == [1, 1, 1, 0, 0, 1]
