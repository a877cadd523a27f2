"""The hub's transmitter: Manchester encoding, once for all ports.

All ports that a repeater sends to get the same signal, so it is made once; `drive` selects the ports. The
second half of a cell carries the bit, its first half the complement (clause 7.3.1.1). A port that is no
longer sent to (all at the end of a frame, one when it is the only one that still sends) is held high for
250 ns (`hold`), so that the far end sees the end as a lack of edges, and then falls idle.

The clock begins at the tick after the core's first and runs for whole bits, so its ticks are the first and
second half of a cell in turn, and `tx_bit` and `enable` are stable at those that sample them.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.hub.sizes import LINES
from hw.ports import Sig, clock, into, out, register

IDLE_HOLD_HALF_BITS = 5
"""Clause 14.3.1.2.1: the start of idle lasts at least 250 ns."""


@block
def hub_encoder(
    half_clk: Annotated[Sig, clock("20 MHz, the hub's; runs in whole bits while sending")],
    tx_bit: Annotated[Sig, into(1, "the bit to send, from the core's last tick")],
    enable: Annotated[Sig, into(LINES, "ports that it is sent to; none at the end")],
    td: Annotated[Sig, out(1, "the signal for all ports: 1 is HI", initial=1)],
    drive: Annotated[Sig, out(LINES, "ports that it is driven to")],
    hold: Annotated[Sig, out(LINES, "ports that are held high after their last bit")],
    sending: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """Manchester encoder with a mask."""
    second = register(1)
    count = register(3)

    @always(half_clk.posedge)
    def encode() -> None:
        second.next = not second
        if second:
            td.next = not td
        elif enable != 0:
            td.next = not tx_bit
        else:
            td.next = True
        if count != 0:
            count.next = count - 1
            if count == 1:
                hold.next = 0
                if drive == 0:
                    sending.next = False
        if not second and enable != drive:
            drive.next = enable
            hold.next = (hold | drive) & ~enable
            sending.next = True
            if (drive & ~enable) != 0:
                count.next = IDLE_HOLD_HALF_BITS

    return encode
