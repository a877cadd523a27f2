"""A hub port's receiver: from recovered bits to words for the backplane.

It runs on the clock that clock recovery (`hw.analogue.clock_recovery`) derives from the port's line, and
stands still without a signal. Like the PHY's (`hw.phy.receive`) it waits for the start frame delimiter, the
first `11` after at least six alternating bits. A repeater sends a new preamble, so only what follows is
handed on, in words of four bits: `toggle` changes when a word has come, and the word is stable for at least
three bit times, in which the core's clock samples it. `begun` is high from the SFD to the end.

No frame is checked or dropped (clause 9.5.1): when the line ends inside a word, the remaining bits are handed
on as a last word, and `tail` says how many. The line's end is noticed two bit times after its last bit.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, modbv

from hw.hub.sizes import WORD_BITS
from hw.phy.receive import ALTERNATING_BITS
from hw.ports import Sig, clock, into, out, register

TAIL, TOGGLE = 4, 6
"""The lowest bits of two fields of a word."""
WORD = "7 begun, 6 toggle, 5-4 tail: bits in the last word if not all, 3-0 data, first bit lowest"


@block
def hub_port_receive(
    port_bit_clk: Annotated[Sig, clock("10 MHz, recovered from the line; four ticks more after its end")],
    rx_bit: Annotated[Sig, into(1, "the bit recovered at this tick")],
    rx_valid: Annotated[Sig, into(1, "rx_bit comes from the line; low after the last bit")],
    word: Annotated[Sig, out(WORD_BITS, WORD)],
) -> Any:
    """Word assembler."""
    shift = register(3)
    alternating = register(3)
    count = Signal(modbv(0)[2:])
    begun = register(1)
    toggle = register(1)
    tail = register(2)
    data = register(4)

    @always(port_bit_clk.posedge)
    def assemble() -> None:
        shift.next = concat(rx_bit, shift[3:1])
        if begun:
            if rx_valid:
                count.next = count + 1
                if count == 3:
                    data.next = concat(rx_bit, shift)
                    toggle.next = not toggle
            else:
                begun.next = False
                alternating.next = 0
                tail.next = count
                if count != 0:
                    toggle.next = not toggle
                if count == 1:
                    data.next = concat(False, False, False, shift[2])
                elif count == 2:
                    data.next = concat(False, False, shift[3:1])
                elif count == 3:
                    data.next = concat(False, shift)
        elif not rx_valid:
            alternating.next = 0
        elif rx_bit != shift[2]:
            if alternating != ALTERNATING_BITS:
                alternating.next = alternating + 1
        elif rx_bit and alternating == ALTERNATING_BITS:
            begun.next = True
            count.next = 0
            tail.next = 0
        else:
            alternating.next = 0

    @always_comb
    def lead_out() -> None:
        word.next = concat(begun, toggle, tail, data)

    return assemble, lead_out
