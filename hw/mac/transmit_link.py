"""TransmitLinkMgmt of clause 4.2.8: from a waiting frame to its status.

Defer, transmit, and after a collision request the frame's data again, back off and retry: up to MAXRET
retries, so 16 attempts in all. A late collision ends the attempts, as in the register model and its drivers,
or is retried like any other, as clause 4 has it at 10 Mb/s (strap `late_retry`). Deference runs in parallel
with backoff: gaps that pass during the wait have no effect.

A frame that has been deferred for more than 24,288 bit times (`hw.mac.defer_test`) is reported, once, and
given up unless `wait_forever`.

A PAUSE frame to send (`request`) goes before a data frame that has not been attempted yet, and is sent during
a pause too (annex 31B.3); a data frame never begins during a pause.

The bus side supplies the data. After a collision it must start again with the first word: `tx_rewind`
changes, and `tx_rewound` follows when both words are empty.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv

from hw.mac import status
from hw.mac.backoff import SLOTS_BITS
from hw.ports import Sig, clock, into, out, register

State = enum("IDLE", "READY", "TRANSMITTING", "DRAW", "BACKOFF")


@block
def transmit_link(
    tx_clk: Annotated[Sig, clock("MII transmit clock, 2.5 MHz")],
    frame: Annotated[Sig, into(1, "tx_frame, synchronised: changes when a frame waits")],
    rewound: Annotated[Sig, into(1, "tx_rewound, synchronised")],
    backoff_over: Annotated[Sig, into(1, "backoff_done, synchronised")],
    request: Annotated[Sig, into(1, "tx_pause, synchronised: changes when a PAUSE frame is to be sent")],
    paused: Annotated[Sig, into(1, "pause_running, synchronised")],
    excess: Annotated[
        Sig, into(1, "defer_over, synchronised: changes when a frame has been deferred too long")
    ],
    resetting: Annotated[Sig, into(1, "mac_reset, synchronised")],
    deferring: Annotated[Sig, into(1, "from Deference")],
    by_others: Annotated[Sig, into(1, "from Deference: it is due to another station")],
    finished: Annotated[Sig, into(1, "from BitTransmitter: the transmission is over")],
    collided: Annotated[Sig, into(1, "it ended with a collision")],
    late: Annotated[Sig, into(1, "a late collision")],
    underrun: Annotated[Sig, into(1, "it ended for lack of data")],
    no_carrier: Annotated[Sig, into(1, "carrier was missing")],
    random: Annotated[Sig, into(SLOTS_BITS, "from the random number generator")],
    max_retry: Annotated[Sig, into(4, "MAXRET: retries after the first attempt")],
    full_duplex: Annotated[Sig, into(1, "FULLD")],
    no_backoff: Annotated[Sig, into(1, "NOBCKOF: retry at once after a collision")],
    wait_forever: Annotated[Sig, into(1, "EXDFREN: a frame that is deferred too long is not given up")],
    late_retry: Annotated[Sig, into(1, "strap: a late collision is retried")],
    start: Annotated[Sig, out(1, "for one tick: BitTransmitter is to begin")],
    control: Annotated[Sig, out(1, "with a PAUSE frame")],
    draw: Annotated[Sig, out(1, "for one tick: the random number generator takes a step")],
    backoff_slots: Annotated[Sig, out(SLOTS_BITS, "how many slot times to wait")],
    backoff_start: Annotated[Sig, out(1, "changes when a backoff begins")],
    frame_waiting: Annotated[Sig, out(1, "a frame is deferred, but not yet too long")],
    frame_seen: Annotated[Sig, out(1, "follows tx_frame")],
    backoff_seen: Annotated[Sig, out(1, "follows backoff_done")],
    request_seen: Annotated[Sig, out(1, "follows tx_pause")],
    excess_seen: Annotated[Sig, out(1, "follows defer_over")],
    tx_rewind: Annotated[Sig, out(1, "changes when the data are needed from the beginning")],
    tx_done: Annotated[Sig, out(1, "changes when a frame is finished")],
    tx_status: Annotated[Sig, out(status.STATUS_BITS, status.TX_STATUS)],
    tx_pause_done: Annotated[Sig, out(1, "changes when a PAUSE frame has been sent")],
    late_event: Annotated[Sig, out(1, "changes at a late collision")],
    defer_event: Annotated[Sig, out(1, "changes when a frame has been deferred too long")],
    link_busy: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """The TransmitLinkMgmt process."""
    state = Signal(State.IDLE)
    retries = register(4)
    range_mask = register(SLOTS_BITS)
    deferred = register(1)
    too_long = register(1)
    accepted = register(1)
    served = register(1)

    @always(tx_clk.posedge)
    def manage() -> None:
        backoff_seen.next = backoff_over
        request_seen.next = request
        excess_seen.next = excess
        if resetting:
            frame_seen.next = frame
            served.next = request
            tx_rewind.next = rewound
            start.next = False
            control.next = False
            draw.next = False
            accepted.next = False
            state.next = State.IDLE
        elif state == State.IDLE:
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
                if retries == 0 and by_others:
                    deferred.next = True
                if excess != excess_seen and not too_long and not control:
                    too_long.next = True
                    defer_event.next = not defer_event
                    if not wait_forever:
                        # ED, no CS, RTRY, neither RL nor LC, DF, no UR.
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
                    # No ED, RTRY, DF, UR; the bits between them follow.
                    tx_status.next = concat(intbv(0)[2:], retries, intbv(0)[2:], deferred, underrun)
                    tx_status.next[status.TX_CS] = no_carrier and not collided
                    tx_status.next[status.TX_RL] = collided and (late_retry or not late)
                    tx_status.next[status.TX_LC] = late and not late_retry
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
