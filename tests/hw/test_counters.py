"""The counters of RFC 2665 behind their window, by what the MAC says of frames."""

import pytest
from bus import BusSide

MODER, TX_BD_NUM, CTRLMODER, COUNTERS = 0x00, 0x20, 0x24, 0x80
RXEN, TXEN, RST, RECSMALL, PASSALL = 1, 2, 1 << 11, 1 << 16, 1
EMPTY = READY = 1 << 15
NAMES = (
    "alignment_errors", "fcs_errors", "single_collision_frames", "multiple_collision_frames",
    "sqe_test_errors", "deferred_transmissions", "late_collisions", "excessive_collisions",
    "internal_mac_transmit_errors", "carrier_sense_errors", "frame_too_longs",
    "internal_mac_receive_errors", "symbol_errors", "in_pause_frames", "out_pause_frames",
    "in_range_length_errors", "excessive_deferrals", "transmitted_frames", "received_frames",
    "short_frames", "missed_frames",
)  # fmt: skip
"""In the order of their addresses, from 0x80 up."""
UR, DF, LC, RL, CS, ED = 1, 2, 4, 8, 1 << 8, 1 << 9
BAD_CRC, TL, DN, OR, MISS, RUNT, IS, CF, LE, RX_LC = (1 << bit for bit in range(10))


def counts(bus: BusSide) -> dict[str, int]:
    """Those that are not 0."""
    values = {name: bus.read(COUNTERS + 4 * place) for place, name in enumerate(NAMES)}
    return {name: value for name, value in values.items() if value}


def up(tx: int = 2) -> BusSide:
    bus = BusSide()
    bus.write(TX_BD_NUM, tx)
    bus.write(MODER, RXEN | TXEN)
    return bus


def send(bus: BusSide, status: int) -> None:
    bus.write(0x404, 0)
    bus.write(0x400, 60 << 16 | READY | 1 << 13)
    bus.take(8)
    bus.done(status)


def receive(bus: BusSide, status: int) -> None:
    bus.write(0x414, 0)
    bus.write(0x410, EMPTY | 1 << 13)
    bus.deliver(bytes(64), status)


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        (0, {"transmitted_frames"}),
        (DF, {"transmitted_frames", "deferred_transmissions"}),
        (1 << 4, {"transmitted_frames", "single_collision_frames"}),
        (1 << 4 | DF, {"transmitted_frames", "single_collision_frames"}),
        (2 << 4, {"transmitted_frames", "multiple_collision_frames"}),
        (15 << 4 | DF, {"transmitted_frames", "multiple_collision_frames"}),
        (15 << 4 | RL, {"excessive_collisions"}),
        (15 << 4 | RL | DF, {"excessive_collisions"}),
        (1 << 4 | LC, set()),
        (UR, {"internal_mac_transmit_errors"}),
        (CS, {"transmitted_frames", "carrier_sense_errors"}),
        (ED | DF, set()),
    ],
)
def test_of_a_transmitted_frame(status: int, counted: set[str]) -> None:
    """RFC 2665; a late collision and an excessive deferral are events of their own."""
    bus = up()
    for count in (1, 2):
        send(bus, status)
        assert counts(bus) == dict.fromkeys(counted, count)


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        (0, {"received_frames"}),
        (MISS, {"received_frames"}),
        (BAD_CRC, {"fcs_errors"}),
        (DN, {"received_frames"}),
        (DN | BAD_CRC, {"alignment_errors"}),
        (TL, {"frame_too_longs"}),
        (TL | BAD_CRC | DN, {"frame_too_longs"}),
        (OR, {"internal_mac_receive_errors"}),
        (OR | BAD_CRC, {"fcs_errors"}),
        (IS, {"received_frames", "symbol_errors"}),
        (IS | BAD_CRC, {"fcs_errors", "symbol_errors"}),
        (LE, {"in_range_length_errors"}),
        (LE | BAD_CRC, {"fcs_errors"}),
        (RUNT, {"short_frames"}),
        (RUNT | BAD_CRC | DN, {"short_frames"}),
        (CF, {"received_frames"}),
        (RX_LC | BAD_CRC, {"fcs_errors"}),
    ],
)
def test_of_a_received_frame(status: int, counted: set[str]) -> None:
    """One of the errors, in the order of 802.3 clause 4.2.9; symbol errors beside it."""
    bus = up()
    for count in (1, 2):
        receive(bus, status)
        assert counts(bus) == dict.fromkeys(counted, count)


@pytest.mark.parametrize(
    ("toggle", "counted"),
    [
        ("late_event", "late_collisions"),
        ("sqe_error", "sqe_test_errors"),
        ("defer_event", "excessive_deferrals"),
        ("tx_pause_done", "out_pause_frames"),
        ("rx_pause", "in_pause_frames"),
    ],
)
def test_of_an_event(toggle: str, counted: str) -> None:
    bus = up()
    for count in (1, 2, 3):
        bus.toggle(toggle)
        bus.settle()
        assert counts(bus) == {counted: count}


def test_of_events_that_come_together() -> None:
    bus = up()
    bus.set(late_event=1, sqe_error=1, rx_pause=1)
    assert counts(bus) == {"late_collisions": 1, "sqe_test_errors": 1, "in_pause_frames": 1}


def test_a_frame_without_descriptor_is_missed_and_not_received() -> None:
    bus = up()
    bus.deliver(bytes(64))
    assert counts(bus) == {"missed_frames": 1}
    bus.deliver(bytes(64), BAD_CRC)
    assert counts(bus) == {"missed_frames": 2, "fcs_errors": 1}
    bus.deliver(bytes(32), RUNT)
    assert counts(bus) == {"missed_frames": 2, "fcs_errors": 1, "short_frames": 1}


def test_a_buffer_outside_host_memory_is_an_internal_error() -> None:
    bus = up()
    bus.write(0x414, 0xFFFFFF00)
    bus.write(0x410, EMPTY)
    bus.deliver(bytes(64))
    assert counts(bus) == {"internal_mac_receive_errors": 1}


def test_rst_alone_clears_them() -> None:
    bus = up()
    send(bus, 1 << 4)
    receive(bus, 0)
    before = counts(bus)
    assert len(before) == 3
    for place in range(len(NAMES)):
        bus.write(COUNTERS + 4 * place, 0)
    bus.write(MODER, 0)
    assert counts(bus) == before
    bus.write(MODER, RST)
    assert counts(bus) == {}


def test_a_read_waits_for_the_count() -> None:
    """As soon as the interrupt is there, so is the count."""
    bus = up()
    bus.write(0x08, 0x7F)
    bus.write(0x414, 0)
    bus.write(0x410, EMPTY | 1 << 14)
    for word in (0, 1):
        bus.toggle(f"rx_full_{word}")
        bus.wait(lambda word=word: bus[f"rx_full_{word}"] == bus[f"rx_taken_{word}"])
    bus.set(rx_length=8, rx_status=0)
    bus.toggle("rx_end")
    bus.wait(lambda: bus["irq"])
    assert bus.read(COUNTERS + 4 * NAMES.index("received_frames")) == 1
