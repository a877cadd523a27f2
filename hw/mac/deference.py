"""Deference and the interframe gap: clause 4.2.3.2.1 and the Deference process of 4.2.8.

While there is carrier, a station defers. After it the gap begins, in two parts. After a reception, part 1
starts again whenever carrier reappears; after a transmission of this station it does not; part 2 ignores
carrier. A waiting station therefore transmits into a frame that begins in its part 2: an intended collision,
for fairness. This process runs in parallel with backoff and independently of it.

Counting. The gap is `limit + 6` nibbles of MII (the register model's "nibbles - 6"): between two
transmissions of a station, `tx_en` is low for exactly 24 nibbles with IPGT = 0x12. After a reception the
count begins when the end of carrier has come through the synchroniser, 450 ns and some ticks after the last
bit.

The station's own signal stays on the cable a little after `tx_en`: for `OWN_TAIL` nibbles it does not count
as carrier. Nor does the MAU's SQE test, a burst on control-in soon after each transmission (clause
7.2.2.2.4): it is not a collision, since the transmission is over, and does not start the gap again. It shows
that the MAU can report collisions; its absence is reported (`sqe_error`).

What a frame waits for is another station (its carrier, and the gap after it: `by_others`), or only this
station's own gap. The register model (DF) and RFC 2665 (dot3StatsDeferredTransmissions) call a frame deferred
when the medium was busy: its own gap does not count.

Carrier that returns too soon for a receiver's gap is marked (`short_gap`) for the receiving half.

In full duplex there is no carrier and no collision (the pins are masked), only the gap after a transmission.
"""

from typing import Annotated, Any

from myhdl import Signal, always, block, concat, enum, intbv

from hw.ports import Sig, clock, into, out, register

OWN_TAIL = 6
"""Nibbles for which carrier after a transmission may still be the station's own: 24 bit times."""
TO_TX_EN = 2
"""Ticks from the end of deferring to `tx_en`, less the two in which the end of `tx_en` was noticed."""
FROM_LINE = 7
"""Nibbles between the last bit of a reception and the first count: 250 ns of high level, 200 ns of carrier
sense, synchroniser, encoder."""
END_OF_LINE = 1
"""Nibbles by which carrier outlasts the data, less those by which it is late when it returns."""

FULL_DUPLEX_LEAD = 3
"""IPGT is the gap in nibbles - 6 in half duplex, and in nibbles - 3 in full duplex."""
SQE_WINDOW = 16
"""Nibbles after a transmission in which the SQE test is expected: 6.4 us, of 4 to 8."""
SHORT_GAP = 10
"""A receiver's least gap, in nibbles without carrier: 40 bit times. Of 96, 47 must be left (R10)."""

State = enum("CLEAR", "TRANSMITTING", "CARRIER", "OWN_GAP", "PART_1", "PART_2")


@block
def deference(
    tx_clk: Annotated[Sig, clock("MII transmit clock, 2.5 MHz")],
    carrier: Annotated[Sig, into(1, "carrier sense, synchronised")],
    collision: Annotated[Sig, into(1, "MII's col, synchronised")],
    tx_en: Annotated[Sig, into(1, "this station transmits")],
    collided: Annotated[Sig, into(1, "the transmission that ended had a collision")],
    resetting: Annotated[Sig, into(1, "what is being sent breaks off: no SQE test is missed after it")],
    full_duplex: Annotated[Sig, into(1, "FULLD")],
    ipgt: Annotated[Sig, into(7, "IPGT: gap after a transmission, in nibbles - 6, in full duplex - 3")],
    ipgr1: Annotated[Sig, into(7, "IPGR1: part 1 of the gap after a reception, in nibbles - 4")],
    ipgr2: Annotated[Sig, into(7, "IPGR2: the whole gap after a reception, in nibbles - 6")],
    deferring: Annotated[Sig, out(1, "a frame must wait")],
    by_others: Annotated[Sig, out(1, "deferring is due to another station: carrier, or the gap after it")],
    gap_busy: Annotated[Sig, out(1, "the gap is being counted: the clock is needed")],
    sqe_error: Annotated[Sig, out(1, "changes when no SQE test came after a transmission")],
    short_gap: Annotated[Sig, out(1, "carrier returned less than SHORT_GAP nibbles after the frame before")],
) -> Any:
    """The Deference process."""
    state = Signal(State.CLEAR)
    count = register(8)
    own = register(1)
    tail_over = register(1)
    sqe_heard = register(1)

    @always(tx_clk.posedge)
    def defer() -> None:
        counted = intbv(0)[9:]
        if state == State.CLEAR:
            if tx_en:
                deferring.next = True
                by_others.next = False
                gap_busy.next = True
                own.next = True
                state.next = State.TRANSMITTING
            elif carrier:
                deferring.next = True
                by_others.next = True
                own.next = False
                state.next = State.CARRIER
        elif state == State.TRANSMITTING:
            if not tx_en:
                count.next = 1
                tail_over.next = False
                sqe_heard.next = False
                if collided:
                    by_others.next = True
                    gap_busy.next = False
                    state.next = State.CARRIER
                else:
                    state.next = State.OWN_GAP
        elif state == State.CARRIER:
            count.next = 1
            if tx_en:
                by_others.next = False
                gap_busy.next = True
                own.next = True
                state.next = State.TRANSMITTING
            elif not carrier:
                gap_busy.next = True
                short_gap.next = True
                state.next = State.PART_1
        elif state == State.OWN_GAP:
            count.next = count + 1
            counted[:] = concat(False, count)
            if full_duplex:
                counted[:] = concat(False, count) + FULL_DUPLEX_LEAD
            if not carrier:
                tail_over.next = True
            if collision and count < SQE_WINDOW:
                sqe_heard.next = True
            if count == OWN_TAIL and carrier and not collision and not tail_over:
                by_others.next = True
                gap_busy.next = False
                state.next = State.CARRIER
            elif counted >= concat(intbv(0)[2:], ipgt) + TO_TX_EN:
                deferring.next = False
                gap_busy.next = False
                state.next = State.CLEAR
                if not sqe_heard and not full_duplex:
                    sqe_error.next = not sqe_error
        elif state == State.PART_1:
            count.next = count + 1
            if count == SHORT_GAP - 1 and not carrier:
                short_gap.next = False
            if carrier and not own:
                gap_busy.next = False
                state.next = State.CARRIER
            elif concat(False, count) + END_OF_LINE >= concat(False, ipgr1) + 4:
                state.next = State.PART_2
        else:
            count.next = count + 1
            if count == SHORT_GAP - 1 and not carrier:
                short_gap.next = False
            if count + (FROM_LINE - 6) >= ipgr2:
                deferring.next = False
                gap_busy.next = False
                state.next = State.CLEAR
                if not carrier:
                    short_gap.next = False
        if resetting:
            sqe_heard.next = True

    return defer
