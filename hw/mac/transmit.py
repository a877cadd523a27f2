"""The MAC's transmitting half: clause 4's processes joined, with synchronisers for what comes from other
clocks.

`deference` watches the carrier, `transmit_link` decides when to try, `bit_transmitter` sends,
`backoff_random` draws. They run side by side on `tx_clk`, which stops when none of them counts anything and
every change on a pin has been seen. In full duplex they are shown neither carrier nor collision.
"""

from typing import Any

from myhdl import ConcatSignal, always, always_comb, block

from hw.mac.backoff import backoff_random
from hw.mac.bit_transmitter import LENGTH_BITS, bit_transmitter
from hw.mac.deference import deference
from hw.mac.transmit_link import STATUS_BITS, transmit_link
from hw.ports import into, out, register

CLOCK = "tx_clk"
PORTS = (
    into("tx_clk", 1, "MII transmit clock, 2.5 MHz; runs while tx_busy or a pin differs from its _seen"),
    into("crs", 1, "MII carrier sense, asynchronous"),
    into("col", 1, "MII collision, asynchronous"),
    into("tx_frame", 1, "changes when a frame waits"),
    into("tx_length", 16, "octets of the frame without FCS and pad; 0: tx_end tells; still while it waits"),
    into("tx_pad", 1, "pad to min_frame"),
    into("tx_crc", 1, "append the FCS"),
    into("tx_word_0", 32, "octets 0-3, 8-11, ... of the frame, first octet on top"),
    into("tx_word_1", 32, "octets 4-7, 12-15, ..."),
    into("tx_end_0", 3, "octets of word 0 if the frame is to end with it, else 0"),
    into("tx_end_1", 3, "octets of word 1 if the frame is to end with it, else 0"),
    into("tx_full_0", 1, "changes when word 0 has been filled"),
    into("tx_full_1", 1, "changes when word 1 has been filled"),
    into("tx_rewound", 1, "follows tx_rewind when both words are empty"),
    into("tx_pause", 1, "changes when a PAUSE frame is to be sent"),
    into("tx_pause_time", 16, "TXPAUSETV: its time, in quanta of 512 bit times"),
    into("backoff_done", 1, "follows backoff_start when the wait is over"),
    into("defer_over", 1, "changes when a frame has been deferred for 24,288 bit times"),
    into("pause_running", 1, "a received PAUSE frame forbids data frames"),
    into("min_frame", 16, "MINFL: octets with FCS"),
    into("max_frame", 16, "MAXFL: octets with FCS"),
    into("ipgt", 7, "IPGT: gap after an own transmission, in nibbles - 6, in full duplex - 3"),
    into("ipgr1", 7, "IPGR1: part 1 of the gap after a reception, in nibbles - 4"),
    into("ipgr2", 7, "IPGR2: the whole gap after a reception, in nibbles - 6"),
    into("collision_valid", 6, "COLLVALID: a collision after so many octets + 1 is late"),
    into("max_retry", 4, "MAXRET: retries after the first attempt"),
    into("full_duplex", 1, "FULLD: neither carrier nor collision, but PAUSE"),
    into("no_preamble", 1, "NOPRE: frames begin with the SFD"),
    into("no_backoff", 1, "NOBCKOF: retry at once after a collision"),
    into("wait_forever", 1, "EXDFREN: a frame that is deferred for too long is not given up"),
    into("delay_crc", 1, "DLYCRCEN: the CRC begins 4 octets after the SFD"),
    into("huge_enable", 1, "HUGEN: frames may be longer than max_frame"),
    into("station_address", 48, "MAC_ADDR1 and MAC_ADDR0: the source of PAUSE frames"),
    into("station_seed", 48, "strap: the adapter's address under the run's mask"),
    into("late_retry", 1, "strap: a late collision is retried"),
    into("late_from_sfd", 1, "strap: the collision window begins after the SFD, not with the first bit"),
    out("txd", 4, "MII transmit data"),
    out("tx_en", 1, "MII transmit enable"),
    out("tx_taken_0", 1, "changes when word 0 has been taken"),
    out("tx_taken_1", 1, "changes when word 1 has been taken"),
    out("tx_rewind", 1, "changes when the data are wanted from the beginning"),
    out("tx_done", 1, "changes when a frame is done with"),
    out("tx_status", STATUS_BITS, "of that frame: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"),
    out("tx_pause_done", 1, "changes when a PAUSE frame has been sent"),
    out("late_event", 1, "changes at a late collision"),
    out("defer_event", 1, "changes when a frame has been deferred for too long"),
    out("sqe_error", 1, "changes when no SQE test came after an own transmission"),
    out("short_gap", 1, "the carrier now there came too soon after the one before"),
    out("backoff_slots", 10, "how many slot times to wait"),
    out("backoff_start", 1, "changes when a backoff begins"),
    out("frame_waiting", 1, "a frame is deferred, and not yet for too long"),
    out("tx_busy", 1, "the clock is needed"),
    out("crs_seen", 1, "follows crs"),
    out("frame_seen", 1, "follows tx_frame"),
    out("backoff_seen", 1, "follows backoff_done"),
    out("request_seen", 1, "follows tx_pause"),
    out("excess_seen", 1, "follows defer_over"),
    out("pause_seen", 1, "follows pause_running"),
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
    tx_end_0: Any,
    tx_end_1: Any,
    tx_full_0: Any,
    tx_full_1: Any,
    tx_rewound: Any,
    tx_pause: Any,
    tx_pause_time: Any,
    backoff_done: Any,
    defer_over: Any,
    pause_running: Any,
    min_frame: Any,
    max_frame: Any,
    ipgt: Any,
    ipgr1: Any,
    ipgr2: Any,
    collision_valid: Any,
    max_retry: Any,
    full_duplex: Any,
    no_preamble: Any,
    no_backoff: Any,
    wait_forever: Any,
    delay_crc: Any,
    huge_enable: Any,
    station_address: Any,
    station_seed: Any,
    late_retry: Any,
    late_from_sfd: Any,
    txd: Any,
    tx_en: Any,
    tx_taken_0: Any,
    tx_taken_1: Any,
    tx_rewind: Any,
    tx_done: Any,
    tx_status: Any,
    tx_pause_done: Any,
    late_event: Any,
    defer_event: Any,
    sqe_error: Any,
    short_gap: Any,
    backoff_slots: Any,
    backoff_start: Any,
    frame_waiting: Any,
    tx_busy: Any,
    crs_seen: Any,
    frame_seen: Any,
    backoff_seen: Any,
    request_seen: Any,
    excess_seen: Any,
    pause_seen: Any,
) -> Any:
    """The transmitting half of the MAC. Ports: `PORTS`. Clock: `tx_clk`."""
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

    defer = deference(
        tx_clk, carrier, collision, tx_en, collided, full_duplex, ipgt, ipgr1, ipgr2, deferring, gap_busy,
        sqe_error, short_gap,
    )  # fmt: skip
    link = transmit_link(
        tx_clk, frame, rewound, backoff_over, request, paused, excess, deferring, finished, collided, late,
        underrun, no_carrier, random(48, 38), max_retry, full_duplex, no_backoff, wait_forever, late_retry,
        start, control, draw, backoff_slots, backoff_start, frame_waiting, frame_seen, backoff_seen,
        request_seen, excess_seen, tx_rewind, tx_done, tx_status, tx_pause_done, late_event, defer_event,
        link_busy,
    )  # fmt: skip
    bits = bit_transmitter(
        tx_clk, start, control, carrier, collision, full_0, full_1, tx_length, tx_pad, tx_crc, tx_word_0,
        tx_word_1, tx_end_0, tx_end_1, min_frame, max_frame, collision_valid, full_duplex, no_preamble,
        delay_crc, huge_enable, late_from_sfd, station_address, tx_pause_time, txd, tx_en, tx_taken_0,
        tx_taken_1, sent, finished, collided, late, underrun, no_carrier,
    )  # fmt: skip
    chance = backoff_random(tx_clk, draw, sent, station_seed, random)
    return synchronise, half_duplex, busy, defer, link, bits, chance
