"""The counters of RFC 2665 (EtherLike-MIB) and a few of traffic: a small memory and a walker that adds to it.

What happened to a frame is told once, when it is over, and marks the counters that it moves; the walker adds
one to each of them and rests. A read waits until it does, so that no count is missing. RST clears them all.

What counts as what: 802.3 clauses 5.2.2 and 30.3, where RFC 2665 refers to. Of a received frame one of
too long, alignment, FCS, lost in the adapter, length, or received is counted; a runt is only short.
Collisions of one frame count when it has been sent; DEFERRED does not count frames that collided.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, enum, intbv, modbv

from hw.ports import into, out, register

(
    ALIGNMENT, FCS, SINGLE_COLLISION, MULTIPLE_COLLISION, SQE_TEST, DEFERRED, LATE_COLLISION,
    EXCESSIVE_COLLISION, INTERNAL_TRANSMIT, CARRIER_SENSE, TOO_LONG, INTERNAL_RECEIVE, SYMBOL, IN_PAUSE,
    OUT_PAUSE, IN_RANGE_LENGTH, EXCESSIVE_DEFERRAL, TRANSMITTED, RECEIVED, SHORT, MISSED,
) = range(21)  # fmt: skip
COUNTERS = 21
WORDS = 32
"""Of the memory: a power of 2."""

# Bits of `happened`.
SENT, TAKEN, LOST, LATE, SQE, DEFER, PAUSE_SENT, PAUSE_TAKEN = range(8)
BAD_CRC, TL, DN, OR, RUNT, IS, LE = range(8, 15)
"""Of the received frame."""
# Bits of tx_status.
UR, DF, LC, RL, CS, ED = 0, 1, 2, 3, 8, 9

State = enum("IDLE", "ADD", "STORE", "READ", "CLEAR")

CLOCK = "reg_clk"
PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("address", 5, "which counter"),
    into("read", 1, "it is wanted"),
    into("clear", 1, "for one tick: all become 0"),
    into("happened", 15, "for one tick: bits as they are called here"),
    into("tx_status", 10, "of the sent frame: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    out("data", 32, "the counter"),
    out("ready", 1, "for one tick: it is there"),
    out("counting", 1, "the clock is needed"),
)


@block
def counters(
    reg_clk: Any,
    address: Any,
    read: Any,
    clear: Any,
    happened: Any,
    tx_status: Any,
    data: Any,
    ready: Any,
    counting: Any,
) -> Any:
    """The counters. Ports: `PORTS`. Clock: `reg_clk`."""
    state = Signal(State.IDLE)
    memory = [Signal(intbv(0)[32:]) for _ in range(WORDS)]
    number = Signal(modbv(0)[5:])
    memory_we = register(1)
    memory_in = Signal(modbv(0)[32:])
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
            if happened[SENT]:
                if tx_status[RL]:
                    marks[EXCESSIVE_COLLISION] = True
                if tx_status[CS]:
                    marks[CARRIER_SENSE] = True
                if tx_status[UR]:
                    marks[INTERNAL_TRANSMIT] = True
                elif not (tx_status[RL] or tx_status[LC] or tx_status[ED]):
                    marks[TRANSMITTED] = True
                    if tx_status[8:4] == 1:
                        marks[SINGLE_COLLISION] = True
                    elif tx_status[8:4] != 0:
                        marks[MULTIPLE_COLLISION] = True
                    elif tx_status[DF]:
                        marks[DEFERRED] = True
            if happened[TAKEN]:
                if happened[IS]:
                    marks[SYMBOL] = True
                if happened[LOST]:
                    marks[MISSED] = True
                if happened[RUNT]:
                    marks[SHORT] = True
                elif happened[TL]:
                    marks[TOO_LONG] = True
                elif happened[BAD_CRC] and happened[DN]:
                    marks[ALIGNMENT] = True
                elif happened[BAD_CRC]:
                    marks[FCS] = True
                elif happened[OR]:
                    marks[INTERNAL_RECEIVE] = True
                elif happened[LE]:
                    marks[IN_RANGE_LENGTH] = True
                elif not happened[LOST]:
                    marks[RECEIVED] = True
            if happened[LATE]:
                marks[LATE_COLLISION] = True
            if happened[SQE]:
                marks[SQE_TEST] = True
            if happened[DEFER]:
                marks[EXCESSIVE_DEFERRAL] = True
            if happened[PAUSE_SENT]:
                marks[OUT_PAUSE] = True
            if happened[PAUSE_TAKEN]:
                marks[IN_PAUSE] = True
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
        elif number == WORDS - 1:
            number.next = 0
            state.next = State.IDLE
        else:
            memory_we.next = True
            number.next = number + 1

    return business, counter_memory, walk
