"""Backoff is counted in slot times from the moment at which it begins (802.3 clause 4.2.3.2.5)."""

from collections.abc import Iterator

import pytest
from myhdl import Signal, Simulation, _simulator

from hw.analogue.crystal import Divider, TransmitCrystal
from hw.analogue.events import SLOW_CLOCK, Clock, at, now

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
