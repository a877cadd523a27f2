"""Full or half duplex at a switch port: full if it is told so, or if both ends announce it (clause 28).

A far end that announces nothing, a repeater for instance, has half duplex (parallel detection, 28.2.3.1). The
gap that the MAC leaves between its own frames is written differently for the two.
"""

from typing import Any

from myhdl import always, always_comb, block

from hw.ports import into, out, register

HALF_DUPLEX_IPGT = 0x12
FULL_DUPLEX_IPGT = 0x15
"""96 bit times, as `hw.mac.deference` counts them."""

CLOCK = "duplex_clk"
PORTS = (
    into("duplex_clk", 1, "2.5 MHz, the switch's; runs while one of duplex_seen is not as its pin"),
    into("link", 1, "there is somebody at the other end"),
    into("partner_announces", 1, "who negotiates and can do full duplex"),
    into("negotiates", 1, "strap: this port does too"),
    into("full_duplex_forced", 1, "strap: full duplex, whoever is there"),
    out("announce", 1, "and says so"),
    out("full_duplex", 1, "the port is in full duplex"),
    out("ipgt", 7, "gap after an own frame, in nibbles - 6, in full duplex - 3", initial=HALF_DUPLEX_IPGT),
    out("duplex_seen", 4, "follows link, partner_announces, full_duplex_forced and negotiates"),
)


@block
def switch_duplex(
    duplex_clk: Any,
    link: Any,
    partner_announces: Any,
    negotiates: Any,
    full_duplex_forced: Any,
    announce: Any,
    full_duplex: Any,
    ipgt: Any,
    duplex_seen: Any,
) -> Any:
    """The duplex mode of a port. Ports: `PORTS`. Clock: `duplex_clk`."""
    meta = register(4)
    pins = register(4)
    full = register(1)

    @always_comb
    def resolve() -> None:
        full.next = pins[2] or (pins[3] and pins[1] and pins[0])

    @always(duplex_clk.posedge)
    def follow() -> None:
        meta.next[0] = link
        meta.next[1] = partner_announces
        meta.next[2] = full_duplex_forced
        meta.next[3] = negotiates
        pins.next = meta
        duplex_seen.next = pins
        announce.next = pins[3]
        full_duplex.next = full
        if full:
            ipgt.next = FULL_DUPLEX_IPGT
        else:
            ipgt.next = HALF_DUPLEX_IPGT

    return resolve, follow
