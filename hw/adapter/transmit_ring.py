"""The transmit side of the descriptor controller: the ring of descriptors, and the words of a frame.

    TX_LOOK -> TX_ACCEPT -> TX_BEGIN -> TX_FETCH, TX_FETCHED ... -> TX_CLOSE -> TX_NEXT -> TX_LOOK
       |                                  ^                |
       +--> TX_REFUSE                     +-- TX_REWIND <--+

`tx_look` asks for a look at the next descriptor: after a status word was written, after a frame, when TXEN
rises (then at descriptor 0).

Buffers may begin at any octet. `carry` is what is left of the word of memory before: the first word of an
unaligned buffer only fills it (`tx_primed`), and when the frame's last octets are in it already (`tx_tail`),
the last word is made without memory.
"""

from typing import Annotated, Any

from myhdl import always, block, concat, intbv

from hw.adapter import toggles as bits
from hw.adapter.jobs import JOB, JOB_BITS, Job
from hw.adapter.map import TX_DESCRIPTOR, WORD_BITS
from hw.ports import Sig, clock, into, out, register


@block
def transmit_ring(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    job: Annotated[Sig, into(JOB_BITS, JOB)],
    tx_toggles: Annotated[Sig, into(bits.TX_TOGGLES, "the MAC's toggles, synchronised")],
    memory_out: Annotated[Sig, into(WORD_BITS, "the word of the descriptor that was read")],
    cpu_adr_0: Annotated[Sig, into(1, "the processor accesses a buffer's address, and no status word")],
    s_we: Annotated[Sig, into(1, "Wishbone: write")],
    m_dat_r: Annotated[Sig, into(WORD_BITS, "DMA: word read")],
    tx_enable: Annotated[Sig, into(1, "TXEN")],
    crc_always: Annotated[Sig, into(1, "CRCEN")],
    pad_always: Annotated[Sig, into(1, "PAD")],
    tx_bd_num: Annotated[Sig, into(8, "TX_BD_NUM: number of transmit descriptors")],
    tx_enabled: Annotated[Sig, out(1, "TXEN, as the ring has seen it")],
    tx_restart: Annotated[Sig, out(1, "the next look is at descriptor 0")],
    tx_look: Annotated[Sig, out(1, "the next descriptor may be ready")],
    tx_open: Annotated[Sig, out(1, "the MAC has a frame")],
    tx_descriptor: Annotated[Sig, out(7, "number of the descriptor")],
    tx_irq: Annotated[Sig, out(1, "its IRQ")],
    tx_wrap: Annotated[Sig, out(1, "its WR")],
    tx_pad_flag: Annotated[Sig, out(1, "its PAD")],
    tx_crc_flag: Annotated[Sig, out(1, "its CRC")],
    tx_pointer: Annotated[Sig, out(30, "word address of the next word of the buffer")],
    tx_words: Annotated[Sig, out(17, "number of words that are still to be made")],
    tx_primed: Annotated[Sig, out(1, "the buffer's first word has been read")],
    tx_tail: Annotated[Sig, out(1, "the last octets of the frame come with the word of memory before")],
    tx_index: Annotated[Sig, out(1, "the next word is tx_word_1")],
    done_seen: Annotated[Sig, out(1, "follows tx_done")],
    tx_frame: Annotated[Sig, out(1, "changes when a frame waits")],
    tx_length: Annotated[Sig, out(16, "its octets")],
    tx_pad: Annotated[Sig, out(1, "pad it")],
    tx_crc: Annotated[Sig, out(1, "append the FCS")],
    tx_word_0: Annotated[Sig, out(WORD_BITS, "octets to transmit")],
    tx_word_1: Annotated[Sig, out(WORD_BITS, "octets to transmit")],
    tx_full_0: Annotated[Sig, out(1, "tx_word_0 is full")],
    tx_full_1: Annotated[Sig, out(1, "tx_word_1 is full")],
    tx_rewound: Annotated[Sig, out(1, "follows tx_rewind when both words are empty")],
) -> Any:
    """The transmit side."""
    base = register(WORD_BITS)
    carry = register(24)

    @always(bus_clk.posedge)
    def transmit() -> None:
        if job <= Job.WAIT:
            pass
        elif job >= Job.TX_LOOK:
            if job == Job.TX_LOOK:
                tx_restart.next = False
                if tx_restart:
                    tx_descriptor.next = 0
            elif job == Job.TX_REFUSE:
                tx_look.next = False
            elif job == Job.TX_ACCEPT:
                tx_look.next = False
                tx_irq.next = memory_out[TX_DESCRIPTOR.IRQ]
                tx_wrap.next = memory_out[TX_DESCRIPTOR.WR]
                tx_pad_flag.next = memory_out[TX_DESCRIPTOR.PAD]
                tx_crc_flag.next = memory_out[TX_DESCRIPTOR.CRC]
                tx_length.next = memory_out[TX_DESCRIPTOR.LEN.end : TX_DESCRIPTOR.LEN]
                tx_words.next = (
                    concat(False, memory_out[TX_DESCRIPTOR.LEN.end : TX_DESCRIPTOR.LEN]) + 3
                ) >> 2
                tx_pad.next = memory_out[TX_DESCRIPTOR.PAD] or pad_always
                tx_crc.next = memory_out[TX_DESCRIPTOR.CRC] or crc_always
            elif job == Job.TX_BEGIN:
                base.next = memory_out
                tx_pointer.next = memory_out[32:2]
                tx_primed.next = False
                # The octets of the last word, less one, and those that the buffer's first word lacks.
                tx_tail.next = memory_out[2:] != 0 and (
                    (concat(intbv(0)[2:], tx_length[2:]) + 3 & 3) + concat(intbv(0)[2:], memory_out[2:]) <= 3
                )
                tx_index.next = False
                tx_open.next = True
                tx_frame.next = not tx_frame

            elif job == Job.TX_FETCHED:
                tx_pointer.next = tx_pointer + 1
                tx_primed.next = True
                carry.next = m_dat_r[24:]
                if tx_primed or base[2:] == 0:
                    word = intbv(0)[WORD_BITS:]
                    if base[2:] == 0:
                        word[:] = m_dat_r
                    elif base[2:] == 1:
                        word[:] = concat(carry, m_dat_r[32:24])
                    elif base[2:] == 2:
                        word[:] = concat(carry[16:], m_dat_r[32:16])
                    else:
                        word[:] = concat(carry[8:], m_dat_r[32:8])
                    tx_words.next = tx_words - 1
                    tx_index.next = not tx_index
                    if tx_index:
                        tx_word_1.next = word
                        tx_full_1.next = not tx_full_1
                    else:
                        tx_word_0.next = word
                        tx_full_0.next = not tx_full_0
            elif job == Job.TX_FAIL:
                tx_words.next = 0
            elif job == Job.TX_REWIND:
                tx_rewound.next = tx_toggles[bits.TX_REWIND]
                tx_full_0.next = tx_toggles[bits.TX_TAKEN_0]
                tx_full_1.next = tx_toggles[bits.TX_TAKEN_1]
                tx_index.next = False
                tx_pointer.next = base[32:2]
                tx_primed.next = False
                tx_words.next = (concat(False, tx_length) + 3) >> 2

            elif job == Job.TX_CLOSE:
                done_seen.next = tx_toggles[bits.TX_DONE]
                tx_open.next = False
                tx_look.next = True
                tx_words.next = 0
                tx_full_0.next = tx_toggles[bits.TX_TAKEN_0]
                tx_full_1.next = tx_toggles[bits.TX_TAKEN_1]
            elif job == Job.TX_NEXT:
                if tx_wrap or tx_descriptor + 1 == tx_bd_num:
                    tx_descriptor.next = 0
                else:
                    tx_descriptor.next = tx_descriptor + 1

        elif job == Job.ENABLE:
            tx_enabled.next = tx_enable
            tx_restart.next = tx_enable and (tx_restart or not tx_enabled)
            tx_look.next = tx_enable
        elif job == Job.CLEAR:
            tx_look.next = False
            tx_open.next = False
            tx_words.next = 0
            done_seen.next = tx_toggles[bits.TX_DONE]
            tx_rewound.next = tx_toggles[bits.TX_REWIND]
            tx_full_0.next = tx_toggles[bits.TX_TAKEN_0]
            tx_full_1.next = tx_toggles[bits.TX_TAKEN_1]
        elif job == Job.ANSWER and s_we and not cpu_adr_0:
            tx_look.next = True

    return transmit
