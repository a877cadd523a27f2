"""A switch port's receiving side: from the MAC's words to a frame in a buffer, offered to the relay.

The first word of a frame allocates a buffer, if there is one; each word is stored as soon as the packet
memory grants it. When the frame has ended without an error, its header, buffer and length are offered to the
relay, which answers at how many ports it has queued it. If at none, the buffer is free at once. A frame with
an error (bad FCS, runt, too long, lost words) is dropped, as is one for which there was no buffer; both are
counted. A MAC control frame, PAUSE for instance, ends in the MAC (clause 31.3): nobody here learns of it.

Cut-through: a frame is also offered, as `early`, when the words with its addresses and its type are stored,
unless the type is that of a control frame. If the relay queues it then (at one port, which is idle), its end
is offered too: for its length, and to learn from.
"""

from typing import Annotated, Any

from myhdl import ConcatSignal, Signal, always, always_comb, block, enum, modbv

from hw.hierarchy import by_name
from hw.mac import status
from hw.mac.frame_type import CONTROL_TYPE, TYPE_WORD
from hw.ports import Sig, clock, into, of, out, register
from hw.switch.backpressure import backpressure
from hw.switch.buffers import frame_buffers
from hw.switch.sizes import BUFFER_BITS, LENGTH_BITS, NO_ROOM, PORT_BITS, WORD_BITS

TOGGLES = 4
PAUSE_DONE, RX_END, RX_FULL_1, RX_FULL_0 = range(TOGGLES)
"""Bits of `ingress_seen`."""
RX_ERRORS = sum(
    1 << bit for bit in (status.RX_IS, status.RX_SF, status.RX_OR, status.RX_DN, status.RX_TL, status.RX_CRC)
)
"""A frame with one of these is not forwarded."""
HEADER_WORDS = 3
"""Both addresses."""

State = enum("IDLE", "STORE", "OFFER")


@block
def switch_ingress(
    ingress_clk: Annotated[
        Sig, clock("100 MHz; runs while a toggle is not seen, at pulses, or ingress_busy")
    ],
    rx_word_0: Annotated[Sig, into(32, "octets 0-3, 8-11, ...")],
    rx_word_1: Annotated[Sig, into(32, "octets 4-7, 12-15, ...")],
    rx_full_0: Annotated[Sig, into(1, "changes when word 0 is full")],
    rx_full_1: Annotated[Sig, into(1, "changes when word 1 is full")],
    rx_end: Annotated[Sig, into(1, "changes when a frame is over")],
    rx_length: Annotated[Sig, into(16, "its octets, FCS included")],
    rx_status: Annotated[Sig, into(status.STATUS_BITS, status.RX_STATUS)],
    tx_pause_done: Annotated[Sig, into(1, "follows tx_pause when the PAUSE frame has left")],
    full_duplex: Annotated[Sig, into(1, "the port is in full duplex")],
    store_granted: Annotated[Sig, into(1, "for one tick: store_word is stored")],
    served: Annotated[Sig, into(1, "for one tick: the relay has served the offer")],
    copies: Annotated[
        Sig, into(PORT_BITS, "ports that it is queued at; NO_ROOM: none, their queues are full")
    ],
    found_port: Annotated[Sig, into(PORT_BITS, "if it is one: its number")],
    returned: Annotated[Sig, of(frame_buffers)],
    returned_buffer: Annotated[Sig, of(frame_buffers)],
    cut_through: Annotated[Sig, into(1, "strap: offer frames early")],
    buffers: Annotated[Sig, of(frame_buffers)],
    pause_above: Annotated[Sig, of(backpressure)],
    resume_at: Annotated[Sig, of(backpressure)],
    rx_taken_0: Annotated[Sig, out(1, "changes when word 0 has been taken")],
    rx_taken_1: Annotated[Sig, out(1, "changes when word 1 has been taken")],
    store_request: Annotated[Sig, out(1, "a word is to be stored")],
    store_index: Annotated[Sig, out(WORD_BITS, "its place in the buffer")],
    store_word: Annotated[Sig, out(32, "the word")],
    offer: Annotated[Sig, out(1, "a frame, or its header, for the relay")],
    early: Annotated[Sig, out(1, "the frame has not ended yet")],
    taken_early: Annotated[Sig, out(1, "the relay has queued the frame before it ended")],
    early_port: Annotated[Sig, out(PORT_BITS, "number of the port that it was queued at early")],
    sound: Annotated[Sig, out(1, "the frame has ended without an error")],
    header_0: Annotated[Sig, out(32, "its octets 0 to 3")],
    header_1: Annotated[Sig, out(32, "its octets 4 to 7")],
    header_2: Annotated[Sig, out(32, "its octets 8 to 11")],
    buffer_number: Annotated[Sig, out(BUFFER_BITS, "number of its buffer")],
    length: Annotated[Sig, out(LENGTH_BITS, "its octets, FCS included")],
    tx_pause: Annotated[Sig, of(backpressure)],
    tx_pause_time: Annotated[Sig, of(backpressure)],
    ingress_seen: Annotated[Sig, out(TOGGLES, "follows rx_full_0, rx_full_1, rx_end and tx_pause_done")],
    ingress_busy: Annotated[Sig, out(1, "the clock is needed")],
    received: Annotated[Sig, out(32, "frames that came in without an error")],
    bad: Annotated[Sig, out(32, "frames with an error")],
    no_buffer: Annotated[Sig, out(32, "frames for which there was no buffer")],
    filtered: Annotated[Sig, out(32, "frames that were for no other port")],
) -> Any:
    """The receiving side of a switch port."""
    state = Signal(State.IDLE)
    pins = ConcatSignal(rx_full_0, rx_full_1, rx_end, tx_pause_done)
    meta = register(TOGGLES)
    stable = register(TOGGLES)
    word_waits, due, pausing, keep, none_spare, homeless, index, end_seen = [register(1) for _ in range(8)]
    words = Signal(modbv(0)[WORD_BITS:])
    spare = register(BUFFER_BITS)
    held = Signal(modbv(0)[BUFFER_BITS + 1 :])

    account = frame_buffers(**by_name(frame_buffers, locals()))
    pressure = backpressure(**by_name(backpressure, locals(), pause_done=stable(PAUSE_DONE)))

    @always_comb
    def look() -> None:
        keep.next = served and copies != 0 and copies != NO_ROOM
        if index:
            word_waits.next = stable[RX_FULL_1] != rx_taken_1
        else:
            word_waits.next = stable[RX_FULL_0] != rx_taken_0

    @always_comb
    def notice() -> None:
        due.next = word_waits or stable[RX_END] != end_seen

    @always_comb
    def needed() -> None:
        ingress_busy.next = state != State.IDLE or due or pausing

    @always(ingress_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta
        ingress_seen.next = stable

    @always(ingress_clk.posedge)
    def take() -> None:
        if state == State.IDLE:
            if word_waits:
                index.next = not index
                if index:
                    rx_taken_1.next = stable[RX_FULL_1]
                    store_word.next = rx_word_1
                else:
                    rx_taken_0.next = stable[RX_FULL_0]
                    store_word.next = rx_word_0
                store_index.next = words
                words.next = words + 1
                if words == 0:
                    taken_early.next = False
                    homeless.next = none_spare
                    buffer_number.next = spare
                    store_request.next = not none_spare
                    if not none_spare:
                        state.next = State.STORE
                elif not homeless:
                    store_request.next = True
                    state.next = State.STORE
            elif stable[RX_END] != end_seen:
                end_seen.next = stable[RX_END]
                index.next = False
                words.next = 0
                length.next = rx_length[LENGTH_BITS:]
                good = rx_status & RX_ERRORS == 0 and rx_length[16:LENGTH_BITS] == 0
                control = rx_status[status.RX_CF]
                sound.next = good and not control
                early.next = False
                if not good:
                    bad.next = bad + 1
                elif homeless and not control:
                    no_buffer.next = no_buffer + 1
                elif not control:
                    received.next = received + 1
                if not homeless and ((good and not control) or taken_early):
                    offer.next = True
                    state.next = State.OFFER
        elif state == State.STORE:
            if store_granted:
                store_request.next = False
                if words == 1:
                    header_0.next = store_word
                elif words == 2:
                    header_1.next = store_word
                elif words == HEADER_WORDS:
                    header_2.next = store_word
                if words == TYPE_WORD + 1 and cut_through and store_word[32:16] != CONTROL_TYPE:
                    early.next = True
                    offer.next = True
                    state.next = State.OFFER
                else:
                    state.next = State.IDLE
        elif served:
            offer.next = False
            state.next = State.IDLE
            if early:
                taken_early.next = keep
                early_port.next = found_port
            elif copies == 0 and not taken_early:
                filtered.next = filtered + 1

    return account, pressure, look, notice, needed, synchronise, take
