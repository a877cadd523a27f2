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
CTRLMODER = 0x09
MIIMODER = 0x0A
MIICOMMAND = 0x0B
MIIADDRESS = 0x0C
MIITX_DATA = 0x0D
MIIRX_DATA = 0x0E
MIISTATUS = 0x0F
MAC_ADDR0 = 0x10
MAC_ADDR1 = 0x11
HASH0 = 0x12
HASH1 = 0x13
TXCTRL = 0x14
ROM_0 = 0x18
ROM_1 = 0x19
COUNTERS_WINDOW = 0x20 // 32
"""The counters' 32 words."""
DESCRIPTORS = 0x100
"""First word of the descriptors: 128 of two words."""

# MODER
RXEN = 0
TXEN = 1
NOPRE = 2
BRO = 3
IAM = 4
PRO = 5
IFG = 6
LOOPBCK = 7
NOBCKOF = 8
EXDFREN = 9
FULLD = 10
RST = 11
DLYCRCEN = 12
CRCEN = 13
HUGEN = 14
PAD = 15
RECSMALL = 16

# INT_SOURCE and INT_MASK
TXB_MASK = 1 << 0
TXE_MASK = 1 << 1
RXB_MASK = 1 << 2
RXE_MASK = 1 << 3
BUSY_MASK = 1 << 4
TXC = 5
RXC = 6

# CTRLMODER and TXCTRL
PASSALL = 0
RXFLOW = 1
TXFLOW = 2
TXPAUSERQ = 16

# MIIMODER, MIICOMMAND and MIIADDRESS
MII_NOPRE = 8
SCANSTAT = 0
RSTAT = 1
WCTRLDATA = 2

# Descriptors
TX_RD = 15
TX_PAD = 12
TX_CRC = 11
RX_E = 15
RX_OR = 6
