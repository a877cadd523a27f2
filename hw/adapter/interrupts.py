"""Interrupt registers: INT_SOURCE and INT_MASK.

A bit of INT_SOURCE is set whether masked or not and cleared by writing a one; an event in the tick in which
its bit is cleared is kept. `irq` is a level, the OR of all pending interrupts that are enabled.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter.map import INT_MASK, INT_SOURCE, INTERRUPTS, WORD_BITS
from hw.ports import Sig, clock, into, out, register


@block
def interrupts(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    address: Annotated[Sig, into(8, "word address")],
    word: Annotated[Sig, into(WORD_BITS, "word to write")],
    write: Annotated[Sig, into(1, "for one tick: write it")],
    clear: Annotated[Sig, into(1, "for one tick: return to the reset values")],
    int_set: Annotated[Sig, into(INTERRUPTS, "for one tick: bits of INT_SOURCE to set")],
    data: Annotated[Sig, out(WORD_BITS, "the word at the address; 0 if it is no register of this circuit")],
    irq: Annotated[Sig, out(1, "an enabled interrupt is pending")],
) -> Any:
    """The interrupt registers."""
    int_source = register(INTERRUPTS, INT_SOURCE.RESET)
    int_mask = register(WORD_BITS, INT_MASK.RESET)

    @always_comb
    def level() -> None:
        irq.next = (int_source & int_mask[INTERRUPTS:]) != 0

    @always(reg_clk.posedge)
    def keep() -> None:
        if clear:
            int_source.next = INT_SOURCE.RESET
            int_mask.next = INT_MASK.RESET
        elif write and address == INT_SOURCE.WORD:
            int_source.next = (int_source & ~word[INTERRUPTS:]) | int_set
        else:
            if int_set != 0:
                int_source.next = int_source | int_set
            if write and address == INT_MASK.WORD:
                int_mask.next = word & INT_MASK.KEPT

    @always_comb
    def look_up() -> None:
        if address == INT_SOURCE.WORD:
            data.next = concat(intbv(0)[WORD_BITS - INTERRUPTS :], int_source)
        elif address == INT_MASK.WORD:
            data.next = int_mask
        else:
            data.next = 0

    return level, keep, look_up
