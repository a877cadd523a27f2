"""The BitTransmitter process of clause 4.2.8, a nibble at a time: preamble, SFD, data, pad, FCS, jam.

Two stages. The first decides what the next nibble is; the second puts it on MII, and chooses there between
the nibble and the FCS, because the CRC of the last nibble is only known one tick after it was decided.

A collision during preamble or SFD lets their 64 bits be finished, then jam follows; later, jam follows at
once. Jam is 32 ones. Data come in two words of 32 bits, each with a toggle that says it is full and one
that says it was taken; octets leave a word from the most significant end. A word that is not there in time
is an underrun; the frame ends with jam, so that nobody takes it for good.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv, modbv

from hw.mac.crc32 import crc32
from hw.ports import into, out, register

PREAMBLE_NIBBLES = 15
"""Seven octets of 0x55 and the SFD's lower nibble; its upper one is 0xD."""
JAM_NIBBLES = 8
FCS_NIBBLES = 8
FCS_OCTETS = 4
COLLISION_PIPELINE = 4
"""Nibbles on MII between the rise of `col` and the count that it meets."""

State = enum("IDLE", "PREAMBLE", "DATA", "PAD", "FCS", "JAM")

CLOCK = "tx_clk"
PORTS = (
    into("tx_clk", 1, "MII transmit clock, 2.5 MHz"),
    into("start", 1, "for one tick: begin a transmission"),
    into("collision", 1, "MII's col, synchronised"),
    into("full_0", 1, "tx_full_0, synchronised"),
    into("full_1", 1, "tx_full_1, synchronised"),
    into("tx_length", 16, "octets of the frame, FCS and pad not counted"),
    into("tx_pad", 1, "pad to min_frame"),
    into("tx_crc", 1, "append the FCS"),
    into("tx_word_0", 32, "octets 0-3, 8-11, ... of the frame, first octet on top"),
    into("tx_word_1", 32, "octets 4-7, 12-15, ..."),
    into("min_frame", 16, "MINFL: octets with FCS"),
    into("collision_valid", 6, "COLLVALID: a collision after so many octets + 1 is late"),
    out("txd", 4, "MII transmit data"),
    out("tx_en", 1, "MII transmit enable"),
    out("tx_taken_0", 1, "changes when word 0 has been taken"),
    out("tx_taken_1", 1, "changes when word 1 has been taken"),
    out("sent", 16, "nibbles of this transmission so far, preamble included"),
    out("finished", 1, "for one tick: the transmission is over"),
    out("collided", 1, "it ended with a collision; valid until the next start"),
    out("late", 1, "and that was a late one"),
    out("underrun", 1, "it ended for lack of data"),
)


@block
def bit_transmitter(
    tx_clk: Any,
    start: Any,
    collision: Any,
    full_0: Any,
    full_1: Any,
    tx_length: Any,
    tx_pad: Any,
    tx_crc: Any,
    tx_word_0: Any,
    tx_word_1: Any,
    min_frame: Any,
    collision_valid: Any,
    txd: Any,
    tx_en: Any,
    tx_taken_0: Any,
    tx_taken_1: Any,
    sent: Any,
    finished: Any,
    collided: Any,
    late: Any,
    underrun: Any,
) -> Any:
    """The BitTransmitter process. Ports: `PORTS`. Clock: `tx_clk`."""
    state = Signal(State.IDLE)
    nibble = register(4)
    valid = register(1)
    from_fcs = register(1)
    fcs_index = register(3)
    shift = register(32)
    word_index = register(1)
    count = register(4)
    remaining = Signal(modbv(0)[17:])
    crc_init = register(1)
    crc_enable = register(1)
    crc = register(32, 0xFFFFFFFF)
    fcs = crc32(tx_clk, crc_init, crc_enable, nibble, crc)
    word = register(32)
    word_ready = register(1)

    @always_comb
    def select_word() -> None:
        if word_index:
            word.next = concat(tx_word_1[8:], tx_word_1[16:8], tx_word_1[24:16], tx_word_1[32:24])
            word_ready.next = full_1 != tx_taken_1
        else:
            word.next = concat(tx_word_0[8:], tx_word_0[16:8], tx_word_0[24:16], tx_word_0[32:24])
            word_ready.next = full_0 != tx_taken_0

    @always(tx_clk.posedge)
    def transmit() -> None:
        # Second stage: MII.
        tx_en.next = valid
        if from_fcs:
            txd.next = 15 ^ concat(
                crc[concat(fcs_index, True, True)],
                crc[concat(fcs_index, True, False)],
                crc[concat(fcs_index, False, True)],
                crc[concat(fcs_index, False, False)],
            )
            fcs_index.next = (fcs_index + 1) & 7
        else:
            txd.next = nibble

        # First stage: what comes next.
        if state == State.IDLE:
            finished.next = False
            valid.next = False
            from_fcs.next = False
            crc_enable.next = False
            if start:
                state.next = State.PREAMBLE
                nibble.next = 5
                valid.next = True
                count.next = 1
                sent.next = 1
                collided.next = False
                late.next = False
                underrun.next = False
                word_index.next = False
                fcs_index.next = 0
                crc_init.next = True
                remaining.next = concat(tx_length, False)
        else:
            sent.next = sent + 1
            if state == State.PREAMBLE:
                crc_init.next = False
                count.next = (count + 1) & 15
                if collision:
                    collided.next = True
                if count == PREAMBLE_NIBBLES:
                    nibble.next = 13
                    if collision or collided:
                        state.next = State.JAM
                        count.next = 0
                    else:
                        state.next = State.DATA
            elif state == State.JAM:
                nibble.next = 15
                crc_enable.next = False
                from_fcs.next = False
                count.next = count + 1
                if count == JAM_NIBBLES:
                    state.next = State.IDLE
                    valid.next = False
                    finished.next = True
            elif collision:
                nibble.next = 15
                crc_enable.next = False
                from_fcs.next = False
                collided.next = True
                late.next = sent > concat(intbv(0)[9:], collision_valid, True) + COLLISION_PIPELINE
                state.next = State.JAM
                count.next = 1
            elif state == State.DATA:
                crc_enable.next = True
                count.next = (count + 1) & 7
                remaining.next = remaining - 1
                if count == 0:
                    nibble.next = word[4:]
                    shift.next = word >> 4
                    word_index.next = not word_index
                    if word_index:
                        tx_taken_1.next = full_1
                    else:
                        tx_taken_0.next = full_0
                else:
                    nibble.next = shift[4:]
                    shift.next = shift >> 4
                if count == 0 and not word_ready:
                    underrun.next = True
                    state.next = State.JAM
                    count.next = 1
                elif remaining == 1:
                    count.next = 0
                    if tx_pad and sent < concat(min_frame, False) + (PREAMBLE_NIBBLES - 2 * FCS_OCTETS):
                        state.next = State.PAD
                    elif tx_crc:
                        state.next = State.FCS
                    else:
                        state.next = State.IDLE
                        finished.next = True
            elif state == State.PAD:
                nibble.next = 0
                if sent == concat(min_frame, False) + (PREAMBLE_NIBBLES - 2 * FCS_OCTETS):
                    state.next = State.FCS
            elif count == FCS_NIBBLES:
                state.next = State.IDLE
                valid.next = False
                from_fcs.next = False
                finished.next = True
            else:
                crc_enable.next = False
                from_fcs.next = True
                count.next = count + 1

    return fcs, select_word, transmit
