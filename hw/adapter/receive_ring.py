"""The receive side of the descriptor controller: the ring of descriptors, and where a frame is stored.

    first word                                                     end of frame
    RX_LOOK -> RX_ACCEPT -> RX_BEGIN -> RX_STORE, RX_STORED ... -> (RX_FLUSH, RX_STORED) RX_CLOSE -> RX_NEXT
       |                                                                              or RX_REJECT
       +-----> RX_REFUSE -------------> RX_DROP ... -------------> RX_MISS

When RXEN rises, the ring begins at the first receive descriptor. Buffers may begin at any octet, `rx_offset`
octets into a word of memory; `rx_sel` spares the octets before.
"""

from typing import Annotated, Any

from myhdl import always, block, intbv

from hw.adapter import toggles as bits
from hw.adapter.jobs import JOB, JOB_BITS, Job
from hw.adapter.map import DESCRIPTORS, RX_DESCRIPTOR, WORD_BITS
from hw.ports import Sig, clock, into, out

ALL_OCTETS = 0b1111


@block
def receive_ring(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    job: Annotated[Sig, into(JOB_BITS, JOB)],
    rx_toggles: Annotated[Sig, into(bits.RX_TOGGLES, "the MAC's toggles, synchronised")],
    memory_out: Annotated[Sig, into(WORD_BITS, "the word of the descriptor that was read")],
    m_err: Annotated[Sig, into(1, "DMA: the cycle is over, and there is no memory at the address")],
    rx_enable: Annotated[Sig, into(1, "RXEN")],
    rx_first: Annotated[Sig, into(7, "TX_BD_NUM: number of the first receive descriptor")],
    rx_enabled: Annotated[Sig, out(1, "RXEN, as the ring has seen it")],
    rx_restart: Annotated[Sig, out(1, "the next look is at the first receive descriptor")],
    rx_open: Annotated[Sig, out(1, "a frame has begun")],
    rx_discard: Annotated[Sig, out(1, "the words of the frame are not stored")],
    rx_missed: Annotated[Sig, out(1, "because no descriptor was empty")],
    rx_fault: Annotated[Sig, out(1, "because there was no memory")],
    rx_descriptor: Annotated[Sig, out(7, "number of the descriptor")],
    rx_irq: Annotated[Sig, out(1, "its IRQ")],
    rx_wrap: Annotated[Sig, out(1, "its WR")],
    rx_pointer: Annotated[Sig, out(30, "word address of the next word of the buffer")],
    rx_offset: Annotated[Sig, out(2, "number of octets of that word before the buffer")],
    rx_sel: Annotated[Sig, out(4, "octets of that word that are to be written, the first one on top")],
    rx_index: Annotated[Sig, out(1, "the next word is rx_word_1")],
    end_seen: Annotated[Sig, out(1, "follows rx_end")],
    rx_taken_0: Annotated[Sig, out(1, "rx_word_0 has been taken")],
    rx_taken_1: Annotated[Sig, out(1, "rx_word_1 has been taken")],
) -> Any:
    """The receive side."""

    @always(bus_clk.posedge)
    def receive() -> None:
        if job <= Job.WAIT:
            pass
        elif job >= Job.RX_LOOK and job <= Job.RX_NEXT:
            if job == Job.RX_LOOK:
                rx_restart.next = False
                if rx_restart:
                    rx_descriptor.next = rx_first
            elif job == Job.RX_ACCEPT:
                rx_open.next = True
                rx_discard.next = False
                rx_missed.next = False
                rx_fault.next = False
                rx_irq.next = memory_out[RX_DESCRIPTOR.IRQ]
                rx_wrap.next = memory_out[RX_DESCRIPTOR.WR]
            elif job == Job.RX_REFUSE:
                rx_open.next = True
                rx_discard.next = True
                rx_missed.next = True
                rx_fault.next = False
            elif job == Job.RX_BEGIN:
                rx_pointer.next = memory_out[32:2]
                rx_offset.next = memory_out[2:]
                rx_sel.next = intbv(ALL_OCTETS)[4:] >> memory_out[2:]

            elif job == Job.RX_STORE or job == Job.RX_DROP:
                rx_open.next = True
                rx_index.next = not rx_index
                if rx_index:
                    rx_taken_1.next = rx_toggles[bits.RX_FULL_1]
                else:
                    rx_taken_0.next = rx_toggles[bits.RX_FULL_0]
            elif job == Job.RX_FLUSH:
                rx_offset.next = 0
            elif job == Job.RX_STORED:
                rx_pointer.next = rx_pointer + 1
                rx_sel.next = ALL_OCTETS
                rx_fault.next = m_err
                rx_discard.next = m_err

            elif job == Job.RX_REJECT or job == Job.RX_MISS or job == Job.RX_CLOSE:
                end_seen.next = rx_toggles[bits.RX_END]
                rx_open.next = False
                rx_index.next = False
            elif job == Job.RX_NEXT:
                if rx_wrap or rx_descriptor == DESCRIPTORS - 1:
                    rx_descriptor.next = rx_first
                else:
                    rx_descriptor.next = rx_descriptor + 1

        elif job == Job.ENABLE:
            rx_enabled.next = rx_enable
            rx_restart.next = rx_enable and (rx_restart or not rx_enabled)
        elif job == Job.CLEAR:
            rx_open.next = False
            rx_discard.next = False
            rx_missed.next = False
            rx_fault.next = False
            rx_index.next = False
            rx_taken_0.next = rx_toggles[bits.RX_FULL_0]
            rx_taken_1.next = rx_toggles[bits.RX_FULL_1]
            end_seen.next = rx_toggles[bits.RX_END]

    return receive
