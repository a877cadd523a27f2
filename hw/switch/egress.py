"""A switch port's sending side: from its queue to the MAC, word by word.

The first frame of the queue is announced to the MAC, and its words are fetched from the packet memory two
ahead of what is being sent. After a collision the MAC needs them from the beginning. A frame is sent with
the FCS that it came with (802.1D 6.3.7), so that an error in the switch is detected. When the MAC has
finished with it, successfully or not, the copy is returned to the port that owns the buffer. Without a link
frames are not sent, but counted and returned, so that an unconnected port does not hold buffers forever. The
same is done with frames that have waited for a second (`hw.switch.transit`), except the one that the MAC has
already.

Cut-through: a frame may be queued before its length is known (0), and is sent while it comes in, some six
words behind. The length comes with `finish`, before the last word is due; if it is late, the MAC has an
underrun and the frame is invalid.
"""

from typing import Annotated, Any

from myhdl import ConcatSignal, Signal, always, always_comb, block, concat, enum, intbv, modbv

from hw.hierarchy import by_name
from hw.mac import status
from hw.ports import Sig, clock, into, of, out, register
from hw.switch.queue import ENTRY_BITS, output_queue
from hw.switch.sizes import BUFFER_BITS, FRAME_BITS, LENGTH_BITS, PORT_BITS, WORD_BITS
from hw.switch.transit import AGE_BITS, MOST_QUARTERS

TOGGLES = 5
TX_DONE, TX_REWIND, TX_TAKEN_1, TX_TAKEN_0, QUARTER = range(TOGGLES)
"""Bits of `egress_seen`."""
NOT_KNOWN = 1 << WORD_BITS
"""More words than a frame can have."""

State = enum("IDLE", "SEND", "FETCH", "GIVE_BACK")


@block
def switch_egress(
    egress_clk: Annotated[Sig, clock("100 MHz; runs while a toggle is not seen, at pulses, or egress_busy")],
    enqueue: Annotated[Sig, into(1, "for one tick: put `queued` into the queue")],
    queued: Annotated[Sig, into(FRAME_BITS, "port and buffer that a frame is in, and its octets")],
    finish: Annotated[Sig, into(1, "for one tick: `queued` has the octets of the frame that is being sent")],
    refused: Annotated[Sig, into(1, "for one tick: a frame was for this port, and its queue had no room")],
    fetch_granted: Annotated[Sig, into(1, "for one tick: fetch_request has been served")],
    fetched: Annotated[Sig, into(32, "the word")],
    link: Annotated[Sig, into(1, "the link is up")],
    quarter: Annotated[Sig, into(1, "changes every quarter of a second while not idle")],
    tx_taken_0: Annotated[Sig, into(1, "changes when the MAC has taken word 0")],
    tx_taken_1: Annotated[Sig, into(1, "changes when the MAC has taken word 1")],
    tx_rewind: Annotated[Sig, into(1, "changes when the MAC needs the frame from the beginning")],
    tx_done: Annotated[Sig, into(1, "changes when the MAC has finished with the frame")],
    tx_status: Annotated[Sig, into(status.STATUS_BITS, status.TX_STATUS)],
    tx_word_0: Annotated[Sig, out(32, "octets 0-3, 8-11, ...")],
    tx_word_1: Annotated[Sig, out(32, "octets 4-7, 12-15, ...")],
    tx_end_0: Annotated[Sig, out(3, "octets of word 0 if it is the last, else 0")],
    tx_end_1: Annotated[Sig, out(3, "octets of word 1 if it is the last, else 0")],
    tx_full_0: Annotated[Sig, out(1, "changes when word 0 has been filled")],
    tx_full_1: Annotated[Sig, out(1, "changes when word 1 has been filled")],
    tx_frame: Annotated[Sig, out(1, "changes when a frame waits")],
    tx_length: Annotated[Sig, out(16, "its octets; 0: not yet known")],
    tx_rewound: Annotated[Sig, out(1, "follows tx_rewind")],
    fetch_request: Annotated[Sig, out(1, "a word is needed, or a copy is to be returned")],
    give_back: Annotated[Sig, out(1, "a copy is to be returned")],
    fetch_owner: Annotated[Sig, out(PORT_BITS, "the port that the frame came in at")],
    fetch_buffer: Annotated[Sig, out(BUFFER_BITS, "the buffer that it is in")],
    fetch_index: Annotated[Sig, out(WORD_BITS, "the word's place there")],
    room: Annotated[Sig, of(output_queue)],
    idle: Annotated[Sig, out(1, "nothing is queued or being sent", initial=1)],
    holding: Annotated[Sig, out(1, "not idle: `quarter` is needed")],
    egress_seen: Annotated[
        Sig, out(TOGGLES, "follows quarter, tx_taken_0, tx_taken_1, tx_rewind and tx_done")
    ],
    egress_busy: Annotated[Sig, out(1, "the clock is needed")],
    sent: Annotated[Sig, out(32, "frames that went out")],
    unsent: Annotated[Sig, out(32, "frames that were not sent: no link, or the MAC did not succeed")],
    queue_full: Annotated[Sig, out(32, "frames for which the queue had no room")],
    delay_exceeded: Annotated[Sig, out(32, "frames that waited too long")],
    collisions: Annotated[Sig, out(32, "collisions of the frames that the MAC has finished with")],
    late_collisions: Annotated[Sig, out(32, "those after the slot time")],
) -> Any:
    """The sending side of a switch port."""
    state = Signal(State.IDLE)
    pins = ConcatSignal(quarter, tx_taken_0, tx_taken_1, tx_rewind, tx_done)
    meta = register(TOGGLES)
    stable = register(TOGGLES)
    dequeue, waiting, empty, index, done_seen, wanted, link_meta, linked = [register(1) for _ in range(8)]
    offered, overdue, quarter_seen = [register(1) for _ in range(3)]
    head = register(ENTRY_BITS)
    in_mac = register(FRAME_BITS - LENGTH_BITS)
    quarters, age = [Signal(modbv(0)[AGE_BITS:]) for _ in range(2)]
    entry = ConcatSignal(quarters, queued)
    words = register(LENGTH_BITS + 1)
    tail, last_octets = [register(3) for _ in range(2)]

    queue = output_queue(**by_name(output_queue, locals()))

    @always_comb
    def look() -> None:
        if index:
            wanted.next = tx_full_1 == stable[TX_TAKEN_1] and concat(intbv(0)[3:], fetch_index) < words
        else:
            wanted.next = tx_full_0 == stable[TX_TAKEN_0] and concat(intbv(0)[3:], fetch_index) < words

    @always_comb
    def mark() -> None:
        """The octets of the word that is fetched, if it is the last."""
        last_octets.next = 0
        if concat(intbv(0)[3:], fetch_index) + 1 == words:
            last_octets.next = tail

    @always_comb
    def rest() -> None:
        idle.next = state == State.IDLE and empty
        holding.next = state != State.IDLE or not empty

    @always_comb
    def reckon() -> None:
        age.next = quarters - head[ENTRY_BITS:FRAME_BITS]

    @always_comb
    def judge() -> None:
        overdue.next = waiting and age >= MOST_QUARTERS

    @always(egress_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta
        egress_seen.next = stable
        link_meta.next = link
        linked.next = link_meta
        if refused:
            queue_full.next = queue_full + 1
        if stable[QUARTER] != quarter_seen:
            quarter_seen.next = stable[QUARTER]
            quarters.next = quarters + 1

    @always(egress_clk.posedge)
    def send() -> None:
        octets = modbv(0)[2:]
        dequeue.next = False
        if state == State.IDLE:
            egress_busy.next = enqueue or not empty
            if waiting:
                dequeue.next = True
                index.next = False
                tx_length.next = concat(intbv(0)[5:], head[LENGTH_BITS:])
                words.next = (concat(False, head[LENGTH_BITS:]) + 3) >> 2
                if head[LENGTH_BITS:] == 0:
                    words.next = NOT_KNOWN
                octets[:] = head[2:] + 3
                tail.next = concat(False, octets) + 1
                fetch_owner.next = head[FRAME_BITS : FRAME_BITS - PORT_BITS]
                fetch_buffer.next = head[FRAME_BITS - PORT_BITS : LENGTH_BITS]
                fetch_index.next = 0
                if linked and not overdue:
                    tx_frame.next = not tx_frame
                    offered.next = True
                    in_mac.next = head[FRAME_BITS:LENGTH_BITS]
                    state.next = State.SEND
                else:
                    if linked:
                        delay_exceeded.next = delay_exceeded + 1
                    else:
                        unsent.next = unsent + 1
                    fetch_request.next = True
                    give_back.next = True
                    state.next = State.GIVE_BACK
        elif state == State.SEND:
            egress_busy.next = True
            if stable[TX_REWIND] != tx_rewound:
                tx_rewound.next = stable[TX_REWIND]
                tx_full_0.next = stable[TX_TAKEN_0]
                tx_full_1.next = stable[TX_TAKEN_1]
                index.next = False
                fetch_index.next = 0
            elif stable[TX_DONE] != done_seen:
                done_seen.next = stable[TX_DONE]
                tx_full_0.next = stable[TX_TAKEN_0]
                tx_full_1.next = stable[TX_TAKEN_1]
                if tx_status & status.TX_ERRORS != 0:
                    unsent.next = unsent + 1
                else:
                    sent.next = sent + 1
                if tx_status[status.TX_LC] or tx_status[status.TX_RL]:
                    collisions.next = (
                        collisions + concat(intbv(0)[28:], tx_status[status.TX_CS : status.TX_RTRY]) + 1
                    )
                else:
                    collisions.next = collisions + concat(
                        intbv(0)[28:], tx_status[status.TX_CS : status.TX_RTRY]
                    )
                if tx_status[status.TX_LC]:
                    late_collisions.next = late_collisions + 1
                offered.next = False
                fetch_request.next = True
                give_back.next = True
                state.next = State.GIVE_BACK
            elif wanted:
                fetch_request.next = True
                state.next = State.FETCH
            elif overdue:
                delay_exceeded.next = delay_exceeded + 1
                dequeue.next = True
                fetch_owner.next = head[FRAME_BITS : FRAME_BITS - PORT_BITS]
                fetch_buffer.next = head[FRAME_BITS - PORT_BITS : LENGTH_BITS]
                fetch_request.next = True
                give_back.next = True
                state.next = State.GIVE_BACK
            else:
                egress_busy.next = stable[QUARTER] != quarter_seen
        elif state == State.FETCH:
            if fetch_granted:
                fetch_request.next = False
                fetch_index.next = fetch_index + 1
                index.next = not index
                if index:
                    tx_word_1.next = fetched
                    tx_end_1.next = last_octets
                    tx_full_1.next = not tx_full_1
                else:
                    tx_word_0.next = fetched
                    tx_end_0.next = last_octets
                    tx_full_0.next = not tx_full_0
                state.next = State.SEND
        elif fetch_granted:
            fetch_request.next = False
            give_back.next = False
            fetch_owner.next = in_mac[FRAME_BITS - LENGTH_BITS : BUFFER_BITS]
            fetch_buffer.next = in_mac[BUFFER_BITS:]
            if offered:
                state.next = State.SEND
            else:
                state.next = State.IDLE
        if finish and words == NOT_KNOWN and queued[FRAME_BITS:LENGTH_BITS] == in_mac:
            words.next = (concat(False, queued[LENGTH_BITS:]) + 3) >> 2
            octets[:] = queued[2:] + 3
            tail.next = concat(False, octets) + 1

    return queue, look, mark, rest, reckon, judge, synchronise, send
