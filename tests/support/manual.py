"""The register manual's names and bits, written down once more: a test must not lean on our driver's list."""

MODER, INT_SOURCE, INT_MASK, IPGT, IPGR1, IPGR2, PACKETLEN, COLLCONF, TX_BD_NUM, CTRLMODER = range(0, 0x28, 4)
MIIMODER, MIICOMMAND, MIIADDRESS, MIITX_DATA, MIIRX_DATA, MIISTATUS = range(0x28, 0x40, 4)
MAC_ADDR0, MAC_ADDR1, HASH0, HASH1, TXCTRL = range(0x40, 0x54, 4)
ROM_0, ROM_1 = 0x60, 0x64

RXEN, TXEN, NOPRE, BRO, IAM, PRO, IFG, LOOPBCK = (1 << bit for bit in range(8))
NOBCKOF, EXDFREN, FULLD, RST, DLYCRCEN, CRCEN, HUGEN, PAD, RECSMALL = (1 << bit for bit in range(8, 17))

SCANSTAT, RSTAT, WCTRLDATA = 1, 2, 4
PASSALL, RXFLOW, TXFLOW = 1, 2, 4
LINKFAIL, MII_BUSY, NVALID = 1, 2, 4

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


COUNTERS = {
    0x80: "alignment_errors", 0x84: "fcs_errors", 0x88: "single_collision_frames",
    0x8C: "multiple_collision_frames", 0x90: "sqe_test_errors", 0x94: "deferred_transmissions",
    0x98: "late_collisions", 0x9C: "excessive_collisions", 0xA0: "internal_mac_transmit_errors",
    0xA4: "carrier_sense_errors", 0xA8: "frame_too_longs", 0xAC: "internal_mac_receive_errors",
    0xB0: "symbol_errors", 0xB4: "in_pause_frames", 0xB8: "out_pause_frames", 0xBC: "in_range_length_errors",
    0xC0: "excessive_deferrals", 0xC4: "transmitted_frames", 0xC8: "received_frames", 0xCC: "short_frames",
    0xD0: "missed_frames",
}  # fmt: skip
"""What the adapter adds above the manual's map: RFC 2665 and a little more."""
