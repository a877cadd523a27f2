"""Whose turn it is: of several that ask, the next one above the last, and after the top the lowest."""

from typing import Annotated, Any

from myhdl import always, block, modbv

from hw.ports import Sig, clock, into, out, register
from hw.switch.sizes import PORTS as LINES


@block
def round_robin(
    core_clk: Annotated[Sig, clock("the switch's, 100 MHz")],
    requests: Annotated[Sig, into(LINES, "who asks, and has not just been served")],
    grant: Annotated[Sig, out(LINES, "who is served, for one tick; nobody if nobody asks")],
) -> Any:
    """A fair choice."""
    last = register(LINES)

    @always(core_clk.posedge)
    def choose() -> None:
        waiting = modbv(0)[LINES:]
        choice = modbv(0)[LINES:]
        below = modbv(0)[LINES:]
        # Who has just been granted takes its request back only now.
        waiting[:] = requests & ~grant
        # A bit less one are all the bits below it.
        below[:] = last - 1
        choice[:] = waiting & ~(last | below)
        if choice == 0:
            choice[:] = waiting
        below[:] = choice - 1
        choice[:] = choice & ~below
        grant.next = choice
        if choice != 0:
            last.next = choice

    return choose
