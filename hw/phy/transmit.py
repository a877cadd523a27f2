"""The PHY's transmitter: Manchester encoding of MII nibbles onto the AUI's data-out pair.

Clause 7: a bit cell's second half carries the bit, its first half the complement, so that every cell has
an edge in its middle: low to high for 1. A nibble goes out least significant bit first, as eight half
bits. After the last one the line is held high for 250 ns, so that the far end sees the end of the frame as
a lack of edges, and then falls idle (`aui_do_active` low).

In loopback (22.2.4.1.2) the encoder works but its output stage does not: `looped` is driven in place of
`aui_do_active`, and this PHY's receiver gets the encoder's signal. An isolated PHY ignores `tx_en`.

The MAC changes `txd` at a tick of `tx_clk`, which is every eighth tick of `bit_clk`; a nibble is sampled at
the next one, when MII still shows the old one. So data leave 400 ns after the MAC has put them on the MII.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

IDLE_HOLD_HALF_BITS = 5
"""The line is held high for this long at the end of a frame (clause 7 asks for at least 200 ns)."""


@block
def phy_transmit(
    bit_clk: Annotated[Sig, clock("20 MHz, runs while tx_en, aui_do_active or looped")],
    txd: Annotated[Sig, into(4, "MII transmit data")],
    tx_en: Annotated[Sig, into(1, "MII transmit enable")],
    loopback: Annotated[Sig, into(1, "LOOPBCK: nothing leaves, the receiver gets the encoder's signal")],
    phy_loopback: Annotated[Sig, into(1, "the same from the PHY's control register")],
    phy_isolate: Annotated[Sig, into(1, "the PHY is isolated from the MII or powered down")],
    aui_do: Annotated[Sig, out(1, "level on the AUI's data-out pair: 1 is HI", initial=1)],
    aui_do_active: Annotated[Sig, out(1, "the data-out pair is driven, not idle")],
    looped: Annotated[Sig, out(1, "the encoder drives this PHY's receiver instead")],
) -> Any:
    """Manchester encoder."""
    half_bits = register(3)
    shift = register(3)
    hold = register(3)

    @always(bit_clk.posedge)
    def encode() -> None:
        if half_bits != 0:
            half_bits.next = half_bits - 1
            if half_bits[0]:
                aui_do.next = not aui_do
                # Second half of a cell: the complement of the first.
            else:
                aui_do.next = not shift[0]
                shift.next = shift >> 1
        elif tx_en and not phy_isolate:
            half_bits.next = 7
            aui_do.next = not txd[0]
            if loopback or phy_loopback:
                looped.next = True
            else:
                aui_do_active.next = True
            shift.next = txd[4:1]
            hold.next = IDLE_HOLD_HALF_BITS
        elif aui_do_active or looped:
            aui_do.next = True
            if hold == 0:
                aui_do_active.next = False
                looped.next = False
            else:
                hold.next = hold - 1

    return encode
