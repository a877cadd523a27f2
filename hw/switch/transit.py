"""Quarters of a second, for the maximum bridge transit delay (802.1D 7.7.3).

Who cannot send holds the buffers of others: a station that babbles on a half duplex segment, or that asks for
one pause after another. So a frame that has waited for a second is discarded (`hw.switch.egress`). Waiting is
not counting: this is a module of its own, on a clock that rests while nothing waits.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, out

AGE_BITS = 3
"""Of a count of quarters that begins anew, in which the age of a frame is reckoned."""
MOST_QUARTERS = 4
"""A frame that came in so many quarters ago, three of them whole ones, has waited for too long."""


@block
def switch_transit(
    transit_clk: Annotated[Sig, clock("4 Hz, the switch's; runs while the port has something to send")],
    quarter: Annotated[Sig, out(1, "changes at each tick")],
) -> Any:
    """Tells of quarters of a second."""

    @always(transit_clk.posedge)
    def tell() -> None:
        quarter.next = not quarter

    return tell
