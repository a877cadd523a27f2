"""The LAN driver: a ring of buffers each way, an interrupt handler, the station address.

It works as Linux's `ethoc` does: at probe the address is read from the adapter's ROM and written into its
MAC, which does not know it by itself. A frame to send is copied into host memory and its descriptor handed
over by setting RD. An interrupt is answered by masking, acknowledging and then looking through both rings;
the mask is lifted again, and the rings are looked at once more after that, since what came between the last
look and the acknowledgement has no interrupt of its own.

Every method that touches the adapter is a job: a generator of bus cycles (`driver.bus`). The driver does no
I/O and owns no clock; jobs never overlap. After a job the owner takes what is in `received` and `errors`,
and looks whether the ring is full (`ring_full`): then it must not transmit before an interrupt has made
room.
"""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from driver.bus import Job, Read, Write
from driver.registers import (
    ALL_INTERRUPTS,
    LENGTH_SHIFT,
    RTRY_MASK,
    RTRY_SHIFT,
    RX_ERRORS,
    Interrupt,
    Moder,
    Register,
    RxStatus,
    TxStatus,
    descriptor,
)

TX_RING = 4
"""Transmit descriptors in use, the first of the 128."""
RX_RING = 8
"""Receive descriptors in use, those after the transmit ones."""
BUFFER_OCTETS = 1536
HEADER_OCTETS = 14
MTU = 1500
FCS_OCTETS = 4
TX_FLAGS = TxStatus.IRQ | TxStatus.PAD | TxStatus.CRC
RX_FLAGS = RxStatus.E | RxStatus.IRQ


class FrameError(ValueError):
    """A frame that the driver refuses."""


class Received(NamedTuple):
    """A frame from the adapter: destination to data, and the frame check sequence that came with it."""

    frame: bytes
    fcs: bytes


class Transmitted(NamedTuple):
    """What became of a frame: collisions on its way, whether it had to defer, and its error, if any."""

    collisions: int
    deferred: bool
    error: str | None


@dataclass
class Counters:
    """What `ip -s link` shows, and the reasons for errors."""

    rx_packets: int = 0
    rx_bytes: int = 0
    rx_errors: int = 0
    rx_missed: int = 0
    rx_crc_errors: int = 0
    tx_packets: int = 0
    tx_bytes: int = 0
    tx_errors: int = 0
    collisions: int = 0


class Driver:
    """The driver of one adapter, whose DMA reaches `memory` (host memory from address 0)."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._sending = deque[int]()
        """Lengths of the frames in the transmit ring, oldest first."""
        self._tx_next = 0
        self._tx_oldest = 0
        self._rx_next = 0
        self.mac = bytes(6)
        self.received = deque[Received]()
        self.transmitted = deque[Transmitted]()
        self.counters = Counters()

    @property
    def ring_full(self) -> bool:
        """No transmit descriptor is free."""
        return len(self._sending) == TX_RING

    @property
    def sending(self) -> int:
        """Frames handed to the adapter that it has not reported on."""
        return len(self._sending)

    def probe(self) -> Job[None]:
        """Bring the adapter up: address, rings, interrupts, receiver and transmitter."""
        low = yield Read(Register.ROM_0)
        high = yield Read(Register.ROM_1)
        assert low is not None and high is not None
        self.mac = ((high & 0xFFFF) << 32 | low).to_bytes(6, "big")
        yield Write(Register.MODER, 0)
        yield Write(Register.MAC_ADDR0, low)
        yield Write(Register.MAC_ADDR1, high)
        yield Write(Register.TX_BD_NUM, TX_RING)
        for number in range(TX_RING):
            yield Write(descriptor(number) + 4, number * BUFFER_OCTETS)
        for number in range(RX_RING):
            flags = RX_FLAGS | (RxStatus.WR if number == RX_RING - 1 else 0)
            yield Write(descriptor(TX_RING + number) + 4, (TX_RING + number) * BUFFER_OCTETS)
            yield Write(descriptor(TX_RING + number), flags)
        yield Write(Register.INT_SOURCE, ALL_INTERRUPTS)
        yield Write(Register.INT_MASK, ALL_INTERRUPTS)
        yield Write(Register.MODER, Moder.PAD | Moder.CRCEN | Moder.RXEN | Moder.TXEN)

    def check(self, frame: bytes) -> None:
        """Refuse what the wire cannot carry.

        Raises `FrameError` for a frame without a whole header, or with more data than the MTU.
        """
        if len(frame) < HEADER_OCTETS:
            raise FrameError(f"a frame of {len(frame)} octets is shorter than its header, {HEADER_OCTETS}")
        if len(frame) > HEADER_OCTETS + MTU:
            raise FrameError(
                f"a frame of {len(frame)} octets is longer than Ethernet takes, {HEADER_OCTETS + MTU}"
            )

    def transmit(self, frame: bytes) -> Job[None]:
        """Hand `frame` (without FCS, already checked) to the adapter; the ring must not be full."""
        assert not self.ring_full
        number = self._tx_next
        start = number * BUFFER_OCTETS
        self._memory[start : start + len(frame)] = frame
        self._sending.append(len(frame))
        self._tx_next = (number + 1) % TX_RING
        flags = TX_FLAGS | TxStatus.RD | (TxStatus.WR if number == TX_RING - 1 else 0)
        yield Write(descriptor(number), len(frame) << LENGTH_SHIFT | flags)

    def interrupt(self) -> Job[None]:
        """Answer `irq`: mask, acknowledge, look through the rings, unmask, look again."""
        yield Write(Register.INT_MASK, 0)
        while True:
            source = yield Read(Register.INT_SOURCE)
            assert source is not None
            if not source:
                break
            yield Write(Register.INT_SOURCE, source)
            if source & Interrupt.BUSY:
                self.counters.rx_missed += 1
            if source & (Interrupt.RXB | Interrupt.RXE | Interrupt.BUSY):
                yield from self._receive()
            if source & (Interrupt.TXB | Interrupt.TXE):
                yield from self._complete()
        yield Write(Register.INT_MASK, ALL_INTERRUPTS)

    def _receive(self) -> Job[None]:
        """Take every full buffer from the receive ring."""
        while True:
            number = TX_RING + self._rx_next
            word = yield Read(descriptor(number))
            assert word is not None
            if word & RxStatus.E:
                return
            self._take(number, word)
            last = self._rx_next == RX_RING - 1
            yield Write(descriptor(number), RX_FLAGS | (RxStatus.WR if last else 0))
            self._rx_next = 0 if last else self._rx_next + 1

    def _take(self, number: int, word: int) -> None:
        length = word >> LENGTH_SHIFT
        if word & RX_ERRORS:
            self.counters.rx_errors += 1
            if word & RxStatus.CRC:
                self.counters.rx_crc_errors += 1
            return
        start = number * BUFFER_OCTETS
        octets = bytes(self._memory[start : start + length])
        self.counters.rx_packets += 1
        self.counters.rx_bytes += length - FCS_OCTETS
        self.received.append(Received(octets[:-FCS_OCTETS], octets[-FCS_OCTETS:]))

    def _complete(self) -> Job[None]:
        """Free the descriptors of every frame that the adapter is done with."""
        while self._sending:
            word = yield Read(descriptor(self._tx_oldest))
            assert word is not None
            if word & TxStatus.RD:
                return
            length = self._sending.popleft()
            self._tx_oldest = (self._tx_oldest + 1) % TX_RING
            collisions = word >> RTRY_SHIFT & RTRY_MASK
            error = _transmit_error(word)
            if error is None:
                self.counters.tx_packets += 1
                self.counters.tx_bytes += length
            else:
                self.counters.tx_errors += 1
                collisions += bool(word & (TxStatus.RL | TxStatus.LC))
            self.counters.collisions += collisions
            self.transmitted.append(Transmitted(collisions, bool(word & TxStatus.DF), error))


def _transmit_error(word: int) -> str | None:
    if word & TxStatus.RL:
        return "excessive collisions"
    if word & TxStatus.LC:
        return "late collision"
    if word & TxStatus.UR:
        return "underrun"
    return None
