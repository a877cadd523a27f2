"""The MAC's receiving half: the FrameReceiver of clause 4.2.9, a nibble at a time.

It looks for the SFD on MII, joins nibbles to octets and octets to words of 32 bits (first octet on top),
checks the destination address, the FCS and the length, and hands words and finally a status to the bus
side. Words go out in turn through two registers, each with a toggle that says it is full and one that says
it was taken.

The first word is announced only when the address has matched: a frame for somebody else never wakes the bus
side. Nor is the rest of it looked at: `rx_skip` changes, and the receiver sleeps until the line is idle.
Runts (less than MINFL) end with a status that says so, and the bus side forgets them. Half an octet at the
end is dropped; it is an alignment error only if the FCS is bad too (4.2.4.2.1).
"""

from typing import Any

from myhdl import ConcatSignal, Signal, always, always_comb, block, concat, enum, intbv

from hw.mac.crc32 import ONES, RESIDUE, crc32
from hw.ports import into, out, register

SFD = 13
ADDRESS_OCTETS = 6
WORD_OCTETS = 4
RESIDUE_HIGH = RESIDUE >> 16
RESIDUE_LOW = RESIDUE & 0xFFFF
"""In halves, because a VHDL integer ends at 2**31."""
MOST_OCTETS = 0xFFFF
"""The count stops here, however long somebody jabbers."""

State = enum("IDLE", "DATA", "TAIL", "STATUS", "SKIP")

CLOCK = "rx_clk"
PORTS = (
    into("rx_clk", 1, "MII receive clock, 2.5 MHz; runs while the line is heard and then while rx_busy"),
    into("rxd", 4, "MII receive data"),
    into("rx_dv", 1, "MII receive data valid"),
    into("rx_enable", 1, "RXEN"),
    into("promiscuous", 1, "PRO: take every frame"),
    into("reject_broadcast", 1, "BRO: drop broadcasts"),
    into("station_address", 48, "MAC_ADDR1 and MAC_ADDR0: first octet on top"),
    into("min_frame", 16, "MINFL: octets with FCS"),
    into("max_frame", 16, "MAXFL: octets with FCS"),
    into("rx_taken_0", 1, "changes when word 0 has been taken"),
    into("rx_taken_1", 1, "changes when word 1 has been taken"),
    out("rx_word_0", 32, "octets 0-3, 8-11, ..."),
    out("rx_word_1", 32, "octets 4-7, 12-15, ..."),
    out("rx_full_0", 1, "changes when word 0 is full"),
    out("rx_full_1", 1, "changes when word 1 is full"),
    out("rx_end", 1, "changes when a frame whose address matched is over"),
    out("rx_length", 16, "its octets, FCS included"),
    out("rx_status", 10, "of that frame: 5 runt, 4 M (foreign address), 3 OR, 2 DN, 1 TL, 0 CRC"),
    out("rx_busy", 1, "the clock is needed"),
    out("rx_skip", 1, "changes when the rest of a frame is not wanted"),
)


@block
def mac_receive(
    rx_clk: Any,
    rxd: Any,
    rx_dv: Any,
    rx_enable: Any,
    promiscuous: Any,
    reject_broadcast: Any,
    station_address: Any,
    min_frame: Any,
    max_frame: Any,
    rx_taken_0: Any,
    rx_taken_1: Any,
    rx_word_0: Any,
    rx_word_1: Any,
    rx_full_0: Any,
    rx_full_1: Any,
    rx_end: Any,
    rx_length: Any,
    rx_status: Any,
    rx_busy: Any,
    rx_skip: Any,
) -> Any:
    """The receiving half of the MAC. Ports: `PORTS`. Clock: `rx_clk`."""
    state = Signal(State.IDLE)
    odd = register(1)
    low = register(4)
    octets = register(16)
    word = register(32)
    expected = register(48)
    own = register(1)
    broadcast = register(1)
    foreign = register(1)
    word_index = register(1)
    overrun = register(1)
    crc_init = register(1)
    crc_enable = register(1)
    crc_nibble = register(4)
    crc = register(32, ONES)
    fcs = crc32(rx_clk, crc_init, crc_enable, crc_nibble, crc)
    pins = ConcatSignal(rx_taken_1, rx_taken_0)
    meta = register(2)
    taken = register(2)

    @always_comb
    def busy() -> None:
        rx_busy.next = state != State.IDLE

    @always(rx_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        taken.next = meta

    @always(rx_clk.posedge)
    def receive() -> None:
        tail = intbv(0)[32:]
        crc_init.next = False
        crc_enable.next = False
        if state == State.IDLE:
            if rx_dv:
                octets.next = 0
                odd.next = False
                # In the order in which its nibbles arrive, the first one lowest.
                expected.next = concat(
                    station_address[8:],
                    station_address[16:8],
                    station_address[24:16],
                    station_address[32:24],
                    station_address[40:32],
                    station_address[48:40],
                )
                own.next = True
                broadcast.next = True
                word_index.next = False
                overrun.next = False
                crc_init.next = True
                if rxd == SFD and rx_enable:
                    state.next = State.DATA
                else:
                    rx_skip.next = not rx_skip
                    state.next = State.SKIP
        elif state == State.DATA:
            # The CRC takes whole octets only: the lower nibble when the upper one has come, then that.
            if odd:
                crc_enable.next = rx_dv
                crc_nibble.next = low
            else:
                crc_enable.next = octets != 0
                crc_nibble.next = word[8:4]
            if not rx_dv:
                if octets > ADDRESS_OCTETS:
                    state.next = State.TAIL
                else:
                    state.next = State.IDLE
            else:
                odd.next = not odd
                if odd:
                    word.next = concat(word[24:], rxd, low)
                    if octets != MOST_OCTETS:
                        octets.next = octets + 1
                else:
                    low.next = rxd
                    if octets == WORD_OCTETS:
                        # Not announced before the address has been looked at.
                        rx_word_0.next = word
                        overrun.next = rx_full_0 != taken[0]
                    elif octets == ADDRESS_OCTETS:
                        if own or promiscuous or (broadcast and not reject_broadcast):
                            foreign.next = not own and not broadcast
                            rx_full_0.next = not rx_full_0
                            word_index.next = True
                        else:
                            rx_skip.next = not rx_skip
                            state.next = State.SKIP
                    elif octets[2:] == 0 and octets > ADDRESS_OCTETS and octets < max_frame + WORD_OCTETS:
                        word_index.next = not word_index
                        if word_index:
                            rx_word_1.next = word
                            rx_full_1.next = not rx_full_1
                            if rx_full_1 != taken[1]:
                                overrun.next = True
                        else:
                            rx_word_0.next = word
                            rx_full_0.next = not rx_full_0
                            if rx_full_0 != taken[0]:
                                overrun.next = True
                if octets < ADDRESS_OCTETS:
                    expected.next = expected >> 4
                    if rxd != expected[4:]:
                        own.next = False
                    if rxd != 15:
                        broadcast.next = False
        elif state == State.TAIL:
            # The last word, whole or not, its octets on top.
            state.next = State.STATUS
            tail[:] = word
            if octets[2:] == 1:
                tail[:] = concat(word[8:], intbv(0)[24:])
            elif octets[2:] == 2:
                tail[:] = concat(word[16:], intbv(0)[16:])
            elif octets[2:] == 3:
                tail[:] = concat(word[24:], intbv(0)[8:])
            if octets < max_frame + WORD_OCTETS:
                if word_index:
                    rx_word_1.next = tail
                    rx_full_1.next = not rx_full_1
                    if rx_full_1 != taken[1]:
                        overrun.next = True
                else:
                    rx_word_0.next = tail
                    rx_full_0.next = not rx_full_0
                    if rx_full_0 != taken[0]:
                        overrun.next = True
        elif state == State.STATUS:
            state.next = State.IDLE
            rx_end.next = not rx_end
            rx_status.next[5] = octets < min_frame
            rx_status.next[4] = foreign
            rx_status.next[3] = overrun
            bad_fcs = crc[32:16] != RESIDUE_HIGH or crc[16:] != RESIDUE_LOW
            rx_status.next[2] = odd and bad_fcs
            rx_status.next[1] = octets > max_frame
            rx_status.next[0] = bad_fcs
            rx_length.next = octets
            if octets > max_frame:
                rx_length.next = max_frame
        elif not rx_dv:
            state.next = State.IDLE

    return fcs, busy, synchronise, receive
