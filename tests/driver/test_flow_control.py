"""A receive ring that fills up: the driver asks the peer to pause, and lets it go on (802.3 annex 31B)."""

import pytest
from canned_adapter import (
    ALL,
    FCS,
    FRAME,
    INT_MASK,
    INT_SOURCE,
    RD_OR_E,
    RXB,
    TXC,
    TXCTRL,
    TXPAUSERQ,
    Adapter,
    descriptor,
)

from driver.driver import PAUSE_ABOVE
from driver.settings import TX_RING, Settings

FLOW = Settings(full_duplex=True, flow_control=True)


def look(adapter: Adapter, waiting: bool | None) -> list[tuple[int, int]]:
    """An interrupt whose budget is one frame, while others are `waiting` or not; writes to TXCTRL.

    None: the driver does not look whether they are.
    """
    watched = descriptor(TX_RING + PAUSE_ABOVE)  # the eighth from the second on
    answers = [(INT_SOURCE, RXB), adapter.arrive(0, FRAME + FCS)]
    if waiting is not None:
        answers.append((watched, 68 << 16 if waiting else RD_OR_E))
    written = adapter.run(adapter.driver.interrupt(1), answers)
    assert (INT_MASK, ALL) not in written
    return [(register, value) for register, value in written if register == TXCTRL]


@pytest.mark.parametrize(
    ("settings", "waiting", "asked"),
    [
        (FLOW, True, [(TXCTRL, TXPAUSERQ | 0xFFFF)]),
        (FLOW, False, []),
        (Settings(full_duplex=True), None, []),
        (Settings(flow_control=True), None, []),
    ],
)
def test_a_receive_ring_that_fills_up_asks_the_peer_to_pause(
    settings: Settings, waiting: bool | None, asked: list[tuple[int, int]]
) -> None:
    adapter = Adapter(settings)
    adapter.probe()
    assert look(adapter, waiting) == asked
    assert adapter.driver.pausing == bool(asked)


def test_the_peer_may_go_on_when_the_ring_is_empty_and_the_pause_has_left() -> None:
    adapter = Adapter(FLOW)
    adapter.probe()
    look(adapter, True)
    assert not adapter.driver.may_resume
    adapter.run(adapter.driver.poll(1), [(INT_SOURCE, TXC), adapter.arrive(1, FRAME + FCS)])
    assert not adapter.driver.may_resume  # there may be more
    empty = [(INT_SOURCE, 0), (descriptor(TX_RING + 2), RD_OR_E), (INT_SOURCE, 0)]
    assert adapter.run(adapter.driver.poll(1), empty) == [(INT_MASK, ALL)]
    assert adapter.driver.may_resume
    assert adapter.run(adapter.driver.resume()) == [(TXCTRL, TXPAUSERQ)]
    assert not adapter.driver.may_resume


def test_the_ring_is_empty_before_the_pause_has_left() -> None:
    adapter = Adapter(FLOW)
    adapter.probe()
    look(adapter, True)
    empty = [(INT_SOURCE, 0), (descriptor(TX_RING + 1), RD_OR_E), (INT_SOURCE, 0)]
    adapter.run(adapter.driver.poll(1), empty)
    assert not adapter.driver.may_resume
    adapter.interrupt(TXC)
    assert adapter.driver.may_resume
