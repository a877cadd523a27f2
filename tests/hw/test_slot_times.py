"""Long waits by a divider: backoff (802.3 clause 4.2.3.2.5), maxDeferTime (clause 4), pauses (annex 31B)."""

from collections.abc import Iterator

import pytest
from bench import Bench, fresh_simulator
from myhdl import Signal, Simulation, _simulator

from hw.adapter.netlist import DIVIDERS
from hw.analogue.crystal import Divider, TransmitCrystal
from hw.analogue.events import SLOW_CLOCK, Clock, at, now, on_change
from hw.gate import opener
from hw.modules import MODULES
from hw.ports import signals

HALF_BIT_FS = 50_000_000
SLOT_PS = 51_200_000
LEAD_PS = 8 * 400_000


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    made = Simulation()
    yield made
    made.quit()
    _simulator._signals.clear()


def test_a_wait_that_begins_soon_after_another_is_not_shortened_by_it(simulation: Simulation) -> None:
    start, done = Signal(False), Signal(False)
    bit_clk, tx_clk, slot_clk = Clock(), Clock(), Clock()
    transmit = TransmitCrystal(bit_clk, tx_clk, HALF_BIT_FS, 0, lambda: False, lambda: False, [])
    Divider(slot_clk, transmit, 128, 8, SLOW_CLOCK, lambda: bool(start != done), [start, done])
    ticks: list[int] = []

    def toggle(signal: object) -> None:
        signal.next = not signal  # type: ignore[attr-defined]

    class _OnTick:
        """Whoever waits for the rising edge of `slot_clk`."""

        def __init__(self) -> None:
            slot_clk._posedgeWaiters.append(self)

        def next(self, *_: object) -> None:
            ticks.append(now())
            slot_clk._posedgeWaiters.append(self)

    _OnTick()
    first, second = 400_000, 400_000 * 150
    at(first, lambda: toggle(start))
    at(first + SLOT_PS - 400_000, lambda: toggle(done))
    at(second, lambda: toggle(start))
    at(second + 3 * SLOT_PS, lambda: None)
    simulation.run(second + 2 * SLOT_PS, quiet=1)
    assert [tick - SLOW_CLOCK for tick in ticks] == [
        first + SLOT_PS - LEAD_PS,
        second + SLOT_PS - LEAD_PS,
        second + 2 * SLOT_PS - LEAD_PS,
    ]


# The dividers of `hw.adapter.netlist` with the circuits on their clocks, and when their wires change.

TICK_PS = 400_000
QUANTUM_PS = 51_200_000
MAX_DEFER_PS = 24_288 * 100_000


class _Divided(Bench):
    """`circuit` on its division of a crystal; `at` is when the output `watched` has changed."""

    def __init__(self, circuit: str, watched: str, *extra: str) -> None:
        division = next(division for division in DIVIDERS if division.clock == MODULES[circuit].clock)
        self.wires = signals(MODULES[circuit].ports) | {name: Signal(False) for name in extra}
        clock = Clock()
        self.wires[division.clock] = clock
        crystal = TransmitCrystal(Clock(), Clock(), HALF_BIT_FS, 0, lambda: False, lambda: False, [])
        is_open, gate = opener(division.gate, self.wires)
        Divider(clock, crystal, division.nibbles, division.lead, SLOW_CLOCK, is_open, gate)
        self.times: list[int] = []
        on_change(self.wires[watched], lambda: self.times.append(now()))
        super().__init__(
            MODULES[circuit].block(**{p.name: self.wires[p.name] for p in MODULES[circuit].ports})
        )

    def set(self, ps: int, **values: int) -> None:
        """At `ps`."""
        self.run_to(ps)
        for name, value in values.items():
            self.wires[name].next = value
        self.run_for(1)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    with fresh_simulator():
        yield


@pytest.mark.parametrize("quanta", [1, 2, 50])
def test_31b_pause_lasts_its_quanta_from_soon_after_the_frame(quanta: int) -> None:
    """It begins within 2 ticks of tx_clk, and does not end before its time has passed."""
    timer = _Divided("pause_timer", "pause_running")
    asked = 10 * TICK_PS + 100
    timer.set(asked, rx_pause=1, pause_time=quanta)
    timer.run_for((quanta + 3) * QUANTUM_PS)
    begun, ended = timer.times
    assert TICK_PS <= begun - asked <= 2 * TICK_PS
    assert quanta * QUANTUM_PS <= ended - begun <= quanta * QUANTUM_PS + 2 * TICK_PS


def test_31b_a_pause_counts_from_the_last_frame() -> None:
    timer = _Divided("pause_timer", "pause_running")
    timer.set(10 * TICK_PS + 100, rx_pause=1, pause_time=5)
    again = 3 * QUANTUM_PS + 7 * TICK_PS + 100
    timer.set(again, rx_pause=0, pause_time=4)
    timer.run_for(6 * QUANTUM_PS)
    assert len(timer.times) == 2
    assert 4 * QUANTUM_PS <= timer.times[1] - again <= 4 * QUANTUM_PS + 5 * TICK_PS


def test_31b_a_time_of_zero_ends_a_pause_at_once() -> None:
    timer = _Divided("pause_timer", "pause_running")
    timer.set(10 * TICK_PS + 100, rx_pause=1, pause_time=0xFFFF)
    ended = 2 * QUANTUM_PS + 100
    timer.set(ended, rx_pause=0, pause_time=0)
    timer.run_for(QUANTUM_PS)
    assert timer.times[1] - ended <= 2 * TICK_PS


def test_h14_only_an_unbroken_wait_is_reported() -> None:
    """A thousand short waits are not one long one; the long one is reported on its tick."""
    timer = _Divided("defer_test", "defer_over", "frame_waiting")
    for number in range(100):
        timer.set((1 + 100 * number) * TICK_PS + 16, frame_waiting=1)
        timer.set((91 + 100 * number) * TICK_PS + 16, frame_waiting=0)
    begun = 10_001 * TICK_PS
    timer.set(begun + 16, frame_waiting=1)
    timer.run_to(begun + MAX_DEFER_PS - 3 * TICK_PS)
    assert timer.times == []
    timer.run_to(begun + MAX_DEFER_PS)
    assert timer.times == [begun + MAX_DEFER_PS - 2 * TICK_PS + SLOW_CLOCK]
