"""TransmitLinkMgmt of clause 4.2.8: from a frame that waits to a frame that is done.

Defer, transmit, and after a collision ask for the frame's data again, back off and try once more: up to
MAXRET retries, so 16 transmissions in all. A late collision ends the attempt (clause 4 at 10 Mb/s would
retry; the register model has a status bit for it and its drivers expect that). Deference runs beside
backoff: while the wait goes on, gaps pass unheeded.

The bus side feeds the data. After a collision it must begin anew: `tx_rewind` changes, and `tx_rewound`
follows when both words are empty again.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, enum

from hw.ports import into, out, register

State = enum("IDLE", "READY", "TRANSMITTING", "DRAW", "BACKOFF")

CLOCK = "tx_clk"
PORTS = (
    into("tx_clk", 1, "MII transmit clock, 2.5 MHz"),
    into("frame", 1, "tx_frame, synchronised: changes when a frame waits"),
    into("rewound", 1, "tx_rewound, synchronised"),
    into("backoff_over", 1, "backoff_done, synchronised"),
    into("deferring", 1, "from Deference"),
    into("finished", 1, "from BitTransmitter: the transmission is over"),
    into("collided", 1, "with a collision"),
    into("late", 1, "a late one"),
    into("underrun", 1, "for lack of data"),
    into("random", 10, "from the random number generator"),
    into("max_retry", 4, "MAXRET: retries after the first attempt"),
    out("start", 1, "for one tick: BitTransmitter, begin"),
    out("draw", 1, "for one tick: random number generator, step"),
    out("backoff_slots", 10, "how long to wait"),
    out("backoff_start", 1, "changes when a backoff begins"),
    out("frame_seen", 1, "follows tx_frame"),
    out("backoff_seen", 1, "follows backoff_done"),
    out("tx_rewind", 1, "changes when the data are wanted from the beginning"),
    out("tx_done", 1, "changes when a frame is done with"),
    out("tx_status", 8, "of that frame: 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    out("link_busy", 1, "the clock is needed"),
)


@block
def transmit_link(
    tx_clk: Any,
    frame: Any,
    rewound: Any,
    backoff_over: Any,
    deferring: Any,
    finished: Any,
    collided: Any,
    late: Any,
    underrun: Any,
    random: Any,
    max_retry: Any,
    start: Any,
    draw: Any,
    backoff_slots: Any,
    backoff_start: Any,
    frame_seen: Any,
    backoff_seen: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    link_busy: Any,
) -> Any:
    """The TransmitLinkMgmt process. Ports: `PORTS`. Clock: `tx_clk`."""
    state = Signal(State.IDLE)
    retries = register(4)
    range_mask = register(10)
    deferred = register(1)

    @always(tx_clk.posedge)
    def manage() -> None:
        backoff_seen.next = backoff_over
        if state == State.IDLE:
            if frame != frame_seen:
                frame_seen.next = frame
                retries.next = 0
                range_mask.next = 0
                deferred.next = False
                state.next = State.READY
        elif state == State.READY:
            if deferring:
                if retries == 0:
                    deferred.next = True
            elif rewound == tx_rewind:
                start.next = True
                state.next = State.TRANSMITTING
        elif state == State.TRANSMITTING:
            start.next = False
            if finished:
                if collided and not late and retries != max_retry:
                    draw.next = True
                    tx_rewind.next = not tx_rewind
                    range_mask.next = concat(range_mask[9:], True)
                    state.next = State.DRAW
                else:
                    tx_status.next = concat(retries, False, late, deferred, underrun)
                    tx_status.next[3] = collided and not late
                    tx_done.next = not tx_done
                    state.next = State.IDLE
        elif state == State.DRAW:
            draw.next = False
            if not draw:
                retries.next = retries + 1
                backoff_slots.next = random & range_mask
                if random & range_mask == 0:
                    state.next = State.READY
                else:
                    backoff_start.next = not backoff_start
                    state.next = State.BACKOFF
        elif backoff_over == backoff_start:
            state.next = State.READY

    @always_comb
    def busy() -> None:
        link_busy.next = (
            state == State.TRANSMITTING
            or state == State.DRAW
            or (state == State.READY and (not deferring or rewound != tx_rewind))
        )

    return manage, busy
