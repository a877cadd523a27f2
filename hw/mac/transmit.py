"""The MAC's transmitting half: clause 4's processes joined, with synchronisers for what comes from other
clocks.

`deference` watches the carrier, `transmit_link` decides when to try, `bit_transmitter` sends,
`backoff_random` draws. They run side by side on `tx_clk`, which stops when none of them counts anything and
every change on a pin has been seen.
"""

from typing import Any

from myhdl import ConcatSignal, always, always_comb, block

from hw.mac.backoff import backoff_random
from hw.mac.bit_transmitter import bit_transmitter
from hw.mac.deference import deference
from hw.mac.transmit_link import transmit_link
from hw.ports import into, out, register

CLOCK = "tx_clk"
PORTS = (
    into("tx_clk", 1, "MII transmit clock, 2.5 MHz; runs while tx_busy or a pin differs from its _seen"),
    into("crs", 1, "MII carrier sense, asynchronous"),
    into("col", 1, "MII collision, asynchronous"),
    into("tx_frame", 1, "changes when a frame waits"),
    into("tx_length", 16, "octets of the frame, FCS and pad not counted; still while it waits"),
    into("tx_pad", 1, "pad to min_frame"),
    into("tx_crc", 1, "append the FCS"),
    into("tx_word_0", 32, "octets 0-3, 8-11, ... of the frame, first octet on top"),
    into("tx_word_1", 32, "octets 4-7, 12-15, ..."),
    into("tx_full_0", 1, "changes when word 0 has been filled"),
    into("tx_full_1", 1, "changes when word 1 has been filled"),
    into("tx_rewound", 1, "follows tx_rewind when both words are empty"),
    into("backoff_done", 1, "follows backoff_start when the wait is over"),
    into("min_frame", 16, "MINFL: octets with FCS"),
    into("ipgt", 7, "IPGT: gap after an own transmission, in nibbles - 6"),
    into("ipgr1", 7, "IPGR1: part 1 of the gap after a reception, in nibbles - 4"),
    into("ipgr2", 7, "IPGR2: the whole gap after a reception, in nibbles - 6"),
    into("collision_valid", 6, "COLLVALID: a collision after so many octets + 1 is late"),
    into("max_retry", 4, "MAXRET: retries after the first attempt"),
    into("station_seed", 48, "strap: the adapter's address under the run's mask"),
    out("txd", 4, "MII transmit data"),
    out("tx_en", 1, "MII transmit enable"),
    out("tx_taken_0", 1, "changes when word 0 has been taken"),
    out("tx_taken_1", 1, "changes when word 1 has been taken"),
    out("tx_rewind", 1, "changes when the data are wanted from the beginning"),
    out("tx_done", 1, "changes when a frame is done with"),
    out("tx_status", 8, "of that frame: 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    out("backoff_slots", 10, "how many slot times to wait"),
    out("backoff_start", 1, "changes when a backoff begins"),
    out("tx_busy", 1, "the clock is needed"),
    out("crs_seen", 1, "follows crs"),
    out("frame_seen", 1, "follows tx_frame"),
    out("backoff_seen", 1, "follows backoff_done"),
)


@block
def mac_transmit(
    tx_clk: Any,
    crs: Any,
    col: Any,
    tx_frame: Any,
    tx_length: Any,
    tx_pad: Any,
    tx_crc: Any,
    tx_word_0: Any,
    tx_word_1: Any,
    tx_full_0: Any,
    tx_full_1: Any,
    tx_rewound: Any,
    backoff_done: Any,
    min_frame: Any,
    ipgt: Any,
    ipgr1: Any,
    ipgr2: Any,
    collision_valid: Any,
    max_retry: Any,
    station_seed: Any,
    txd: Any,
    tx_en: Any,
    tx_taken_0: Any,
    tx_taken_1: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    backoff_slots: Any,
    backoff_start: Any,
    tx_busy: Any,
    crs_seen: Any,
    frame_seen: Any,
    backoff_seen: Any,
) -> Any:
    """The transmitting half of the MAC. Ports: `PORTS`. Clock: `tx_clk`."""
    pins = ConcatSignal(crs, col, tx_frame, tx_full_0, tx_full_1, tx_rewound, backoff_done)
    meta = register(7)
    stable = register(7)
    carrier, collision, frame, full_0, full_1, rewound, backoff_over = [
        stable(bit) for bit in range(6, -1, -1)
    ]
    collided, late, underrun, finished, start, draw, deferring, gap_busy, link_busy = [
        register(1) for _ in range(9)
    ]
    sent = register(16)
    random = register(48)

    @always(tx_clk.posedge)
    def synchronise() -> None:
        meta.next = pins
        stable.next = meta
        crs_seen.next = stable[6]

    @always_comb
    def busy() -> None:
        tx_busy.next = gap_busy or link_busy or tx_en

    defer = deference(tx_clk, carrier, tx_en, collided, ipgt, ipgr1, ipgr2, deferring, gap_busy)
    link = transmit_link(
        tx_clk, frame, rewound, backoff_over, deferring, finished, collided, late, underrun,
        random(48, 38), max_retry, start, draw, backoff_slots, backoff_start, frame_seen, backoff_seen,
        tx_rewind, tx_done, tx_status, link_busy,
    )  # fmt: skip
    bits = bit_transmitter(
        tx_clk, start, collision, full_0, full_1, tx_length, tx_pad, tx_crc, tx_word_0, tx_word_1, min_frame,
        collision_valid, txd, tx_en, tx_taken_0, tx_taken_1, sent, finished, collided, late, underrun,
    )  # fmt: skip
    chance = backoff_random(tx_clk, draw, sent, station_seed, random)
    return synchronise, busy, defer, link, bits, chance
