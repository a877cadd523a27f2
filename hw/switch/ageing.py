"""The seconds by which entries of the address table age (802.1D 7.9.2).

An entry has the second in which its station was last seen, and is ignored once that is longer ago than the
ageing time. So no walk through the table is needed to clear it, and the clock may stop when the last entry
has aged: while no frame comes, no entry is refreshed.
"""

from typing import Annotated, Any

from myhdl import Signal, always, block, modbv

from hw.ports import Sig, clock, into, out

SECOND_BITS = 32
AGEING_BITS = 20
"""10 to 1,000,000 s."""


@block
def switch_ageing(
    second_clk: Annotated[Sig, clock("1 Hz; runs while stamped is not stamped_seen, or ageing")],
    ageing_time: Annotated[Sig, into(AGEING_BITS, "strap: seconds")],
    stamped: Annotated[
        Sig, into(1, "changes when an entry gets the present second, if the change before has been seen")
    ],
    second: Annotated[Sig, out(SECOND_BITS, "the present second")],
    stamped_seen: Annotated[Sig, out(1, "follows stamped")],
    ageing: Annotated[Sig, out(1, "there may be entries that have not aged: the clock is needed")],
) -> Any:
    """Counts seconds."""
    unheard = Signal(modbv(0)[AGEING_BITS:])

    @always(second_clk.posedge)
    def count() -> None:
        second.next = second + 1
        unheard.next = unheard + 1
        if stamped != stamped_seen:
            stamped_seen.next = stamped
            unheard.next = 0
            ageing.next = True
        elif unheard == ageing_time:
            ageing.next = False

    return count
