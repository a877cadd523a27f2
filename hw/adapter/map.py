"""The adapter's register map, seen from the circuits: `ethmac_registers` in words of 32 bits.

Offsets are word addresses (byte offset / 4). The driver has its own list, in bytes: it must not lean on ours.
"""

MODER = 0x00
INT_SOURCE = 0x01
INT_MASK = 0x02
IPGT = 0x03
IPGR1 = 0x04
IPGR2 = 0x05
PACKETLEN = 0x06
COLLCONF = 0x07
TX_BD_NUM = 0x08
MAC_ADDR0 = 0x10
MAC_ADDR1 = 0x11
ROM_0 = 0x18
ROM_1 = 0x19
DESCRIPTORS = 0x100
"""First word of the descriptors: 128 of two words."""

# MODER
RXEN = 0
TXEN = 1
BRO = 3
PRO = 5
CRCEN = 13
PAD = 15

# INT_SOURCE and INT_MASK
TXB_MASK = 1 << 0
TXE_MASK = 1 << 1
RXB_MASK = 1 << 2
RXE_MASK = 1 << 3
BUSY_MASK = 1 << 4

# Descriptors
TX_RD = 15
TX_PAD = 12
TX_CRC = 11
RX_E = 15
