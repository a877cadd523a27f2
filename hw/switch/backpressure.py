"""PAUSE frames from a port whose buffers fill up (annex 31B): on when many are in use, off when few are.

When a PAUSE frame is requested, the far end may have begun another frame, and ours waits for the one that is
being sent: 1,518 octets take the time of 18 short frames. So there must be room for 20 above `pause_above`.
A pause lasts for 65,535 quanta, 3.4 s. If frames come during it, another PAUSE frame is sent after every
16th: ours may have been lost, but a far end that ignores PAUSE must not cause one for each of its frames.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, modbv

from hw.ports import Sig, clock, into, out, register
from hw.switch.sizes import BUFFER_BITS

LONGEST = 0xFFFF
PATIENCE_BITS = 4
LAST_UNHEEDING = (1 << PATIENCE_BITS) - 1
"""Frames that come during a pause are counted from 0 to this."""


@block
def backpressure(
    ingress_clk: Annotated[Sig, clock("the switch's, 100 MHz")],
    full_duplex: Annotated[Sig, into(1, "the port is in full duplex: else no PAUSE frame is sent")],
    keep: Annotated[Sig, into(1, "for one tick: a frame has come")],
    held: Annotated[Sig, into(BUFFER_BITS + 1, "buffers in use")],
    pause_done: Annotated[
        Sig, into(1, "tx_pause_done, synchronised: follows tx_pause when the PAUSE frame has left")
    ],
    pause_above: Annotated[
        Sig, into(BUFFER_BITS + 1, "strap: buffers in use above which the far end is to pause")
    ],
    resume_at: Annotated[Sig, into(BUFFER_BITS + 1, "strap: buffers in use at which it may continue")],
    tx_pause: Annotated[Sig, out(1, "changes when a PAUSE frame is to be sent")],
    tx_pause_time: Annotated[Sig, out(16, "its time, in quanta of 512 bit times")],
    pausing: Annotated[Sig, out(1, "a PAUSE frame is due: the clock is needed")],
) -> Any:
    """When to ask for a pause."""
    paused = register(1)
    again = register(1)
    unheeding = Signal(modbv(0)[PATIENCE_BITS:])

    @always_comb
    def decide() -> None:
        ready = full_duplex and tx_pause == pause_done
        if held > pause_above:
            pausing.next = ready and (not paused or again)
        else:
            pausing.next = ready and paused and held <= resume_at

    @always(ingress_clk.posedge)
    def ask() -> None:
        if keep:
            unheeding.next = unheeding + 1
            if unheeding == LAST_UNHEEDING:
                again.next = True
        if pausing:
            tx_pause.next = not tx_pause
            if held > pause_above:
                paused.next = True
                again.next = False
                unheeding.next = 0
                tx_pause_time.next = LONGEST
            else:
                paused.next = False
                tx_pause_time.next = 0

    return decide, ask
