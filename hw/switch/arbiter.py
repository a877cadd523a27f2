"""Access to the packet memory, which has one port to write by and one to read by.

A grant lasts for one tick, in which the memory is written or read for one of the switch's ports. So it moves
3.2 Gb/s both ways, and 48 ports of 10 Mb/s need an eighth of that.
"""

from typing import Any

from myhdl import always_comb, block

from hw.ports import into, out
from hw.switch.round_robin import round_robin
from hw.switch.sizes import PORTS as LINES

CLOCK = "core_clk"
PORTS = (
    into("core_clk", 1, "the switch's, 100 MHz; runs while somebody asks, or core_busy"),
    into("store_requests", LINES, "ports with a word to write"),
    into("fetch_requests", LINES, "ports that want a word, or give a copy back"),
    out("store_grant", LINES, "the one that writes now"),
    out("fetch_grant", LINES, "the one that reads now"),
    out("core_busy", 1, "the clock is needed"),
)


@block
def switch_arbiter(
    core_clk: Any,
    store_requests: Any,
    fetch_requests: Any,
    store_grant: Any,
    fetch_grant: Any,
    core_busy: Any,
) -> Any:
    """Two arbiters. Ports: `PORTS`. Clock: `core_clk`."""
    store = round_robin(core_clk, store_requests, store_grant)
    fetch = round_robin(core_clk, fetch_requests, fetch_grant)

    @always_comb
    def needed() -> None:
        core_busy.next = store_grant != 0 or fetch_grant != 0

    return store, fetch, needed
