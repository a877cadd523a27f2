"""The toggles by which the MAC signals to the descriptor controller, taken into the bus clock.

Each change of a toggle is one event. `seen` is the last of the synchroniser's flip-flops: while a toggle and
its bit there differ, the bus clock runs (`busy` keeps it running afterwards).
"""

from typing import Annotated, Any

from myhdl import ConcatSignal, always, block, concat

from hw.ports import Sig, clock, into, out, register

RX_TOGGLES = 3
RX_END, RX_FULL_1, RX_FULL_0 = range(RX_TOGGLES)
TX_TOGGLES = 4
TX_DONE, TX_REWIND, TX_TAKEN_1, TX_TAKEN_0 = range(TX_TOGGLES)
EVENTS = 5
LATE_EVENT, SQE_ERROR, DEFER_EVENT, TX_PAUSE_DONE, RX_PAUSE = range(EVENTS)
"""Those that belong to no frame."""
TOGGLES = RX_TOGGLES + TX_TOGGLES + EVENTS


@block
def toggles(
    bus_clk: Annotated[Sig, clock("bus clock, 25 MHz, while the controller is needed")],
    tx_taken_0: Annotated[Sig, into(1, "the MAC has taken word 0")],
    tx_taken_1: Annotated[Sig, into(1, "the MAC has taken word 1")],
    tx_rewind: Annotated[Sig, into(1, "the MAC wants the frame from its beginning")],
    tx_done: Annotated[Sig, into(1, "the MAC is done with the frame")],
    late_event: Annotated[Sig, into(1, "a late collision")],
    sqe_error: Annotated[Sig, into(1, "no SQE test signal after a transmission")],
    defer_event: Annotated[Sig, into(1, "a frame was deferred for more than 24,288 bit times")],
    tx_pause_done: Annotated[Sig, into(1, "a PAUSE frame has been sent")],
    rx_pause: Annotated[Sig, into(1, "a PAUSE frame has been received")],
    rx_full_0: Annotated[Sig, into(1, "rx_word_0 is full")],
    rx_full_1: Annotated[Sig, into(1, "rx_word_1 is full")],
    rx_end: Annotated[Sig, into(1, "a received frame is over")],
    rx_toggles: Annotated[Sig, out(RX_TOGGLES, "synchronised: 2 rx_full_0, 1 rx_full_1, 0 rx_end")],
    tx_toggles: Annotated[
        Sig, out(TX_TOGGLES, "synchronised: 3 tx_taken_0, 2 tx_taken_1, 1 tx_rewind, 0 tx_done")
    ],
    event_toggles: Annotated[
        Sig,
        out(EVENTS, "synchronised: 4 rx_pause, 3 tx_pause_done, 2 defer_event, 1 sqe_error, 0 late_event"),
    ],
    seen: Annotated[Sig, out(TOGGLES, "the toggles, as far as the controller has seen them")],
) -> Any:
    """The synchroniser of the toggles."""
    pins = ConcatSignal(
        rx_pause, tx_pause_done, defer_event, sqe_error, late_event,
        tx_taken_0, tx_taken_1, tx_rewind, tx_done, rx_full_0, rx_full_1, rx_end,
    )  # fmt: skip
    meta = register(TOGGLES)

    @always(bus_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        rx_toggles.next = meta[RX_TOGGLES:]
        tx_toggles.next = meta[RX_TOGGLES + TX_TOGGLES : RX_TOGGLES]
        event_toggles.next = meta[TOGGLES : RX_TOGGLES + TX_TOGGLES]
        seen.next = concat(event_toggles, tx_toggles, rx_toggles)

    return synchronise
