"""The DMA port of the descriptor controller: one cycle at a time to host memory.

A buffer may begin at any octet. A received word then goes to two words of memory: `carry` is what did not fit
into the one before.

    octets of the frame    | 0  1  2  3 | 4  5  6  7 |
    rx_offset 1         | -  0  1  2 | 3  4  5  6 | 7 (RX_FLUSH)
"""

from typing import Annotated, Any

from myhdl import always, block, concat, intbv

from hw.adapter.jobs import JOB, JOB_BITS, Job
from hw.adapter.map import WORD_BITS
from hw.ports import Sig, clock, into, out, register


@block
def dma_port(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    job: Annotated[Sig, into(JOB_BITS, JOB)],
    tx_pointer: Annotated[Sig, into(30, "word address to read")],
    tx_words: Annotated[Sig, into(17, "number of words that are still to be made")],
    tx_primed: Annotated[Sig, into(1, "the buffer's first word has been read")],
    tx_tail: Annotated[Sig, into(1, "the last octets of the frame come with the word of memory before")],
    rx_word_0: Annotated[Sig, into(WORD_BITS, "received octets")],
    rx_word_1: Annotated[Sig, into(WORD_BITS, "received octets")],
    rx_index: Annotated[Sig, into(1, "the next word is rx_word_1")],
    rx_pointer: Annotated[Sig, into(30, "word address to write")],
    rx_offset: Annotated[Sig, into(2, "number of octets of that word before the buffer")],
    rx_sel: Annotated[Sig, into(4, "octets of that word that are to be written")],
    m_adr: Annotated[Sig, out(WORD_BITS, "DMA: octet address, a multiple of 4")],
    m_dat_w: Annotated[Sig, out(WORD_BITS, "DMA: word to write")],
    m_sel: Annotated[Sig, out(4, "DMA: octets of it that count, the first one on top")],
    m_we: Annotated[Sig, out(1, "DMA: write")],
    m_stb: Annotated[Sig, out(1, "DMA: a cycle is open")],
) -> Any:
    """The DMA port."""
    carry = register(24)

    @always(bus_clk.posedge)
    def transfer() -> None:
        if job <= Job.WAIT:
            pass
        elif job == Job.RX_STORE or job == Job.RX_FLUSH:
            word = intbv(0)[WORD_BITS:]
            if job == Job.RX_STORE:
                if rx_index:
                    word[:] = rx_word_1
                else:
                    word[:] = rx_word_0
                carry.next = word[24:]
                m_sel.next = rx_sel
            elif rx_offset == 1:
                m_sel.next = 0b1000
            elif rx_offset == 2:
                m_sel.next = 0b1100
            else:
                m_sel.next = 0b1110
            if rx_offset == 0:
                m_dat_w.next = word
            elif rx_offset == 1:
                m_dat_w.next = concat(carry[8:], word[32:8])
            elif rx_offset == 2:
                m_dat_w.next = concat(carry[16:], word[32:16])
            else:
                m_dat_w.next = concat(carry, word[32:24])
            m_adr.next = concat(rx_pointer, intbv(0)[2:])
            m_we.next = True
            m_stb.next = True
        elif job == Job.TX_FETCH:
            m_adr.next = concat(tx_pointer, intbv(0)[2:])
            m_we.next = False
            # Without a cycle if the last octets have come with the word before.
            m_stb.next = not (tx_tail and tx_primed and tx_words == 1)
        elif job == Job.RX_STORED or job == Job.TX_FETCHED or job == Job.TX_FAIL:
            m_stb.next = False

    return transfer
