"""The Wishbone signals that a MAC among others on a bus needs, and that the registers do not.

A cycle is one for the registers while `s_cyc` and `s_stb` are high; their answer shows only then. Registers
are words: a write of some of a word's octets (`s_sel`) is answered with `s_err` and changes nothing; a read
always gives the whole word. A DMA cycle is `m_cyc` as long as `m_stb`.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block

from hw.ports import Sig, clock, into, out, register

WHOLE = 0b1111


@block
def wishbone_port(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz")],
    s_cyc: Annotated[Sig, into(1, "Wishbone: the bus is in use")],
    s_stb: Annotated[Sig, into(1, "Wishbone: a cycle is open")],
    s_we: Annotated[Sig, into(1, "Wishbone: write")],
    s_sel: Annotated[Sig, into(4, "Wishbone: octets of the word that count")],
    slave_ack: Annotated[Sig, into(1, "for one tick: the registers have answered")],
    slave_err: Annotated[Sig, into(1, "for one tick: there is no register")],
    m_stb: Annotated[Sig, into(1, "DMA: a cycle is open")],
    cycle: Annotated[Sig, out(1, "a cycle for the registers is open")],
    s_ack: Annotated[Sig, out(1, "Wishbone: for one tick, the cycle is over")],
    s_err: Annotated[Sig, out(1, "Wishbone: for one tick, the cycle is over and nothing was done")],
    m_cyc: Annotated[Sig, out(1, "DMA: the bus is in use")],
) -> Any:
    """The bus side's Wishbone port."""
    refused = register(1)
    partial = register(1)

    @always_comb
    def share() -> None:
        partial.next = s_we and s_sel != WHOLE
        cycle.next = s_cyc and s_stb and not (s_we and s_sel != WHOLE)
        m_cyc.next = m_stb

    @always_comb
    def answer() -> None:
        s_ack.next = slave_ack and s_cyc and s_stb
        s_err.next = (slave_err or refused) and s_cyc and s_stb

    @always(bus_clk.posedge)
    def refuse() -> None:
        refused.next = s_cyc and s_stb and partial and not refused

    return share, answer, refuse
