"""MDC and MDIO of a MAC that stands alone: pins as clause 22.2.2.11 and 22.3.4 want them.

MDC is the bus clock divided by CLKDIV, and runs all the time. The station management entity changes its bits
where MDC rises; on the pins they change where it falls, so that a PHY, which samples them at the rise, has
half a period before it and half a period behind it. What a PHY drives changes up to 300 ns after a rise and
is sampled at the next one.

Under `reset` MDC goes on, with a period of 16 ticks, so that the management entity is reset too.
"""

from typing import Annotated, Any

from myhdl import always, block, intbv

from hw.adapter.map import MIIMODER
from hw.ports import Sig, clock, into, out, register

RESET_DIVIDER = 16
"""640 ns at 25 MHz, where 400 ns are allowed."""


@block
def mdc_divider(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz")],
    reset: Annotated[Sig, into(1, "synchronous reset: MDIO is not driven")],
    mii_divider: Annotated[Sig, into(MIIMODER.CLKDIV.width, "ticks of the bus clock in one of MDC, even")],
    mdo: Annotated[Sig, into(1, "MDIO as the management entity drives it")],
    mdo_en: Annotated[Sig, into(1, "it does")],
    mdc: Annotated[Sig, out(1, "MII management data clock")],
    mdio_o: Annotated[Sig, out(1, "MDIO as this end drives it", initial=1)],
    mdio_oe: Annotated[Sig, out(1, "this end drives MDIO")],
) -> Any:
    """Divides the bus clock for MDC."""
    count = register(MIIMODER.CLKDIV.width)

    @always(bus_clk.posedge)
    def divide() -> None:
        whole = intbv(0)[MIIMODER.CLKDIV.width :]
        whole[:] = mii_divider
        if reset:
            whole[:] = RESET_DIVIDER
        if count + 1 >= whole:
            count.next = 0
            mdc.next = True
        else:
            count.next = count + 1
        if count + 1 == whole >> 1:
            mdc.next = False
            mdio_o.next = mdo
            mdio_oe.next = mdo_en and not reset

    return divide
