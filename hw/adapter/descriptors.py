"""The descriptor controller: 128 buffer descriptors, DMA both ways, and the events that they report.

One machine owns the descriptor memory and the DMA port and does one thing at a time; a word of the line
takes 3.2 us, one of its jobs less than 0.4. Nothing is polled: it looks at a transmit descriptor when a
status word is written, when a frame ends or when TXEN rises, and at a receive descriptor when the first
word of a frame comes.

The first job in this order that waits is done: an access of the processor, a received word, the end of a
received frame, a rewind after a collision, the end of a transmitted frame, a word to transmit, a look at the
next transmit descriptor.

A transmit descriptor is closed with the frame's status and its RD bit cleared, a receive descriptor with
length, status and its E bit cleared. A runt leaves its descriptor as it was. A frame that finds none empty
is dropped with BUSY.
"""

from typing import Any

from myhdl import ConcatSignal, Signal, always, block, concat, enum, intbv

from hw.adapter import map as m
from hw.ports import into, out, register

DESCRIPTORS = 128
WORDS = 2 * DESCRIPTORS

State = enum(
    "IDLE", "CPU", "TX_STATUS", "TX_POINTER", "TX_READ", "TX_NEXT",
    "RX_STATUS", "RX_POINTER", "RX_WRITE", "RX_NEXT",
)  # fmt: skip

CLOCK = "bus_clk"
PORTS = (
    into("bus_clk", 1, "bus clock, 25 MHz"),
    into("cpu_request", 1, "the processor wants a descriptor's word"),
    into("cpu_adr", 8, "which: the lower bits of the Wishbone's s_adr"),
    into("s_dat_w", 32, "Wishbone: word to write"),
    into("s_we", 1, "Wishbone: write"),
    into("m_dat_r", 32, "DMA: word read"),
    into("m_ack", 1, "DMA: the cycle is over"),
    into("tx_enable", 1, "TXEN"),
    into("rx_enable", 1, "RXEN"),
    into("crc_always", 1, "CRCEN"),
    into("pad_always", 1, "PAD"),
    into("tx_bd_num", 8, "TX_BD_NUM: so many descriptors are for transmission"),
    into("tx_taken_0", 1, "the MAC has taken word 0"),
    into("tx_taken_1", 1, "the MAC has taken word 1"),
    into("tx_rewind", 1, "the MAC wants the frame from its beginning"),
    into("tx_done", 1, "the MAC is done with the frame"),
    into("tx_status", 10, "how it went: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    into("rx_word_0", 32, "received octets"),
    into("rx_word_1", 32, "received octets"),
    into("rx_full_0", 1, "word 0 is full"),
    into("rx_full_1", 1, "word 1 is full"),
    into("rx_end", 1, "a received frame is over"),
    into("rx_length", 16, "its octets"),
    into("rx_status", 6, "5 runt, 4 M, 3 OR, 2 DN, 1 TL, 0 CRC"),
    out("cpu_done", 1, "for one tick: done"),
    out("cpu_data", 32, "the word read"),
    out("int_set", 7, "for one tick: bits of INT_SOURCE to set"),
    out("m_adr", 32, "DMA: octet address, a multiple of 4"),
    out("m_dat_w", 32, "DMA: word to write"),
    out("m_we", 1, "DMA: write"),
    out("m_stb", 1, "DMA: a cycle is open"),
    out("tx_frame", 1, "changes when a frame waits"),
    out("tx_length", 16, "its octets"),
    out("tx_pad", 1, "pad it"),
    out("tx_crc", 1, "append the FCS"),
    out("tx_word_0", 32, "octets to transmit"),
    out("tx_word_1", 32, "octets to transmit"),
    out("tx_full_0", 1, "word 0 is full"),
    out("tx_full_1", 1, "word 1 is full"),
    out("tx_rewound", 1, "follows tx_rewind when both words are empty"),
    out("rx_taken_0", 1, "word 0 has been taken"),
    out("rx_taken_1", 1, "word 1 has been taken"),
    out("seen", 7, "the toggles from the MAC, as far as they have been looked at"),
    out("busy", 1, "the clock is needed"),
)


@block
def descriptors(
    bus_clk: Any,
    cpu_request: Any,
    cpu_adr: Any,
    s_dat_w: Any,
    s_we: Any,
    m_dat_r: Any,
    m_ack: Any,
    tx_enable: Any,
    rx_enable: Any,
    crc_always: Any,
    pad_always: Any,
    tx_bd_num: Any,
    tx_taken_0: Any,
    tx_taken_1: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    rx_word_0: Any,
    rx_word_1: Any,
    rx_full_0: Any,
    rx_full_1: Any,
    rx_end: Any,
    rx_length: Any,
    rx_status: Any,
    cpu_done: Any,
    cpu_data: Any,
    int_set: Any,
    m_adr: Any,
    m_dat_w: Any,
    m_we: Any,
    m_stb: Any,
    tx_frame: Any,
    tx_length: Any,
    tx_pad: Any,
    tx_crc: Any,
    tx_word_0: Any,
    tx_word_1: Any,
    tx_full_0: Any,
    tx_full_1: Any,
    tx_rewound: Any,
    rx_taken_0: Any,
    rx_taken_1: Any,
    seen: Any,
    busy: Any,
) -> Any:
    """The descriptor controller. Ports: `PORTS`. Clock: `bus_clk`."""
    state = Signal(State.IDLE)
    memory = [Signal(intbv(0)[32:]) for _ in range(WORDS)]
    memory_adr = register(8)
    memory_we = register(1)
    memory_in = register(32)
    memory_out = register(32)
    settle = register(1)
    pins = ConcatSignal(tx_taken_0, tx_taken_1, tx_rewind, tx_done, rx_full_0, rx_full_1, rx_end)
    meta = register(7)
    stable = register(7)
    taken_0, taken_1, rewind, done, full_0, full_1, end = [stable(bit) for bit in range(6, -1, -1)]

    tx_enabled = register(1)
    tx_look = register(1)
    tx_open = register(1)
    tx_descriptor = register(7)
    tx_flags = register(4)
    tx_base = register(32)
    tx_pointer = register(32)
    tx_words = register(17)
    tx_index = register(1)
    done_seen = register(1)

    rx_enabled = register(1)
    rx_open = register(1)
    rx_discard = register(1)
    rx_descriptor = register(7)
    rx_flags = register(2)
    rx_pointer = register(32)
    rx_index = register(1)
    end_seen = register(1)

    @always(bus_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta
        seen.next = stable

    @always(bus_clk.posedge)
    def descriptor_memory() -> None:
        if memory_we:
            memory[memory_adr].next = memory_in
        memory_out.next = memory[memory_adr]

    @always(bus_clk.posedge)
    def control() -> None:
        cpu_done.next = False
        int_set.next = 0
        memory_we.next = False
        settle.next = False
        tx_enabled.next = tx_enable
        rx_enabled.next = rx_enable
        if tx_enable and not tx_enabled:
            tx_descriptor.next = 0
            tx_look.next = True
        if rx_enable and not rx_enabled:
            rx_descriptor.next = tx_bd_num[7:]

        if settle:
            # The descriptor memory's word is there at the next tick.
            busy.next = True
        elif state == State.IDLE:
            busy.next = True
            if cpu_request and not cpu_done:
                memory_adr.next = cpu_adr
                memory_in.next = s_dat_w
                memory_we.next = s_we
                settle.next = True
                state.next = State.CPU
            elif (rx_index and full_1 != rx_taken_1) or (not rx_index and full_0 != rx_taken_0):
                if not rx_open:
                    memory_adr.next = concat(rx_descriptor, False)
                    settle.next = True
                    state.next = State.RX_STATUS
                else:
                    if rx_index:
                        m_dat_w.next = rx_word_1
                    else:
                        m_dat_w.next = rx_word_0
                    m_adr.next = rx_pointer
                    m_we.next = True
                    m_stb.next = not rx_discard
                    state.next = State.RX_WRITE
            elif end != end_seen:
                end_seen.next = end
                rx_open.next = False
                rx_index.next = False
                if not rx_discard and not rx_status[5]:
                    memory_adr.next = concat(rx_descriptor, False)
                    memory_in.next = concat(
                        rx_length, False, rx_flags, intbv(0)[5:], rx_status[5:3], False, rx_status[3:1],
                        False, rx_status[0], False,
                    )  # fmt: skip
                    memory_we.next = True
                    if rx_flags[1]:
                        if rx_status[4:] != 0:
                            int_set.next = m.RXE_MASK
                        else:
                            int_set.next = m.RXB_MASK
                    state.next = State.RX_NEXT
            elif rewind != tx_rewound:
                tx_rewound.next = rewind
                tx_full_0.next = taken_0
                tx_full_1.next = taken_1
                tx_index.next = False
                tx_pointer.next = tx_base
                tx_words.next = (concat(False, tx_length) + 3) >> 2
            elif done != done_seen:
                done_seen.next = done
                tx_open.next = False
                tx_look.next = True
                tx_full_0.next = taken_0
                tx_full_1.next = taken_1
                memory_adr.next = concat(tx_descriptor, False)
                memory_in.next = concat(
                    tx_length,
                    False,
                    tx_flags,
                    False,
                    tx_status[9],
                    tx_status[0],
                    tx_status[8:1],
                    tx_status[8],
                )
                memory_we.next = True
                if tx_flags[3]:
                    if tx_status[4:2] != 0 or tx_status[0] or tx_status[10:8] != 0:
                        int_set.next = m.TXE_MASK
                    else:
                        int_set.next = m.TXB_MASK
                state.next = State.TX_NEXT
            elif tx_words != 0 and (
                (tx_index and tx_full_1 == taken_1) or (not tx_index and tx_full_0 == taken_0)
            ):
                m_adr.next = tx_pointer
                m_we.next = False
                m_stb.next = True
                state.next = State.TX_READ
            elif tx_look and tx_enable and not tx_open and tx_bd_num != 0:
                memory_adr.next = concat(tx_descriptor, False)
                settle.next = True
                state.next = State.TX_STATUS
            else:
                busy.next = False

        elif state == State.CPU:
            cpu_data.next = memory_out
            cpu_done.next = True
            if s_we and not memory_adr[0]:
                tx_look.next = True
            state.next = State.IDLE

        elif state == State.TX_STATUS:
            tx_look.next = False
            if memory_out[m.TX_RD]:
                tx_flags.next = memory_out[15:11]
                tx_length.next = memory_out[32:16]
                tx_words.next = (concat(False, memory_out[32:16]) + 3) >> 2
                tx_pad.next = memory_out[m.TX_PAD] or pad_always
                tx_crc.next = memory_out[m.TX_CRC] or crc_always
                memory_adr.next = concat(tx_descriptor, True)
                settle.next = True
                state.next = State.TX_POINTER
            else:
                state.next = State.IDLE
        elif state == State.TX_POINTER:
            tx_base.next = memory_out
            tx_pointer.next = memory_out
            tx_index.next = False
            tx_open.next = True
            tx_frame.next = not tx_frame
            state.next = State.IDLE
        elif state == State.TX_READ:
            if m_ack:
                m_stb.next = False
                tx_pointer.next = tx_pointer + 4
                tx_words.next = tx_words - 1
                tx_index.next = not tx_index
                if tx_index:
                    tx_word_1.next = m_dat_r
                    tx_full_1.next = not tx_full_1
                else:
                    tx_word_0.next = m_dat_r
                    tx_full_0.next = not tx_full_0
                state.next = State.IDLE
        elif state == State.TX_NEXT:
            tx_words.next = 0
            if tx_flags[2] or tx_descriptor + 1 == tx_bd_num:
                tx_descriptor.next = 0
            else:
                tx_descriptor.next = (tx_descriptor + 1) & 127
            state.next = State.IDLE

        elif state == State.RX_STATUS:
            rx_open.next = True
            if memory_out[m.RX_E] and tx_bd_num != DESCRIPTORS:
                rx_discard.next = False
                rx_flags.next = memory_out[15:13]
                memory_adr.next = concat(rx_descriptor, True)
                settle.next = True
                state.next = State.RX_POINTER
            else:
                rx_discard.next = True
                int_set.next = m.BUSY_MASK
                state.next = State.IDLE
        elif state == State.RX_POINTER:
            rx_pointer.next = memory_out
            state.next = State.IDLE
        elif state == State.RX_WRITE:
            if m_ack or rx_discard:
                m_stb.next = False
                rx_pointer.next = rx_pointer + 4
                rx_index.next = not rx_index
                if rx_index:
                    rx_taken_1.next = full_1
                else:
                    rx_taken_0.next = full_0
                state.next = State.IDLE
        else:
            if rx_flags[0] or rx_descriptor == DESCRIPTORS - 1:
                rx_descriptor.next = tx_bd_num[7:]
            else:
                rx_descriptor.next = (rx_descriptor + 1) & 127
            state.next = State.IDLE

    return synchronise, descriptor_memory, control
