"""TransmitLinkMgmt of clause 4.2.8: from a frame that waits to a frame that is done.

Defer, transmit, and after a collision ask for the frame's data again, back off and try once more: up to
MAXRET retries, so 16 transmissions in all. A late collision ends the attempts, as the register model and its
drivers have it, or is retried like any other, as clause 4 has it at 10 Mb/s (strap `late_retry`). Deference
runs beside backoff: while the wait goes on, gaps pass unheeded.

A frame that has been deferred for more than 24,288 bit times is reported, once, and given up unless
`wait_forever`. How long that is, DeferTest knows (`hw.mac.defer_test`).

A PAUSE frame to send (`request`) comes before a data frame that has not been tried yet, and is sent during a
pause too (annex 31B.3); a data frame begins in none.

The bus side feeds the data. After a collision it must begin anew: `tx_rewind` changes, and `tx_rewound`
follows when both words are empty again.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv

from hw.ports import into, out, register

STATUS_BITS = 10

State = enum("IDLE", "READY", "TRANSMITTING", "DRAW", "BACKOFF")

CLOCK = "tx_clk"
PORTS = (
    into("tx_clk", 1, "MII transmit clock, 2.5 MHz"),
    into("frame", 1, "tx_frame, synchronised: changes when a frame waits"),
    into("rewound", 1, "tx_rewound, synchronised"),
    into("backoff_over", 1, "backoff_done, synchronised"),
    into("request", 1, "tx_pause, synchronised: changes when a PAUSE frame is to be sent"),
    into("paused", 1, "pause_running, synchronised"),
    into("excess", 1, "defer_over, synchronised: changes when a frame has been deferred for too long"),
    into("deferring", 1, "from Deference"),
    into("finished", 1, "from BitTransmitter: the transmission is over"),
    into("collided", 1, "with a collision"),
    into("late", 1, "a late one"),
    into("underrun", 1, "for lack of data"),
    into("no_carrier", 1, "without carrier"),
    into("random", 10, "from the random number generator"),
    into("max_retry", 4, "MAXRET: retries after the first attempt"),
    into("full_duplex", 1, "FULLD"),
    into("no_backoff", 1, "NOBCKOF: retry at once"),
    into("wait_forever", 1, "EXDFREN: a frame that is deferred for too long is not given up"),
    into("late_retry", 1, "strap: a late collision is retried"),
    out("start", 1, "for one tick: BitTransmitter, begin"),
    out("control", 1, "with a PAUSE frame"),
    out("draw", 1, "for one tick: random number generator, step"),
    out("backoff_slots", 10, "how long to wait"),
    out("backoff_start", 1, "changes when a backoff begins"),
    out("frame_waiting", 1, "a frame is deferred, and not yet for too long"),
    out("frame_seen", 1, "follows tx_frame"),
    out("backoff_seen", 1, "follows backoff_done"),
    out("request_seen", 1, "follows tx_pause"),
    out("excess_seen", 1, "follows defer_over"),
    out("tx_rewind", 1, "changes when the data are wanted from the beginning"),
    out("tx_done", 1, "changes when a frame is done with"),
    out("tx_status", STATUS_BITS, "of that frame: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    out("tx_pause_done", 1, "changes when a PAUSE frame has been sent"),
    out("late_event", 1, "changes at a late collision"),
    out("defer_event", 1, "changes when a frame has been deferred for too long"),
    out("link_busy", 1, "the clock is needed"),
)


@block
def transmit_link(
    tx_clk: Any,
    frame: Any,
    rewound: Any,
    backoff_over: Any,
    request: Any,
    paused: Any,
    excess: Any,
    deferring: Any,
    finished: Any,
    collided: Any,
    late: Any,
    underrun: Any,
    no_carrier: Any,
    random: Any,
    max_retry: Any,
    full_duplex: Any,
    no_backoff: Any,
    wait_forever: Any,
    late_retry: Any,
    start: Any,
    control: Any,
    draw: Any,
    backoff_slots: Any,
    backoff_start: Any,
    frame_waiting: Any,
    frame_seen: Any,
    backoff_seen: Any,
    request_seen: Any,
    excess_seen: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    tx_pause_done: Any,
    late_event: Any,
    defer_event: Any,
    link_busy: Any,
) -> Any:
    """The TransmitLinkMgmt process. Ports: `PORTS`. Clock: `tx_clk`."""
    state = Signal(State.IDLE)
    retries = register(4)
    range_mask = register(10)
    deferred = register(1)
    too_long = register(1)
    accepted = register(1)
    served = register(1)

    @always(tx_clk.posedge)
    def manage() -> None:
        backoff_seen.next = backoff_over
        request_seen.next = request
        excess_seen.next = excess
        if state == State.IDLE:
            if request != served or frame != frame_seen:
                retries.next = 0
                range_mask.next = 0
                deferred.next = False
                too_long.next = False
                state.next = State.READY
                if request != served:
                    served.next = request
                    control.next = True
                else:
                    frame_seen.next = frame
                    accepted.next = True
        elif state == State.READY:
            if request != served and not control and retries == 0:
                served.next = request
                control.next = True
            elif deferring:
                if retries == 0 and not full_duplex:
                    deferred.next = True
                if excess != excess_seen and not too_long and not control:
                    too_long.next = True
                    defer_event.next = not defer_event
                    if not wait_forever:
                        tx_status.next = concat(True, False, retries, intbv(0)[2:], deferred, False)
                        tx_done.next = not tx_done
                        accepted.next = False
                        state.next = State.IDLE
            elif control or (rewound == tx_rewind and not (paused and full_duplex)):
                start.next = True
                state.next = State.TRANSMITTING
        elif state == State.TRANSMITTING:
            start.next = False
            if finished:
                if late:
                    late_event.next = not late_event
                if collided and (late_retry or not late) and retries != max_retry:
                    draw.next = True
                    if not control:
                        tx_rewind.next = not tx_rewind
                    range_mask.next = concat(range_mask[9:], True)
                    state.next = State.DRAW
                elif control:
                    control.next = False
                    tx_pause_done.next = not tx_pause_done
                    retries.next = 0
                    range_mask.next = 0
                    if accepted:
                        state.next = State.READY
                    else:
                        state.next = State.IDLE
                else:
                    tx_status.next = concat(intbv(0)[2:], retries, intbv(0)[2:], deferred, underrun)
                    tx_status.next[8] = no_carrier and not collided
                    tx_status.next[3] = collided and (late_retry or not late)
                    tx_status.next[2] = late and not late_retry
                    tx_done.next = not tx_done
                    accepted.next = False
                    state.next = State.IDLE
        elif state == State.DRAW:
            draw.next = False
            if not draw:
                retries.next = retries + 1
                backoff_slots.next = random & range_mask
                if no_backoff or random & range_mask == 0:
                    state.next = State.READY
                else:
                    backoff_start.next = not backoff_start
                    state.next = State.BACKOFF
        elif backoff_over == backoff_start:
            state.next = State.READY

    @always_comb
    def busy() -> None:
        frame_waiting.next = state == State.READY and deferring and not too_long and not control
        link_busy.next = (
            state == State.TRANSMITTING
            or state == State.DRAW
            or (state == State.IDLE and request != served)
            or (state == State.READY and not deferring and (control or not (paused and full_duplex)))
            or (state == State.READY and not control and rewound != tx_rewind)
        )

    return manage, busy
