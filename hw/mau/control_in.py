"""The driver of the AUI's control-in pair, clause 8: what the MAU tells its station.

The signal path of a transceiver is analogue (`hw.analogue.coax`), and so is its averaging comparator. This
circuit makes of the comparator's level, of the SQE test's burst and of jabber the signal on the control-in
pair: a 10 MHz tone, shown here as a level. Collision
presence is on 2 to 4 bit times after the comparator, and off as late: clause 8 allows 9 and 20.
"""

from typing import Any

from myhdl import always, block

from hw.ports import into, out, register

CLOCK = "mau_clk"
PORTS = (
    into("mau_clk", 1, "5 MHz, the MAU's own; runs while something differs from what has been seen of it"),
    into("collision", 1, "comparator: the averaged level at the tap is beyond one sender's"),
    into("sqe_burst", 1, "the SQE test's signal"),
    into("jabber", 1, "the transmitter is inhibited"),
    out("collision_seen", 1, "follows collision"),
    out("jabber_seen", 1, "follows jabber"),
    out("aui_ci", 1, "the tone on the AUI's control-in pair is on"),
)


@block
def control_in(
    mau_clk: Any,
    collision: Any,
    sqe_burst: Any,
    jabber: Any,
    collision_seen: Any,
    jabber_seen: Any,
    aui_ci: Any,
) -> Any:
    """Signal quality error output. Ports: `PORTS`. Clock: `mau_clk`."""
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
