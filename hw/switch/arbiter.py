"""Access to the packet memory, which has one port to write by and one to read by.

A grant lasts for one tick, in which the memory is written or read for one of the switch's ports. So it moves
3.2 Gb/s both ways, and 48 ports of 10 Mb/s need an eighth of that.
"""

from typing import Annotated, Any

from myhdl import always_comb, block

from hw.hierarchy import by_name
from hw.ports import Sig, clock, into, out
from hw.switch.round_robin import round_robin
from hw.switch.sizes import PORTS as LINES


@block
def switch_arbiter(
    core_clk: Annotated[Sig, clock("the switch's, 100 MHz; runs while there is a request, or core_busy")],
    store_requests: Annotated[Sig, into(LINES, "ports with a word to write")],
    fetch_requests: Annotated[Sig, into(LINES, "ports that need a word, or return a copy")],
    store_choice: Annotated[Sig, out(LINES, "the one that writes at the next tick")],
    fetch_choice: Annotated[Sig, out(LINES, "the one that reads at the next tick")],
    store_grant: Annotated[Sig, out(LINES, "the one that has just written")],
    fetch_grant: Annotated[Sig, out(LINES, "the one that has just read")],
    core_busy: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """Two arbiters."""
    storing = {"requests": store_requests, "choice": store_choice, "grant": store_grant}
    fetching = {"requests": fetch_requests, "choice": fetch_choice, "grant": fetch_grant}
    store = round_robin(**by_name(round_robin, locals(), **storing))
    fetch = round_robin(**by_name(round_robin, locals(), **fetching))

    @always_comb
    def needed() -> None:
        core_busy.next = store_grant != 0 or fetch_grant != 0

    return store, fetch, needed
