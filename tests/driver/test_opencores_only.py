"""A driver that knows nothing but the OpenCores manual works with this adapter: no ROM, no counters of ours.

It is the sequence of Linux's `ethoc`, numbers from the manual: its interrupt handler acknowledges and masks,
its poll looks through the rings, acknowledges when one is empty and looks at the next descriptor once more.
"""

from collections import deque

from lan import CABLE_MM, Lan, address

from driver.bus import Job, Read, Write
from driver.driver import Received

MODER, INT_SOURCE, INT_MASK, IPGT, PACKETLEN, TX_BD_NUM = 0x00, 0x04, 0x08, 0x0C, 0x18, 0x20
MAC_ADDR0, MAC_ADDR1, HASH0, HASH1, BD = 0x40, 0x44, 0x48, 0x4C, 0x400
RXEN, TXEN, IAM, PRO, CRC, PAD = 1 << 0, 1 << 1, 1 << 4, 1 << 5, 1 << 13, 1 << 15
INT_TX, INT_RX, INT_ALL = 0x03, 0x0C, 0x7F
TX_READY, TX_IRQ, TX_WRAP, TX_PAD, TX_CRC = 1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11
RX_EMPTY, RX_IRQ, RX_WRAP = 1 << 15, 1 << 14, 1 << 13
RX_ERRORS = 0x6F
NUM_TX, NUM_RX, BUFFER = 2, 4, 2048


class Ethoc:
    """The driver; `mac` is what the platform says, as a device tree does."""

    def __init__(self, memory: memoryview, mac: bytes) -> None:
        self.memory, self.mac = memory, mac
        self.received = deque[Received]()
        self.sent: list[int] = []
        """Final descriptor words of the frames sent."""
        self.cur_tx = self.dty_tx = self.cur_rx = 0

    @property
    def ring_full(self) -> bool:
        return self.cur_tx - self.dty_tx == NUM_TX

    def check(self, frame: bytes) -> None:
        assert len(frame) <= 1514

    def probe(self) -> Job[None]:
        mac = self.mac
        yield Write(MAC_ADDR0, int.from_bytes(mac[2:], "big"))
        yield Write(MAC_ADDR1, int.from_bytes(mac[:2], "big"))
        yield Write(TX_BD_NUM, NUM_TX)
        for n in range(NUM_TX + NUM_RX):
            flags = TX_IRQ | TX_CRC if n < NUM_TX else RX_EMPTY | RX_IRQ
            if n in (NUM_TX - 1, NUM_TX + NUM_RX - 1):
                flags |= TX_WRAP
            yield Write(BD + 8 * n + 4, n * BUFFER)
            yield Write(BD + 8 * n, flags)
        mode = yield Read(MODER)
        assert mode is not None
        yield Write(MODER, mode & ~(RXEN | TXEN))
        yield Write(MODER, mode & ~(RXEN | TXEN) | CRC | PAD)
        yield Write(IPGT, 0x12)
        yield Write(INT_SOURCE, INT_ALL)
        yield Write(INT_MASK, INT_ALL)
        mode = yield Read(MODER)
        assert mode is not None
        yield Write(MODER, mode | RXEN | TXEN)

    def transmit(self, frame: bytes) -> Job[None]:
        n = self.cur_tx % NUM_TX
        word = yield Read(BD + 8 * n)
        assert word is not None
        word = word | TX_PAD if len(frame) < 60 else word & ~TX_PAD
        self.memory[n * BUFFER : n * BUFFER + len(frame)] = frame
        word = word & ~0xFFFF01EF | len(frame) << 16
        yield Write(BD + 8 * n, word)
        yield Write(BD + 8 * n, word | TX_READY)
        self.cur_tx += 1

    def interrupt(self) -> Job[None]:
        mask = yield Read(INT_MASK)
        pending = yield Read(INT_SOURCE)
        assert mask is not None and pending is not None
        pending &= mask
        if not pending:
            return
        yield Write(INT_SOURCE, pending)
        if pending & (INT_TX | INT_RX):
            yield Write(INT_MASK, mask & ~(INT_TX | INT_RX))
            yield from self._receive()
            yield from self._complete()
            yield Write(INT_MASK, mask)

    def _receive(self) -> Job[None]:
        while True:
            place = BD + 8 * (NUM_TX + self.cur_rx % NUM_RX)
            word = yield Read(place)
            assert word is not None
            if word & RX_EMPTY:
                yield Write(INT_SOURCE, INT_RX)
                word = yield Read(place)  # it may have come between look and acknowledgement
                assert word is not None
                if word & RX_EMPTY:
                    return
            if not word & RX_ERRORS:
                start = BUFFER * (NUM_TX + self.cur_rx % NUM_RX)
                octets = bytes(self.memory[start : start + (word >> 16)])
                self.received.append(Received(octets[:-4], octets[-4:]))
            yield Write(place, word & ~0x7F | RX_EMPTY)
            self.cur_rx += 1

    def _complete(self) -> Job[None]:
        while self.dty_tx < self.cur_tx:
            place = BD + 8 * (self.dty_tx % NUM_TX)
            word = yield Read(place)
            assert word is not None
            if word & TX_READY:
                yield Write(INT_SOURCE, INT_TX)
                word = yield Read(place)
                assert word is not None
                if word & TX_READY:
                    return
            self.sent.append(word)
            self.dty_tx += 1


def test_frames_go_both_ways_and_rings_wrap() -> None:
    lan = Lan([0, CABLE_MM])
    ethoc = Ethoc(lan.engine.memory(0), address(0))
    lan.use(0, ethoc)
    lan.probe()
    header = address(0) + address(1) + b"\x08\0"
    frames = [header + bytes([n]) * (46 + n) for n in range(NUM_RX + 1)]
    short = address(1) + address(0) + b"\x08\0" + b"short"
    for frame in frames:
        lan.send(0, short)
        lan.send(1, frame)
    lan.run_to(3_000_000_000)
    lan.engine.close()
    assert [received.frame for received in ethoc.received] == frames
    assert [received.frame for received in lan.drivers[1].received] == [short.ljust(60, b"\0")] * len(frames)
    assert len(ethoc.sent) == len(frames)
    assert not any(word & 0x10D for word in ethoc.sent)  # UR, RL, LC, CS
