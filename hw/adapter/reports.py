"""What the descriptor controller reports: interrupts to set, and what the counters count.

A frame is reported once, when it is over; of its interrupts only if its descriptor has IRQ. Events of the MAC
that belong to no frame are reported as they come.
"""

from typing import Annotated, Any

from myhdl import always, block, intbv

from hw.adapter import events
from hw.adapter import toggles as bits
from hw.adapter.jobs import JOB, JOB_BITS, Job
from hw.adapter.map import INT_SOURCE, INTERRUPTS
from hw.mac import status
from hw.ports import Sig, clock, into, out

RX_ERRORS = (
    1 << status.RX_LC
    | 1 << status.RX_IS
    | 1 << status.RX_OR
    | 1 << status.RX_DN
    | 1 << status.RX_TL
    | 1 << status.RX_CRC
)
"""With one of these the interrupt is RXE and not RXB."""


@block
def reports(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    job: Annotated[Sig, into(JOB_BITS, JOB)],
    event_toggles: Annotated[Sig, into(bits.EVENTS, "the MAC's toggles that belong to no frame")],
    tx_status: Annotated[Sig, into(status.STATUS_BITS, status.TX_STATUS)],
    tx_irq: Annotated[Sig, into(1, "IRQ of the transmit descriptor")],
    rx_status: Annotated[Sig, into(status.STATUS_BITS, status.RX_STATUS)],
    rx_irq: Annotated[Sig, into(1, "IRQ of the receive descriptor")],
    rx_fault: Annotated[Sig, into(1, "there was no memory for the frame")],
    news: Annotated[Sig, out(1, "for one tick: there is a report in int_set or happened")],
    int_set: Annotated[Sig, out(INTERRUPTS, "for one tick: bits of INT_SOURCE to set")],
    happened: Annotated[Sig, out(events.HAPPENED_BITS, events.HAPPENED)],
    events_seen: Annotated[Sig, out(bits.EVENTS, "follows event_toggles")],
) -> Any:
    """The reports."""

    @always(bus_clk.posedge)
    def collect() -> None:
        if news:
            news.next = False
            int_set.next = 0
            happened.next = 0
        if job <= Job.WAIT:
            pass
        elif job == Job.RX_CLOSE or job == Job.RX_MISS or job == Job.RX_REJECT:
            frame = intbv(0)[events.HAPPENED_BITS :]
            frame[events.RECEIVED] = True
            frame[events.LOST] = job == Job.RX_MISS
            frame[events.BAD_CRC] = rx_status[status.RX_CRC]
            frame[events.TL] = rx_status[status.RX_TL]
            frame[events.DN] = rx_status[status.RX_DN]
            frame[events.OR] = rx_status[status.RX_OR] or rx_fault
            frame[events.RUNT] = rx_status[status.RX_SF]
            frame[events.IS] = rx_status[status.RX_IS]
            frame[events.LE] = rx_status[status.RX_LE]
            news.next = True
            happened.next = frame
            if job == Job.RX_MISS:
                int_set.next = INT_SOURCE.BUSY.mask
            elif job == Job.RX_CLOSE and rx_irq:
                if rx_status & RX_ERRORS != 0 or rx_fault:
                    int_set.next = INT_SOURCE.RXE.mask
                else:
                    int_set.next = INT_SOURCE.RXB.mask
        elif job == Job.TX_CLOSE:
            frame = intbv(0)[events.HAPPENED_BITS :]
            frame[events.SENT] = True
            news.next = True
            happened.next = frame
            if tx_irq:
                if tx_status & status.TX_ERRORS != 0:
                    int_set.next = INT_SOURCE.TXE.mask
                else:
                    int_set.next = INT_SOURCE.TXB.mask
        elif job == Job.CLEAR:
            events_seen.next = event_toggles
        elif job == Job.EVENTS:
            changed = intbv(0)[bits.EVENTS :]
            changed[:] = event_toggles ^ events_seen
            single = intbv(0)[events.HAPPENED_BITS :]
            single[events.LATE] = changed[bits.LATE_EVENT]
            single[events.SQE] = changed[bits.SQE_ERROR]
            single[events.DEFER] = changed[bits.DEFER_EVENT]
            single[events.PAUSE_SENT] = changed[bits.TX_PAUSE_DONE]
            single[events.PAUSE_RECEIVED] = changed[bits.RX_PAUSE]
            interrupt = intbv(0)[INTERRUPTS:]
            interrupt[INT_SOURCE.TXC] = changed[bits.TX_PAUSE_DONE]
            interrupt[INT_SOURCE.RXC] = changed[bits.RX_PAUSE]
            events_seen.next = event_toggles
            news.next = True
            happened.next = single
            int_set.next = interrupt

    return collect
