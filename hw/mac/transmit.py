"""The MAC's transmitting half: the processes of clause 4, and synchronisers for inputs from other clocks.

`deference` watches the carrier, `transmit_link` decides when to transmit, `bit_transmitter` sends,
`backoff_random` draws random numbers. They run in parallel on `tx_clk`, which stops when none of them is
counting and every change of an input has been seen. In full duplex carrier and collision are masked.

Under `mac_reset` a transmission breaks off where it is, without jam, and what waits is forgotten; only the
gap after it is kept, since the cable has seen a fragment.
"""

from typing import Annotated, Any

from myhdl import ConcatSignal, always, always_comb, block

from hw.hierarchy import by_name
from hw.mac.backoff import SLOTS_BITS, STATE_BITS, backoff_random
from hw.mac.bit_transmitter import LENGTH_BITS, bit_transmitter
from hw.mac.deference import deference
from hw.mac.transmit_link import transmit_link
from hw.ports import Sig, clock, into, of, out, register

PINS = 11
MAC_RESET, PAUSE_RUNNING, DEFER_OVER, TX_PAUSE, BACKOFF_DONE, TX_REWOUND = range(6)
TX_FULL_1, TX_FULL_0, TX_FRAME, COL, CRS = range(6, PINS)
"""Bits of the synchroniser."""


@block
def mac_transmit(
    tx_clk: Annotated[
        Sig, clock("MII transmit clock, 2.5 MHz; runs while tx_busy or a pin differs from its _seen")
    ],
    crs: Annotated[Sig, into(1, "MII carrier sense, asynchronous")],
    col: Annotated[Sig, into(1, "MII collision, asynchronous")],
    tx_frame: Annotated[Sig, into(1, "changes when a frame waits")],
    tx_length: Annotated[Sig, of(bit_transmitter)],
    tx_pad: Annotated[Sig, of(bit_transmitter)],
    tx_crc: Annotated[Sig, of(bit_transmitter)],
    tx_word_0: Annotated[Sig, of(bit_transmitter)],
    tx_word_1: Annotated[Sig, of(bit_transmitter)],
    tx_end_0: Annotated[Sig, of(bit_transmitter)],
    tx_end_1: Annotated[Sig, of(bit_transmitter)],
    tx_full_0: Annotated[Sig, into(1, "changes when word 0 has been filled")],
    tx_full_1: Annotated[Sig, into(1, "changes when word 1 has been filled")],
    tx_rewound: Annotated[Sig, into(1, "follows tx_rewind when both words are empty")],
    tx_pause: Annotated[Sig, into(1, "changes when a PAUSE frame is to be sent")],
    tx_pause_time: Annotated[Sig, of(bit_transmitter)],
    backoff_done: Annotated[Sig, into(1, "follows backoff_start when the wait is over")],
    defer_over: Annotated[Sig, into(1, "changes when a frame has been deferred for 24,288 bit times")],
    pause_running: Annotated[Sig, into(1, "a PAUSE frame was received: no data frame may begin")],
    mac_reset: Annotated[Sig, into(1, "all work is dropped; for six ticks at least")],
    min_frame: Annotated[Sig, of(bit_transmitter)],
    max_frame: Annotated[Sig, of(bit_transmitter)],
    ipgt: Annotated[Sig, of(deference)],
    ipgr1: Annotated[Sig, of(deference)],
    ipgr2: Annotated[Sig, of(deference)],
    collision_valid: Annotated[Sig, of(bit_transmitter)],
    max_retry: Annotated[Sig, of(transmit_link)],
    full_duplex: Annotated[Sig, into(1, "FULLD: no carrier and no collision, but PAUSE")],
    no_preamble: Annotated[Sig, of(bit_transmitter)],
    no_backoff: Annotated[Sig, of(transmit_link)],
    wait_forever: Annotated[Sig, of(transmit_link)],
    delay_crc: Annotated[Sig, of(bit_transmitter)],
    huge_enable: Annotated[Sig, of(bit_transmitter)],
    station_address: Annotated[Sig, of(bit_transmitter)],
    station_seed: Annotated[Sig, of(backoff_random)],
    late_retry: Annotated[Sig, of(transmit_link)],
    late_from_sfd: Annotated[Sig, of(bit_transmitter)],
    txd: Annotated[Sig, of(bit_transmitter)],
    tx_en: Annotated[Sig, of(bit_transmitter)],
    tx_taken_0: Annotated[Sig, of(bit_transmitter)],
    tx_taken_1: Annotated[Sig, of(bit_transmitter)],
    tx_rewind: Annotated[Sig, of(transmit_link)],
    tx_done: Annotated[Sig, of(transmit_link)],
    tx_status: Annotated[Sig, of(transmit_link)],
    tx_pause_done: Annotated[Sig, of(transmit_link)],
    late_event: Annotated[Sig, of(transmit_link)],
    defer_event: Annotated[Sig, of(transmit_link)],
    sqe_error: Annotated[Sig, of(deference)],
    short_gap: Annotated[Sig, of(deference)],
    backoff_slots: Annotated[Sig, of(transmit_link)],
    backoff_start: Annotated[Sig, of(transmit_link)],
    frame_waiting: Annotated[Sig, of(transmit_link)],
    tx_busy: Annotated[Sig, out(1, "the clock is needed")],
    crs_seen: Annotated[Sig, out(1, "follows crs")],
    frame_seen: Annotated[Sig, of(transmit_link)],
    backoff_seen: Annotated[Sig, of(transmit_link)],
    request_seen: Annotated[Sig, of(transmit_link)],
    excess_seen: Annotated[Sig, of(transmit_link)],
    pause_seen: Annotated[Sig, out(1, "follows pause_running")],
) -> Any:
    """The transmitting half of the MAC."""
    pins = ConcatSignal(
        crs,
        col,
        tx_frame,
        tx_full_0,
        tx_full_1,
        tx_rewound,
        backoff_done,
        tx_pause,
        defer_over,
        pause_running,
        mac_reset,
    )
    meta = register(PINS)
    stable = register(PINS)
    frame, full_0, full_1 = stable(TX_FRAME), stable(TX_FULL_0), stable(TX_FULL_1)
    rewound, backoff_over = stable(TX_REWOUND), stable(BACKOFF_DONE)
    request, excess, paused = stable(TX_PAUSE), stable(DEFER_OVER), stable(PAUSE_RUNNING)
    resetting = stable(MAC_RESET)
    carrier, collision, collided, late, underrun, no_carrier, finished = [register(1) for _ in range(7)]
    start, control, draw, deferring, by_others, gap_busy, link_busy = [register(1) for _ in range(7)]
    sent = register(LENGTH_BITS)
    random = register(STATE_BITS)

    @always(tx_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta
        crs_seen.next = stable[CRS]
        pause_seen.next = stable[PAUSE_RUNNING]

    @always_comb
    def half_duplex() -> None:
        carrier.next = stable[CRS] and not full_duplex
        collision.next = stable[COL] and not full_duplex

    @always_comb
    def busy() -> None:
        # A change of carrier must reach crs_seen even if the pin changes back meanwhile, and the end of a
        # reset both flip-flops.
        tx_busy.next = (
            gap_busy
            or link_busy
            or tx_en
            or meta[CRS] != stable[CRS]
            or stable[CRS] != crs_seen
            or meta[MAC_RESET]
            or stable[MAC_RESET]
        )

    defer = deference(**by_name(deference, locals()))
    link = transmit_link(
        **by_name(transmit_link, locals(), random=random(STATE_BITS, STATE_BITS - SLOTS_BITS))
    )
    bits = bit_transmitter(**by_name(bit_transmitter, locals()))
    chance = backoff_random(**by_name(backoff_random, locals(), stir=sent))
    return synchronise, half_duplex, busy, defer, link, bits, chance
