"""Mode registers: MODER, the gaps, frame lengths, collisions, TX_BD_NUM.

The fields that configure the MAC and the descriptor controller are output pins. RST acts when it is written
(`hw.adapter.registers`) and is not kept.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block

from hw.adapter.map import (
    COLLCONF,
    DESCRIPTORS,
    IPGR1,
    IPGR2,
    IPGT,
    MODER,
    PACKETLEN,
    TX_BD_NUM,
    WORD_BITS,
    pin,
)
from hw.ports import Sig, clock, into, out, register


@block
def modes(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    address: Annotated[Sig, into(8, "word address")],
    word: Annotated[Sig, into(WORD_BITS, "word to write")],
    write: Annotated[Sig, into(1, "for one tick: write it")],
    clear: Annotated[Sig, into(1, "for one tick: return to the reset values")],
    data: Annotated[
        Sig,
        out(
            WORD_BITS, "the word at the address; 0 if it is no register of this circuit", initial=MODER.RESET
        ),
    ],
    tx_enable: Annotated[Sig, out(1, "TXEN, if there are transmit descriptors")],
    rx_enable: Annotated[Sig, out(1, "RXEN, if there are receive descriptors")],
    no_preamble: Annotated[Sig, pin(MODER.NOPRE)],
    reject_broadcast: Annotated[Sig, pin(MODER.BRO)],
    individual_hash: Annotated[Sig, pin(MODER.IAM)],
    promiscuous: Annotated[Sig, pin(MODER.PRO)],
    ignore_gap: Annotated[Sig, pin(MODER.IFG)],
    loopback: Annotated[Sig, pin(MODER.LOOPBCK)],
    no_backoff: Annotated[Sig, pin(MODER.NOBCKOF)],
    wait_forever: Annotated[Sig, pin(MODER.EXDFREN)],
    full_duplex: Annotated[Sig, pin(MODER.FULLD)],
    delay_crc: Annotated[Sig, pin(MODER.DLYCRCEN)],
    crc_always: Annotated[Sig, pin(MODER.CRCEN)],
    huge_enable: Annotated[Sig, pin(MODER.HUGEN)],
    pad_always: Annotated[Sig, pin(MODER.PAD)],
    receive_small: Annotated[Sig, pin(MODER.RECSMALL)],
    min_frame: Annotated[Sig, pin(PACKETLEN.MINFL)],
    max_frame: Annotated[Sig, pin(PACKETLEN.MAXFL)],
    ipgt: Annotated[Sig, pin(IPGT.IPGT)],
    ipgr1: Annotated[Sig, pin(IPGR1.IPGR1)],
    ipgr2: Annotated[Sig, pin(IPGR2.IPGR2)],
    collision_valid: Annotated[Sig, pin(COLLCONF.COLLVALID)],
    max_retry: Annotated[Sig, pin(COLLCONF.MAXRET)],
    tx_bd_num: Annotated[Sig, pin(TX_BD_NUM.TXBDNUM)],
) -> Any:
    """The mode registers."""
    moder = register(WORD_BITS, MODER.RESET)
    own_gap = register(WORD_BITS, IPGT.RESET)
    gap_part = register(WORD_BITS, IPGR1.RESET)
    gap = register(WORD_BITS, IPGR2.RESET)
    lengths = register(WORD_BITS, PACKETLEN.RESET)
    collisions = register(WORD_BITS, COLLCONF.RESET)
    ring = register(WORD_BITS, TX_BD_NUM.RESET)

    @always_comb
    def fields() -> None:
        tx_enable.next = moder[MODER.TXEN] and ring != 0
        rx_enable.next = moder[MODER.RXEN] and ring != DESCRIPTORS
        no_preamble.next = moder[MODER.NOPRE]
        reject_broadcast.next = moder[MODER.BRO]
        individual_hash.next = moder[MODER.IAM]
        promiscuous.next = moder[MODER.PRO]
        ignore_gap.next = moder[MODER.IFG]
        loopback.next = moder[MODER.LOOPBCK]
        no_backoff.next = moder[MODER.NOBCKOF]
        wait_forever.next = moder[MODER.EXDFREN]
        full_duplex.next = moder[MODER.FULLD]
        delay_crc.next = moder[MODER.DLYCRCEN]
        crc_always.next = moder[MODER.CRCEN]
        huge_enable.next = moder[MODER.HUGEN]
        pad_always.next = moder[MODER.PAD]
        receive_small.next = moder[MODER.RECSMALL]
        min_frame.next = lengths[PACKETLEN.MINFL.end : PACKETLEN.MINFL]
        max_frame.next = lengths[PACKETLEN.MAXFL.end : PACKETLEN.MAXFL]
        ipgt.next = own_gap[IPGT.IPGT.end : IPGT.IPGT]
        ipgr1.next = gap_part[IPGR1.IPGR1.end : IPGR1.IPGR1]
        ipgr2.next = gap[IPGR2.IPGR2.end : IPGR2.IPGR2]
        collision_valid.next = collisions[COLLCONF.COLLVALID.end : COLLCONF.COLLVALID]
        max_retry.next = collisions[COLLCONF.MAXRET.end : COLLCONF.MAXRET]
        tx_bd_num.next = ring[TX_BD_NUM.TXBDNUM.end : TX_BD_NUM.TXBDNUM]

    @always(reg_clk.posedge)
    def keep() -> None:
        if clear:
            moder.next = MODER.RESET
            own_gap.next = IPGT.RESET
            gap_part.next = IPGR1.RESET
            gap.next = IPGR2.RESET
            lengths.next = PACKETLEN.RESET
            collisions.next = COLLCONF.RESET
            ring.next = TX_BD_NUM.RESET
        elif write:
            if address == MODER.WORD:
                moder.next = word & MODER.KEPT
            elif address == IPGT.WORD:
                own_gap.next = word & IPGT.KEPT
            elif address == IPGR1.WORD:
                gap_part.next = word & IPGR1.KEPT
            elif address == IPGR2.WORD:
                gap.next = word & IPGR2.KEPT
            elif address == PACKETLEN.WORD:
                lengths.next = word & PACKETLEN.KEPT
            elif address == COLLCONF.WORD:
                collisions.next = word & COLLCONF.KEPT
            elif address == TX_BD_NUM.WORD and word <= DESCRIPTORS:
                ring.next = word & TX_BD_NUM.KEPT

    @always_comb
    def look_up() -> None:
        if address == MODER.WORD:
            data.next = moder
        elif address == IPGT.WORD:
            data.next = own_gap
        elif address == IPGR1.WORD:
            data.next = gap_part
        elif address == IPGR2.WORD:
            data.next = gap
        elif address == PACKETLEN.WORD:
            data.next = lengths
        elif address == COLLCONF.WORD:
            data.next = collisions
        elif address == TX_BD_NUM.WORD:
            data.next = ring
        else:
            data.next = 0

    return fields, keep, look_up
