"""A round-robin arbiter: of several requests the next one above the last granted, after the top the lowest.

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
    requests: Annotated[Sig, into(LINES, "requests")],
    choice: Annotated[Sig, out(LINES, "the request that is granted at the next tick; 0 without requests")],
    grant: Annotated[Sig, out(LINES, "for one tick: the request that is granted; 0 without requests")],
) -> Any:
    """A round-robin arbiter."""
    lines = len(requests)
    last = register(lines)

    @always_comb
    def choose() -> None:
        # A request that has just been granted is withdrawn only now.
        waiting = modbv(0)[lines:]
        above = modbv(0)[lines:]
        lower = modbv(0)[lines:]
        waiting[:] = requests & ~grant
        # One bit minus 1 is a mask of all bits below it.
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
