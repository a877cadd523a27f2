"""The LAN driver: a ring of buffers each way, an interrupt handler, the station address, the link.

It works as Linux's `ethoc` does: at probe the address is read from the adapter's ROM and written into its
MAC, which does not know it by itself. A frame to send is copied into host memory and its descriptor handed
over by setting RD. An interrupt is answered by masking, acknowledging and then looking through both rings;
it ends only when nothing has come since the last acknowledgement, because what comes between a look and an
acknowledgement has no interrupt of its own. Then the mask is lifted again.

Every method that touches the adapter is a job: a generator of bus cycles (`driver.bus`). The driver does no
I/O and owns no clock; jobs never overlap. After a job the owner takes what is in `received` and
`transmitted`, and looks whether the ring is full (`ring_full`): then it must not transmit before an interrupt
has made room.

An owner that needs time for each frame gives the handler a budget of frames. When that is used up,
interrupts stay masked (`polling`) and the owner calls `poll` when it is ready for more, as Linux does (NAPI).
So it is the receive ring that fills up when a host is too slow. In full duplex with flow control the driver
then asks its peer to PAUSE, and the owner calls `resume` when the ring is empty again.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from driver import events, mii
from driver.bus import Job, Read, Write
from driver.counters import LENGTH_ERROR, Counters, receive_error, transmit_error
from driver.filters import hash_registers
from driver.registers import (
    ALL_INTERRUPTS,
    IPGT_FULL_DUPLEX,
    IPGT_HALF_DUPLEX,
    LENGTH_SHIFT,
    MIN_FRAME,
    RTRY_MASK,
    RTRY_SHIFT,
    Ctrlmoder,
    Interrupt,
    Moder,
    Register,
    Rom,
    RxStatus,
    Txctrl,
    TxStatus,
    descriptor,
    packet_length,
)
from driver.settings import TX_RING, Settings
from journal.kind import Emit, silent

RX_RING = 32
"""Receive descriptors in use, those after the transmit ones."""
PAUSE_ABOVE = 8
"""So many frames that wait in the receive ring are a reason to let the peer pause."""
PAUSE_QUANTA = 0xFFFF
"""The longest PAUSE (in 512 bit times): another one, of time 0, ends it."""
BUFFER_OCTETS = 1536
HEADER_OCTETS = 14
MTU = 1500
FCS_OCTETS = 4
MAX_FRAME = HEADER_OCTETS + MTU + FCS_OCTETS
MAX_LENGTH_FIELD = 1500
"""What is larger is an EtherType (802.3 clause 3.2.6)."""
TX_FLAGS = TxStatus.IRQ | TxStatus.PAD | TxStatus.CRC
RX_FLAGS = RxStatus.E | RxStatus.IRQ
_TRANSMIT = Interrupt.TXB | Interrupt.TXE
_RECEIVE = Interrupt.RXB | Interrupt.RXE | Interrupt.BUSY


class FrameError(ValueError):
    """A frame that the driver refuses."""


class AdapterError(RuntimeError):
    """An adapter that cannot be used."""


class Received(NamedTuple):
    """A frame from the adapter: destination to data, and the frame check sequence that came with it."""

    frame: bytes
    fcs: bytes


class Transmitted(NamedTuple):
    """What became of a frame: collisions on its way, whether it was deferred, and its error, if any.

    It was deferred if the medium was busy when it was to be sent first (DF).
    """

    collisions: int
    deferred: bool
    error: str | None


class Link(NamedTuple):
    """The link as the PHY at management address `phy` has it; nothing is known of it without a PHY."""

    phy: int | None
    up: bool | None


_DEFAULTS = Settings()


class Driver:
    """The driver of one adapter, whose DMA reaches `memory` (host memory from address 0)."""

    def __init__(self, memory: memoryview, settings: Settings = _DEFAULTS, emit: Emit = silent) -> None:
        self._memory = memory
        self._emit = emit
        self._sending = deque[int]()
        """Lengths of the frames in the transmit ring, oldest first."""
        self._tx_next = 0
        self._tx_oldest = 0
        self._rx_next = 0
        self._pause_under_way = False
        self._answered = ALL_INTERRUPTS
        """The causes that the handler answers; others wait for an interrupt of their own."""
        self.settings = settings
        self.rom_address = bytes(6)
        self.mac = bytes(6)
        """The station address, as written into the MAC."""
        self.link = Link(None, None)
        """As it was seen last."""
        self.full_duplex = settings.full_duplex
        """The mode that the MAC is in."""
        self.can_negotiate = self.negotiated = False
        """The PHY can; both ends' did when the link came up. As far as is known."""
        self.polling = False
        """Interrupts are masked, since there may be more frames than the handler was to take."""
        self.pausing = False
        """The peer has been asked to pause."""
        self.received = deque[Received]()
        self.transmitted = deque[Transmitted]()
        self.counters = Counters()

    @property
    def ring_full(self) -> bool:
        """No transmit descriptor is free, of those that are used at a time."""
        return len(self._sending) == self.settings.frames_in_flight

    @property
    def sending(self) -> int:
        """Frames handed to the adapter that it has not reported on."""
        return len(self._sending)

    @property
    def _flow_control(self) -> bool:
        return self.full_duplex and self.settings.flow_control

    @property
    def negotiates(self) -> bool:
        """The duplex mode is the PHYs' business."""
        return self.can_negotiate and self.settings.negotiate

    # -- start ---------------------------------------------------------------------------------------

    def probe(self) -> Job[None]:
        """Bring the adapter up: address, rings, interrupts, receiver and transmitter.

        Raises AdapterError if the ROM holds no address and `Settings` gives none.
        """
        low = yield Read(Rom.LOW)
        high = yield Read(Rom.HIGH)
        assert low is not None and high is not None
        self.rom_address = ((high & 0xFFFF) << 32 | low).to_bytes(6, "big")
        self._emit(events.AddressRead, rom=self.rom_address.hex(":"))
        mac = self.settings.station_address or self.rom_address
        if not any(mac):
            raise AdapterError("the adapter's ROM holds no station address, and none is given")
        yield Write(Register.MODER, 0)
        yield Write(Register.MAC_ADDR0, int.from_bytes(mac[2:], "big"))
        yield Write(Register.MAC_ADDR1, int.from_bytes(mac[:2], "big"))
        self.mac = mac
        self._emit(events.AddressWritten, mac=mac.hex(":"), given=mac != self.rom_address)
        yield from self._set_up_mac()
        yield from self._set_up_rings()
        yield Write(Register.INT_SOURCE, ALL_INTERRUPTS)
        yield Write(Register.INT_MASK, ALL_INTERRUPTS)
        yield Write(Register.MODER, self._mode())

    def reset(self) -> Job[None]:
        """Hold the adapter in reset: it neither sends nor receives until it is probed."""
        yield Write(Register.MODER, Moder.RST)

    def _mode(self) -> Moder:
        mode = Moder.PAD | Moder.CRCEN | Moder.RXEN | Moder.TXEN
        if self.full_duplex:
            mode |= Moder.FULLD
        if self.settings.promiscuous:
            mode |= Moder.PRO
        return mode

    def _set_up_mac(self) -> Job[None]:
        yield Write(Register.IPGT, IPGT_FULL_DUPLEX if self.full_duplex else IPGT_HALF_DUPLEX)
        yield Write(Register.PACKETLEN, packet_length(MIN_FRAME, MAX_FRAME))
        yield Write(Register.CTRLMODER, Ctrlmoder.RXFLOW | Ctrlmoder.TXFLOW if self._flow_control else 0)
        yield from self.listen(self.settings.groups)

    def listen(self, groups: Iterable[bytes]) -> Job[None]:
        """Take frames to these group addresses from now on, in addition to broadcast."""
        hash_0, hash_1 = hash_registers(groups)
        yield Write(Register.HASH0, hash_0)
        yield Write(Register.HASH1, hash_1)

    def _set_up_rings(self) -> Job[None]:
        yield Write(Register.TX_BD_NUM, TX_RING)
        for number in range(TX_RING):
            yield Write(descriptor(number), 0)  # what an earlier driver left there was ready to be sent
            yield Write(descriptor(number) + 4, number * BUFFER_OCTETS)
        for number in range(RX_RING):
            yield Write(descriptor(TX_RING + number) + 4, (TX_RING + number) * BUFFER_OCTETS)
            yield Write(descriptor(TX_RING + number), self._empty(number))

    # -- transmit ------------------------------------------------------------------------------------

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

    # -- interrupt -----------------------------------------------------------------------------------

    def interrupt(self, budget: int = RX_RING) -> Job[None]:
        """Answer `irq`: mask, acknowledge, look through the rings, look again, unmask."""
        yield Write(Register.INT_MASK, 0)
        if self.settings.separate_interrupts:
            source = yield Read(Register.INT_SOURCE)
            assert source is not None
            self._answered = Interrupt(ALL_INTERRUPTS & ~(_TRANSMIT if source & _RECEIVE else _RECEIVE))
        yield from self.poll(budget)

    def poll(self, budget: int = RX_RING) -> Job[None]:
        """Go on where the budget ended, and unmask when nothing is left to do."""
        while True:
            source = yield Read(Register.INT_SOURCE)
            assert source is not None
            source &= self._answered
            if source:
                yield Write(Register.INT_SOURCE, source)
                self._emit(events.InterruptAcknowledged, source=Interrupt.names(source))
                self._note(source)
            elif not self.polling:
                break
            if source & _TRANSMIT:
                yield from self._complete()
            if self.polling or source & _RECEIVE:
                budget = yield from self._receive(budget)
            if self.polling:
                yield from self._watch_ring()
                return
        yield Write(Register.INT_MASK, ALL_INTERRUPTS)

    def _watch_ring(self) -> Job[None]:
        """Let the peer pause if too many frames wait in the receive ring."""
        if not self._flow_control or self.pausing:
            return
        if not (yield from self._is_empty((self._rx_next + PAUSE_ABOVE - 1) % RX_RING)):
            self.pausing = self._pause_under_way = True
            self._emit(events.PeerAskedToPause)
            yield Write(Register.TXCTRL, Txctrl.TXPAUSERQ | PAUSE_QUANTA)

    @property
    def may_resume(self) -> bool:
        """The peer pauses, the ring is empty, and the PAUSE has left: another would overtake it."""
        return self.pausing and not self.polling and not self._pause_under_way

    def resume(self) -> Job[None]:
        """Let the peer go on."""
        self.polling = False
        """Interrupts are masked, since there may be more frames than the handler was to take."""
        self.pausing = False
        self._emit(events.PeerMayGoOn)
        yield Write(Register.TXCTRL, Txctrl.TXPAUSERQ)

    def _note(self, source: int) -> None:
        """Count what has no descriptor."""
        if source & Interrupt.BUSY:
            self.counters.rx_missed += 1
            self._emit(events.FrameMissed, reason="no receive buffer was empty")
        if source & Interrupt.RXC:
            self.counters.rx_pause += 1
        if source & Interrupt.TXC:
            self.counters.tx_pause += 1
            self._pause_under_way = False

    def _receive(self, budget: int) -> Job[int]:
        """Take full buffers from the receive ring, `budget` at most; what is left of it. Sets `polling`."""
        self.polling = True
        while budget:
            number = self._rx_next
            word = yield Read(descriptor(TX_RING + number))
            assert word is not None
            if word & RxStatus.E:
                self.polling = False
                break
            budget -= 1
            self._take(number, word)
            yield Write(descriptor(TX_RING + number), self._empty(number))
            self._rx_next = (number + 1) % RX_RING
        return budget

    def _is_empty(self, number: int) -> Job[bool]:
        """Whether receive descriptor `number` is still the adapter's to fill."""
        word = yield Read(descriptor(TX_RING + number))
        assert word is not None
        return bool(word & RxStatus.E)

    def _empty(self, number: int) -> int:
        """The status of receive descriptor `number` when it is the adapter's to fill."""
        return RX_FLAGS | (RxStatus.WR if number == RX_RING - 1 else 0)

    def _take(self, number: int, word: int) -> None:
        length = word >> LENGTH_SHIFT
        error = receive_error(word)
        start = (TX_RING + number) * BUFFER_OCTETS
        octets = bytes(self._memory[start : start + length])
        frame, fcs = octets[:-FCS_OCTETS], octets[-FCS_OCTETS:]
        if error is None:
            length_field = int.from_bytes(frame[12:HEADER_OCTETS], "big")
            if length_field <= MAX_LENGTH_FIELD:
                if HEADER_OCTETS + length_field > len(frame):  # an adapter without LE does not look
                    error = LENGTH_ERROR
                frame = frame[: HEADER_OCTETS + length_field]  # the rest is padding
        counters = self.counters
        if error is not None:
            reason, counter = error
            counters.rx_errors += 1
            counters.count(counter)
            self._emit(events.ReceivedFrameDropped, reason=reason, octets=length)
            return
        counters.received(frame)
        counters.rx_dribble += bool(word & RxStatus.DN)
        self.received.append(Received(frame, fcs))

    def _complete(self) -> Job[None]:
        """Free the descriptors of every frame that the adapter is done with."""
        while self._sending:
            word = yield Read(descriptor(self._tx_oldest))
            assert word is not None
            if word & TxStatus.RD:
                return
            self._tx_oldest = (self._tx_oldest + 1) % TX_RING
            self._report(self._sending.popleft(), word)

    def _report(self, length: int, word: int) -> None:
        counters = self.counters
        collisions = word >> RTRY_SHIFT & RTRY_MASK
        error = transmit_error(word)
        if error is None:
            counters.sent(length)
        else:
            counters.tx_errors += 1
            counters.count(error[1])
            # RTRY counts retries: the collision that ended the last attempt led to none.
            collisions += bool(word & (TxStatus.RL | TxStatus.LC))
        counters.collisions += collisions
        counters.tx_deferred += bool(word & TxStatus.DF)
        self.transmitted.append(Transmitted(collisions, bool(word & TxStatus.DF), error and error[0]))

    # -- link ----------------------------------------------------------------------------------------

    def open_phy(self) -> Job[None]:
        """Find the PHY, have it negotiate the duplex mode or set it, and look at the link."""
        phy = yield from mii.find()
        self.link = Link(phy, None)
        if phy is None:
            self._emit(events.NoPhyAnswers)
            return
        self.can_negotiate = yield from mii.set_mode(
            phy, negotiate=self.settings.negotiate, full_duplex=self.settings.full_duplex
        )
        yield from self.tick()

    def tick(self) -> Job[Link]:
        """Look at the link now; what has changed since the last look is reported.

        A link that has come up may have another duplex mode, which the MAC then follows.
        """
        phy, before = self.link
        if phy is None:
            return self.link
        up, unbroken = yield from mii.link(phy)
        if before and not unbroken:
            self._emit(events.LinkDown, phy=phy)
        if up and not (before and unbroken):
            if self.negotiates:
                self.negotiated, full_duplex = yield from mii.negotiated(phy)
                yield from self._follow(full_duplex)
            mode = {"full_duplex": self.full_duplex, "negotiated": self.negotiated}
            if self.can_negotiate:
                mode["negotiates"] = self.negotiates
            self._emit(events.LinkUp, phy=phy, **mode)
        elif before is None and not up:
            self._emit(events.LinkDown, phy=phy)
        self.link = Link(phy, up)
        return self.link

    def _follow(self, full_duplex: bool) -> Job[None]:
        """Have the MAC in the PHY's duplex mode. It may change only while nothing is sent or received."""
        if full_duplex == self.full_duplex:
            return
        self.full_duplex = full_duplex
        yield Write(Register.MODER, 0)
        while self._sending:
            self._sending.popleft()
            self.counters.tx_errors += 1
            self.transmitted.append(Transmitted(0, False, "duplex mode changed"))
            yield Write(descriptor(self._tx_oldest), 0)
            self._tx_oldest = (self._tx_oldest + 1) % TX_RING
        while not (yield from self._is_empty(self._rx_next)):
            self.counters.rx_errors += 1
            self._emit(events.ReceivedFrameDropped, reason="duplex mode changed")
            yield Write(descriptor(TX_RING + self._rx_next), self._empty(self._rx_next))
            self._rx_next = (self._rx_next + 1) % RX_RING
        # TXEN and RXEN that rise have the adapter begin at the first descriptors of both rings.
        self._tx_next = self._tx_oldest = self._rx_next = 0
        yield from self._set_up_mac()
        yield Write(Register.MODER, self._mode())

    def look(self) -> Job[bool | None]:
        """As `tick`; whether the PHY finds the wires of its receiving pair swapped, if it reports that."""
        link = yield from self.tick()
        if link.phy is None or not self.can_negotiate:
            return None
        return (yield from mii.inverted(link.phy))
