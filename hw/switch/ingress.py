"""A switch port's receiving side: from the MAC's words to a frame in a buffer, and the relay's verdict on it.

The first word of a frame claims a buffer, if there is one; each word is stored as soon as the packet memory
grants it. When the frame has ended well, its header, buffer and length are offered to the relay, which
answers to how many ports it has queued it. For none, the buffer is free at once. A frame with an error (bad
FCS, runt, too long, lost words) is forgotten and so is one for which there was no buffer; both are counted.

Cut-through: a frame is also offered, as `early`, when the words with its addresses are stored. If the relay
takes it then (one port, which is idle), its end is offered all the same: for its length, and to learn from.
"""

from typing import Any

from myhdl import ConcatSignal, Signal, always, always_comb, block, enum, modbv

from hw.ports import into, out, register
from hw.switch.backpressure import backpressure
from hw.switch.buffers import frame_buffers
from hw.switch.sizes import BUFFER_BITS, LENGTH_BITS, NO_ROOM, PORT_BITS, WORD_BITS

TOGGLES = 4
PAUSE_DONE, RX_END, RX_FULL_1, RX_FULL_0 = range(TOGGLES)
"""Bits of `ingress_seen`."""
RX_ERRORS = 1 << 6 | 1 << 5 | 0b1111
"""Bits of rx_status that forbid a frame to be forwarded: IS, SF, OR, DN, TL, CRC."""
HEADER_WORDS = 3
"""Both addresses."""

State = enum("IDLE", "STORE", "OFFER")

CLOCK = "ingress_clk"
PORTS = (
    into("ingress_clk", 1, "100 MHz; runs while a toggle is not seen, at pulses, or ingress_busy"),
    into("rx_word_0", 32, "octets 0-3, 8-11, ..."),
    into("rx_word_1", 32, "octets 4-7, 12-15, ..."),
    into("rx_full_0", 1, "changes when word 0 is full"),
    into("rx_full_1", 1, "changes when word 1 is full"),
    into("rx_end", 1, "changes when a frame is over"),
    into("rx_length", 16, "its octets, FCS included"),
    into("rx_status", 10, "what the MAC says of it"),
    into("tx_pause_done", 1, "follows tx_pause when the PAUSE frame has left"),
    into("full_duplex", 1, "the port is in full duplex"),
    into("store_granted", 1, "for one tick: store_word is stored"),
    into("served", 1, "for one tick: the relay has taken notice of the offer"),
    into("copies", PORT_BITS, "to so many ports; NO_ROOM: to none, since their queues are full"),
    into("found_port", PORT_BITS, "if it is one: this"),
    into("returned", 1, "for one tick: a port has sent its copy"),
    into("returned_buffer", BUFFER_BITS, "of the frame that is there"),
    into("cut_through", 1, "strap: offer frames early"),
    into("buffers", BUFFER_BITS + 1, "strap: frames that wait at most, 1 to 32"),
    into("pause_above", BUFFER_BITS + 1, "strap: frames that wait above which the far end is asked to pause"),
    into("resume_at", BUFFER_BITS + 1, "strap: frames that wait at which it may go on"),
    out("rx_taken_0", 1, "changes when word 0 has been taken"),
    out("rx_taken_1", 1, "changes when word 1 has been taken"),
    out("store_request", 1, "a word is to be stored"),
    out("store_index", WORD_BITS, "its place in `slot`"),
    out("store_word", 32, "the word"),
    out("offer", 1, "a frame, or its header, for the relay"),
    out("early", 1, "the frame has not ended"),
    out("taken_early", 1, "the relay has queued the frame before it ended"),
    out("early_port", PORT_BITS, "at this port"),
    out("sound", 1, "it has ended without an error"),
    out("header_0", 32, "its first four octets"),
    out("header_1", 32, "the next"),
    out("header_2", 32, "the next"),
    out("slot", BUFFER_BITS, "where it is"),
    out("length", LENGTH_BITS, "its octets, FCS included"),
    out("tx_pause", 1, "changes when a PAUSE frame is to be sent"),
    out("tx_pause_time", 16, "its time, in quanta of 512 bit times"),
    out("ingress_seen", TOGGLES, "follows rx_full_0, rx_full_1, rx_end and tx_pause_done"),
    out("ingress_busy", 1, "the clock is needed"),
    out("received", 32, "frames that came in without an error"),
    out("bad", 32, "frames with an error"),
    out("no_buffer", 32, "frames for which there was no buffer"),
    out("filtered", 32, "frames that nobody behind another port was to have"),
)


@block
def switch_ingress(
    ingress_clk: Any,
    rx_word_0: Any,
    rx_word_1: Any,
    rx_full_0: Any,
    rx_full_1: Any,
    rx_end: Any,
    rx_length: Any,
    rx_status: Any,
    tx_pause_done: Any,
    full_duplex: Any,
    store_granted: Any,
    served: Any,
    copies: Any,
    found_port: Any,
    returned: Any,
    returned_buffer: Any,
    cut_through: Any,
    buffers: Any,
    pause_above: Any,
    resume_at: Any,
    rx_taken_0: Any,
    rx_taken_1: Any,
    store_request: Any,
    store_index: Any,
    store_word: Any,
    offer: Any,
    early: Any,
    taken_early: Any,
    early_port: Any,
    sound: Any,
    header_0: Any,
    header_1: Any,
    header_2: Any,
    slot: Any,
    length: Any,
    tx_pause: Any,
    tx_pause_time: Any,
    ingress_seen: Any,
    ingress_busy: Any,
    received: Any,
    bad: Any,
    no_buffer: Any,
    filtered: Any,
) -> Any:
    """The receiving side of a switch port. Ports: `PORTS`. Clock: `ingress_clk`."""
    state = Signal(State.IDLE)
    pins = ConcatSignal(rx_full_0, rx_full_1, rx_end, tx_pause_done)
    meta = register(TOGGLES)
    stable = register(TOGGLES)
    word_waits, due, pausing, keep, none_spare, homeless, index, end_seen = [register(1) for _ in range(8)]
    words = Signal(modbv(0)[WORD_BITS:])
    spare = register(BUFFER_BITS)
    held = Signal(modbv(0)[BUFFER_BITS + 1 :])

    account = frame_buffers(
        ingress_clk, keep, slot, copies, returned, returned_buffer, buffers, spare, none_spare, held
    )
    pressure = backpressure(
        ingress_clk, full_duplex, keep, held, stable(PAUSE_DONE), pause_above, resume_at, tx_pause,
        tx_pause_time, pausing,
    )  # fmt: skip

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
                    slot.next = spare
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
                sound.next = good
                early.next = False
                if not good:
                    bad.next = bad + 1
                elif homeless:
                    no_buffer.next = no_buffer + 1
                else:
                    received.next = received + 1
                if not homeless and (good or taken_early):
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
                if words == HEADER_WORDS and cut_through:
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
