"""The descriptors' memory, and who reads and writes it: the processor and the two rings.

A word that is asked for with one job is in `memory_out` two ticks later.
"""

from typing import Annotated, Any

from myhdl import Signal, always, block, concat, intbv

from hw.adapter.jobs import JOB, JOB_BITS, Job
from hw.adapter.map import DESCRIPTOR_WORDS, RX_DESCRIPTOR, TX_DESCRIPTOR, WORD_BITS
from hw.mac import status
from hw.ports import Sig, clock, into, out, register

RTRY_END = status.TX_RTRY + TX_DESCRIPTOR.RTRY.width


@block
def descriptor_memory(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    job: Annotated[Sig, into(JOB_BITS, JOB)],
    cpu_adr: Annotated[Sig, into(8, "which word of the descriptors the processor accesses")],
    s_dat_w: Annotated[Sig, into(WORD_BITS, "Wishbone: word to write")],
    s_we: Annotated[Sig, into(1, "Wishbone: write")],
    rx_first: Annotated[Sig, into(7, "TX_BD_NUM: number of the first receive descriptor")],
    tx_restart: Annotated[Sig, into(1, "the next look is at descriptor 0")],
    tx_descriptor: Annotated[Sig, into(7, "number of the transmit descriptor")],
    tx_irq: Annotated[Sig, into(1, "its IRQ")],
    tx_wrap: Annotated[Sig, into(1, "its WR")],
    tx_pad_flag: Annotated[Sig, into(1, "its PAD")],
    tx_crc_flag: Annotated[Sig, into(1, "its CRC")],
    tx_length: Annotated[Sig, into(16, "octets of the frame")],
    tx_status: Annotated[Sig, into(status.STATUS_BITS, status.TX_STATUS)],
    rx_restart: Annotated[Sig, into(1, "the next look is at the first receive descriptor")],
    rx_descriptor: Annotated[Sig, into(7, "number of the receive descriptor")],
    rx_irq: Annotated[Sig, into(1, "its IRQ")],
    rx_wrap: Annotated[Sig, into(1, "its WR")],
    rx_fault: Annotated[Sig, into(1, "there was no memory for the frame")],
    rx_length: Annotated[Sig, into(16, "octets of the received frame")],
    rx_status: Annotated[Sig, into(status.STATUS_BITS, status.RX_STATUS)],
    memory_out: Annotated[Sig, out(WORD_BITS, "the word that was read")],
    cpu_data: Annotated[Sig, out(WORD_BITS, "the word that the processor has read")],
) -> Any:
    """The descriptors' memory."""
    memory = [Signal(intbv(0)[WORD_BITS:]) for _ in range(DESCRIPTOR_WORDS)]
    memory_adr = register(8)
    memory_we = register(1)
    memory_in = register(WORD_BITS)

    @always(bus_clk.posedge)
    def cells() -> None:
        if memory_we:
            memory[memory_adr].next = memory_in
        memory_out.next = memory[memory_adr]

    @always(bus_clk.posedge)
    def serve() -> None:
        if memory_we:
            memory_we.next = False
        if job <= Job.WAIT:
            pass
        elif job == Job.ACCESS:
            memory_adr.next = cpu_adr
            memory_in.next = s_dat_w
            memory_we.next = s_we
        elif job == Job.ANSWER:
            cpu_data.next = memory_out
        elif job == Job.RX_LOOK:
            if rx_restart:
                memory_adr.next = concat(rx_first, False)
            else:
                memory_adr.next = concat(rx_descriptor, False)
        elif job == Job.RX_ACCEPT:
            memory_adr.next = concat(rx_descriptor, True)
        elif job == Job.RX_CLOSE:
            rx_word = intbv(0)[WORD_BITS:]
            rx_word[RX_DESCRIPTOR.LEN.end : RX_DESCRIPTOR.LEN] = rx_length
            rx_word[RX_DESCRIPTOR.IRQ] = rx_irq
            rx_word[RX_DESCRIPTOR.WR] = rx_wrap
            rx_word[RX_DESCRIPTOR.LE] = rx_status[status.RX_LE]
            rx_word[RX_DESCRIPTOR.CF] = rx_status[status.RX_CF]
            rx_word[RX_DESCRIPTOR.M] = rx_status[status.RX_M]
            rx_word[RX_DESCRIPTOR.OR] = rx_status[status.RX_OR] or rx_fault
            rx_word[RX_DESCRIPTOR.IS] = rx_status[status.RX_IS]
            rx_word[RX_DESCRIPTOR.DN] = rx_status[status.RX_DN]
            rx_word[RX_DESCRIPTOR.TL] = rx_status[status.RX_TL]
            rx_word[RX_DESCRIPTOR.SF] = rx_status[status.RX_SF]
            rx_word[RX_DESCRIPTOR.CRC] = rx_status[status.RX_CRC]
            rx_word[RX_DESCRIPTOR.LC] = rx_status[status.RX_LC]
            memory_adr.next = concat(rx_descriptor, False)
            memory_in.next = rx_word
            memory_we.next = True
        elif job == Job.TX_LOOK:
            if tx_restart:
                memory_adr.next = 0
            else:
                memory_adr.next = concat(tx_descriptor, False)
        elif job == Job.TX_ACCEPT:
            memory_adr.next = concat(tx_descriptor, True)
        elif job == Job.TX_CLOSE:
            tx_word = intbv(0)[WORD_BITS:]
            tx_word[TX_DESCRIPTOR.LEN.end : TX_DESCRIPTOR.LEN] = tx_length
            tx_word[TX_DESCRIPTOR.IRQ] = tx_irq
            tx_word[TX_DESCRIPTOR.WR] = tx_wrap
            tx_word[TX_DESCRIPTOR.PAD] = tx_pad_flag
            tx_word[TX_DESCRIPTOR.CRC] = tx_crc_flag
            tx_word[TX_DESCRIPTOR.ED] = tx_status[status.TX_ED]
            tx_word[TX_DESCRIPTOR.UR] = tx_status[status.TX_UR]
            tx_word[TX_DESCRIPTOR.RTRY.end : TX_DESCRIPTOR.RTRY] = tx_status[RTRY_END : status.TX_RTRY]
            tx_word[TX_DESCRIPTOR.RL] = tx_status[status.TX_RL]
            tx_word[TX_DESCRIPTOR.LC] = tx_status[status.TX_LC]
            tx_word[TX_DESCRIPTOR.DF] = tx_status[status.TX_DF]
            tx_word[TX_DESCRIPTOR.CS] = tx_status[status.TX_CS]
            memory_adr.next = concat(tx_descriptor, False)
            memory_in.next = tx_word
            memory_we.next = True

    return cells, serve
