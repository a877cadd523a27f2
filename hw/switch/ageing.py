"""The seconds by which entries of the address table age (802.1D 7.9.2).

An entry has the second in which its station was heard last, and counts for nothing once that is more than the
ageing time ago. So nobody walks through the table to clear it, and the clock may rest when the last entry has
aged: as long as no station is heard, no entry becomes younger.
"""

from typing import Any

from myhdl import Signal, always, block, modbv

from hw.ports import into, out

SECOND_BITS = 32
AGEING_BITS = 20
"""10 to 1,000,000 s."""

CLOCK = "second_clk"
PORTS = (
    into("second_clk", 1, "1 Hz; runs while stamped is not stamped_seen, or ageing"),
    into("ageing_time", AGEING_BITS, "strap: seconds"),
    into("stamped", 1, "changes when an entry gets the present second, unless that is still to be seen"),
    out("second", SECOND_BITS, "the present second"),
    out("stamped_seen", 1, "follows stamped"),
    out("ageing", 1, "there may be entries that count: the clock is needed"),
)


@block
def switch_ageing(
    second_clk: Any, ageing_time: Any, stamped: Any, second: Any, stamped_seen: Any, ageing: Any
) -> Any:
    """Counts seconds. Ports: `PORTS`. Clock: `second_clk`."""
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
