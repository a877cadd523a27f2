"""The reset of a MAC that stands alone: from the pin to every clock.

The pin is sampled by the bus clock; one tick of it is enough. The reset then lasts until slower clocks have
seen it through their synchronisers, and the slow ones that are divided from them have ticked. The bus waits
meanwhile. (RST of the register map is the adapter's own: `hw.adapter.arbiter`.)
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

TICKS = 127
"""5 us at 25 MHz: a dozen ticks of a clock of 2.5 MHz."""


@block
def reset_control(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz")],
    reset: Annotated[Sig, into(1, "synchronous reset of the whole box; one tick of bus_clk is enough")],
    bus_reset: Annotated[Sig, out(1, "reset of what runs on bus_clk, and on MDC")],
) -> Any:
    """Makes a reset long enough."""
    left = register(7)

    @always(bus_clk.posedge)
    def hold() -> None:
        if reset:
            left.next = TICKS
            bus_reset.next = True
        elif left != 0:
            left.next = left - 1
        else:
            bus_reset.next = False

    return hold


@block
def reset_synchroniser(
    clk: Annotated[Sig, clock("a clock of MII")],
    reset: Annotated[Sig, into(1, "a reset of another clock")],
    synchronised: Annotated[Sig, out(1, "the same, two ticks later")],
) -> Any:
    """Takes a reset into another clock."""
    meta = register(1)

    @always(clk.posedge)
    def synchronise() -> None:
        meta.next = reset
        synchronised.next = meta

    return synchronise
