"""The rings: buffer descriptors, DMA both ways, and what is reported. Judged by the register model's text."""

from random import Random

import pytest
from bus import BusSide

MODER, INT_SOURCE, TX_BD_NUM = 0x00, 0x04, 0x20
RXEN, TXEN, CRCEN, PAD_ALWAYS = 1, 2, 1 << 13, 1 << 15
TXB, TXE, RXB, RXE, BUSY = (1 << bit for bit in range(5))
READY = EMPTY = 1 << 15
IRQ, WRAP, PAD, CRC = 1 << 14, 1 << 13, 1 << 12, 1 << 11
UR, RTRY_SHIFT, RL, LC, DF = 1 << 8, 4, 8, 4, 2
MISS, OVERRUN, DRIBBLE, TOO_LONG, BAD_CRC = 1 << 7, 1 << 6, 1 << 4, 1 << 3, 1 << 1
TX_RING = 4
BUFFER = 0x600


def descriptor(number: int) -> int:
    return 0x400 + 8 * number


def ring(tx: int = TX_RING) -> BusSide:
    bus = BusSide()
    bus.write(MODER, 0)
    bus.write(TX_BD_NUM, tx)
    return bus


def octets(length: int, seed: int = 1) -> bytes:
    return Random(seed).randbytes(length)


def offer(bus: BusSide, number: int, frame: bytes, flags: int = IRQ) -> None:
    where = BUFFER * number
    bus.memory.octets[where : where + len(frame)] = frame
    bus.write(descriptor(number) + 4, where)
    bus.write(descriptor(number), len(frame) << 16 | READY | flags)


def lend(bus: BusSide, number: int, flags: int = IRQ) -> None:
    bus.write(descriptor(number) + 4, BUFFER * number)
    bus.write(descriptor(number), EMPTY | flags)


def stored(bus: BusSide, number: int, length: int) -> bytes:
    return bytes(bus.memory.octets[BUFFER * number : BUFFER * number + length])


# Transmission.


@pytest.mark.parametrize("length", [60, 61, 62, 63])
def test_a_frame_is_read_big_endian_and_reported(length: int) -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    frame = octets(length)
    offer(bus, 0, frame)
    bus.wait(lambda: bus["tx_frame"])
    assert bus["tx_length"] == length
    assert bus.take(length) == frame
    bus.done()
    assert bus.read(descriptor(0)) == length << 16 | IRQ
    assert bus.read(INT_SOURCE) == TXB


@pytest.mark.parametrize("address", [0, 4, 0x1000])
def test_buffers_lie_where_the_descriptor_says(address: int) -> None:
    bus = ring()
    bus.memory.octets[address : address + 8] = b"abcdefgh"
    bus.write(MODER, TXEN)
    bus.write(descriptor(0) + 4, address)
    bus.write(descriptor(0), 8 << 16 | READY)
    assert bus.take(8) == b"abcdefgh"


@pytest.mark.parametrize(
    ("status", "closed", "interrupt"),
    [
        (0, 0, TXB),
        (1 << 4, 1 << RTRY_SHIFT, TXB),
        (0xF0 | 2, 0xF << RTRY_SHIFT | DF, TXB),
        (0xF0 | 8, 0xF << RTRY_SHIFT | RL, TXE),
        (4, LC, TXE),
        (1, UR, TXE),
    ],
)
def test_status_lands_where_the_model_has_it(status: int, closed: int, interrupt: int) -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60), IRQ | PAD | CRC)
    bus.take(60)
    bus.done(status)
    assert bus.read(descriptor(0)) == 60 << 16 | IRQ | PAD | CRC | closed
    assert bus.read(INT_SOURCE) == interrupt


def test_no_interrupt_without_irq_in_the_descriptor() -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60), 0)
    bus.take(60)
    bus.done()
    assert bus.read(INT_SOURCE) == 0
    assert not bus.read(descriptor(0)) & READY


@pytest.mark.parametrize(
    ("moder", "flags", "pad", "crc"),
    [(0, 0, 0, 0), (0, PAD, 1, 0), (0, CRC, 0, 1), (PAD_ALWAYS, 0, 1, 0), (CRCEN, 0, 0, 1)],
)
def test_pad_and_crc_are_ored_with_moder(moder: int, flags: int, pad: int, crc: int) -> None:
    bus = ring()
    bus.write(MODER, TXEN | moder)
    offer(bus, 0, octets(60), flags)
    bus.wait(lambda: bus["tx_frame"])
    assert (bus["tx_pad"], bus["tx_crc"]) == (pad, crc)


def send_all(bus: BusSide, count: int, wrap: int | None) -> list[int]:
    """Send `count` frames; return which descriptor each was found in."""
    found = []
    for n in range(count):
        ready = [b for b in range(TX_RING) if bus.read(descriptor(b)) & READY]
        assert ready == []
        place = n % (TX_RING if wrap is None else wrap + 1)
        frame = octets(60, seed=n)
        offer(bus, place, frame, IRQ | (WRAP if place == wrap else 0))
        assert bus.take(60) == frame
        bus.done()
        assert not bus.read(descriptor(place)) & READY
        found.append(place)
    return found


@pytest.mark.parametrize("wrap", [None, 0, 1, 2])
def test_tx_ring_wraps_at_wr_or_at_tx_bd_num(wrap: int | None) -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    assert len(send_all(bus, 9, wrap)) == 9


def test_frames_queued_in_the_ring_go_one_after_the_other() -> None:
    bus = ring()
    for number in range(TX_RING):
        offer(bus, number, octets(60, seed=number))
    bus.write(MODER, TXEN)
    for number in range(TX_RING):
        assert bus.take(60) == octets(60, seed=number)
        bus.done()
    assert [bus.read(descriptor(n)) & READY for n in range(TX_RING)] == [0] * TX_RING


def test_a_descriptor_that_is_not_next_must_wait() -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 1, octets(60, seed=1))
    bus.settle()
    assert not bus["tx_frame"]
    offer(bus, 0, octets(60, seed=0))
    assert bus.take(60) == octets(60, seed=0)
    bus.done()
    assert bus.take(60) == octets(60, seed=1)


def test_nothing_is_sent_before_txen() -> None:
    bus = ring()
    offer(bus, 0, octets(60))
    bus.settle()
    assert not bus["tx_frame"]
    bus.write(MODER, TXEN)
    assert bus.take(60) == octets(60)


def test_tx_bd_num_of_0_disables_transmission() -> None:
    bus = ring(tx=0)
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60))
    bus.settle()
    assert not bus["tx_frame"]


def test_rising_txen_goes_back_to_descriptor_0() -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60))
    bus.take(60)
    bus.done()
    bus.write(MODER, 0)
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(60, seed=2))
    assert bus.take(60) == octets(60, seed=2)


@pytest.mark.parametrize("taken", [0, 4, 8, 12, 40, 60])
def test_a_rewind_after_a_collision_reads_the_frame_anew(taken: int) -> None:
    bus = ring()
    bus.write(MODER, TXEN)
    offer(bus, 0, octets(62))
    bus.take(taken)
    for _ in range(2):
        bus.toggle("tx_rewind")
        bus.wait(lambda: bus["tx_rewound"] == bus["tx_rewind"])
        assert bus.take(62) == octets(62)
    bus.done(2 << 4)
    assert bus.read(descriptor(0)) == 62 << 16 | IRQ | 2 << RTRY_SHIFT


# Reception.


@pytest.mark.parametrize("length", [64, 65, 66, 67])
def test_a_frame_is_stored_big_endian_and_reported(length: int) -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    bus.deliver(octets(length))
    assert stored(bus, TX_RING, length) == octets(length)
    assert bus.read(descriptor(TX_RING)) == length << 16 | IRQ
    assert bus.read(INT_SOURCE) == RXB


@pytest.mark.parametrize(
    ("status", "closed", "interrupt"),
    [
        (1, BAD_CRC, RXE),
        (2, TOO_LONG, RXE),
        (4 | 1, DRIBBLE | BAD_CRC, RXE),
        (8, OVERRUN, RXE),
        (16, MISS, RXB),
    ],
)
def test_receive_status_lands_where_the_model_has_it(status: int, closed: int, interrupt: int) -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64), status)
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ | closed
    assert bus.read(INT_SOURCE) == interrupt


def test_receive_without_irq_in_the_descriptor() -> None:
    bus = ring()
    lend(bus, TX_RING, 0)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64))
    assert bus.read(INT_SOURCE) == 0
    assert not bus.read(descriptor(TX_RING)) & EMPTY


def test_rx_ring_wraps_at_wr() -> None:
    bus = ring()
    bus.write(MODER, RXEN)
    for n in range(7):
        place = TX_RING + n % 3
        lend(bus, place, IRQ | (WRAP if n % 3 == 2 else 0))
        bus.deliver(octets(64, seed=n))
        assert stored(bus, place, 64) == octets(64, seed=n)
        assert not bus.read(descriptor(place)) & EMPTY


def test_rx_ring_wraps_after_descriptor_0x7f() -> None:
    bus = ring(tx=0x7E)
    bus.write(MODER, RXEN)
    for n in range(5):
        place = 0x7E + n % 2
        bus.write(descriptor(place) + 4, 0x1000 * (n % 2))
        bus.write(descriptor(place), EMPTY | IRQ)
        bus.deliver(octets(64, seed=n))
        assert not bus.read(descriptor(place)) & EMPTY
        assert bus.memory.octets[0x1000 * (n % 2) :][:64] == octets(64, seed=n)


def test_busy_when_no_descriptor_is_empty() -> None:
    bus = ring()
    bus.write(MODER, RXEN)
    before = bytes(bus.memory.octets)
    bus.deliver(octets(64))
    assert bus.read(INT_SOURCE) == BUSY
    assert bytes(bus.memory.octets) == before
    lend(bus, TX_RING)
    bus.deliver(octets(65))
    assert stored(bus, TX_RING, 65) == octets(65)
    assert bus.read(descriptor(TX_RING)) == 65 << 16 | IRQ


def test_tx_bd_num_of_0x80_disables_reception() -> None:
    bus = ring(tx=0x80)
    lend(bus, 0)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64))
    assert bus.read(INT_SOURCE) == BUSY
    assert bus.read(descriptor(0)) & EMPTY


def test_a_runt_leaves_its_descriptor_for_the_next_frame() -> None:
    """Row R2: 1-63 octets are not delivered."""
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    for length in (7, 8, 40, 63):
        bus.deliver(octets(length, seed=length), 32)
        assert bus.read(INT_SOURCE) == 0
        assert bus.read(descriptor(TX_RING)) == EMPTY | IRQ
    bus.deliver(octets(64))
    assert stored(bus, TX_RING, 64) == octets(64)
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ


def test_rising_rxen_goes_back_to_the_first_receive_descriptor() -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64))
    bus.write(MODER, 0)
    lend(bus, TX_RING)
    bus.write(MODER, RXEN)
    bus.deliver(octets(66, seed=2))
    assert stored(bus, TX_RING, 66) == octets(66, seed=2)


def test_both_directions_and_the_processor_at_once() -> None:
    bus = ring()
    lend(bus, TX_RING)
    bus.write(MODER, TXEN | RXEN)
    offer(bus, 0, octets(60, seed=1))
    first = bus.take(20)
    bus.deliver(octets(64, seed=2))
    assert bus.read(descriptor(0)) & READY
    # Five words were taken, so word 1 is next.
    bus.toggle("tx_rewind")
    bus.wait(lambda: bus["tx_rewound"] == bus["tx_rewind"])
    assert bus.take(60) == octets(60, seed=1)
    assert first == octets(60, seed=1)[:20]
    bus.done()
    assert stored(bus, TX_RING, 64) == octets(64, seed=2)
    assert bus.read(INT_SOURCE) == TXB | RXB


@pytest.mark.parametrize("words", [0, 1, 5])
def test_a_frame_that_runs_out_of_host_memory_stops_there(words: int) -> None:
    """The MAC finds no more data, which is an underrun; the descriptor is closed with UR."""
    bus = ring()
    bus.write(MODER, TXEN)
    bus.write(descriptor(0) + 4, len(bus.memory.octets) - 4 * words)
    bus.write(descriptor(0), 60 << 16 | READY | IRQ)
    bus.take(4 * words)
    bus.settle()
    assert bus["tx_full_0"] == bus["tx_taken_0"]
    assert bus["tx_full_1"] == bus["tx_taken_1"]
    bus.done(1)
    assert bus.read(descriptor(0)) == 60 << 16 | IRQ | UR
    assert bus.read(INT_SOURCE) == TXE


@pytest.mark.parametrize("words", [0, 1, 15])
def test_a_buffer_that_runs_out_of_host_memory_is_an_overrun(words: int) -> None:
    bus = ring()
    end = len(bus.memory.octets)
    bus.write(descriptor(TX_RING) + 4, end - 4 * words)
    bus.write(descriptor(TX_RING), EMPTY | IRQ)
    lend(bus, TX_RING + 1)
    bus.write(MODER, RXEN)
    bus.deliver(octets(64))
    assert bus.memory.octets[end - 4 * words :] == octets(64)[: 4 * words]
    assert len(bus.memory.octets) == end
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ | OVERRUN
    assert bus.read(INT_SOURCE) == RXE
    bus.deliver(octets(64, seed=2))
    assert stored(bus, TX_RING + 1, 64) == octets(64, seed=2)
    assert bus.read(descriptor(TX_RING + 1)) == 64 << 16 | IRQ


def test_a_buffer_that_just_fits_is_none() -> None:
    bus = ring()
    bus.write(descriptor(TX_RING) + 4, len(bus.memory.octets) - 64)
    bus.write(descriptor(TX_RING), EMPTY | IRQ)
    bus.write(MODER, RXEN | TXEN)
    bus.deliver(octets(64))
    assert bus.read(descriptor(TX_RING)) == 64 << 16 | IRQ
    bus.write(descriptor(0) + 4, len(bus.memory.octets) - 64)
    bus.write(descriptor(0), 64 << 16 | READY)
    assert bus.take(64) == octets(64)
