"""The counters of RFC 2665 (EtherLike-MIB) and a few of traffic: a small memory and a walker that adds to it.

A frame is reported once, when it is over, and marks the counters that it moves; the walker adds one to each
of them and rests. A read waits until it does, so that no count is missing. RST clears them all.

What counts as what: 802.3 clauses 5.2.2 and 30.3, where RFC 2665 refers to. Of a received frame one of
too long, alignment, FCS, lost in the adapter, length, or received is counted; a runt is only short.
Collisions of a frame are counted when it has been sent; DEFERRED does not count frames that collided.

             read                    pending[number]
    READ <---------- IDLE -----------------------------> ADD
      |              ^  ^                                 |
      +--------------+  +------------- STORE <------------+
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, enum, intbv, modbv

from hw.adapter import events
from hw.adapter.map import COUNTER_WORDS, COUNTERS, WORD_BITS, Counter
from hw.mac import status
from hw.ports import Sig, clock, into, out, register

NUMBER_BITS = (COUNTER_WORDS - 1).bit_length()
RTRY_END = status.TX_RTRY + 4

State = enum("IDLE", "ADD", "STORE", "READ", "CLEAR")


@block
def counters(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    address: Annotated[Sig, into(NUMBER_BITS, "which counter")],
    read: Annotated[Sig, into(1, "it is wanted")],
    clear: Annotated[Sig, into(1, "for one tick: all become 0")],
    happened: Annotated[Sig, into(events.HAPPENED_BITS, events.HAPPENED)],
    tx_status: Annotated[Sig, into(status.STATUS_BITS, status.TX_STATUS)],
    data: Annotated[Sig, out(WORD_BITS, "the counter")],
    ready: Annotated[Sig, out(1, "for one tick: it is there")],
    counting: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """The counters."""
    state = Signal(State.IDLE)
    memory = [Signal(intbv(0)[WORD_BITS:]) for _ in range(COUNTER_WORDS)]
    number = Signal(modbv(0)[NUMBER_BITS:])
    memory_we = register(1)
    memory_in = Signal(modbv(0)[WORD_BITS:])
    pending = register(COUNTERS)

    @always_comb
    def business() -> None:
        counting.next = pending != 0 or state != State.IDLE

    @always(reg_clk.posedge)
    def counter_memory() -> None:
        if memory_we:
            memory[number].next = memory_in
        data.next = memory[number]

    @always(reg_clk.posedge)
    def walk() -> None:
        if ready:
            ready.next = False
        if memory_we:
            memory_we.next = False
        if happened != 0:
            marks = intbv(0)[COUNTERS:]
            marks[:] = pending
            if happened[events.SENT]:
                if tx_status[status.TX_RL]:
                    marks[Counter.EXCESSIVE_COLLISIONS] = True
                if tx_status[status.TX_CS]:
                    marks[Counter.CARRIER_SENSE_ERRORS] = True
                if tx_status[status.TX_UR]:
                    marks[Counter.INTERNAL_MAC_TRANSMIT_ERRORS] = True
                elif not (tx_status[status.TX_RL] or tx_status[status.TX_LC] or tx_status[status.TX_ED]):
                    marks[Counter.TRANSMITTED_FRAMES] = True
                    if tx_status[RTRY_END : status.TX_RTRY] == 1:
                        marks[Counter.SINGLE_COLLISION_FRAMES] = True
                    elif tx_status[RTRY_END : status.TX_RTRY] != 0:
                        marks[Counter.MULTIPLE_COLLISION_FRAMES] = True
                    elif tx_status[status.TX_DF]:
                        marks[Counter.DEFERRED_TRANSMISSIONS] = True
            if happened[events.RECEIVED]:
                if happened[events.IS]:
                    marks[Counter.SYMBOL_ERRORS] = True
                if happened[events.LOST]:
                    marks[Counter.MISSED_FRAMES] = True
                if happened[events.RUNT]:
                    marks[Counter.SHORT_FRAMES] = True
                elif happened[events.TL]:
                    marks[Counter.FRAME_TOO_LONGS] = True
                elif happened[events.BAD_CRC] and happened[events.DN]:
                    marks[Counter.ALIGNMENT_ERRORS] = True
                elif happened[events.BAD_CRC]:
                    marks[Counter.FCS_ERRORS] = True
                elif happened[events.OR]:
                    marks[Counter.INTERNAL_MAC_RECEIVE_ERRORS] = True
                elif happened[events.LE]:
                    marks[Counter.IN_RANGE_LENGTH_ERRORS] = True
                elif not happened[events.LOST]:
                    marks[Counter.RECEIVED_FRAMES] = True
            if happened[events.LATE]:
                marks[Counter.LATE_COLLISIONS] = True
            if happened[events.SQE]:
                marks[Counter.SQE_TEST_ERRORS] = True
            if happened[events.DEFER]:
                marks[Counter.EXCESSIVE_DEFERRALS] = True
            if happened[events.PAUSE_SENT]:
                marks[Counter.OUT_PAUSE_FRAMES] = True
            if happened[events.PAUSE_RECEIVED]:
                marks[Counter.IN_PAUSE_FRAMES] = True
            pending.next = marks

        if clear:
            pending.next = 0
            number.next = 0
            memory_in.next = 0
            memory_we.next = True
            state.next = State.CLEAR
        elif state == State.IDLE:
            if pending[number]:
                state.next = State.ADD
            elif pending != 0:
                if number == COUNTERS - 1:
                    number.next = 0
                else:
                    number.next = number + 1
            elif read and not ready:
                number.next = address
                state.next = State.READ
        elif state == State.ADD:
            memory_in.next = data + 1
            memory_we.next = True
            state.next = State.STORE
        elif state == State.STORE:
            pending.next[number] = False
            state.next = State.IDLE
        elif state == State.READ:
            ready.next = True
            number.next = 0
            state.next = State.IDLE
        elif number == COUNTER_WORDS - 1:
            number.next = 0
            state.next = State.IDLE
        else:
            memory_we.next = True
            number.next = number + 1

    return business, counter_memory, walk
