"""The BitTransmitter process of clause 4.2.8, a nibble at a time: preamble, SFD, data, pad, FCS, jam.

Two stages. The first decides what the next nibble is; the second puts it on MII, or a nibble of the FCS: the
CRC of the last data nibble is known only one tick after it was decided.

Jam passes neither: it is a gate in front of MII. As soon as the synchroniser shows a collision, the nibble on
MII is ones, and so are the next seven; during preamble and SFD the gate waits for the end of their 64 bits.
The PHY takes a nibble at its next clock (22.3.1). So a collision signal and the first bit of jam are two
flip-flops and one nibble apart, 8 to 12 bit times: the least for a MAC behind two flip-flops and an MII.

Data come in two words of 32 bits, each with a toggle that says it is full and one that says it was taken;
octets leave a word from the most significant end. A word that is not there in time is an underrun; the frame
ends with jam, so that no receiver accepts it. A frame of more than MAXFL octets (unless HUGEN) is cut there,
without the FCS.

The words of a control frame (`control`) are made here: a PAUSE of annex 31B.

In half duplex a station receives its own signal through the MAU. If carrier is missing while it sends,
collisions would not be reported either (`no_carrier`).
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv, modbv

from hw.hierarchy import by_name
from hw.mac.crc32 import ONES, crc32
from hw.mac.frame_type import CONTROL_TYPE, PAUSE_OPCODE
from hw.ports import Sig, clock, into, out, register

PREAMBLE_NIBBLES = 15
"""Seven octets of 0x55 and the SFD's lower nibble; its upper one is 0xD."""
JAM_NIBBLES = 8
FCS_NIBBLES = 8
FCS_OCTETS = 4
SKIPPED_NIBBLES = PREAMBLE_NIBBLES - 1
"""What is not sent when a frame begins with the SFD."""
HEADER_NIBBLES = 16
"""Preamble and SFD."""
CONTROL_NIBBLES = 36
"""A PAUSE frame: addresses, type, opcode and time. The rest is pad."""
CONTROL_GROUP = 0x0180C2
"""The group address 01-80-C2-00-00-01 begins with it."""
CARRIER_NIBBLES = 24
"""Carrier of the station's own signal must be present this many nibbles after its first bit: it passes the
PHY, the MAU and the synchroniser."""
LENGTH_BITS = 18
"""A count of nibbles: a frame of 65,535 octets, its header and FCS."""
NO_LIMIT = (1 << LENGTH_BITS) - 1
COLLISION_PIPELINE = 5
"""Nibbles decided between the one on the cable at a collision and the moment in which it is seen: two stages,
the PHY, and two flip-flops."""

State = enum("IDLE", "PREAMBLE", "DATA", "PAD", "FCS", "LAST", "STARVED", "JAM")


@block
def bit_transmitter(
    tx_clk: Annotated[Sig, clock("MII transmit clock, 2.5 MHz")],
    start: Annotated[Sig, into(1, "for one tick: begin a transmission")],
    control: Annotated[Sig, into(1, "send a PAUSE frame instead of words")],
    resetting: Annotated[Sig, into(1, "break off, without jam")],
    carrier: Annotated[Sig, into(1, "MII's crs, synchronised")],
    collision: Annotated[Sig, into(1, "MII's col, synchronised")],
    full_0: Annotated[Sig, into(1, "tx_full_0, synchronised")],
    full_1: Annotated[Sig, into(1, "tx_full_1, synchronised")],
    tx_length: Annotated[
        Sig, into(16, "octets of the frame without FCS and pad; 0: see tx_end; stable while it waits")
    ],
    tx_pad: Annotated[Sig, into(1, "pad to min_frame")],
    tx_crc: Annotated[Sig, into(1, "append the FCS")],
    tx_word_0: Annotated[Sig, into(32, "octets 0-3, 8-11, ... of the frame, first octet on top")],
    tx_word_1: Annotated[Sig, into(32, "octets 4-7, 12-15, ...")],
    tx_end_0: Annotated[Sig, into(3, "octets of word 0 if it is the last, else 0")],
    tx_end_1: Annotated[Sig, into(3, "octets of word 1 if it is the last, else 0")],
    min_frame: Annotated[Sig, into(16, "MINFL: octets with FCS")],
    max_frame: Annotated[Sig, into(16, "MAXFL: octets with FCS")],
    collision_valid: Annotated[Sig, into(6, "COLLVALID: a collision after this many octets + 1 is late")],
    full_duplex: Annotated[Sig, into(1, "FULLD")],
    no_preamble: Annotated[Sig, into(1, "NOPRE: frames begin with the SFD")],
    delay_crc: Annotated[Sig, into(1, "DLYCRCEN: the CRC begins 4 octets after the SFD")],
    huge_enable: Annotated[Sig, into(1, "HUGEN: frames may be longer than max_frame")],
    late_from_sfd: Annotated[
        Sig, into(1, "strap: the collision window begins after the SFD, not with the first bit")
    ],
    station_address: Annotated[Sig, into(48, "MAC_ADDR1 and MAC_ADDR0: the source of PAUSE frames")],
    tx_pause_time: Annotated[Sig, into(16, "TXPAUSETV: its time, in quanta of 512 bit times")],
    txd: Annotated[Sig, out(4, "MII transmit data")],
    tx_en: Annotated[Sig, out(1, "MII transmit enable")],
    tx_taken_0: Annotated[Sig, out(1, "changes when word 0 has been taken")],
    tx_taken_1: Annotated[Sig, out(1, "changes when word 1 has been taken")],
    sent: Annotated[Sig, out(LENGTH_BITS, "nibbles of this transmission so far, preamble included")],
    finished: Annotated[Sig, out(1, "for one tick: the transmission is over")],
    collided: Annotated[Sig, out(1, "it ended with a collision; valid until the next start")],
    late: Annotated[Sig, out(1, "that collision was late")],
    underrun: Annotated[Sig, out(1, "it ended for lack of data")],
    no_carrier: Annotated[Sig, out(1, "carrier was missing while it lasted")],
) -> Any:
    """The BitTransmitter process."""
    state = Signal(State.IDLE)
    nibble = register(4)
    shown = register(4)
    valid = register(1)
    header_out = register(1)
    jam = register(1)
    jammed = register(3)
    from_fcs = register(1)
    fcs_index = register(3)
    shift = register(28)
    word_index = register(1)
    count = register(4)
    remaining = Signal(modbv(0)[17:])
    last = register(LENGTH_BITS)
    crc_init = register(1)
    crc_enable = register(1)
    crc = register(32, ONES)
    fcs = crc32(**by_name(crc32, locals(), clk=tx_clk, init=crc_init, enable=crc_enable, data=nibble))

    @always_comb
    def break_off() -> None:
        jam.next = header_out and (collision or collided or underrun)

    @always_comb
    def mii() -> None:
        if jam:
            txd.next = 15
        else:
            txd.next = shown

    @always(tx_clk.posedge)
    def transmit() -> None:
        word = intbv(0)[32:]
        octets = intbv(0)[3:]
        window = intbv(0)[LENGTH_BITS:]
        if resetting:
            tx_en.next = False
            valid.next = False
            header_out.next = False
            jammed.next = 0
            finished.next = False
            state.next = State.IDLE
        elif state == State.IDLE:
            finished.next = False
            if start:
                state.next = State.PREAMBLE
                nibble.next = 5
                valid.next = True
                count.next = 1
                sent.next = 1
                if no_preamble:
                    # Counted as if it had been sent.
                    count.next = PREAMBLE_NIBBLES
                    sent.next = PREAMBLE_NIBBLES
                collided.next = False
                late.next = False
                underrun.next = False
                no_carrier.next = False
                word_index.next = False
                from_fcs.next = False
                fcs_index.next = 0
                crc_init.next = True
                crc_enable.next = False
                remaining.next = concat(tx_length, False)
                if control:
                    remaining.next = CONTROL_NIBBLES
                last.next = concat(intbv(0)[1:], max_frame, False) + (HEADER_NIBBLES - 1)
                if huge_enable or control:
                    last.next = NO_LIMIT
        else:
            sent.next = sent + 1
            if collision and not collided:
                collided.next = True
                window[:] = concat(intbv(0)[11:], collision_valid, True) + COLLISION_PIPELINE
                if late_from_sfd:
                    window[:] = window + HEADER_NIBBLES
                elif no_preamble:
                    window[:] = window + SKIPPED_NIBBLES
                late.next = sent > window
            if jam:
                crc_enable.next = False
                jammed.next = (jammed + 1) & 7
                state.next = State.JAM
                if jammed == JAM_NIBBLES - 1:
                    tx_en.next = False
                    header_out.next = False
                    finished.next = True
                    state.next = State.IDLE
            else:
                # Second stage: what is shown.
                tx_en.next = valid
                if sent == HEADER_NIBBLES + 1:
                    header_out.next = True
                if from_fcs:
                    shown.next = 15 ^ concat(
                        crc[concat(fcs_index, True, True)],
                        crc[concat(fcs_index, True, False)],
                        crc[concat(fcs_index, False, True)],
                        crc[concat(fcs_index, False, False)],
                    )
                    fcs_index.next = (fcs_index + 1) & 7
                else:
                    shown.next = nibble

                # First stage: what comes next.
                if state == State.PREAMBLE:
                    crc_init.next = False
                    count.next = (count + 1) & 15
                    if count == PREAMBLE_NIBBLES:
                        nibble.next = 13
                        if not (collision or collided):
                            state.next = State.DATA
                elif state == State.STARVED:
                    underrun.next = True
                elif state == State.LAST:
                    crc_enable.next = False
                    from_fcs.next = False
                    valid.next = False
                    if not valid:
                        header_out.next = False
                        finished.next = True
                        state.next = State.IDLE
                else:
                    crc_enable.next = not delay_crc or sent >= HEADER_NIBBLES + 2 * FCS_OCTETS
                    if state == State.DATA:
                        count.next = (count + 1) & 7
                        remaining.next = remaining - 1
                        if count == 0:
                            if control:
                                if remaining[6:3] == 4:
                                    word[:] = concat(intbv(CONTROL_GROUP)[24:], intbv(0)[8:])
                                elif remaining[6:3] == 3:
                                    word[:] = concat(intbv(1)[16:], station_address[48:32])
                                elif remaining[6:3] == 2:
                                    word[:] = station_address[32:]
                                elif remaining[6:3] == 1:
                                    word[:] = concat(intbv(CONTROL_TYPE)[16:], intbv(PAUSE_OPCODE)[16:])
                                else:
                                    word[:] = concat(tx_pause_time, intbv(0)[16:])
                            elif word_index:
                                word[:] = tx_word_1
                                octets[:] = tx_end_1
                                tx_taken_1.next = full_1
                            else:
                                word[:] = tx_word_0
                                octets[:] = tx_end_0
                                tx_taken_0.next = full_0
                            if octets != 0:
                                # Nibbles that are left of it after this one.
                                octets[:] = octets - 1
                                remaining.next = concat(intbv(0)[13:], octets, True)
                            word_index.next = not word_index
                            nibble.next = word[28:24]
                            shift.next = concat(word[8:], word[16:8], word[24:16], word[32:28])
                        else:
                            nibble.next = shift[4:]
                            shift.next = shift >> 4
                        if remaining == 1:
                            count.next = 0
                            if (tx_pad or control) and sent < (
                                concat(intbv(0)[1:], min_frame, False) + (PREAMBLE_NIBBLES - 2 * FCS_OCTETS)
                            ):
                                state.next = State.PAD
                            elif tx_crc or control:
                                state.next = State.FCS
                            else:
                                state.next = State.LAST
                        if (
                            count == 0
                            and not control
                            and (
                                (word_index and full_1 == tx_taken_1)
                                or (not word_index and full_0 == tx_taken_0)
                            )
                        ):
                            state.next = State.STARVED
                    elif state == State.PAD:
                        nibble.next = 0
                        if sent == concat(intbv(0)[1:], min_frame, False) + (
                            PREAMBLE_NIBBLES - 2 * FCS_OCTETS
                        ):
                            state.next = State.FCS
                    else:
                        crc_enable.next = False
                        from_fcs.next = True
                        count.next = count + 1
                        if count == FCS_NIBBLES - 1:
                            state.next = State.LAST
                    if sent == last:
                        state.next = State.LAST
                    if not carrier and not full_duplex and sent >= CARRIER_NIBBLES:
                        no_carrier.next = True

    return fcs, break_off, mii, transmit
