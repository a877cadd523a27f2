"""The driver against the programming model, word by word: no hardware, only the answers it would give.

Register numbers and bits are written out here from the OpenCores specification, not taken from the driver.
"""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from driver.bus import Job, Operation, Read, Write
from driver.driver import BUFFER_OCTETS, RX_RING, TX_RING, Driver, FrameError, Received, Transmitted

MODER, INT_SOURCE, INT_MASK, TX_BD_NUM = 0x00, 0x04, 0x08, 0x20
MAC_ADDR0, MAC_ADDR1, ROM_0, ROM_1 = 0x40, 0x44, 0x60, 0x64
RXEN, TXEN, CRCEN, PAD = 1 << 0, 1 << 1, 1 << 13, 1 << 15
TXB, TXE, RXB, RXE, BUSY = 1, 2, 4, 8, 16
ALL = TXB | TXE | RXB | RXE | BUSY
RD_OR_E, IRQ, WR, BD_PAD, BD_CRC = 1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11
FRAME = bytes.fromhex("0200000000020200000000010800") + bytes(range(46))
FCS = b"\x01\x02\x03\x04"


class Adapter:
    """Answers reads from a script and keeps what was written; a read that is not in the script fails."""

    def __init__(self) -> None:
        self.memory = bytearray(64 * 1024)
        self.driver = Driver(memoryview(self.memory))
        self.written: list[tuple[int, int]] = []

    def run(self, job: Job[None], answers: Sequence[tuple[int, int]] = ()) -> list[tuple[int, int]]:
        """Run `job`; `answers` are (register, value) of its reads, in order. Returns what it wrote."""
        script = list(answers)
        written: list[tuple[int, int]] = []
        value: int | None = None
        while True:
            try:
                operation: Operation = job.send(value)
            except StopIteration:
                assert not script, f"never read: {script}"
                self.written += written
                return written
            value = None
            if isinstance(operation, Read):
                register, value = script.pop(0)
                assert operation.register == register
            else:
                assert isinstance(operation, Write)
                written.append((operation.register, operation.value))

    def probe(self) -> list[tuple[int, int]]:
        return self.run(self.driver.probe(), [(ROM_0, 0x0A0B0C0D), (ROM_1, 0x0000_0208)])

    def arrive(self, number: int, octets: bytes, status: int = 0) -> tuple[int, int]:
        """The adapter has filled receive buffer `number`; the answer to reading its descriptor."""
        start = (TX_RING + number) * BUFFER_OCTETS
        self.memory[start : start + len(octets)] = octets
        return descriptor(TX_RING + number), len(octets) << 16 | status


def descriptor(number: int) -> int:
    return 0x400 + 8 * number


@pytest.fixture
def adapter() -> Adapter:
    made = Adapter()
    made.probe()
    return made


def test_mission_5_7_probe_carries_the_address_from_the_rom_into_the_mac() -> None:
    adapter = Adapter()
    written = adapter.probe()
    assert adapter.driver.mac.hex(":") == "02:08:0a:0b:0c:0d"
    assert (MAC_ADDR0, 0x0A0B0C0D) in written
    assert (MAC_ADDR1, 0x0208) in written


def test_probe_gives_every_receive_buffer_to_the_adapter_before_it_is_enabled() -> None:
    written = Adapter().probe()
    assert written[-1] == (MODER, RXEN | TXEN | CRCEN | PAD)
    assert (TX_BD_NUM, TX_RING) in written
    words = dict(written)
    for number in range(TX_RING, TX_RING + RX_RING):
        last = WR if number == TX_RING + RX_RING - 1 else 0
        assert words[descriptor(number)] == RD_OR_E | IRQ | last
    buffers = [words[descriptor(number) + 4] for number in range(TX_RING + RX_RING)]
    assert len({*buffers}) == len(buffers)
    assert all(later - earlier >= 1536 for earlier, later in pairwise(buffers))
    assert all(buffer % 4 == 0 for buffer in buffers)


def test_probe_acknowledges_before_it_unmasks() -> None:
    written = Adapter().probe()
    assert written.index((INT_SOURCE, ALL)) < written.index((INT_MASK, ALL)) < len(written) - 1


def test_transmit_puts_the_frame_into_memory_before_it_hands_the_descriptor_over(adapter: Adapter) -> None:
    job = adapter.driver.transmit(FRAME)
    operation = next(job)
    assert bytes(adapter.memory[: len(FRAME)]) == FRAME
    assert operation == Write(descriptor(0), len(FRAME) << 16 | RD_OR_E | IRQ | BD_PAD | BD_CRC)


def test_the_last_transmit_descriptor_wraps(adapter: Adapter) -> None:
    for number in range(TX_RING):
        assert not adapter.driver.ring_full
        ((register, word),) = adapter.run(adapter.driver.transmit(FRAME))
        assert register == descriptor(number)
        assert bool(word & WR) == (number == TX_RING - 1)
    assert adapter.driver.ring_full


def test_a_full_ring_reopens_with_the_interrupt(adapter: Adapter) -> None:
    for _ in range(TX_RING):
        adapter.run(adapter.driver.transmit(FRAME))
    adapter.run(
        adapter.driver.interrupt(),
        [(INT_SOURCE, TXB), (descriptor(0), len(FRAME) << 16), (descriptor(1), RD_OR_E), (INT_SOURCE, 0)],
    )
    assert not adapter.driver.ring_full
    ((register, _),) = adapter.run(adapter.driver.transmit(FRAME))
    assert register == descriptor(0)


def test_interrupt_masks_acknowledges_what_it_saw_looks_again_and_unmasks(adapter: Adapter) -> None:
    answers = [
        (INT_SOURCE, RXB),
        adapter.arrive(0, FRAME + FCS),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, TXE),  # came while the ring was looked through
        (INT_SOURCE, 0),
    ]
    written = adapter.run(adapter.driver.interrupt(), answers)
    assert written[0] == (INT_MASK, 0)
    assert [value for register, value in written if register == INT_SOURCE] == [RXB, TXE]
    assert written[-1] == (INT_MASK, ALL)


def test_a_received_frame_goes_up_without_its_fcs_and_its_buffer_goes_back(adapter: Adapter) -> None:
    answers = [
        (INT_SOURCE, RXB),
        adapter.arrive(0, FRAME + FCS),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, 0),
    ]
    written = adapter.run(adapter.driver.interrupt(), answers)
    assert list(adapter.driver.received) == [Received(FRAME, FCS)]
    assert (descriptor(TX_RING), RD_OR_E | IRQ) in written
    assert adapter.driver.counters.rx_packets == 1
    assert adapter.driver.counters.rx_bytes == len(FRAME)


def test_the_receive_ring_wraps(adapter: Adapter) -> None:
    for number in [*range(RX_RING), 0]:
        written = adapter.run(
            adapter.driver.interrupt(),
            [
                (INT_SOURCE, RXB),
                adapter.arrive(number, FRAME + FCS),
                (descriptor(TX_RING + (number + 1) % RX_RING), RD_OR_E),
                (INT_SOURCE, 0),
            ],
        )
        last = WR if number == RX_RING - 1 else 0
        assert (descriptor(TX_RING + number), RD_OR_E | IRQ | last) in written
    assert len(adapter.driver.received) == RX_RING + 1


@pytest.mark.parametrize("status", [1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6])
def test_a_frame_with_an_error_is_counted_and_dropped(adapter: Adapter, status: int) -> None:
    answers = [
        (INT_SOURCE, RXE),
        adapter.arrive(0, FRAME + FCS, status),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, 0),
    ]
    adapter.run(adapter.driver.interrupt(), answers)
    assert not adapter.driver.received
    assert adapter.driver.counters.rx_errors == 1
    assert adapter.driver.counters.rx_crc_errors == (status == 1 << 1)


def test_busy_counts_a_missed_frame_and_empties_the_ring(adapter: Adapter) -> None:
    answers = [
        (INT_SOURCE, BUSY),
        adapter.arrive(0, FRAME + FCS),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, 0),
    ]
    adapter.run(adapter.driver.interrupt(), answers)
    assert adapter.driver.counters.rx_missed == 1
    assert len(adapter.driver.received) == 1


@pytest.mark.parametrize(
    ("status", "done"),
    [
        (0, Transmitted(0, False, None)),
        (3 << 4, Transmitted(3, False, None)),
        (1 << 1, Transmitted(0, True, None)),
        (15 << 4 | 1 << 3, Transmitted(16, False, "excessive collisions")),
        (1 << 2, Transmitted(1, False, "late collision")),
        (1 << 8, Transmitted(0, False, "underrun")),
    ],
)
def test_a_sent_frame_reports_its_collisions_and_errors(
    adapter: Adapter, status: int, done: Transmitted
) -> None:
    adapter.run(adapter.driver.transmit(FRAME))
    source = TXE if done.error else TXB
    adapter.run(
        adapter.driver.interrupt(),
        [(INT_SOURCE, source), (descriptor(0), len(FRAME) << 16 | status), (INT_SOURCE, 0)],
    )
    assert list(adapter.driver.transmitted) == [done]
    counters = adapter.driver.counters
    assert counters.collisions == done.collisions
    assert (counters.tx_packets, counters.tx_errors) == ((0, 1) if done.error else (1, 0))


@pytest.mark.parametrize("octets", [14, 14 + 1500])
def test_t3_frames_within_the_limits_are_taken(adapter: Adapter, octets: int) -> None:
    adapter.driver.check(bytes(octets))


@pytest.mark.parametrize("octets", [0, 13, 14 + 1501])
def test_t3_frames_beyond_the_limits_are_refused_with_a_sentence(adapter: Adapter, octets: int) -> None:
    with pytest.raises(FrameError, match=f"a frame of {octets} octets"):
        adapter.driver.check(bytes(octets))
