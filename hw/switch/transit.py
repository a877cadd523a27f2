"""Quarters of a second, for the maximum bridge transit delay (802.1D 7.7.3).

A port that cannot send holds buffers of other ports: behind it a station jabbers on a half duplex segment, or
requests one pause after another. So a frame that has waited for a second is discarded (`hw.switch.egress`).
The clock stands still while no frame waits.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, out

AGE_BITS = 3
"""Of a count of quarters that wraps around, by which the age of a frame is computed."""
MOST_QUARTERS = 4
"""A frame that came in this many quarters ago, three of them whole ones, has waited too long."""


@block
def switch_transit(
    transit_clk: Annotated[Sig, clock("4 Hz, the switch's; runs while the port has something to send")],
    quarter: Annotated[Sig, out(1, "changes at each tick")],
) -> Any:
    """Signals quarters of a second."""

    @always(transit_clk.posedge)
    def toggle() -> None:
        quarter.next = not quarter

    return toggle
