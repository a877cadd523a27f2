"""The MII of a PHY that stands alone: its clocks, and pins that keep still where these rise (22.2.2, 22.3).

Both clocks are the PHY's, and run all the time as long as the clocks run that they are divided from.

Transmitting: `tx_clk` is an eighth of 20 MHz. `txd` and `tx_en` are sampled where it rises; the MAC changes
them behind that. `tx_er` does not count at 10 Mb/s (22.2.2.5).

Receiving: `rx_clk` is a quarter of the recovered bit clock. `phy_receive` keeps a nibble for four bit clocks,
from any of them on; the pins take it where `rx_clk` falls, and it stays there for a whole period.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

ON_TICKS, OFF_TICKS = 1, 0
"""With two flip-flops and the output: carrier sense after 250 ns of level, and 200 ns without."""


@block
def mii_transmit(
    bit_clk: Annotated[Sig, clock("20 MHz")],
    txd: Annotated[Sig, into(4, "MII transmit data")],
    tx_en: Annotated[Sig, into(1, "MII transmit enable")],
    tx_clk: Annotated[Sig, out(1, "MII transmit clock, 2.5 MHz")],
    tx_nibble: Annotated[Sig, out(4, "txd as it was when tx_clk rose")],
    tx_valid: Annotated[Sig, out(1, "tx_en as it was then")],
) -> Any:
    """MII's transmit side."""
    phase = register(3)

    @always(bit_clk.posedge)
    def divide() -> None:
        phase.next = (phase + 1) & 7
        if phase == 3:
            tx_clk.next = True
            tx_nibble.next = txd
            tx_valid.next = tx_en
        elif phase == 7:
            tx_clk.next = False

    return divide


@block
def mii_receive(
    bit_clk: Annotated[Sig, clock("10 MHz, recovered")],
    rx_nibble: Annotated[Sig, into(4, "received nibble, for four ticks")],
    rx_valid: Annotated[Sig, into(1, "it is one")],
    rx_error: Annotated[Sig, into(1, "there was a code violation in it")],
    rx_clk: Annotated[Sig, out(1, "MII receive clock, 2.5 MHz")],
    rxd: Annotated[Sig, out(4, "MII receive data")],
    rx_dv: Annotated[Sig, out(1, "MII receive data valid")],
    rx_er: Annotated[Sig, out(1, "MII receive error")],
) -> Any:
    """MII's receive side."""
    phase = register(2)

    @always(bit_clk.posedge)
    def divide() -> None:
        phase.next = (phase + 1) & 3
        if phase == 1:
            rx_clk.next = True
        elif phase == 3:
            rx_clk.next = False
            rxd.next = rx_nibble
            rx_dv.next = rx_valid
            rx_er.next = rx_error

    return divide


@block
def mii_carrier(
    bit_clk: Annotated[Sig, clock("20 MHz")],
    aui_di_active: Annotated[Sig, into(1, "the comparator at data-in: the pair is driven")],
    aui_ci: Annotated[Sig, into(1, "the comparator at control-in: the MAU signals")],
    tx_en: Annotated[Sig, into(1, "MII transmit enable")],
    looped: Annotated[Sig, into(1, "the encoder drives this PHY's receiver")],
    phy_loopback: Annotated[Sig, into(1, "loopback")],
    phy_isolate: Annotated[Sig, into(1, "isolated or powered down")],
    phy_collision_test: Annotated[Sig, into(1, "col follows tx_en")],
    crs: Annotated[Sig, out(1, "MII carrier sense")],
    col: Annotated[Sig, out(1, "MII collision detected")],
) -> Any:
    """Carrier sense and collision, with the times of `hw.analogue.carrier_sense`."""
    meta, driven, control_meta, control, carrier = [register(1) for _ in range(5)]
    count = register(3)

    @always(bit_clk.posedge)
    def compare() -> None:
        meta.next = aui_di_active
        driven.next = meta
        control_meta.next = aui_ci
        control.next = control_meta
        if driven == carrier:
            count.next = 0
        elif (driven and count == ON_TICKS) or (carrier and count == OFF_TICKS):
            carrier.next = driven
            count.next = 0
        else:
            count.next = count + 1
        tested = phy_collision_test and tx_en
        if phy_isolate:
            crs.next = False
            col.next = False
        elif phy_loopback:
            crs.next = looped or tested
            col.next = tested
        else:
            crs.next = carrier or control or tested
            col.next = control or tested

    return compare
