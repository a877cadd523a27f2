"""The adapter's programming model without an adapter: registers, descriptors, an interrupt line, no circuits.

An engine for tests of what stands above: a bus cycle takes 160 ns, frames appear in the receive ring when
the test says so, and frames given away are sent at once. It obeys the manual where a driver can notice:
INT_SOURCE is cleared by writing ones, `irq` is a level, a descriptor's top bit says who owns it. The
management interface answers at once, and the link status of its one PHY latches low.
"""

import heapq
from collections.abc import Callable

from driver.bus import Read, Write
from sim.engine.interface import Bell, BellKind
from sim.engine.quiet import QuietEngine

CYCLE_PS = 160_000
INT_SOURCE, INT_MASK, TX_BD_NUM, ROM_LOW, ROM_HIGH = 0x04, 0x08, 0x20, 0x60, 0x64
DESCRIPTORS = 0x400
MIICOMMAND, MIIADDRESS, MIIRX_DATA = 0x2C, 0x30, 0x38
READ_STATUS = 2
PHY = 1
PHY_IDENTIFIER = 0x0022
LINK = 1 << 2
TXB, RXB, BUSY = 1, 4, 16
OWNED = 1 << 15
"""RD of a transmit descriptor, E of a receive descriptor: the adapter's."""
WRAP = 1 << 13
FCS = b"\xf0\xf1\xf2\xf3"


class RegisterModel(QuietEngine):
    """One adapter with `rom` in its ROM. `cycles` are (ps, operation) of every bus cycle's begin."""

    def __init__(self, rom: bytes = bytes.fromhex("020000000001")) -> None:
        super().__init__()
        self.words = {ROM_LOW: int.from_bytes(rom[2:], "big"), ROM_HIGH: int.from_bytes(rom[:2], "big")}
        self.cycles: list[tuple[int, Read | Write]] = []
        self.sent: list[tuple[int, bytes]] = []
        """(ps, frame) of what was given to the adapter, from the cycle that did."""
        self.tx_status = 0
        """How transmissions go: bits of the descriptor."""
        self.phy = False
        """Whether there is a PHY."""
        self.link = True
        self._link_lost = False
        self._memory = bytearray(1 << 18)
        self._todo: list[tuple[int, int, Callable[[], None]]] = []
        self._serial = 0
        self._bells: list[Bell] = []
        self._irq = False
        self._receive_next = 0

    def at(self, ps: int, action: Callable[[], None]) -> None:
        """Call `action` at `ps`."""
        self._serial += 1
        heapq.heappush(self._todo, (ps, self._serial, action))

    def receive(self, frame: bytes, status: int = 0) -> None:
        """A frame without FCS has arrived."""
        first = self.words[TX_BD_NUM]
        place = DESCRIPTORS + 8 * (first + self._receive_next)
        word = self.words[place]
        if not word & OWNED:
            self._set(INT_SOURCE, self.words.get(INT_SOURCE, 0) | BUSY)
            return
        start = self.words[place + 4]
        octets = frame + FCS
        self._memory[start : start + len(octets)] = octets
        self.words[place] = len(octets) << 16 | (word & WRAP) | status
        self._receive_next = 0 if word & WRAP else self._receive_next + 1
        self.interrupt(RXB)

    def unplug(self) -> None:
        """The link goes."""
        self.link, self._link_lost = False, True

    def interrupt(self, bits: int) -> None:
        """Set bits of INT_SOURCE."""
        self._set(INT_SOURCE, self.words.get(INT_SOURCE, 0) | bits)

    def submit(self, adapter: int, operation: Read | Write) -> None:
        self.cycles.append((self.now, operation))
        self.at(self.now + CYCLE_PS, lambda: self._cycle(operation))

    def _cycle(self, operation: Read | Write) -> None:
        value = 0
        if isinstance(operation, Read):
            value = self.words.get(operation.register, 0)
        elif operation.register == INT_SOURCE:
            self._set(INT_SOURCE, self.words.get(INT_SOURCE, 0) & ~operation.value)
        else:
            self._set(operation.register, operation.value)
        self._bells.append(Bell(0, BellKind.DONE, value))

    def _set(self, register: int, value: int) -> None:
        self.words[register] = value
        transmit_end = DESCRIPTORS + 8 * self.words.get(TX_BD_NUM, 0)
        if DESCRIPTORS <= register < transmit_end and register % 8 == 0 and value & OWNED:
            start = self.words[register + 4]
            self.sent.append((self.now, bytes(self._memory[start : start + (value >> 16)])))
            self.words[register] = value & ~OWNED & 0xFFFF_F800 | self.tx_status
            self.interrupt(TXB)
        if register == MIICOMMAND and value & READ_STATUS:
            self.words[MIIRX_DATA] = self._phy_register(self.words[MIIADDRESS])
        irq = bool(self.words.get(INT_SOURCE, 0) & self.words.get(INT_MASK, 0))
        if irq != self._irq:
            self._irq = irq
            self._bells.append(Bell(0, BellKind.IRQ, irq))

    def _phy_register(self, address: int) -> int:
        if not self.phy or address & 31 != PHY:
            return 0xFFFF
        number = address >> 8
        if number == 1:
            up, self._link_lost = self.link and not self._link_lost, False
            return LINK if up else 0
        return PHY_IDENTIFIER if number == 2 else 0

    def advance(self, limit: int) -> list[Bell]:
        while self._todo and self._todo[0][0] <= limit:
            ps = self._todo[0][0]
            super().advance(ps)
            while self._todo and self._todo[0][0] == ps:
                heapq.heappop(self._todo)[2]()
            if self._bells:
                bells = sorted(self._bells)
                self._bells.clear()
                return bells
        return super().advance(limit)

    def memory(self, adapter: int) -> memoryview:
        return memoryview(self._memory)
