"""An adapter of canned answers for the driver: what it would read, word by word, and what it writes.

Register numbers and bits are written out here from the OpenCores specification, not taken from the driver.
"""

from collections.abc import Sequence

from declared import declared

from driver.bus import Job, Operation, Read, Write
from driver.driver import BUFFER_OCTETS, Driver
from driver.settings import TX_RING, Settings
from journal.event import FieldValue
from journal.kind import EventKind

MODER, INT_SOURCE, INT_MASK, TX_BD_NUM = 0x00, 0x04, 0x08, 0x20
IPGT, PACKETLEN, CTRLMODER, HASH0, HASH1, TXCTRL = 0x0C, 0x18, 0x24, 0x48, 0x4C, 0x50
MAC_ADDR0, MAC_ADDR1, ROM_0, ROM_1 = 0x40, 0x44, 0x60, 0x64
RXEN, TXEN, PRO, FULLD, CRCEN, PAD = 1 << 0, 1 << 1, 1 << 5, 1 << 10, 1 << 13, 1 << 15
TXB, TXE, RXB, RXE, BUSY, TXC, RXC = 1, 2, 4, 8, 16, 32, 64
ALL = 0x7F
RXFLOW, TXFLOW, TXPAUSERQ = 1 << 1, 1 << 2, 1 << 16
RD_OR_E, IRQ, WR, BD_PAD, BD_CRC = 1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11
FRAME = bytes.fromhex("0200000000020200000000010800") + bytes(range(46))
FCS = b"\x01\x02\x03\x04"


DEFAULTS = Settings()


class Adapter:
    """Answers reads from a script and keeps what was written; a read that is not in the script fails."""

    def __init__(self, settings: Settings = DEFAULTS) -> None:
        self.memory = bytearray(128 * 1024)
        self.events: list[tuple[str, dict[str, object]]] = []
        self.driver = Driver(memoryview(self.memory), settings, self._emit)
        self.written: list[tuple[int, int]] = []

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields)[1:])

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

    def interrupt(self, source: int, *descriptors: tuple[int, int]) -> list[tuple[int, int]]:
        """Answer an interrupt that ends with the next look at INT_SOURCE."""
        return self.run(self.driver.interrupt(), [(INT_SOURCE, source), *descriptors, (INT_SOURCE, 0)])

    def arrive(self, number: int, octets: bytes, status: int = 0) -> tuple[int, int]:
        """The adapter has filled receive buffer `number`; the answer to reading its descriptor."""
        start = (TX_RING + number) * BUFFER_OCTETS
        self.memory[start : start + len(octets)] = octets
        return descriptor(TX_RING + number), len(octets) << 16 | status


def descriptor(number: int) -> int:
    return 0x400 + 8 * number
