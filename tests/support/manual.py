"""The register manual's names and bits, written down once more: a test must not lean on our driver's list."""

MODER, INT_SOURCE, INT_MASK, IPGT, IPGR1, IPGR2, PACKETLEN, COLLCONF, TX_BD_NUM, CTRLMODER = range(0, 0x28, 4)
MAC_ADDR0, MAC_ADDR1, HASH0, HASH1, TXCTRL = range(0x40, 0x54, 4)
ROM_0, ROM_1 = 0x60, 0x64

RXEN, TXEN, NOPRE, BRO, IAM, PRO, IFG, LOOPBCK = (1 << bit for bit in range(8))
NOBCKOF, EXDFREN, FULLD, RST, DLYCRCEN, CRCEN, HUGEN, PAD, RECSMALL = (1 << bit for bit in range(8, 17))

TXB, TXE, RXB, RXE, BUSY, TXC, RXC = (1 << bit for bit in range(7))

RD = E = 1 << 15
IRQ, WR = 1 << 14, 1 << 13
TX_PAD, TX_CRC = 1 << 12, 1 << 11
ED, UR, RL, LC, DF, CS = (1 << bit for bit in (9, 8, 3, 2, 1, 0))
RX_LE, RX_CF, RX_M, RX_OR, RX_IS, RX_DN, RX_TL, RX_SF, RX_CRC, RX_LC = (1 << bit for bit in range(9, -1, -1))
RTRY_SHIFT = 4
LENGTH_SHIFT = 16


def descriptor(number: int) -> int:
    """The address of descriptor `number`'s status word; its buffer's address is in the next word."""
    return 0x400 + 8 * number


def retries(status: int) -> int:
    """RTRY of a closed transmit descriptor."""
    return status >> RTRY_SHIFT & 15
