"""The output queue of a port: frames that are to be sent there, first in, first out.

An entry says where a frame is stored, how long it is, and when it came. `room` must be high to put one in.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, intbv, modbv

from hw.ports import Sig, clock, into, out, register
from hw.switch.sizes import FRAME_BITS
from hw.switch.transit import AGE_BITS

DEPTH_BITS = 6
DEPTH = 1 << DEPTH_BITS
ENTRY_BITS = AGE_BITS + FRAME_BITS
"""The quarter of a second, and the frame."""


@block
def output_queue(
    egress_clk: Annotated[Sig, clock("the switch's, 100 MHz")],
    enqueue: Annotated[Sig, into(1, "for one tick: put `entry` in")],
    entry: Annotated[Sig, into(ENTRY_BITS, "a frame")],
    dequeue: Annotated[Sig, into(1, "for one tick: remove the first one")],
    head: Annotated[Sig, out(ENTRY_BITS, "the first one, two ticks after it became the first")],
    waiting: Annotated[Sig, out(1, "`head` is valid")],
    empty: Annotated[Sig, out(1, "the queue is empty", initial=1)],
    room: Annotated[Sig, out(1, "one more frame may be queued", initial=1)],
) -> Any:
    """A ring of frames."""
    memory = [Signal(intbv(0)[ENTRY_BITS:]) for _ in range(DEPTH)]
    first = Signal(modbv(0)[DEPTH_BITS:])
    free = Signal(modbv(0)[DEPTH_BITS:])
    fill = Signal(modbv(0)[DEPTH_BITS + 1 :])
    shown = register(1)

    @always_comb
    def show() -> None:
        room.next = fill != DEPTH
        waiting.next = shown and fill != 0
        empty.next = fill == 0

    @always(egress_clk.posedge)
    def ring() -> None:
        if enqueue:
            memory[free].next = entry
            free.next = free + 1
        if dequeue:
            first.next = first + 1
        if enqueue and not dequeue:
            fill.next = fill + 1
        elif dequeue and not enqueue:
            fill.next = fill - 1
        # The memory's word is there at the next tick.
        head.next = memory[first]
        shown.next = fill != 0 and not dequeue

    return show, ring
