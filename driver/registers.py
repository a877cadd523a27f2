"""The adapter's programming model as its driver knows it: the OpenCores 10/100 Ethernet MAC's.

Byte offsets, bits and descriptor layout from that core's specification, which Linux drives with `ethoc`; the
address ROM's window above the last register is this adapter's own.
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
    MAC_ADDR0 = 0x40
    MAC_ADDR1 = 0x44
    ROM_0 = 0x60
    """Octets 2-5 of the burnt-in address."""
    ROM_1 = 0x64
    """Octets 0 and 1, in the lower half."""
    DESCRIPTORS = 0x400


class Moder(IntFlag):
    """MODER: mode."""

    RXEN = 1 << 0
    TXEN = 1 << 1
    CRCEN = 1 << 13
    PAD = 1 << 15


class Interrupt(IntFlag):
    """INT_SOURCE and INT_MASK."""

    TXB = 1 << 0
    TXE = 1 << 1
    RXB = 1 << 2
    RXE = 1 << 3
    BUSY = 1 << 4


ALL_INTERRUPTS = Interrupt.TXB | Interrupt.TXE | Interrupt.RXB | Interrupt.RXE | Interrupt.BUSY


class TxStatus(IntFlag):
    """Lower half of a transmit descriptor's first word; the upper half is the length without FCS."""

    RD = 1 << 15
    IRQ = 1 << 14
    WR = 1 << 13
    PAD = 1 << 12
    CRC = 1 << 11
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
    M = 1 << 7
    OR = 1 << 6
    IS = 1 << 5
    DN = 1 << 4
    TL = 1 << 3
    SF = 1 << 2
    CRC = 1 << 1
    LC = 1 << 0


RX_ERRORS = RxStatus.OR | RxStatus.IS | RxStatus.DN | RxStatus.TL | RxStatus.SF | RxStatus.CRC | RxStatus.LC
LENGTH_SHIFT = 16


def descriptor(number: int) -> int:
    """Byte offset of descriptor `number`'s status word; its buffer's address follows."""
    return Register.DESCRIPTORS + 8 * number
