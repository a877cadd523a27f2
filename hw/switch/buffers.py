"""The buffers of one port: which hold a frame, and how many ports have still to send it.

A frame stays where it was stored until the last port that it was queued at has sent it; a flooded one too.
Each port has its own buffers, so one port cannot use up those of others. The next frame goes into the lowest
that is not in use.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, modbv

from hw.ports import Sig, clock, into, out, register
from hw.switch.sizes import BUFFER_BITS, BUFFERS, PORT_BITS


@block
def frame_buffers(
    ingress_clk: Annotated[Sig, clock("the switch's, 100 MHz")],
    keep: Annotated[
        Sig, into(1, "for one tick: the frame in `buffer_number` is queued at `copies` ports, at least 1")
    ],
    buffer_number: Annotated[Sig, into(BUFFER_BITS, "the buffer of a frame")],
    copies: Annotated[Sig, into(PORT_BITS, "how many ports")],
    returned: Annotated[Sig, into(1, "for one tick: a port has sent its copy")],
    returned_buffer: Annotated[Sig, into(BUFFER_BITS, "number of that frame's buffer")],
    buffers: Annotated[Sig, into(BUFFER_BITS + 1, "strap: how many buffers the port has, 1 to 32")],
    spare: Annotated[Sig, out(BUFFER_BITS, "number of a buffer that holds no frame")],
    none_spare: Annotated[Sig, out(1, "there is no such buffer", initial=1)],
    held: Annotated[Sig, out(BUFFER_BITS + 1, "buffers in use")],
) -> Any:
    """The account of a port's buffers."""
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
            used.next[buffer_number] = True
            left[buffer_number].next = copies
        if returned:
            left[returned_buffer].next = left[returned_buffer] - 1
        if freed:
            used.next[returned_buffer] = False
        if keep and not freed:
            held.next = held + 1
        elif freed and not keep:
            held.next = held - 1

    return find, account
