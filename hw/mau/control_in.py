"""The driver of the AUI's control-in pair, clause 8: what the MAU reports to its station.

The signal path of a transceiver is analogue (`hw.analogue.coax`), and so is its averaging comparator. This
circuit combines the comparator's level, the burst of the SQE test and jabber to the signal on the control-in
pair: a 10 MHz tone, modelled as a level. Collision presence follows the comparator by 2 to 4 bit times, on
and off: clause 8 allows 9 and 20.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register


@block
def control_in(
    mau_clk: Annotated[Sig, clock("5 MHz, the MAU's; runs while collision or jabber differs from its _seen")],
    collision: Annotated[
        Sig, into(1, "comparator: the averaged level at the tap exceeds that of one transmitter")
    ],
    sqe_burst: Annotated[Sig, into(1, "the SQE test's signal")],
    jabber: Annotated[Sig, into(1, "the transmitter is inhibited")],
    collision_seen: Annotated[Sig, out(1, "follows collision")],
    jabber_seen: Annotated[Sig, out(1, "follows jabber")],
    aui_ci: Annotated[Sig, out(1, "the tone on the AUI's control-in pair is on")],
) -> Any:
    """Signal quality error output."""
    collision_meta = register(1)
    jabber_meta = register(1)

    @always(mau_clk.posedge)
    def present() -> None:
        collision_meta.next = collision
        jabber_meta.next = jabber
        collision_seen.next = collision_meta
        jabber_seen.next = jabber_meta
        aui_ci.next = collision_meta or jabber_meta or sqe_burst

    return present
