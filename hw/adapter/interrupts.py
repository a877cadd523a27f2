"""Interrupt registers: INT_SOURCE and INT_MASK.

A bit of INT_SOURCE is set whether masked or not and cleared by writing a one; what happens in the tick in
which it is cleared is kept. `irq` is a level, the OR of what is unmasked.
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import map as m
from hw.ports import into, out, register

CLOCK = "reg_clk"
PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("address", 8, "word address"),
    into("word", 7, "word to write: its lower bits"),
    into("write", 1, "for one tick: write it"),
    into("clear", 1, "for one tick: back to the reset values"),
    into("int_set", 7, "for one tick: bits of INT_SOURCE to set"),
    out("data", 32, "the word at the address; 0 if there is none here"),
    out("irq", 1, "an unmasked interrupt is pending"),
)


@block
def interrupts(
    reg_clk: Any, address: Any, word: Any, write: Any, clear: Any, int_set: Any, data: Any, irq: Any
) -> Any:
    """The interrupt registers. Ports: `PORTS`. Clock: `reg_clk`."""
    int_source = register(7)
    int_mask = register(7)

    @always_comb
    def level() -> None:
        irq.next = (int_source & int_mask) != 0

    @always(reg_clk.posedge)
    def keep() -> None:
        if clear:
            int_source.next = 0
            int_mask.next = 0
        elif write and address == m.INT_SOURCE:
            int_source.next = (int_source & ~word) | int_set
        else:
            if int_set != 0:
                int_source.next = int_source | int_set
            if write and address == m.INT_MASK:
                int_mask.next = word

    @always_comb
    def look_up() -> None:
        if address == m.INT_SOURCE:
            data.next = concat(intbv(0)[25:], int_source)
        elif address == m.INT_MASK:
            data.next = concat(intbv(0)[25:], int_mask)
        else:
            data.next = 0

    return level, keep, look_up
