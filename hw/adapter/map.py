"""The adapter's register map: registers, descriptors and counters, each with its fields.

The circuits take their addresses, bits and reset values from here, and `docs/registers.md` is written from it
(`hw.adapter.page`). Drivers have lists of their own: they know the map by its documentation.

A layout is a class, a field one of its attributes. As a number a field is its lowest bit, so that
`word[MODER.TXEN]` is a bit of a word, and `word[COLLCONF.MAXRET.end : COLLCONF.MAXRET]` some of them.
"""

from enum import IntEnum
from typing import ClassVar, Self

from hw.ports import Declaration, out

WORD_BITS = 32


class Access(IntEnum):
    """What a driver can do with a field."""

    RW = 0
    """It keeps what is written."""
    RO = 1
    """A write changes nothing."""
    W1C = 2
    """A written 1 clears the bit."""
    SC = 3
    """A written 1 is a command; the bit clears itself when that has been carried out."""


class Field(int):
    """Bits of a word. `end` is the bit after the highest one, as in a slice."""

    end: int
    meaning: str
    reset: int
    access: Access
    name: str

    def __new__(cls, high: int, low: int, meaning: str, reset: int, access: Access) -> Self:
        field = super().__new__(cls, low)
        field.end, field.meaning, field.reset, field.access = high + 1, meaning, reset, access
        return field

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def width(self) -> int:
        """How many bits it has."""
        return self.end - self

    @property
    def mask(self) -> int:
        """Ones where the field is."""
        return (1 << self.end) - (1 << self)


def bit(number: int, meaning: str, reset: int = 0, access: Access = Access.RW) -> Field:
    """A field of one bit; `meaning` says what a 1 is."""
    return Field(number, number, meaning, reset, access)


def bits(high: int, low: int, meaning: str, reset: int = 0, access: Access = Access.RW) -> Field:
    """A field from bit `low` to bit `high`."""
    return Field(high, low, meaning, reset, access)


def pin(field: Field) -> Declaration:
    """The output port that carries a field."""
    return out(field.width, f"{field.name}: {field.meaning}", initial=field.reset)


class Layout:
    """A word and its FIELDS; its value after reset, the bits that keep what is written, and with them those
    that are commands."""

    FIELDS: ClassVar[tuple[Field, ...]]
    RESET: ClassVar[int]
    KEPT: ClassVar[int]
    WRITTEN: ClassVar[int]

    def __init_subclass__(cls) -> None:
        cls.FIELDS = tuple(field for field in vars(cls).values() if isinstance(field, Field))
        cls.RESET = sum(field.reset << field for field in cls.FIELDS)
        cls.KEPT = sum(field.mask for field in cls.FIELDS if field.access is Access.RW)
        cls.WRITTEN = cls.KEPT + sum(field.mask for field in cls.FIELDS if field.access is Access.SC)


REGISTERS: "list[type[Register]]" = []
"""All of them, by ascending address."""


class Register(Layout):
    """A register: its byte offset, the address of its word, and what it is for."""

    OFFSET: ClassVar[int]
    WORD: ClassVar[int]
    MEANING: ClassVar[str]

    def __init_subclass__(cls, offset: int = 0, meaning: str = "") -> None:
        super().__init_subclass__()
        cls.OFFSET, cls.WORD, cls.MEANING = offset, offset // 4, meaning
        REGISTERS.append(cls)


class MODER(Register, offset=0x00, meaning="mode; all but RXEN and TXEN may change only while both are 0"):
    RXEN = bit(0, "receiver on; when it rises, reception begins at the first receive descriptor")
    TXEN = bit(1, "transmitter on; when it rises, transmission begins at descriptor 0")
    NOPRE = bit(2, "frames are sent without preamble")
    BRO = bit(3, "broadcasts are rejected")
    IAM = bit(4, "individual addresses are looked up in the hash table, and not compared")
    PRO = bit(5, "promiscuous: frames for other stations are received too")
    IFG = bit(6, "a frame is received even if the gap before it was too short")
    LOOPBCK = bit(7, "loopback: what is transmitted is received")
    NOBCKOF = bit(8, "no backoff after a collision")
    EXDFREN = bit(9, "a deferred frame waits without limit; 0: it is given up after 24,288 bit times")
    FULLD = bit(10, "full duplex")
    RST = bit(
        11,
        "the MAC drops what it is at, and all registers and counters return to their reset values: the cycle "
        "takes 5.1 us; descriptors stay; reads as 0",
        access=Access.SC,
    )
    DLYCRCEN = bit(12, "the FCS is computed from the fifth octet on")
    CRCEN = bit(13, "an FCS is appended to each frame", reset=1)
    HUGEN = bit(14, "frames longer than MAXFL are transmitted and received")
    PAD = bit(15, "frames are padded to MINFL", reset=1)
    RECSMALL = bit(16, "frames shorter than MINFL are received")


class INT_SOURCE(Register, offset=0x04, meaning="interrupts that are pending, set even if masked"):
    TXB = bit(0, "a frame was transmitted", access=Access.W1C)
    TXE = bit(1, "a frame could not be transmitted", access=Access.W1C)
    RXB = bit(2, "a frame was received", access=Access.W1C)
    RXE = bit(3, "a frame was received with an error", access=Access.W1C)
    BUSY = bit(4, "a frame was lost because no receive descriptor was empty", access=Access.W1C)
    TXC = bit(5, "a PAUSE frame was transmitted", access=Access.W1C)
    RXC = bit(6, "a PAUSE frame was received", access=Access.W1C)


INTERRUPTS = INT_SOURCE.FIELDS[-1].end


class INT_MASK(Register, offset=0x08, meaning="`irq` is high while an enabled interrupt is pending"):
    ENABLE = bits(INTERRUPTS - 1, 0, "1 enables the interrupt at the same bit of INT_SOURCE")


class IPGT(Register, offset=0x0C, meaning="gap after a transmitted frame"):
    IPGT = bits(6, 0, "nibbles less 6; in full duplex nibbles less 3 (0x15 for 96 bit times)", reset=0x12)


class IPGR1(Register, offset=0x10, meaning="first part of the gap after a received frame"):
    IPGR1 = bits(6, 0, "nibbles less 4; carrier during this part restarts the gap", reset=0x0C)


class IPGR2(Register, offset=0x14, meaning="gap after a received frame"):
    IPGR2 = bits(6, 0, "nibbles less 6, both parts together", reset=0x12)


class PACKETLEN(Register, offset=0x18, meaning="frame lengths"):
    MINFL = bits(31, 16, "shortest frame, in octets with FCS", reset=64)
    MAXFL = bits(15, 0, "longest frame, in octets with FCS", reset=1536)


class COLLCONF(Register, offset=0x1C, meaning="collisions"):
    MAXRET = bits(19, 16, "limit of retries", reset=15)
    COLLVALID = bits(5, 0, "a collision after this number of octets and one is late", reset=0x3F)


class TX_BD_NUM(Register, offset=0x20, meaning="number of transmit descriptors"):
    TXBDNUM = bits(7, 0, "at most 0x80; the rest of the 128 are for reception", reset=0x40)


class CTRLMODER(Register, offset=0x24, meaning="PAUSE frames"):
    PASSALL = bit(0, "PAUSE frames are stored as others are")
    RXFLOW = bit(1, "received PAUSE frames are obeyed")
    TXFLOW = bit(2, "PAUSE frames may be transmitted")


class MIIMODER(Register, offset=0x28, meaning="mode of the MII management interface"):
    CLKDIV = bits(7, 0, "divider from the bus clock to MDC, even", reset=0x64)
    MIINOPRE = bit(8, "frames are sent without preamble")


class MIICOMMAND(Register, offset=0x2C, meaning="commands to the MII management interface"):
    SCANSTAT = bit(0, "read again and again")
    RSTAT = bit(1, "read once", access=Access.SC)
    WCTRLDATA = bit(2, "write", access=Access.SC)


class MIIADDRESS(Register, offset=0x30, meaning="what a command addresses"):
    FIAD = bits(4, 0, "address of the PHY")
    RGAD = bits(12, 8, "address of the register in the PHY")


class MIITX_DATA(Register, offset=0x34, meaning="data to the PHY"):
    CTRLDATA = bits(15, 0, "what WCTRLDATA writes")


class MIIRX_DATA(Register, offset=0x38, meaning="data from the PHY"):
    PRSD = bits(15, 0, "what was read last", access=Access.RO)


class MIISTATUS(Register, offset=0x3C, meaning="state of the MII management interface"):
    LINKFAIL = bit(0, "the link was down when the PHY's status register was last read", access=Access.RO)
    BUSY = bit(1, "an operation is in progress", access=Access.RO)
    NVALID = bit(2, "MIIRX_DATA is not valid: a scan has just begun, or no PHY answers", access=Access.RO)


class MAC_ADDR0(Register, offset=0x40, meaning="station address, last four octets"):
    OCTETS_2_5 = bits(31, 0, "octets 2 to 5, octet 2 in the highest bits")


class MAC_ADDR1(Register, offset=0x44, meaning="station address, first two octets"):
    OCTETS_0_1 = bits(15, 0, "octets 0 and 1, octet 0 in the highest bits")


class HASH0(Register, offset=0x48, meaning="hash table of group addresses"):
    BINS_0_31 = bits(31, 0, "bins 0 to 31; the bin is the upper 6 bits of the address's CRC-32")


class HASH1(Register, offset=0x4C, meaning="hash table of group addresses"):
    BINS_32_63 = bits(31, 0, "bins 32 to 63")


class TXCTRL(Register, offset=0x50, meaning="transmission of a PAUSE frame"):
    TXPAUSETV = bits(15, 0, "time that it asks for, in units of 512 bit times")
    TXPAUSERQ = bit(
        16,
        "send it; the register ignores writes until that is done. Dropped without TXFLOW",
        access=Access.SC,
    )


class ROM_LOW(Register, offset=0x60, meaning="address ROM, laid out as MAC_ADDR0; this adapter's own"):
    OCTETS_2_5 = bits(31, 0, "octets 2 to 5", access=Access.RO)


class ROM_HIGH(Register, offset=0x64, meaning="address ROM, laid out as MAC_ADDR1; this adapter's own"):
    OCTETS_0_1 = bits(15, 0, "octets 0 and 1", access=Access.RO)


class TX_DESCRIPTOR(Layout):
    """First word of a transmit descriptor."""

    LEN = bits(31, 16, "length of the frame in octets, without FCS")
    RD = bit(15, "the frame is ready; the adapter clears the bit when it is done with it")
    IRQ = bit(14, "report TXB or TXE when that is so")
    WR = bit(13, "the last descriptor of the ring")
    PAD = bit(12, "pad this frame to MINFL")
    CRC = bit(11, "append an FCS to this frame")
    ED = bit(9, "excessive deferral: given up (EXDFREN = 0); this adapter's own", access=Access.RO)
    UR = bit(8, "underrun: memory was too slow, or a bus error", access=Access.RO)
    RTRY = bits(7, 4, "number of retries", access=Access.RO)
    RL = bit(3, "given up after MAXRET retries", access=Access.RO)
    LC = bit(2, "late collision", access=Access.RO)
    DF = bit(1, "deferred before the first attempt: the medium was busy", access=Access.RO)
    CS = bit(0, "carrier was lost during transmission", access=Access.RO)


class RX_DESCRIPTOR(Layout):
    """First word of a receive descriptor."""

    LEN = bits(31, 16, "length of the frame in octets, with FCS", access=Access.RO)
    E = bit(15, "the buffer is empty; the adapter clears the bit when it is filled")
    IRQ = bit(14, "report RXB or RXE when that is so")
    WR = bit(13, "the last descriptor of the ring")
    LE = bit(9, "the length field is greater than the data; this adapter's own", access=Access.RO)
    CF = bit(8, "a control frame", access=Access.RO)
    M = bit(7, "for another station, received because of PRO", access=Access.RO)
    OR = bit(6, "overrun: memory was too slow, or a bus error", access=Access.RO)
    IS = bit(5, "invalid symbol", access=Access.RO)
    DN = bit(
        4,
        "alignment error: half an octet too many and a wrong FCS. With a good FCS it is 0",
        access=Access.RO,
    )
    TL = bit(3, "too long", access=Access.RO)
    SF = bit(2, "too short", access=Access.RO)
    CRC = bit(1, "the FCS is wrong", access=Access.RO)
    LC = bit(0, "late collision", access=Access.RO)


DESCRIPTORS = 128
DESCRIPTOR_WORDS = 2 * DESCRIPTORS
DESCRIPTORS_OFFSET = 0x400
END_OFFSET = 0x800
"""From here on an access is a bus error."""


class Counter(IntEnum):
    """The counters by their places in the window."""

    meaning: str

    def __new__(cls, meaning: str) -> Self:
        place = len(cls.__members__)
        counter = int.__new__(cls, place)
        counter._value_, counter.meaning = place, meaning
        return counter

    ALIGNMENT_ERRORS = "received with half an octet too many and a wrong FCS"
    FCS_ERRORS = "received with a wrong FCS, in whole octets"
    SINGLE_COLLISION_FRAMES = "transmitted after one collision"
    MULTIPLE_COLLISION_FRAMES = "transmitted after several collisions"
    SQE_TEST_ERRORS = "transmissions that no SQE test signal followed"
    DEFERRED_TRANSMISSIONS = "transmitted at the first attempt, after a wait for the medium"
    LATE_COLLISIONS = "collisions after the slot time"
    EXCESSIVE_COLLISIONS = "given up after MAXRET retries"
    INTERNAL_MAC_TRANSMIT_ERRORS = "not transmitted for lack of data"
    CARRIER_SENSE_ERRORS = "carrier was lost during transmission"
    FRAME_TOO_LONGS = "received, longer than MAXFL"
    INTERNAL_MAC_RECEIVE_ERRORS = "received and lost in the adapter (overrun)"
    SYMBOL_ERRORS = "received with an invalid symbol"
    IN_PAUSE_FRAMES = "PAUSE frames received"
    OUT_PAUSE_FRAMES = "PAUSE frames transmitted"
    IN_RANGE_LENGTH_ERRORS = "received with a length field greater than the data"
    EXCESSIVE_DEFERRALS = "deferred for more than 24,288 bit times"
    TRANSMITTED_FRAMES = "transmitted"
    RECEIVED_FRAMES = "received without error"
    SHORT_FRAMES = "received, shorter than MINFL"
    MISSED_FRAMES = "received when no descriptor was empty"


COUNTERS = len(Counter)
COUNTERS_OFFSET = 0x80
COUNTER_WORDS = 32
"""Of the window: a power of 2."""
COUNTERS_WINDOW = COUNTERS_OFFSET // 4 // COUNTER_WORDS
"""The word address of a counter, without its place in the window."""
