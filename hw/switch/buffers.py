"""The buffers of one port: which hold a frame, and to how many ports it has still to go.

A frame lies where it was stored until the last port that it was queued at has sent it; a flooded one too.
The buffers of a port are its own: whoever fills them cannot take those of others. The lowest that is not in
use takes the next frame.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, modbv

from hw.ports import into, out, register
from hw.switch.sizes import BUFFER_BITS, BUFFERS, PORT_BITS

CLOCK = "ingress_clk"
PORTS = (
    into("ingress_clk", 1, "the switch's, 100 MHz"),
    into("keep", 1, "for one tick: the frame in `slot` waits for `copies` ports, at least 1"),
    into("slot", BUFFER_BITS, "where it is"),
    into("copies", PORT_BITS, "how many ports"),
    into("returned", 1, "for one tick: a port has sent its copy"),
    into("returned_buffer", BUFFER_BITS, "of the frame that is there"),
    into("buffers", BUFFER_BITS + 1, "strap: how many there are, 1 to 32"),
    out("spare", BUFFER_BITS, "one that holds no frame"),
    out("none_spare", 1, "there is none", initial=1),
    out("held", BUFFER_BITS + 1, "how many hold one"),
)


@block
def frame_buffers(
    ingress_clk: Any,
    keep: Any,
    slot: Any,
    copies: Any,
    returned: Any,
    returned_buffer: Any,
    buffers: Any,
    spare: Any,
    none_spare: Any,
    held: Any,
) -> Any:
    """The account of a port's buffers. Ports: `PORTS`. Clock: `ingress_clk`."""
    used = register(BUFFERS)
    left = [Signal(modbv(0)[PORT_BITS:]) for _ in range(BUFFERS)]

    @always_comb
    def find() -> None:
        place = modbv(0)[BUFFER_BITS:]
        empty = False
        spare.next = 0
        for n in range(BUFFERS):
            if not empty and not used[n] and concat(False, place) < buffers:
                empty = True
                spare.next = place
            place[:] = place + 1
        none_spare.next = not empty

    @always(ingress_clk.posedge)
    def account() -> None:
        freed = returned and left[returned_buffer] == 1
        if keep:
            used.next[slot] = True
            left[slot].next = copies
        if returned:
            left[returned_buffer].next = left[returned_buffer] - 1
        if freed:
            used.next[returned_buffer] = False
        if keep and not freed:
            held.next = held + 1
        elif freed and not keep:
            held.next = held - 1

    return find, account
