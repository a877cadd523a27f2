"""The PHY's receiver: from recovered bits to MII nibbles.

Clock recovery (`hw.analogue.clock_recovery`) gives a clock and a bit. This circuit looks for the start
frame delimiter, the first `11` after at least six alternating bits, and from there on cuts the stream into
nibbles, least significant bit first.

`rx_dv` covers the whole SFD (clause 22.2.2.7). Where nibbles begin is known only when its `11` has come, at
the end of its second nibble, D. Its first nibble, 5, looks like every nibble of the preamble; so 5 is shown
from the third alternating bit on, at least four bit clocks before D. A preamble of the usual length gives a
dozen of these nibbles: any number of them is allowed (22.2.3.2.2). Wrong bits in the preamble change nothing
of it; without an SFD `rx_dv` falls when the line ends.

MII's `rx_clk` is every fourth bit clock, wherever the SFD fell; a nibble behind the preamble stays on `rxd`
for four bit clocks and is therefore sampled exactly once.

When the line ends (`rx_valid` low) the last whole nibble gets its four clocks. If 1 to 7 bits are left over
after the last octet, MII can only show half an octet; so they make exactly one nibble more: up to three bits
are filled up to one, five to seven lose the bits after the first four.

A code violation is reported by `rx_er` with its nibble. One that ended the reception has no nibble: an
additional one is made for it.
"""

from typing import Annotated, Any

from myhdl import always, block, concat

from hw.ports import Sig, clock, into, out, register

ALTERNATING_BITS = 6
SHOWN_FROM = 3
"""Alternating bits before the preamble is shown: four bit clocks before an SFD behind the fewest of them."""
PREAMBLE_NIBBLE = 5


@block
def phy_receive(
    bit_clk: Annotated[
        Sig, clock("10 MHz, recovered from the line; runs on until rx_dv and the MAC are idle")
    ],
    rx_bit: Annotated[Sig, into(1, "the bit recovered at this tick")],
    rx_valid: Annotated[Sig, into(1, "rx_bit comes from the line; low after the last bit of a frame")],
    rx_violation: Annotated[
        Sig, into(1, "the bit cell of this tick had no edge in its middle: rx_bit is a guess")
    ],
    rxd: Annotated[Sig, out(4, "MII receive data")],
    rx_dv: Annotated[
        Sig, out(1, "MII receive data valid: from the preamble, or the SFD, to the last nibble of the frame")
    ],
    rx_er: Annotated[Sig, out(1, "MII receive error: a code violation in this nibble")],
) -> Any:
    """Nibble assembler."""
    shift = register(3)
    alternating = register(3)
    aligned = register(1)
    count = register(2)
    odd = register(1)
    left_over = register(1)
    broken = register(1)

    @always(bit_clk.posedge)
    def assemble() -> None:
        shift.next = concat(rx_bit, shift[3:1])
        if aligned:
            count.next = (count + 1) & 3
            if rx_violation:
                broken.next = True
            if count == 0:
                # Assigned only when they change: in MyHDL an assignment costs as much as all these questions.
                if left_over != rx_valid:
                    left_over.next = rx_valid
            elif count == 3:
                if broken or rx_violation:
                    rx_er.next = True
                    broken.next = False
                elif rx_er:
                    rx_er.next = False
                if rx_valid or broken or rx_violation or (left_over and not odd):
                    rxd.next = concat(rx_bit, shift)
                    odd.next = not odd
                else:
                    rx_dv.next = False
                    aligned.next = False
                    alternating.next = 0
        elif not rx_valid:
            alternating.next = 0
            rx_dv.next = False
        elif rx_bit != shift[2]:
            if alternating != ALTERNATING_BITS:
                alternating.next = alternating + 1
            if alternating == SHOWN_FROM - 1:
                rxd.next = PREAMBLE_NIBBLE
                rx_dv.next = True
        elif rx_bit and alternating == ALTERNATING_BITS:
            aligned.next = True
            odd.next = False
            count.next = 0
            rxd.next = concat(rx_bit, shift)
        else:
            alternating.next = 0

    return assemble
