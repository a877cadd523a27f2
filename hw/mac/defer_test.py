"""The DeferTest process of clause 4: has a frame waited for more than 24,288 bit times?

maxDeferTime is twice the longest frame. A divider of the transmit crystal measures it: it starts when
`frame_waiting` rises and stops when it falls. This circuit runs on that divider's output. Its one flip-flop
carries each tick into the clock domain of TransmitLinkMgmt.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, out


@block
def defer_test(
    defer_clk: Annotated[Sig, clock("ticks when a frame has been deferred for 24,288 bit times")],
    defer_over: Annotated[Sig, out(1, "changes at each of these ticks")],
) -> Any:
    """Excessive deferral."""

    @always(defer_clk.posedge)
    def toggle() -> None:
        defer_over.next = not defer_over

    return toggle
