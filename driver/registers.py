"""The adapter's programming model as its driver knows it: the OpenCores 10/100 Ethernet MAC's.

Byte offsets, bits and descriptor layout from that core's specification, which Linux drives with `ethoc`. What
is added above the last of those registers is in `Rom` and `Counter`, and in two bits of the descriptors that
the core leaves unused; the rest works without them.
"""

from enum import IntEnum, IntFlag


class Register(IntEnum):
    """Byte offsets of the 32-bit registers."""

    MODER = 0x00
    INT_SOURCE = 0x04
    INT_MASK = 0x08
    IPGT = 0x0C
    IPGR1 = 0x10
    IPGR2 = 0x14
    PACKETLEN = 0x18
    COLLCONF = 0x1C
    TX_BD_NUM = 0x20
    CTRLMODER = 0x24
    MIIMODER = 0x28
    MIICOMMAND = 0x2C
    MIIADDRESS = 0x30
    MIITX_DATA = 0x34
    MIIRX_DATA = 0x38
    MIISTATUS = 0x3C
    MAC_ADDR0 = 0x40
    """Octets 2 to 5 of the station address, octet 2 on top."""
    MAC_ADDR1 = 0x44
    """Octets 0 and 1, in the lower half."""
    HASH0 = 0x48
    """Bins 0 to 31 of the group addresses' hash."""
    HASH1 = 0x4C
    """Bins 32 to 63."""
    TXCTRL = 0x50
    DESCRIPTORS = 0x400


class Rom(IntEnum):
    """The address ROM, this adapter's own: the burnt-in address, laid out as in MAC_ADDR0 and MAC_ADDR1."""

    LOW = 0x60
    HIGH = 0x64


class Counter(IntEnum):
    """The error and traffic counters of RFC 2665, this adapter's own: 32 bits, read only, cleared by RST."""

    ALIGNMENT_ERRORS = 0x80
    FCS_ERRORS = 0x84
    SINGLE_COLLISION_FRAMES = 0x88
    MULTIPLE_COLLISION_FRAMES = 0x8C
    SQE_TEST_ERRORS = 0x90
    DEFERRED_TRANSMISSIONS = 0x94
    LATE_COLLISIONS = 0x98
    EXCESSIVE_COLLISIONS = 0x9C
    INTERNAL_MAC_TRANSMIT_ERRORS = 0xA0
    CARRIER_SENSE_ERRORS = 0xA4
    FRAME_TOO_LONGS = 0xA8
    INTERNAL_MAC_RECEIVE_ERRORS = 0xAC
    SYMBOL_ERRORS = 0xB0
    IN_PAUSE_FRAMES = 0xB4
    OUT_PAUSE_FRAMES = 0xB8
    IN_RANGE_LENGTH_ERRORS = 0xBC
    EXCESSIVE_DEFERRALS = 0xC0
    TRANSMITTED_FRAMES = 0xC4
    RECEIVED_FRAMES = 0xC8
    SHORT_FRAMES = 0xCC
    MISSED_FRAMES = 0xD0


class Moder(IntFlag):
    """MODER: mode. All but RXEN and TXEN may change only while both are 0."""

    RXEN = 1 << 0
    TXEN = 1 << 1
    NOPRE = 1 << 2
    BRO = 1 << 3
    IAM = 1 << 4
    PRO = 1 << 5
    IFG = 1 << 6
    LOOPBCK = 1 << 7
    NOBCKOF = 1 << 8
    EXDFREN = 1 << 9
    FULLD = 1 << 10
    RST = 1 << 11
    DLYCRCEN = 1 << 12
    CRCEN = 1 << 13
    HUGEN = 1 << 14
    PAD = 1 << 15
    RECSMALL = 1 << 16


class Interrupt(IntFlag):
    """INT_SOURCE, cleared by writing ones and set even if masked, and INT_MASK, where 1 enables."""

    TXB = 1 << 0
    TXE = 1 << 1
    RXB = 1 << 2
    RXE = 1 << 3
    BUSY = 1 << 4
    TXC = 1 << 5
    RXC = 1 << 6

    @classmethod
    def names(cls, source: int) -> str:
        """INT_SOURCE in words of the manual: `RXB TXB`."""
        return " ".join(str(bit.name) for bit in cls if source & bit)


ALL_INTERRUPTS = 0x7F

IPGT_HALF_DUPLEX = 0x12
IPGT_FULL_DUPLEX = 0x15
"""Both give a gap of 96 bit times: nibbles less 6, nibbles less 3."""


MIN_FRAME = 64
"""Octets of the shortest frame, with FCS (802.3 clause 4.2.3.3)."""


def packet_length(least: int, most: int) -> int:
    """PACKETLEN: MINFL and MAXFL, in octets with FCS."""
    return least << 16 | most


class Ctrlmoder(IntFlag):
    """CTRLMODER: PAUSE frames."""

    PASSALL = 1 << 0
    RXFLOW = 1 << 1
    TXFLOW = 1 << 2


class Txctrl(IntFlag):
    """TXCTRL: the lower half is the time (in 512 bit times) that the PAUSE frame asks for."""

    TXPAUSERQ = 1 << 16


class Miimoder(IntFlag):
    """MIIMODER: bits 0 to 7 are the clock divider, which must be even."""

    MIINOPRE = 1 << 8


class Miicommand(IntFlag):
    """MIICOMMAND."""

    SCANSTAT = 1 << 0
    RSTAT = 1 << 1
    WCTRLDATA = 1 << 2


class Miistatus(IntFlag):
    """MIISTATUS."""

    LINKFAIL = 1 << 0
    BUSY = 1 << 1
    NVALID = 1 << 2


def mii_address(phy: int, register: int) -> int:
    """MIIADDRESS: FIAD and RGAD."""
    return register << 8 | phy


class TxStatus(IntFlag):
    """Lower half of a transmit descriptor's first word; the upper half is the length without FCS."""

    RD = 1 << 15
    IRQ = 1 << 14
    WR = 1 << 13
    PAD = 1 << 12
    CRC = 1 << 11
    ED = 1 << 9
    """This adapter's own: given up, because it had to defer for too long (EXDFREN = 0)."""
    UR = 1 << 8
    RL = 1 << 3
    LC = 1 << 2
    DF = 1 << 1
    CS = 1 << 0


RTRY_SHIFT = 4
RTRY_MASK = 0xF


class RxStatus(IntFlag):
    """Lower half of a receive descriptor's first word; the upper half is the length with FCS."""

    E = 1 << 15
    IRQ = 1 << 14
    WR = 1 << 13
    LE = 1 << 9
    """This adapter's own: the length field says more than has come."""
    CF = 1 << 8
    M = 1 << 7
    OR = 1 << 6
    IS = 1 << 5
    DN = 1 << 4
    TL = 1 << 3
    SF = 1 << 2
    CRC = 1 << 1
    LC = 1 << 0


LENGTH_SHIFT = 16


def descriptor(number: int) -> int:
    """Byte offset of descriptor `number`'s status word; its buffer's address follows."""
    return Register.DESCRIPTORS + 8 * number
