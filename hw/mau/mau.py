"""The MAU's control circuit: collision presence, clause 8.

The signal path of a transceiver is analogue (`hw.analogue.coax`), and so is its averaging comparator. This
circuit turns the comparator's level into the signal on the AUI's control-in pair: a 10 MHz tone while more
than one station drives the cable, shown here as a level. It comes on within 9 bit times.
"""

from typing import Any

from myhdl import always, block

from hw.ports import into, out, register

CLOCK = "mau_clk"
PORTS = (
    into("mau_clk", 1, "5 MHz, the MAU's own; runs while collision differs from aui_ci"),
    into("collision", 1, "comparator: the averaged level at the tap is beyond one sender's"),
    out("aui_ci", 1, "the tone on the AUI's control-in pair is on"),
)


@block
def mau(mau_clk: Any, collision: Any, aui_ci: Any) -> Any:
    """Collision presence. Ports: `PORTS`. Clock: `mau_clk`."""
    meta = register(1)

    @always(mau_clk.posedge)
    def present() -> None:
        meta.next = collision
        aui_ci.next = meta

    return present
