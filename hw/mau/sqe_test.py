"""The SQE test, clause 8.2.2: after each transmission the MAU proves that its collision signal works.

A burst on the control-in pair, 10 bit times long, begins 0.6 to 1.6 us after the last positive transition of
the station's signal, which is 250 to 300 ns before the data-out pair is idle. Repeaters need it off, and a
MAU without power from its AUI is silent.

The circuit also reports to the jabber circuit that a transmission has ended: `ended` changes, unless an
earlier change has not been seen yet; one is enough to restart the count.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

BEGIN = 2
"""Ticks from noticing the end (after 200 to 400 ns) to the burst; the output stage takes one more."""
END = BEGIN + 5
"""10 bit times: five ticks of 200 ns."""
REST = END + 1
"""One tick after the burst, when the output stage has seen its end. (It needs a name: MyHDL converts a sum in
an elif to the label -1 of a case.)"""


@block
def sqe_test(
    mau_clk: Annotated[Sig, clock("5 MHz, the MAU's; runs while aui_do_active differs from sending")],
    aui_do_active: Annotated[Sig, into(1, "the station drives the data-out pair")],
    powered: Annotated[Sig, into(1, "the AUI is plugged in and feeds the MAU")],
    sqe_enable: Annotated[Sig, into(1, "strap: do the test")],
    ended_seen: Annotated[Sig, into(1, "follows ended")],
    sqe_burst: Annotated[Sig, out(1, "drive the control-in pair")],
    sending: Annotated[Sig, out(1, "a transmission or its test is in progress")],
    ended: Annotated[Sig, out(1, "changes when a transmission has ended")],
) -> Any:
    """Signal quality error test."""
    active = register(1)
    seen_meta = register(1)
    seen = register(1)
    count = register(4)

    @always(mau_clk.posedge)
    def test() -> None:
        active.next = aui_do_active
        seen_meta.next = ended_seen
        seen.next = seen_meta
        if active:
            sending.next = True
            sqe_burst.next = False
            count.next = 0
        elif sending:
            count.next = count + 1
            if count == BEGIN:
                sqe_burst.next = sqe_enable and powered
            elif count == END:
                sqe_burst.next = False
                if ended == seen:
                    ended.next = not ended
            elif count == REST:
                sending.next = False
                count.next = 0

    return test
