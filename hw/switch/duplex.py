"""Full or half duplex at a switch port: full if that is forced, or if both ends announce it (clause 28).

A far end that announces nothing, a repeater for instance, has half duplex (parallel detection, 28.2.3.1). The
gap between two frames is coded differently for the two modes.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block

from hw.ports import Sig, clock, into, out, register

PINS = 4
LINK, PARTNER_ANNOUNCES, FORCED, NEGOTIATES = range(PINS)
"""Bits of `duplex_seen`."""
HALF_DUPLEX_IPGT = 0x12
FULL_DUPLEX_IPGT = 0x15
"""96 bit times, as `hw.mac.deference` counts them."""


@block
def switch_duplex(
    duplex_clk: Annotated[
        Sig, clock("2.5 MHz, the switch's; runs while a bit of duplex_seen differs from its pin")
    ],
    link: Annotated[Sig, into(1, "the link is up")],
    partner_announces: Annotated[Sig, into(1, "the other end negotiates and can do full duplex")],
    negotiates: Annotated[Sig, into(1, "strap: this port negotiates")],
    full_duplex_forced: Annotated[Sig, into(1, "strap: full duplex, whatever the other end is")],
    announce: Annotated[Sig, out(1, "this port negotiates and can do full duplex")],
    full_duplex: Annotated[Sig, out(1, "the port is in full duplex")],
    ipgt: Annotated[
        Sig, out(7, "gap after a transmission, in nibbles - 6, in full duplex - 3", initial=HALF_DUPLEX_IPGT)
    ],
    duplex_seen: Annotated[
        Sig, out(PINS, "follows link, partner_announces, full_duplex_forced and negotiates")
    ],
) -> Any:
    """The duplex mode of a port."""
    meta = register(PINS)
    pins = register(PINS)
    full = register(1)

    @always_comb
    def resolve() -> None:
        full.next = pins[FORCED] or (pins[NEGOTIATES] and pins[PARTNER_ANNOUNCES] and pins[LINK])

    @always(duplex_clk.posedge)
    def follow() -> None:
        meta.next[LINK] = link
        meta.next[PARTNER_ANNOUNCES] = partner_announces
        meta.next[FORCED] = full_duplex_forced
        meta.next[NEGOTIATES] = negotiates
        pins.next = meta
        duplex_seen.next = pins
        announce.next = pins[NEGOTIATES]
        full_duplex.next = full
        if full:
            ipgt.next = FULL_DUPLEX_IPGT
        else:
            ipgt.next = HALF_DUPLEX_IPGT

    return resolve, follow
