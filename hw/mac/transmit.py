"""The MAC's transmitting half: clause 4's processes joined, with synchronisers for what comes from other
clocks.

`deference` watches the carrier, `transmit_link` decides when to try, `bit_transmitter` sends,
`backoff_random` draws. They run side by side on `tx_clk`, which stops when none of them counts anything and
every change on a pin has been seen. In full duplex they are shown neither carrier nor collision.
"""

from typing import Annotated, Any

from myhdl import ConcatSignal, always, always_comb, block

from hw.hierarchy import by_name
from hw.mac.backoff import backoff_random
from hw.mac.bit_transmitter import LENGTH_BITS, bit_transmitter
from hw.mac.deference import deference
from hw.mac.transmit_link import STATUS_BITS, transmit_link
from hw.ports import Sig, clock, into, out, register


@block
def mac_transmit(
    tx_clk: Annotated[
        Sig, clock("MII transmit clock, 2.5 MHz; runs while tx_busy or a pin differs from its _seen")
    ],
    crs: Annotated[Sig, into(1, "MII carrier sense, asynchronous")],
    col: Annotated[Sig, into(1, "MII collision, asynchronous")],
    tx_frame: Annotated[Sig, into(1, "changes when a frame waits")],
    tx_length: Annotated[
        Sig, into(16, "octets of the frame without FCS and pad; 0: tx_end tells; still while it waits")
    ],
    tx_pad: Annotated[Sig, into(1, "pad to min_frame")],
    tx_crc: Annotated[Sig, into(1, "append the FCS")],
    tx_word_0: Annotated[Sig, into(32, "octets 0-3, 8-11, ... of the frame, first octet on top")],
    tx_word_1: Annotated[Sig, into(32, "octets 4-7, 12-15, ...")],
    tx_end_0: Annotated[Sig, into(3, "octets of word 0 if the frame is to end with it, else 0")],
    tx_end_1: Annotated[Sig, into(3, "octets of word 1 if the frame is to end with it, else 0")],
    tx_full_0: Annotated[Sig, into(1, "changes when word 0 has been filled")],
    tx_full_1: Annotated[Sig, into(1, "changes when word 1 has been filled")],
    tx_rewound: Annotated[Sig, into(1, "follows tx_rewind when both words are empty")],
    tx_pause: Annotated[Sig, into(1, "changes when a PAUSE frame is to be sent")],
    tx_pause_time: Annotated[Sig, into(16, "TXPAUSETV: its time, in quanta of 512 bit times")],
    backoff_done: Annotated[Sig, into(1, "follows backoff_start when the wait is over")],
    defer_over: Annotated[Sig, into(1, "changes when a frame has been deferred for 24,288 bit times")],
    pause_running: Annotated[Sig, into(1, "a received PAUSE frame forbids data frames")],
    min_frame: Annotated[Sig, into(16, "MINFL: octets with FCS")],
    max_frame: Annotated[Sig, into(16, "MAXFL: octets with FCS")],
    ipgt: Annotated[Sig, into(7, "IPGT: gap after an own transmission, in nibbles - 6, in full duplex - 3")],
    ipgr1: Annotated[Sig, into(7, "IPGR1: part 1 of the gap after a reception, in nibbles - 4")],
    ipgr2: Annotated[Sig, into(7, "IPGR2: the whole gap after a reception, in nibbles - 6")],
    collision_valid: Annotated[Sig, into(6, "COLLVALID: a collision after so many octets + 1 is late")],
    max_retry: Annotated[Sig, into(4, "MAXRET: retries after the first attempt")],
    full_duplex: Annotated[Sig, into(1, "FULLD: neither carrier nor collision, but PAUSE")],
    no_preamble: Annotated[Sig, into(1, "NOPRE: frames begin with the SFD")],
    no_backoff: Annotated[Sig, into(1, "NOBCKOF: retry at once after a collision")],
    wait_forever: Annotated[Sig, into(1, "EXDFREN: a frame that is deferred for too long is not given up")],
    delay_crc: Annotated[Sig, into(1, "DLYCRCEN: the CRC begins 4 octets after the SFD")],
    huge_enable: Annotated[Sig, into(1, "HUGEN: frames may be longer than max_frame")],
    station_address: Annotated[Sig, into(48, "MAC_ADDR1 and MAC_ADDR0: the source of PAUSE frames")],
    station_seed: Annotated[Sig, into(48, "strap: the adapter's address under the run's mask")],
    late_retry: Annotated[Sig, into(1, "strap: a late collision is retried")],
    late_from_sfd: Annotated[
        Sig, into(1, "strap: the collision window begins after the SFD, not with the first bit")
    ],
    txd: Annotated[Sig, out(4, "MII transmit data")],
    tx_en: Annotated[Sig, out(1, "MII transmit enable")],
    tx_taken_0: Annotated[Sig, out(1, "changes when word 0 has been taken")],
    tx_taken_1: Annotated[Sig, out(1, "changes when word 1 has been taken")],
    tx_rewind: Annotated[Sig, out(1, "changes when the data are wanted from the beginning")],
    tx_done: Annotated[Sig, out(1, "changes when a frame is done with")],
    tx_status: Annotated[
        Sig, out(STATUS_BITS, "of that frame: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR")
    ],
    tx_pause_done: Annotated[Sig, out(1, "changes when a PAUSE frame has been sent")],
    late_event: Annotated[Sig, out(1, "changes at a late collision")],
    defer_event: Annotated[Sig, out(1, "changes when a frame has been deferred for too long")],
    sqe_error: Annotated[Sig, out(1, "changes when no SQE test came after an own transmission")],
    short_gap: Annotated[Sig, out(1, "the carrier now there came too soon after the one before")],
    backoff_slots: Annotated[Sig, out(10, "how many slot times to wait")],
    backoff_start: Annotated[Sig, out(1, "changes when a backoff begins")],
    frame_waiting: Annotated[Sig, out(1, "a frame is deferred, and not yet for too long")],
    tx_busy: Annotated[Sig, out(1, "the clock is needed")],
    crs_seen: Annotated[Sig, out(1, "follows crs")],
    frame_seen: Annotated[Sig, out(1, "follows tx_frame")],
    backoff_seen: Annotated[Sig, out(1, "follows backoff_done")],
    request_seen: Annotated[Sig, out(1, "follows tx_pause")],
    excess_seen: Annotated[Sig, out(1, "follows defer_over")],
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
    )
    meta = register(10)
    stable = register(10)
    frame, full_0, full_1, rewound, backoff_over, request, excess, paused = [
        stable(bit) for bit in range(7, -1, -1)
    ]
    carrier, collision, collided, late, underrun, no_carrier, finished = [register(1) for _ in range(7)]
    start, control, draw, deferring, gap_busy, link_busy = [register(1) for _ in range(6)]
    sent = register(LENGTH_BITS)
    random = register(48)

    @always(tx_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta
        crs_seen.next = stable[9]
        pause_seen.next = stable[0]

    @always_comb
    def half_duplex() -> None:
        carrier.next = stable[9] and not full_duplex
        collision.next = stable[8] and not full_duplex

    @always_comb
    def busy() -> None:
        # A change of carrier must not get stuck half way when the pin moves back meanwhile.
        tx_busy.next = gap_busy or link_busy or tx_en or meta[9] != stable[9] or stable[9] != crs_seen

    defer = deference(**by_name(deference, locals()))
    link = transmit_link(**by_name(transmit_link, locals(), random=random(48, 38)))
    bits = bit_transmitter(**by_name(bit_transmitter, locals()))
    chance = backoff_random(**by_name(backoff_random, locals(), stir=sent))
    return synchronise, half_duplex, busy, defer, link, bits, chance
