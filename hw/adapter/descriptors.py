"""The descriptor controller: 128 buffer descriptors, DMA both ways, and the events that they report.

One machine owns the descriptor memory and the DMA port and does one thing at a time; a word of the line
takes 3.2 us, one of its jobs less than 0.4. Nothing is polled: it looks at a transmit descriptor when a
status word is written, when a frame ends or when TXEN rises, and at a receive descriptor when the first
word of a frame comes.

The first job in this order that waits is done: an access of the processor, a received word, the end of a
received frame, a rewind after a collision, the end of a transmitted frame, a word to transmit, other events
of the MAC, a look at the next transmit descriptor.

A transmit descriptor is closed with the frame's status and its RD bit cleared, a receive descriptor with
length, status and its E bit cleared. A runt leaves its descriptor as it was unless RECSMALL, a control frame
unless PASSALL. A frame that finds none empty is dropped with BUSY when it is over. TXEN or RXEN that falls
lets the frame under way come to its end; after RST that one ends without a trace.

Buffers may begin at any octet. Words of host memory are taken apart and put together here: `carry` is what
is left of the word before. A DMA cycle that ends with `m_err` ends the data: a frame to transmit
runs into an underrun (UR), of a received one nothing more is stored (OR).
"""

from typing import Any

from myhdl import ConcatSignal, Signal, always, block, concat, enum, intbv

from hw.adapter import descriptor_ports, events
from hw.adapter.descriptor_ports import TOGGLES
from hw.adapter.map import INT_SOURCE, RX_DESCRIPTOR, TX_DESCRIPTOR
from hw.ports import register

DESCRIPTORS = 128
WORDS = 2 * DESCRIPTORS
SHORTEST = 4
"""A transmit descriptor with so few octets or less is not ready, whatever its RD bit says."""
RX_ERRORS = 1 << 9 | 1 << 6 | 0b1111
"""Bits of rx_status that make RXE of RXB: LC, IS, OR, DN, TL, CRC."""
TX_ERRORS = 0b11_0000_1101
"""Bits of tx_status that make TXE of TXB: ED, CS, RL, LC, UR."""

# Toggles of the MAC, by their bits in `seen`.
RX_END, RX_FULL_1, RX_FULL_0, TX_DONE, TX_REWIND, TX_TAKEN_1, TX_TAKEN_0 = range(7)
PAUSE_OUT, PAUSE_IN = 3, 4
"""Those without a frame stand from bit 7 on: late_event, sqe_error, defer_event, and these two."""

State = enum(
    "IDLE", "CPU", "TX_STATUS", "TX_POINTER", "TX_READ", "TX_NEXT",
    "RX_STATUS", "RX_POINTER", "RX_WRITE", "RX_NEXT",
)  # fmt: skip

CLOCK = "bus_clk"
PORTS = descriptor_ports.PORTS


@block
def descriptors(
    bus_clk: Any,
    cpu_request: Any,
    cpu_reset: Any,
    cpu_adr: Any,
    s_dat_w: Any,
    s_we: Any,
    m_dat_r: Any,
    m_ack: Any,
    m_err: Any,
    tx_enable: Any,
    rx_enable: Any,
    crc_always: Any,
    pad_always: Any,
    receive_small: Any,
    pass_all: Any,
    tx_bd_num: Any,
    tx_taken_0: Any,
    tx_taken_1: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    late_event: Any,
    sqe_error: Any,
    defer_event: Any,
    tx_pause_done: Any,
    rx_pause: Any,
    rx_word_0: Any,
    rx_word_1: Any,
    rx_full_0: Any,
    rx_full_1: Any,
    rx_end: Any,
    rx_length: Any,
    rx_status: Any,
    cpu_done: Any,
    cpu_data: Any,
    news: Any,
    int_set: Any,
    happened: Any,
    m_adr: Any,
    m_dat_w: Any,
    m_sel: Any,
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
    pins = ConcatSignal(
        rx_pause, tx_pause_done, defer_event, sqe_error, late_event,
        tx_taken_0, tx_taken_1, tx_rewind, tx_done, rx_full_0, rx_full_1, rx_end,
    )  # fmt: skip
    meta = register(TOGGLES)
    stable = register(TOGGLES)
    events_seen = register(5)

    tx_enabled = register(1)
    tx_restart = register(1)
    tx_look = register(1)
    tx_open = register(1)
    tx_aborted = register(1)
    tx_descriptor = register(7)
    tx_flags = register(4)
    tx_base = register(32)
    tx_pointer = register(30)
    tx_words = register(17)
    tx_primed = register(1)
    tx_tail = register(1)
    tx_carry = register(24)
    tx_index = register(1)
    done_seen = register(1)

    rx_enabled = register(1)
    rx_restart = register(1)
    rx_open = register(1)
    rx_aborted = register(1)
    rx_discard = register(1)
    rx_missed = register(1)
    rx_fault = register(1)
    rx_descriptor = register(7)
    rx_flags = register(2)
    rx_pointer = register(30)
    rx_offset = register(2)
    rx_sel = register(4)
    rx_carry = register(24)
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
        if cpu_done:
            cpu_done.next = False
        if news:
            news.next = False
            int_set.next = 0
            happened.next = 0
        if memory_we:
            memory_we.next = False

        if settle:
            # The descriptor memory's word is there at the next tick.
            settle.next = False
        elif tx_enable != tx_enabled or rx_enable != rx_enabled:
            busy.next = True
            tx_enabled.next = tx_enable
            tx_restart.next = tx_enable and (tx_restart or not tx_enabled)
            tx_look.next = tx_enable
            rx_enabled.next = rx_enable
            rx_restart.next = rx_enable and (rx_restart or not rx_enabled)
            rx_aborted.next = rx_aborted and (rx_enabled or not rx_enable)
        elif state == State.IDLE:
            busy.next = True
            if cpu_request and not cpu_done:
                if cpu_reset:
                    tx_look.next = False
                    tx_aborted.next = tx_open
                    tx_words.next = 0
                    rx_aborted.next = True
                    rx_discard.next = True
                    rx_missed.next = False
                    rx_fault.next = False
                    cpu_done.next = True
                else:
                    memory_adr.next = cpu_adr
                    memory_in.next = s_dat_w
                    memory_we.next = s_we
                    settle.next = True
                    state.next = State.CPU
            elif (rx_index and stable[RX_FULL_1] != rx_taken_1) or (
                not rx_index and stable[RX_FULL_0] != rx_taken_0
            ):
                if not rx_open and not rx_aborted:
                    rx_restart.next = False
                    if rx_restart:
                        rx_descriptor.next = tx_bd_num[7:]
                        memory_adr.next = concat(tx_bd_num[7:], False)
                    else:
                        memory_adr.next = concat(rx_descriptor, False)
                    settle.next = True
                    state.next = State.RX_STATUS
                else:
                    rx_open.next = True
                    rx_index.next = not rx_index
                    word = intbv(0)[32:]
                    if rx_index:
                        rx_taken_1.next = stable[RX_FULL_1]
                        word[:] = rx_word_1
                    else:
                        rx_taken_0.next = stable[RX_FULL_0]
                        word[:] = rx_word_0
                    if not rx_discard:
                        if rx_offset == 0:
                            m_dat_w.next = word
                        elif rx_offset == 1:
                            m_dat_w.next = concat(rx_carry[8:], word[32:8])
                        elif rx_offset == 2:
                            m_dat_w.next = concat(rx_carry[16:], word[32:16])
                        else:
                            m_dat_w.next = concat(rx_carry, word[32:24])
                        rx_carry.next = word[24:]
                        m_adr.next = concat(rx_pointer, intbv(0)[2:])
                        m_sel.next = rx_sel
                        m_we.next = True
                        m_stb.next = True
                        state.next = State.RX_WRITE
            elif stable[RX_END] != end_seen:
                last_lane = intbv(0)[4:]
                last_lane[:] = concat(intbv(0)[2:], rx_length[2:]) + 3 & 3
                last_lane[:] = last_lane + concat(intbv(0)[2:], rx_offset)
                if not rx_discard and last_lane > 3:
                    # What of the last word did not fit into the one before.
                    if rx_offset == 1:
                        m_dat_w.next = concat(rx_carry[8:], intbv(0)[24:])
                        m_sel.next = 0b1000
                    elif rx_offset == 2:
                        m_dat_w.next = concat(rx_carry[16:], intbv(0)[16:])
                        m_sel.next = 0b1100
                    else:
                        m_dat_w.next = concat(rx_carry, intbv(0)[8:])
                        m_sel.next = 0b1110
                    rx_offset.next = 0
                    m_adr.next = concat(rx_pointer, intbv(0)[2:])
                    m_we.next = True
                    m_stb.next = True
                    state.next = State.RX_WRITE
                else:
                    end_seen.next = stable[RX_END]
                    rx_open.next = False
                    rx_index.next = False
                    kept = (receive_small or not rx_status[5]) and (pass_all or not rx_status[7])
                    if rx_missed or rx_fault or not rx_discard:
                        news.next = True
                        happened.next = concat(
                            rx_status[8], rx_status[7:5], rx_status[4:], intbv(0)[5:], rx_missed, True, False
                        )
                        if rx_fault:
                            happened.next[events.OR] = True
                        if not kept:
                            happened.next[events.LOST] = False
                        elif rx_missed:
                            int_set.next = INT_SOURCE.BUSY.mask
                        else:
                            memory_adr.next = concat(rx_descriptor, False)
                            memory_in.next = concat(
                                rx_length, False, rx_flags, intbv(0)[3:], rx_status[9:7], rx_status[4],
                                rx_status[3], rx_status[6], rx_status[2], rx_status[1],
                                rx_status[5], rx_status[0], rx_status[9],
                            )  # fmt: skip
                            if rx_fault:
                                memory_in.next[RX_DESCRIPTOR.OR] = True
                            memory_we.next = True
                            if rx_flags[1]:
                                if rx_status & RX_ERRORS != 0 or rx_fault:
                                    int_set.next = INT_SOURCE.RXE.mask
                                else:
                                    int_set.next = INT_SOURCE.RXB.mask
                            state.next = State.RX_NEXT
            elif stable[TX_REWIND] != tx_rewound:
                tx_rewound.next = stable[TX_REWIND]
                tx_full_0.next = stable[TX_TAKEN_0]
                tx_full_1.next = stable[TX_TAKEN_1]
                tx_index.next = False
                tx_pointer.next = tx_base[32:2]
                tx_primed.next = False
                if not tx_aborted:
                    tx_words.next = (concat(False, tx_length) + 3) >> 2
            elif stable[TX_DONE] != done_seen:
                done_seen.next = stable[TX_DONE]
                tx_open.next = False
                tx_aborted.next = False
                tx_look.next = True
                tx_words.next = 0
                tx_full_0.next = stable[TX_TAKEN_0]
                tx_full_1.next = stable[TX_TAKEN_1]
                if not tx_aborted:
                    news.next = True
                    happened.next = 1
                    memory_adr.next = concat(tx_descriptor, False)
                    memory_in.next = concat(
                        tx_length, False, tx_flags, False, tx_status[9], tx_status[0], tx_status[8:1],
                        tx_status[8],
                    )  # fmt: skip
                    memory_we.next = True
                    if tx_flags[3]:
                        if tx_status & TX_ERRORS != 0:
                            int_set.next = INT_SOURCE.TXE.mask
                        else:
                            int_set.next = INT_SOURCE.TXB.mask
                    state.next = State.TX_NEXT
            elif tx_words != 0 and (
                (tx_index and tx_full_1 == stable[TX_TAKEN_1])
                or (not tx_index and tx_full_0 == stable[TX_TAKEN_0])
            ):
                m_adr.next = concat(tx_pointer, intbv(0)[2:])
                m_we.next = False
                # An unaligned frame's last octets may have come with the word before.
                m_stb.next = not (tx_tail and tx_primed and tx_words == 1)
                state.next = State.TX_READ
            elif stable[TOGGLES:7] != events_seen:
                events_seen.next = stable[TOGGLES:7]
                changed = intbv(0)[5:]
                changed[:] = stable[TOGGLES:7] ^ events_seen
                news.next = True
                happened.next = concat(intbv(0)[7:], changed, intbv(0)[3:])
                int_set.next = concat(changed[PAUSE_IN], changed[PAUSE_OUT], intbv(0)[5:])
            elif tx_look and tx_enable and not tx_open:
                tx_restart.next = False
                if tx_restart:
                    tx_descriptor.next = 0
                    memory_adr.next = 0
                else:
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
            if memory_out[TX_DESCRIPTOR.RD] and memory_out[32:16] > SHORTEST:
                tx_flags.next = memory_out[15:11]
                tx_length.next = memory_out[32:16]
                tx_words.next = (concat(False, memory_out[32:16]) + 3) >> 2
                tx_pad.next = memory_out[TX_DESCRIPTOR.PAD] or pad_always
                tx_crc.next = memory_out[TX_DESCRIPTOR.CRC] or crc_always
                memory_adr.next = concat(tx_descriptor, True)
                settle.next = True
                state.next = State.TX_POINTER
            else:
                state.next = State.IDLE
        elif state == State.TX_POINTER:
            tx_base.next = memory_out
            tx_pointer.next = memory_out[32:2]
            tx_primed.next = False
            tx_tail.next = memory_out[2:] != 0 and (
                (concat(intbv(0)[2:], tx_length[2:]) + 3 & 3) + concat(intbv(0)[2:], memory_out[2:]) <= 3
            )
            tx_index.next = False
            tx_open.next = True
            tx_frame.next = not tx_frame
            state.next = State.IDLE
        elif state == State.TX_READ:
            if m_ack or not m_stb:
                m_stb.next = False
                tx_pointer.next = tx_pointer + 1
                tx_primed.next = True
                tx_carry.next = m_dat_r[24:]
                state.next = State.IDLE
                if tx_primed or tx_base[2:] == 0:
                    data = intbv(0)[32:]
                    if tx_base[2:] == 0:
                        data[:] = m_dat_r
                    elif tx_base[2:] == 1:
                        data[:] = concat(tx_carry, m_dat_r[32:24])
                    elif tx_base[2:] == 2:
                        data[:] = concat(tx_carry[16:], m_dat_r[32:16])
                    else:
                        data[:] = concat(tx_carry[8:], m_dat_r[32:8])
                    tx_words.next = tx_words - 1
                    tx_index.next = not tx_index
                    if tx_index:
                        tx_word_1.next = data
                        tx_full_1.next = not tx_full_1
                    else:
                        tx_word_0.next = data
                        tx_full_0.next = not tx_full_0
            elif m_err:
                m_stb.next = False
                tx_words.next = 0
                state.next = State.IDLE
        elif state == State.TX_NEXT:
            if tx_flags[2] or tx_descriptor + 1 == tx_bd_num:
                tx_descriptor.next = 0
            else:
                tx_descriptor.next = (tx_descriptor + 1) & 127
            state.next = State.IDLE

        elif state == State.RX_STATUS:
            rx_open.next = True
            rx_fault.next = False
            if memory_out[RX_DESCRIPTOR.E] and tx_bd_num != DESCRIPTORS:
                rx_discard.next = False
                rx_missed.next = False
                rx_flags.next = memory_out[15:13]
                memory_adr.next = concat(rx_descriptor, True)
                settle.next = True
                state.next = State.RX_POINTER
            else:
                rx_discard.next = True
                rx_missed.next = True
                state.next = State.IDLE
        elif state == State.RX_POINTER:
            rx_pointer.next = memory_out[32:2]
            rx_offset.next = memory_out[2:]
            rx_sel.next = intbv(15)[4:] >> memory_out[2:]
            state.next = State.IDLE
        elif state == State.RX_WRITE:
            if m_ack or m_err:
                m_stb.next = False
                rx_pointer.next = rx_pointer + 1
                rx_sel.next = 15
                rx_fault.next = m_err
                rx_discard.next = m_err
                state.next = State.IDLE
        else:
            if rx_flags[0] or rx_descriptor == DESCRIPTORS - 1:
                rx_descriptor.next = tx_bd_num[7:]
            else:
                rx_descriptor.next = (rx_descriptor + 1) & 127
            state.next = State.IDLE

    return synchronise, descriptor_memory, control
