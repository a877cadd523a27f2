"""Descriptors: unaligned buffers, status bits, modes, falling TXEN and RXEN, RST. By the model's text."""

from random import Random

import pytest
from bus import BusSide

MODER, INT_SOURCE, TX_BD_NUM, CTRLMODER = 0x00, 0x04, 0x20, 0x24
RXEN, TXEN, RST, RECSMALL, PASSALL = 1, 2, 1 << 11, 1 << 16, 1
TXB, TXE, RXB, RXE, BUSY = (1 << bit for bit in range(5))
READY = EMPTY = 1 << 15
IRQ, WRAP = 1 << 14, 1 << 13
TX_RING = 4
TICKS_OF_A_NIBBLE = 10
"""Of the bus clock, 25 MHz, at 2.5 MHz."""
BUFFER = 0x600
# Bits of the MAC's status words, and of the descriptors.
TX_STATUS = {1 << 0: (1 << 8, TXE), 1 << 8: (1 << 0, TXE), 1 << 9: (1 << 9, TXE), 1 << 1: (1 << 1, TXB)}
"""UR, CS, ED, DF."""
RX_STATUS = {
    1 << 0: (1 << 1, RXE),
    1 << 1: (1 << 3, RXE),
    1 << 2: (1 << 4, RXE),
    1 << 3: (1 << 6, RXE),
    1 << 4: (1 << 7, RXB),
    1 << 6: (1 << 5, RXE),
    1 << 8: (1 << 9, RXB),
    1 << 9: (1 << 0, RXE),
}
"""CRC, TL, DN, OR, M, IS, LE, LC."""
RUNT, CONTROL = 1 << 5, 1 << 7
SF, CF = 1 << 2, 1 << 8


def descriptor(number: int) -> int:
    return 0x400 + 8 * number


def ring() -> BusSide:
    bus = BusSide()
    bus.write(TX_BD_NUM, TX_RING)
    return bus


def octets(length: int, seed: int = 1) -> bytes:
    return Random(seed).randbytes(length)


def offer(bus: BusSide, number: int, frame: bytes, where: int | None = None) -> None:
    where = BUFFER * number if where is None else where
    bus.memory.octets[where : where + len(frame)] = frame
    bus.write(descriptor(number) + 4, where)
    bus.write(descriptor(number), len(frame) << 16 | READY | IRQ)


def lend(bus: BusSide, number: int, where: int | None = None) -> None:
    bus.write(descriptor(number) + 4, BUFFER * number if where is None else where)
    bus.write(descriptor(number), EMPTY | IRQ)


def begin(bus: BusSide, words: int = 2) -> None:
    """The first words of a received frame, in pairs."""
    for number in range(words):
        index = number & 1
        bus.toggle(f"rx_full_{index}")
        bus.wait(lambda index=index: bus[f"rx_full_{index}"] == bus[f"rx_taken_{index}"])


def end(bus: BusSide, length: int, status: int = 0) -> None:
    bus.set(rx_length=length, rx_status=status)
    bus.toggle("rx_end")
    bus.settle()


# Unaligned buffers.


@pytest.mark.parametrize("offset", range(4))
def test_a_frame_is_fetched_from_any_octet(offset: int) -> None:
    """Lengths of every remainder, twice each, since a collision asks for the frame again."""
    bus = ring()
    bus.write(MODER, TXEN)
    for number, length in enumerate((5, 6, 7, 8, 60, 61, 62, 63)):
        offer(bus, number % TX_RING, octets(length, seed=length), 0x100 + offset)
        assert bus.take(length) == octets(length, seed=length)
        bus.toggle("tx_rewind")
        bus.wait(lambda: bus["tx_rewound"] == bus["tx_rewind"])
        assert bus.take(length) == octets(length, seed=length)
        bus.done()


@pytest.mark.parametrize("offset", range(4))
def test_a_frame_is_stored_from_any_octet(offset: int) -> None:
    """Nothing before the buffer is touched, and behind the frame at most what fills its last word."""
    bus = ring()
    bus.write(MODER, RXEN)
    where = 0x200 + offset
    for number, length in enumerate((64, 65, 66, 67)):
        bus.memory.octets[:] = b"\xee" * len(bus.memory.octets)
        lend(bus, TX_RING + number, where)
        bus.deliver(octets(length, seed=length))
        stored = bytes(bus.memory.octets)
        assert stored[where : where + length] == octets(length, seed=length)
        assert stored[:where] == b"\xee" * where
        behind = where + length + 3
        assert stored[behind:] == b"\xee" * (len(stored) - behind)


@pytest.mark.parametrize("offset", range(4))
def test_a_buffer_at_the_very_end_of_host_memory_is_enough(offset: int) -> None:
    bus = ring()
    where = len(bus.memory.octets) - 64 - offset
    bus.write(MODER, RXEN | TXEN)
    lend(bus, TX_RING, where)
    bus.deliver(octets(64))
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ
    offer(bus, 0, octets(64, seed=2), where)
    assert bus.take(64) == octets(64, seed=2)
    bus.done()
    assert bus.read(descriptor(0)) == 64 << 16 | IRQ


# Status.


@pytest.mark.parametrize("status", TX_STATUS)
def test_every_bit_of_a_transmission(status: int) -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60))
    bus.take(60)
    bus.done(status)
    closed, interrupt = TX_STATUS[status]
    assert bus.read(descriptor(0)) == 60 << 16 | IRQ | closed
    assert bus.read(INT_SOURCE) == interrupt


@pytest.mark.parametrize("status", RX_STATUS)
def test_every_bit_of_a_reception(status: int) -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64), status)
    closed, interrupt = RX_STATUS[status]
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ | closed
    assert bus.read(INT_SOURCE) == interrupt


@pytest.mark.parametrize("length", range(5))
def test_a_descriptor_of_4_octets_or_less_is_not_ready(length: int) -> None:
    """LEN must be greater than 4; the ring stands until the descriptor is written again."""
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(length))
    offer(bus, 1, octets(60))
    bus.settle()
    assert not bus["tx_frame"]
    assert bus.read(descriptor(0)) & READY
    offer(bus, 0, octets(5, seed=5))
    assert bus.take(5) == octets(5, seed=5)
    bus.done()
    assert bus.take(60) == octets(60)


def test_recsmall_stores_runts() -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN | RECSMALL)
    bus.deliver(octets(20), RUNT)
    assert bus.read(descriptor(TX_RING)) == 20 << 16 | IRQ | SF
    assert bus.memory.octets[BUFFER * TX_RING :][:20] == octets(20)
    assert bus.read(INT_SOURCE) == RXB


@pytest.mark.parametrize("pass_all", [0, PASSALL])
def test_control_frames_are_stored_with_passall_only(pass_all: int) -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(CTRLMODER, pass_all)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64), CONTROL)
    assert bus.read(descriptor(TX_RING)) == (64 << 16 | IRQ | CF if pass_all else EMPTY | IRQ)
    assert bus.read(INT_SOURCE) == (RXB if pass_all else 0)
    bus.write(descriptor(TX_RING), EMPTY | IRQ)
    place = TX_RING + bool(pass_all)
    lend(bus, place)
    bus.deliver(octets(65))
    assert bus.read(descriptor(place)) == 65 << 16 | IRQ


@pytest.mark.parametrize("status", [RUNT, CONTROL])
def test_what_is_not_stored_does_not_make_busy(status: int) -> None:
    bus = ring()
    bus.write(MODER, RXEN)
    bus.deliver(octets(20), status)
    assert bus.read(INT_SOURCE) == 0
    bus.deliver(octets(64))
    assert bus.read(INT_SOURCE) == BUSY


# TXEN and RXEN.


def test_txen_that_falls_lets_the_frame_end_and_begins_none() -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60))
    offer(bus, 1, octets(60, seed=2))
    first = bus.take(8)
    bus.write(MODER, 0)
    # Two words are taken, and two toggles are back where they began.
    assert first + bus.take(52) == octets(60)
    bus.done()
    assert bus.read(descriptor(0)) == 60 << 16 | IRQ
    frame = bus["tx_frame"]
    bus.settle()
    assert bus["tx_frame"] == frame
    assert bus.read(descriptor(1)) & READY


def test_txen_that_rises_under_a_frame_closes_that_one_and_goes_back_to_descriptor_0() -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    for number in range(3):
        offer(bus, number, octets(60, seed=number))
    bus.take(60)
    bus.done()
    assert bus.take(8) == octets(60, seed=1)[:8]
    bus.write(MODER, 0)
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60, seed=7))
    bus.take(52)
    bus.done()
    assert bus.read(descriptor(1)) == 60 << 16 | IRQ
    assert bus.take(60) == octets(60, seed=7)
    bus.done()
    assert bus.read(descriptor(0)) == 60 << 16 | IRQ
    assert bus.read(descriptor(2)) & READY


def test_rxen_that_falls_lets_the_frame_end() -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    begin(bus)
    bus.write(MODER, 0)
    end(bus, 8)
    assert bus.read(descriptor(TX_RING)) == 8 << 16 | IRQ


def test_rxen_that_rises_under_a_frame_closes_that_one_and_goes_back() -> None:
    bus = ring()
    for number in range(3):
        lend(bus, TX_RING + number)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64))
    begin(bus)
    bus.write(MODER, 0)
    bus.write(MODER, RXEN)
    lend(bus, TX_RING)
    end(bus, 8)
    assert bus.read(descriptor(TX_RING + 1)) == 8 << 16 | IRQ
    bus.deliver(octets(66))
    assert bus.read(descriptor(TX_RING)) == 66 << 16 | IRQ
    assert bus.read(descriptor(TX_RING + 2)) & EMPTY


# RST.


def test_rst_under_a_transmission_leaves_no_trace() -> None:
    """The MAC, under `mac_reset`, is never done with the frame."""
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60))
    bus.take(16)
    bus.settle()
    bus.write(MODER, RST)
    assert not bus["mac_reset"]
    bus.settle()
    assert all(bus[f"tx_full_{n}"] == bus[f"tx_taken_{n}"] for n in (0, 1))
    assert bus.read(descriptor(0)) == 60 << 16 | READY | IRQ
    assert bus.read(INT_SOURCE) == 0
    bus.write(TX_BD_NUM, TX_RING)
    bus.write(MODER, TXEN)
    assert bus.take(60) == octets(60)


def test_rst_under_a_reception_drops_it() -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    begin(bus)
    bus.write(MODER, RST)
    assert bus.read(descriptor(TX_RING)) == EMPTY | IRQ
    assert bus.read(INT_SOURCE) == 0
    bus.write(TX_BD_NUM, TX_RING)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64))
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ


def test_rst_gives_every_clock_of_the_mac_time_to_see_its_reset() -> None:
    """Two flip-flops and a tick at 2.5 MHz, for its beginning and for its end, before the cycle ends."""
    bus = ring()
    bus.set(s_adr=MODER // 4, s_dat_w=RST, s_we=1, s_stb=1)
    levels = []
    while not bus["s_ack"]:
        bus.tick()
        levels.append(bus["mac_reset"])
    first = levels.index(1)
    last = len(levels) - 1 - levels[::-1].index(1)
    assert last - first >= 3 * TICKS_OF_A_NIBBLE
    assert len(levels) - last >= 3 * TICKS_OF_A_NIBBLE
    bus.set(s_stb=0)
    bus.settle()
