"""Partition of a port: clause 9.6.6, the state machine of each port that isolates a faulty segment.

A port is partitioned after more than `collision_limit` (CCLimit) collisions in a row, or after one longer
than Tw6. The hub then still sends to it, but does not repeat what comes from it. It is reconnected after Tw5
of activity without a collision, received or sent (`send_only`: sent, the alternative algorithm), once the
port is idle.

The states are those of the standard's figure. To save ticks nothing is counted without need: without a recent
collision a port's clock stands still during traffic, except for the ticks in which its synchronisers see the
beginning and the end of a frame.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum

from hw.ports import Sig, clock, into, out, register

PINS = 3
RECEIVING, REPEATING, COLLISION = range(PINS)
"""Bits of the synchroniser."""

State = enum(
    "COUNT_IDLE",
    "WATCH",
    "INCREMENT",
    "PARTITION_WAIT",
    "PARTITION_HOLD",
    "PARTITION_WATCH",
    "RESTORE",
)


@block
def hub_partition(
    port_clk: Annotated[Sig, clock("2.5 MHz, the hub's; runs while a pin is not seen or partition_busy")],
    receiving: Annotated[Sig, into(1, "the port receives a signal")],
    repeating: Annotated[Sig, into(1, "the hub sends to the port")],
    collision: Annotated[
        Sig, into(1, "the port's MAU reports a collision: on a pair, sending and receiving at once")
    ],
    collision_limit: Annotated[Sig, into(8, "strap, CCLimit: collisions in a row that are tolerated")],
    long_collision: Annotated[Sig, into(13, "strap, Tw6: ticks of one collision that are tolerated")],
    clean_time: Annotated[Sig, into(13, "strap, Tw5: ticks without a collision that clear a port")],
    send_only: Annotated[Sig, into(1, "strap: only sent frames count for reconnection")],
    partitioned: Annotated[Sig, out(1, "nothing is repeated from the port")],
    receiving_seen: Annotated[Sig, out(1, "follows receiving")],
    repeating_seen: Annotated[Sig, out(1, "follows repeating")],
    collision_seen: Annotated[Sig, out(1, "follows collision")],
    partition_busy: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """The partitioning state machine of one port."""
    state = Signal(State.COUNT_IDLE)
    meta = register(PINS)
    pins = register(PINS)
    collisions = register(8)
    timer = register(13)
    active = register(1)
    clean = register(1)

    @always_comb
    def look() -> None:
        active.next = pins != 0
        clean.next = pins[REPEATING] or (pins[RECEIVING] and not send_only)

    @always_comb
    def needed() -> None:
        # What has come into the synchroniser must leave it before the clock may stop.
        if meta != pins or pins != concat(collision_seen, repeating_seen, receiving_seen):
            partition_busy.next = True
        elif state == State.COUNT_IDLE or state == State.PARTITION_HOLD:
            partition_busy.next = False
        elif state == State.PARTITION_WAIT or state == State.RESTORE:
            partition_busy.next = not active
        else:
            partition_busy.next = True

    @always(port_clk.posedge)
    def partition() -> None:
        meta.next[RECEIVING] = receiving
        meta.next[REPEATING] = repeating
        meta.next[COLLISION] = collision
        pins.next = meta
        receiving_seen.next = pins[RECEIVING]
        repeating_seen.next = pins[REPEATING]
        collision_seen.next = pins[COLLISION]
        if timer != 0:
            timer.next = timer - 1
        if state == State.COUNT_IDLE:
            if pins[COLLISION]:
                collisions.next = collisions + 1
                timer.next = long_collision
                state.next = State.INCREMENT
            elif active and collisions != 0:
                timer.next = clean_time
                state.next = State.WATCH
        elif state == State.WATCH:
            if pins[COLLISION]:
                collisions.next = collisions + 1
                timer.next = long_collision
                state.next = State.INCREMENT
            elif not active:
                state.next = State.COUNT_IDLE
            elif timer == 0:
                collisions.next = 0
                state.next = State.COUNT_IDLE
        elif state == State.INCREMENT:
            if collisions > collision_limit or (pins[COLLISION] and timer == 0):
                partitioned.next = True
                state.next = State.PARTITION_WAIT
            elif not active:
                state.next = State.COUNT_IDLE
        elif state == State.PARTITION_WAIT:
            if not active:
                state.next = State.PARTITION_HOLD
        elif state == State.PARTITION_HOLD:
            if pins[COLLISION]:
                state.next = State.PARTITION_WAIT
            elif clean:
                timer.next = clean_time
                state.next = State.PARTITION_WATCH
        elif state == State.PARTITION_WATCH:
            if pins[COLLISION]:
                state.next = State.PARTITION_WAIT
            elif not clean:
                state.next = State.PARTITION_HOLD
            elif timer == 0:
                state.next = State.RESTORE
        elif not active:
            collisions.next = 0
            partitioned.next = False
            state.next = State.COUNT_IDLE

    return look, needed, partition
