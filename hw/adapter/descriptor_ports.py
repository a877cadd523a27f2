"""The pins of the descriptor controller (`hw.adapter.descriptors`).

The processor's side first, then DMA, the modes, the MAC's transmitting half and its receiving half; outputs
in the same order.
"""

from hw.ports import into, out

TOGGLES = 12
"""Of the MAC's, that `seen` answers."""

PORTS = (
    into("bus_clk", 1, "bus clock, 25 MHz, while the controller is needed"),
    into("cpu_request", 1, "the processor wants a descriptor's word, or RST"),
    into("cpu_reset", 1, "it is RST"),
    into("cpu_adr", 8, "which word"),
    into("s_dat_w", 32, "Wishbone: word to write"),
    into("s_we", 1, "Wishbone: write"),
    into("m_dat_r", 32, "DMA: word read"),
    into("m_ack", 1, "DMA: the cycle is over"),
    into("m_err", 1, "DMA: the cycle is over, and there is no memory at the address"),
    into("tx_enable", 1, "TXEN"),
    into("rx_enable", 1, "RXEN"),
    into("crc_always", 1, "CRCEN"),
    into("pad_always", 1, "PAD"),
    into("receive_small", 1, "RECSMALL: store runts"),
    into("pass_all", 1, "PASSALL: store control frames"),
    into("tx_bd_num", 8, "TX_BD_NUM: so many descriptors are for transmission"),
    into("tx_taken_0", 1, "the MAC has taken word 0"),
    into("tx_taken_1", 1, "the MAC has taken word 1"),
    into("tx_rewind", 1, "the MAC wants the frame from its beginning"),
    into("tx_done", 1, "the MAC is done with the frame"),
    into("tx_status", 10, "how it went: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    into("late_event", 1, "a late collision"),
    into("sqe_error", 1, "no SQE test after a transmission"),
    into("defer_event", 1, "a frame has waited for more than 24,288 bit times"),
    into("tx_pause_done", 1, "a PAUSE frame has left"),
    into("rx_pause", 1, "a PAUSE frame has come"),
    into("rx_word_0", 32, "received octets"),
    into("rx_word_1", 32, "received octets"),
    into("rx_full_0", 1, "word 0 is full"),
    into("rx_full_1", 1, "word 1 is full"),
    into("rx_end", 1, "a received frame is over"),
    into("rx_length", 16, "its octets"),
    into("rx_status", 10, "9 LC, 8 LE, 7 CF, 6 IS, 5 runt, 4 M, 3 OR, 2 DN, 1 TL, 0 CRC"),
    out("cpu_done", 1, "for one tick: done"),
    out("cpu_data", 32, "the word read"),
    out("news", 1, "for one tick: int_set or happened has something to tell"),
    out("int_set", 7, "for one tick: bits of INT_SOURCE to set"),
    out("happened", 15, "for one tick: what the counters count, by bits as they call them"),
    out("m_adr", 32, "DMA: octet address, a multiple of 4"),
    out("m_dat_w", 32, "DMA: word to write"),
    out("m_sel", 4, "DMA: octets of it that count, the first one on top"),
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
    out("seen", TOGGLES, "the toggles from the MAC, as far as they have been looked at"),
    out("busy", 1, "the clock is needed"),
)
