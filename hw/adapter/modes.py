"""Mode registers: MODER, the gaps, frame lengths, collisions, TX_BD_NUM.

What the MAC and the descriptor controller are configured with leaves through pins. MODER's bit 11 (RST) does
its work when it is written (`hw.adapter.registers`) and reads as zero.
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import map as m
from hw.ports import into, out, register

MODER_RESET = 0xA000
MODER_KEPT = 0x1F7FF
"""All but RST."""
IPGT_RESET = 0x12
IPGR1_RESET = 0x0C
IPGR2_RESET = 0x12
MIN_FRAME_RESET = 64
MAX_FRAME_RESET = 1536
MAX_RETRY_RESET = 15
COLLISION_VALID_RESET = 0x3F
TX_BD_NUM_RESET = 0x40
MOST_TX_DESCRIPTORS = 0x80

CLOCK = "reg_clk"
PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("address", 8, "word address"),
    into("word", 32, "word to write"),
    into("write", 1, "for one tick: write it"),
    into("clear", 1, "for one tick: back to the reset values"),
    out("data", 32, "the word at the address; 0 if there is none here", MODER_RESET),
    out("tx_enable", 1, "TXEN, if there are transmit descriptors"),
    out("rx_enable", 1, "RXEN, if there are receive descriptors"),
    out("no_preamble", 1, "NOPRE"),
    out("reject_broadcast", 1, "BRO"),
    out("individual_hash", 1, "IAM"),
    out("promiscuous", 1, "PRO"),
    out("ignore_gap", 1, "IFG"),
    out("loopback", 1, "LOOPBCK"),
    out("no_backoff", 1, "NOBCKOF"),
    out("wait_forever", 1, "EXDFREN"),
    out("full_duplex", 1, "FULLD"),
    out("delay_crc", 1, "DLYCRCEN"),
    out("crc_always", 1, "CRCEN", 1),
    out("huge_enable", 1, "HUGEN"),
    out("pad_always", 1, "PAD", 1),
    out("receive_small", 1, "RECSMALL"),
    out("min_frame", 16, "MINFL", MIN_FRAME_RESET),
    out("max_frame", 16, "MAXFL", MAX_FRAME_RESET),
    out("ipgt", 7, "IPGT", IPGT_RESET),
    out("ipgr1", 7, "IPGR1", IPGR1_RESET),
    out("ipgr2", 7, "IPGR2", IPGR2_RESET),
    out("collision_valid", 6, "COLLVALID", COLLISION_VALID_RESET),
    out("max_retry", 4, "MAXRET", MAX_RETRY_RESET),
    out("tx_bd_num", 8, "TX_BD_NUM", TX_BD_NUM_RESET),
)


@block
def modes(
    reg_clk: Any,
    address: Any,
    word: Any,
    write: Any,
    clear: Any,
    data: Any,
    tx_enable: Any,
    rx_enable: Any,
    no_preamble: Any,
    reject_broadcast: Any,
    individual_hash: Any,
    promiscuous: Any,
    ignore_gap: Any,
    loopback: Any,
    no_backoff: Any,
    wait_forever: Any,
    full_duplex: Any,
    delay_crc: Any,
    crc_always: Any,
    huge_enable: Any,
    pad_always: Any,
    receive_small: Any,
    min_frame: Any,
    max_frame: Any,
    ipgt: Any,
    ipgr1: Any,
    ipgr2: Any,
    collision_valid: Any,
    max_retry: Any,
    tx_bd_num: Any,
) -> Any:
    """The mode registers. Ports: `PORTS`. Clock: `reg_clk`."""
    moder = register(17, MODER_RESET)

    @always_comb
    def fields() -> None:
        tx_enable.next = moder[m.TXEN] and tx_bd_num != 0
        rx_enable.next = moder[m.RXEN] and tx_bd_num != MOST_TX_DESCRIPTORS
        no_preamble.next = moder[m.NOPRE]
        reject_broadcast.next = moder[m.BRO]
        individual_hash.next = moder[m.IAM]
        promiscuous.next = moder[m.PRO]
        ignore_gap.next = moder[m.IFG]
        loopback.next = moder[m.LOOPBCK]
        no_backoff.next = moder[m.NOBCKOF]
        wait_forever.next = moder[m.EXDFREN]
        full_duplex.next = moder[m.FULLD]
        delay_crc.next = moder[m.DLYCRCEN]
        crc_always.next = moder[m.CRCEN]
        huge_enable.next = moder[m.HUGEN]
        pad_always.next = moder[m.PAD]
        receive_small.next = moder[m.RECSMALL]

    @always(reg_clk.posedge)
    def keep() -> None:
        if clear:
            moder.next = MODER_RESET
            ipgt.next = IPGT_RESET
            ipgr1.next = IPGR1_RESET
            ipgr2.next = IPGR2_RESET
            min_frame.next = MIN_FRAME_RESET
            max_frame.next = MAX_FRAME_RESET
            max_retry.next = MAX_RETRY_RESET
            collision_valid.next = COLLISION_VALID_RESET
            tx_bd_num.next = TX_BD_NUM_RESET
        elif write:
            if address == m.MODER:
                moder.next = word[17:] & MODER_KEPT
            elif address == m.IPGT:
                ipgt.next = word[7:]
            elif address == m.IPGR1:
                ipgr1.next = word[7:]
            elif address == m.IPGR2:
                ipgr2.next = word[7:]
            elif address == m.PACKETLEN:
                min_frame.next = word[32:16]
                max_frame.next = word[16:]
            elif address == m.COLLCONF:
                max_retry.next = word[20:16]
                collision_valid.next = word[6:]
            elif address == m.TX_BD_NUM and word <= MOST_TX_DESCRIPTORS:
                tx_bd_num.next = word[8:]

    @always_comb
    def look_up() -> None:
        if address == m.MODER:
            data.next = concat(intbv(0)[15:], moder)
        elif address == m.IPGT:
            data.next = concat(intbv(0)[25:], ipgt)
        elif address == m.IPGR1:
            data.next = concat(intbv(0)[25:], ipgr1)
        elif address == m.IPGR2:
            data.next = concat(intbv(0)[25:], ipgr2)
        elif address == m.PACKETLEN:
            data.next = concat(min_frame, max_frame)
        elif address == m.COLLCONF:
            data.next = concat(intbv(0)[12:], max_retry, intbv(0)[10:], collision_valid)
        elif address == m.TX_BD_NUM:
            data.next = concat(intbv(0)[24:], tx_bd_num)
        else:
            data.next = 0

    return fields, keep, look_up
