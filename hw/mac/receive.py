"""The MAC's receiving half: the FrameReceiver of clause 4.2.9, a nibble at a time.

It searches for the SFD on MII, joins nibbles to octets and octets to words of 32 bits (first octet on top),
and hands words (`word_store`) and finally a status to the bus side. Parts of it examine the destination
address (`address_filter`), the FCS (`crc32`) and the type (`frame_type`).

The SFD is the nibble 5 and D behind it (tables 22-3 and 22-4). Any number of nibbles may stand before, and
nothing is asked of them: PhysicalSignalDecap of clause 4.2.9 discards what is not the SFD. A D that is the
first nibble under `rx_dv` is none, because `rx_dv` covers the whole SFD (22.2.2.7). `rx_er` counts from the
first nibble on (22.2.1.5).

The first word is announced only when the address has been accepted: a frame for another station never wakes
the bus side, and the rest of it is ignored: `rx_skip` changes, and the receiver stops until the line is idle.
A runt (less than MINFL) ends with a status that says so, and the bus side drops it. Half an octet at the end
is dropped; with a bad FCS it is an alignment error (4.2.4.2.1). A frame whose carrier came too soon after the
frame before is not received at all, unless IFG is set.

Under `mac_reset` a frame breaks off without a status, and the rest of it is ignored: an SFD is never searched
for in the middle of a frame.

A PAUSE frame (annex 31B) is obeyed if it is 64 octets long, valid, its FCS good, and RXFLOW on: `rx_pause`
changes. `address_filter` and the bus side decide whether it is stored too (PASSALL).
"""

from typing import Annotated, Any

from myhdl import ConcatSignal, Signal, always, always_comb, block, concat, enum, intbv

from hw.hierarchy import by_name
from hw.mac import status
from hw.mac.address_filter import address_filter
from hw.mac.crc32 import ONES, RESIDUE, crc32
from hw.mac.frame_type import CONTROL_TYPE, frame_type
from hw.mac.word_store import word_store
from hw.ports import Sig, clock, into, of, out, register

PREAMBLE, SFD = 5, 13
"""A nibble of the preamble, which is also the first of the SFD, and the SFD's second."""
WORD_OCTETS = 4
PREAMBLE_OCTETS = 8
"""With the SFD; the collision window begins with them."""
DELAY_OCTETS = 4
"""The CRC skips them with DLYCRCEN."""
HEADER_AND_FCS_OCTETS = 18
PAUSE_OCTETS = 64
MOST_LENGTH = 1500
"""Greater values are types."""
RESIDUE_HIGH = RESIDUE >> 16
RESIDUE_LOW = RESIDUE & 0xFFFF
"""In halves, because a VHDL integer ends at 2**31."""
MOST_OCTETS = 0xFFFF
"""The count stops here, however long the frame is."""

PINS = 4
RX_TAKEN_0, RX_TAKEN_1, COL, MAC_RESET = range(PINS)
"""Bits of the synchroniser."""

State = enum("IDLE", "PREAMBLE", "DATA", "TAIL", "CHECK", "STATUS", "SKIP", "DROP")


@block
def mac_receive(
    rx_clk: Annotated[
        Sig, clock("MII receive clock, 2.5 MHz; runs while a signal comes in, then while rx_busy")
    ],
    rxd: Annotated[Sig, of(address_filter)],
    rx_dv: Annotated[Sig, into(1, "MII receive data valid")],
    rx_er: Annotated[Sig, into(1, "MII receive error: the nibble was not valid Manchester code")],
    col: Annotated[Sig, into(1, "MII collision, asynchronous")],
    short_gap: Annotated[Sig, into(1, "the carrier of this frame came too soon; stable while it lasts")],
    mac_reset: Annotated[Sig, into(1, "all work is dropped; for six ticks at least, if the clock runs")],
    rx_enable: Annotated[Sig, into(1, "RXEN")],
    promiscuous: Annotated[Sig, of(address_filter)],
    reject_broadcast: Annotated[Sig, of(address_filter)],
    individual_hash: Annotated[Sig, of(address_filter)],
    ignore_gap: Annotated[Sig, into(1, "IFG: short gaps are accepted")],
    huge_enable: Annotated[Sig, into(1, "HUGEN: frames may be longer than max_frame")],
    delay_crc: Annotated[Sig, into(1, "DLYCRCEN: the CRC begins 4 octets after the SFD")],
    full_duplex: Annotated[Sig, into(1, "FULLD: no collisions")],
    pass_all: Annotated[Sig, of(address_filter)],
    rx_flow: Annotated[Sig, of(address_filter)],
    station_address: Annotated[Sig, of(address_filter)],
    hash_0: Annotated[Sig, of(address_filter)],
    hash_1: Annotated[Sig, of(address_filter)],
    min_frame: Annotated[Sig, into(16, "MINFL: octets with FCS")],
    max_frame: Annotated[Sig, into(16, "MAXFL: octets with FCS")],
    collision_valid: Annotated[Sig, into(6, "COLLVALID: a collision after this many octets + 1 is late")],
    rx_taken_0: Annotated[Sig, into(1, "changes when word 0 has been taken")],
    rx_taken_1: Annotated[Sig, into(1, "changes when word 1 has been taken")],
    rx_word_0: Annotated[Sig, of(word_store)],
    rx_word_1: Annotated[Sig, of(word_store)],
    rx_full_0: Annotated[Sig, of(word_store)],
    rx_full_1: Annotated[Sig, of(word_store)],
    rx_end: Annotated[Sig, out(1, "changes when a frame whose address matched is over")],
    rx_length: Annotated[Sig, out(16, "its octets, FCS included")],
    rx_status: Annotated[Sig, out(status.STATUS_BITS, status.RX_STATUS)],
    rx_pause: Annotated[Sig, out(1, "changes when a PAUSE frame has come")],
    pause_time: Annotated[Sig, out(16, "its time, in quanta of 512 bit times")],
    rx_busy: Annotated[Sig, out(1, "the clock is needed")],
    rx_skip: Annotated[Sig, out(1, "changes when the rest of a frame is to be ignored")],
) -> Any:
    """The receiving half of the MAC."""
    state = Signal(State.IDLE)
    half_sfd = register(1)
    odd = register(1)
    low = register(4)
    octets = register(16)
    word = register(32)
    bounds = register(17)
    put, announce, accepted, invalid, late, bad_fcs, too_long = [register(1) for _ in range(7)]
    receiving, wanted, unwanted, silent, foreign, pause_address = [register(1) for _ in range(6)]
    overrun, pause_opcode = [register(1) for _ in range(2)]
    length_type = register(16)
    quanta = register(16)
    frame_begins = register(1)
    crc_enable = register(1)
    crc_nibble = register(4)
    crc = register(32, ONES)
    pins = ConcatSignal(mac_reset, col, rx_taken_1, rx_taken_0)
    meta = register(PINS)
    stable = register(PINS)

    fcs = crc32(**by_name(crc32, locals(), clk=rx_clk, init=frame_begins, enable=crc_enable, data=crc_nibble))
    recognition = address_filter(**by_name(address_filter, locals(), crc=crc(6, 0)))
    store = word_store(
        **by_name(word_store, locals(), taken_0=stable(RX_TAKEN_0), taken_1=stable(RX_TAKEN_1))
    )
    kind = frame_type(**by_name(frame_type, locals()))

    @always_comb
    def busy() -> None:
        rx_busy.next = state != State.IDLE
        receiving.next = state == State.DATA

    @always(rx_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta

    @always(rx_clk.posedge)
    def receive() -> None:
        frame_begins.next = False
        crc_enable.next = False
        put.next = False
        announce.next = False
        if state == State.IDLE:
            if rx_dv:
                state.next = State.PREAMBLE
                half_sfd.next = rxd == PREAMBLE
                invalid.next = rx_er
        elif state == State.PREAMBLE:
            half_sfd.next = rxd == PREAMBLE
            if rx_er:
                invalid.next = True
            if not rx_dv:
                state.next = State.IDLE
            elif half_sfd and rxd == SFD:
                octets.next = 0
                odd.next = False
                accepted.next = False
                late.next = False
                frame_begins.next = True
                # This many octets are put into words, the last word whole.
                bounds.next = concat(False, max_frame) + WORD_OCTETS
                if huge_enable:
                    bounds.next = MOST_OCTETS + WORD_OCTETS
                if rx_enable and (ignore_gap or not short_gap):
                    state.next = State.DATA
                else:
                    rx_skip.next = not rx_skip
                    state.next = State.SKIP
        elif stable[MAC_RESET]:
            if not rx_dv:
                state.next = State.IDLE
            elif state == State.DATA:
                rx_skip.next = not rx_skip
                state.next = State.DROP
        elif state == State.DATA:
            # The CRC takes whole octets only: the lower nibble when the upper one has come, then that.
            if odd:
                crc_enable.next = rx_dv and (not delay_crc or octets >= DELAY_OCTETS)
                crc_nibble.next = low
            else:
                crc_enable.next = octets != 0 and (not delay_crc or octets > DELAY_OCTETS)
                crc_nibble.next = word[8:4]
            if not rx_dv:
                if accepted:
                    state.next = State.TAIL
                else:
                    state.next = State.IDLE
            else:
                odd.next = not odd
                if rx_er:
                    invalid.next = True
                if odd:
                    word.next = concat(word[24:], rxd, low)
                    if octets != MOST_OCTETS:
                        octets.next = octets + 1
                    if (
                        stable[COL]
                        and not full_duplex
                        and concat(False, octets) + PREAMBLE_OCTETS > collision_valid
                    ):
                        late.next = True
                else:
                    low.next = rxd
                    if octets[2:] == 0 and octets != 0 and concat(False, octets) < bounds:
                        put.next = True
                        announce.next = accepted and not silent
                if not accepted:
                    if wanted:
                        accepted.next = True
                        announce.next = not silent
                    elif unwanted:
                        rx_skip.next = not rx_skip
                        state.next = State.SKIP
        elif state == State.TAIL:
            # The last word, whole or not, its octets on top. Half an octet behind a whole word has put that.
            state.next = State.CHECK
            if octets[2:] == 1:
                word.next = concat(word[8:], intbv(0)[24:])
            elif octets[2:] == 2:
                word.next = concat(word[16:], intbv(0)[16:])
            elif octets[2:] == 3:
                word.next = concat(word[24:], intbv(0)[8:])
            if concat(False, octets) < bounds and not (odd and octets[2:] == 0):
                put.next = True
                announce.next = not silent
        elif state == State.CHECK:
            state.next = State.STATUS
            bad_fcs.next = crc[32:16] != RESIDUE_HIGH or crc[16:] != RESIDUE_LOW
            too_long.next = (octets > max_frame and not huge_enable) or octets == MOST_OCTETS
        elif state == State.STATUS:
            state.next = State.IDLE
            control = length_type == CONTROL_TYPE and octets >= min_frame
            if not silent:
                rx_end.next = not rx_end
                rx_status.next[status.RX_LC] = late
                rx_status.next[status.RX_LE] = (
                    not bad_fcs
                    and not too_long
                    and octets >= min_frame
                    and length_type <= MOST_LENGTH
                    and concat(False, length_type) + HEADER_AND_FCS_OCTETS > octets
                )
                rx_status.next[status.RX_CF] = control
                rx_status.next[status.RX_IS] = invalid
                rx_status.next[status.RX_SF] = octets < min_frame
                rx_status.next[status.RX_M] = foreign
                rx_status.next[status.RX_OR] = overrun
                rx_status.next[status.RX_DN] = odd and bad_fcs
                rx_status.next[status.RX_TL] = too_long
                rx_status.next[status.RX_CRC] = bad_fcs
                rx_length.next = octets
                if too_long and not huge_enable:
                    rx_length.next = max_frame
            if (
                rx_flow
                and control
                and pause_opcode
                and pause_address
                and octets == PAUSE_OCTETS
                and not bad_fcs
                and not invalid
            ):
                rx_pause.next = not rx_pause
                pause_time.next = quanta
        elif not rx_dv:
            state.next = State.IDLE

    return fcs, recognition, store, kind, busy, synchronise, receive
