"""Whose turn it is: of several that ask, the next one above the last, and after the top the lowest.

`choice` is known before the tick with which `grant` follows: a memory with a registered read takes the
address of the chosen port then, and has the word while the grant lasts.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block, modbv

from hw.ports import Sig, clock, into, out, register
from hw.switch.sizes import PORTS as LINES


@block
def round_robin(
    core_clk: Annotated[Sig, clock("the switch's, 100 MHz")],
    requests: Annotated[Sig, into(LINES, "who asks, and has not just been served")],
    choice: Annotated[Sig, out(LINES, "who is served with the next tick; nobody if nobody asks")],
    grant: Annotated[Sig, out(LINES, "who is served, for one tick; nobody if nobody asks")],
) -> Any:
    """A fair choice."""
    lines = len(requests)
    last = register(lines)

    @always_comb
    def choose() -> None:
        # Who has just been granted takes its request back only now.
        waiting = modbv(0)[lines:]
        above = modbv(0)[lines:]
        lower = modbv(0)[lines:]
        waiting[:] = requests & ~grant
        # A bit less one are all the bits below it.
        lower[:] = last - 1
        above[:] = waiting & ~(last | lower)
        if above == 0:
            above[:] = waiting
        lower[:] = above - 1
        choice.next = above & ~lower

    @always(core_clk.posedge)
    def serve() -> None:
        grant.next = choice
        if choice != 0:
            last.next = choice

    return choose, serve
