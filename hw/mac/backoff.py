"""Truncated binary exponential backoff, clause 4.2.3.2.5: the draw and the wait.

After collision n the station waits r slot times of 512 bit times, 0 <= r < 2**min(n, 10), counted from the
end of jam. `backoff_timer` is a separate module with a clock that ticks once a slot: 1,023 slots counted at
2.5 MHz would be 130,000 ticks.

The generator (`backoff_random`, part of the MAC's transmitter) has 48 bits of state. Its step adds the
station's address, so that the sequences of two stations are not shifted copies of each other. Each step is
invertible (xor-shifts and additions modulo 2**48). It depends on where in the frame the collision was
noticed. That is mostly in the preamble, and so the same place: what a station draws at its nth collision then
depends on its address and the run's seed, and not on what it sends.
"""

from typing import Annotated, Any

from myhdl import always, block, concat, intbv, modbv

from hw.ports import Sig, clock, into, out, register

STATE_BITS = 48
SLOTS_BITS = 10
"""backoffLimit: the range of the draw stops growing at 2**10."""


@block
def backoff_timer(
    slot_clk: Annotated[
        Sig, clock("ticks at each whole slot time since backoff_start changed, and under mac_reset")
    ],
    backoff_slots: Annotated[Sig, into(SLOTS_BITS, "how many slot times to wait, at least 1")],
    backoff_start: Annotated[Sig, into(1, "changes when a wait begins")],
    mac_reset: Annotated[Sig, into(1, "no wait goes on")],
    backoff_done: Annotated[Sig, out(1, "follows backoff_start when the wait is over")],
) -> Any:
    """Counts slot times."""
    count = register(SLOTS_BITS)

    @always(slot_clk.posedge)
    def count_slots() -> None:
        if mac_reset:
            count.next = 0
            backoff_done.next = backoff_start
        elif backoff_start != backoff_done:
            if count + 1 == backoff_slots:
                count.next = 0
                backoff_done.next = backoff_start
            else:
                count.next = count + 1

    return count_slots


ROUNDS = 6
"""With four, stations whose addresses differ in bit 4 drew alike at their first collision in 39 % of all
seeds, in place of half; with five a trace of it is left, with six none that 200,000 seeds show."""
STEP = 0x6A09E667
"""The square root of 2 in 32 bits; odd, so that a station with the address 0 draws different numbers too."""


@block
def backoff_random(
    tx_clk: Annotated[Sig, clock("MII transmit clock")],
    draw: Annotated[Sig, into(1, "take a step")],
    stir: Annotated[Sig, into(18, "nibbles sent when the collision came")],
    station_seed: Annotated[Sig, into(STATE_BITS, "strap: the adapter's address under the run's mask")],
    random: Annotated[Sig, out(STATE_BITS, "state; its upper bits are the draw")],
) -> Any:
    """The random number generator of backoff."""

    @always(tx_clk.posedge)
    def step() -> None:
        x = modbv(0)[STATE_BITS:]
        if draw:
            x[:] = random + concat(intbv(0)[30:], stir)
            for i in range(ROUNDS):  # noqa: B007 (a VHDL name cannot begin with an underscore)
                x[:] = x + station_seed + intbv(STEP)[STATE_BITS:]
                x[:] = x ^ (x >> 23)
                x[:] = x ^ (x << 17)
                x[:] = x ^ (x >> 11)
            random.next = x

    return step
