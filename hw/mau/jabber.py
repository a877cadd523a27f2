"""The jabber function, clause 8.2.1.5: a station that does not stop is disconnected from the cable.

When a transmission has lasted `jabber_ms` the transmitter is inhibited and the control-in pair signals, until
the station has been silent for `unjab_ms` or has been unplugged. Time is counted by a 1 kHz clock that runs
while the station sends or is inhibited; so the transmitter goes off `jabber_ms` to `jabber_ms` + 2
milliseconds after the beginning. The gap between two frames is far shorter than a tick: the end of a
transmission is signalled by a change of `ended` (`hw.mau.sqe_test`).
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register


@block
def jabber_timer(
    jabber_clk: Annotated[Sig, clock("1 kHz, the MAU's; runs while aui_do_active or jabber")],
    aui_do_active: Annotated[Sig, into(1, "the station drives the data-out pair")],
    powered: Annotated[Sig, into(1, "the AUI is plugged in and feeds the MAU")],
    jabber_ms: Annotated[Sig, into(10, "strap: the longest transmission; clause 8 has 20 to 150")],
    unjab_ms: Annotated[Sig, into(10, "strap: silence that ends the inhibition; clause 8 has 250 to 750")],
    ended: Annotated[Sig, into(1, "changes when a transmission has ended")],
    ended_seen: Annotated[Sig, out(1, "follows ended")],
    jabber: Annotated[Sig, out(1, "the transmitter is inhibited")],
) -> Any:
    """Transmitter inhibition."""
    active = register(1)
    ended_meta = register(1)
    count = register(10)

    @always(jabber_clk.posedge)
    def watch() -> None:
        active.next = aui_do_active
        ended_meta.next = ended
        ended_seen.next = ended_meta
        count.next = count + 1
        if not powered:
            jabber.next = False
            count.next = 0
        elif ended_meta != ended_seen or active == jabber:
            # Another transmission, silence where a transmission is timed, or a signal where silence is.
            count.next = 0
        elif jabber and count + 1 == unjab_ms:
            jabber.next = False
            count.next = 0
        elif not jabber and count + 1 == jabber_ms:
            jabber.next = True
            count.next = 0

    return watch
