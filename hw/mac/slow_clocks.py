"""The slow clocks of a MAC that stands alone: slot times, the longest deferral and pause quanta, from tx_clk.

In a simulation a divider is not a circuit, since it would be counting on a fast clock; there it is
`hw.analogue.crystal.Divider`, which does the same: the first tick comes `interval` - `lead` ticks of `tx_clk`
after the gate has opened, each further one `interval` later. A change of what the gate depends on begins
a new first interval while it is open.

Under `reset` each slow clock ticks at half the rate of `tx_clk`, so that what it drives is reset too; those
of backoff and pauses also under `mac_reset`.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, modbv

from hw.ports import Sig, clock, into, of, out, register

INTERVAL_BITS = 13
WATCHED = 3
SLOT_NIBBLES = 128
"""slotTime: 512 bit times."""
BACKOFF_LEAD = 9
"""Ticks of tx_clk that draw, synchroniser, link management and transmitter take on the way to tx_en."""
DEFER_NIBBLES = 6072
"""maxDeferTime: 24,288 bit times."""
DEFER_LEAD = 2
"""Ticks that the synchroniser takes, less one: a frame that waited for exactly that long is not too late."""
PAUSE_LEAD = SLOT_NIBBLES - 2
"""The first tick after a change is a load, two ticks later (see `hw.mac.pause`)."""


@block
def clock_divider(
    tx_clk: Annotated[Sig, clock("MII transmit clock, 2.5 MHz")],
    reset: Annotated[Sig, into(1, "synchronous reset: slow_clk ticks at once")],
    gate: Annotated[Sig, into(1, "slow_clk is needed")],
    watched: Annotated[Sig, into(WATCHED, "what that depends on")],
    interval: Annotated[Sig, into(INTERVAL_BITS, "ticks of tx_clk in one of slow_clk")],
    first: Annotated[Sig, into(INTERVAL_BITS, "those of the first, at least 2")],
    slow_clk: Annotated[Sig, out(1, "the divided clock, high for one tick of tx_clk")],
) -> Any:
    """Divides the transmit clock."""
    earlier = register(WATCHED)
    count = Signal(modbv(0)[INTERVAL_BITS:])

    @always(tx_clk.posedge)
    def divide() -> None:
        earlier.next = watched
        slow_clk.next = False
        if reset:
            slow_clk.next = not slow_clk
        elif gate:
            if watched != earlier:
                count.next = first - 2
            elif count == 0:
                slow_clk.next = True
                count.next = interval - 1
            else:
                count.next = count - 1

    return divide


@block
def slow_clocks(
    tx_clk: Annotated[Sig, of(clock_divider)],
    reset: Annotated[Sig, of(clock_divider)],
    backoff_start: Annotated[Sig, into(1, "changes when a wait begins")],
    backoff_done: Annotated[Sig, into(1, "follows backoff_start when the wait is over")],
    frame_waiting: Annotated[Sig, into(1, "a frame is deferred")],
    rx_pause: Annotated[Sig, into(1, "changes when a PAUSE frame has come; of another clock")],
    pause_loaded: Annotated[Sig, into(1, "follows rx_pause when the time has been taken over")],
    pause_running: Annotated[Sig, into(1, "a pause lasts")],
    mac_reset: Annotated[Sig, into(1, "backoff and pauses end; of another clock")],
    slot_clk: Annotated[Sig, out(1, "ticks at each whole slot time since backoff_start changed")],
    defer_clk: Annotated[Sig, out(1, "ticks when a frame has been deferred for 24,288 bit times")],
    pause_clk: Annotated[Sig, out(1, "ticks twice when rx_pause has changed, then at each whole quantum")],
) -> Any:
    """The divisions of the transmit clock."""
    pause_meta, pause_stable, slot_gate, defer_gate, pause_gate = [register(1) for _ in range(5)]
    reset_meta, reset_stable, clearing = [register(1) for _ in range(3)]
    slot_watched, defer_watched, pause_watched = [register(WATCHED) for _ in range(3)]
    slot_interval, slot_first = _times(SLOT_NIBBLES, BACKOFF_LEAD)
    defer_interval, defer_first = _times(DEFER_NIBBLES, DEFER_LEAD)
    pause_interval, pause_first = _times(SLOT_NIBBLES, PAUSE_LEAD)

    @always(tx_clk.posedge)
    def synchronise() -> None:
        pause_meta.next = rx_pause
        pause_stable.next = pause_meta
        reset_meta.next = mac_reset
        reset_stable.next = reset_meta

    @always_comb
    def gates() -> None:
        clearing.next = reset or reset_stable
        slot_gate.next = backoff_start != backoff_done
        slot_watched.next = concat(False, False, backoff_start)
        defer_gate.next = frame_waiting
        defer_watched.next = concat(False, False, frame_waiting)
        pause_gate.next = pause_running or pause_stable != pause_loaded
        pause_watched.next = concat(pause_running, pause_stable, pause_loaded)

    slot = clock_divider(
        tx_clk=tx_clk, reset=clearing, gate=slot_gate, watched=slot_watched,
        interval=slot_interval, first=slot_first, slow_clk=slot_clk,
    )  # fmt: skip
    defer = clock_divider(
        tx_clk=tx_clk, reset=reset, gate=defer_gate, watched=defer_watched,
        interval=defer_interval, first=defer_first, slow_clk=defer_clk,
    )  # fmt: skip
    pause = clock_divider(
        tx_clk=tx_clk, reset=clearing, gate=pause_gate, watched=pause_watched,
        interval=pause_interval, first=pause_first, slow_clk=pause_clk,
    )  # fmt: skip
    return synchronise, gates, slot, defer, pause


def _times(interval: int, lead: int) -> tuple[Any, Any]:
    """The wires that say how long an interval of a divider is, and its first."""
    return register(INTERVAL_BITS, interval), register(INTERVAL_BITS, interval - lead)
