"""The DeferTest process of clause 4: has a frame waited for more than 24,288 bit times?

maxDeferTime is twice the longest frame. Waiting is not counting: a divider of the transmit crystal measures
it, which starts whenever `frame_waiting` rises and stops when it falls, and this circuit is a module of its
own on that clock. Its one flip-flop carries each tick into the clock domain of TransmitLinkMgmt.
"""

from typing import Any

from myhdl import always, block

from hw.ports import into, out

CLOCK = "defer_clk"
PORTS = (
    into("defer_clk", 1, "ticks when a frame has been deferred for 24,288 bit times"),
    out("defer_over", 1, "changes at each of these ticks"),
)


@block
def defer_test(defer_clk: Any, defer_over: Any) -> Any:
    """Excessive deferral. Ports: `PORTS`. Clock: `defer_clk`."""

    @always(defer_clk.posedge)
    def tell() -> None:
        defer_over.next = not defer_over

    return tell
