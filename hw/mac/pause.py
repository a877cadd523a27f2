"""The pause that a received PAUSE frame requests, annex 31B: a number of quanta of 512 bit times.

The clock is a division of tx_clk that ticks only while a pause lasts. Each change at its gate restarts the
divider with a short first interval. So the first tick after `rx_pause` loads the time, even during another
pause, and whole quanta are counted from the second. `rx_pause` and `pause_time` have then been stable for
more than one tick of tx_clk. A time of zero ends a pause, as `mac_reset` does.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

TIME_BITS = 16


@block
def pause_timer(
    pause_clk: Annotated[
        Sig, clock("ticks twice when rx_pause has changed, then at each whole quantum; and under mac_reset")
    ],
    rx_pause: Annotated[Sig, into(1, "changes when a PAUSE frame has come")],
    pause_time: Annotated[Sig, into(TIME_BITS, "its time, in quanta of 512 bit times")],
    mac_reset: Annotated[Sig, into(1, "no pause goes on")],
    pause_loaded: Annotated[Sig, out(1, "follows rx_pause when the time has been taken over")],
    pause_running: Annotated[Sig, out(1, "no data frame may begin")],
) -> Any:
    """Counts pause quanta."""
    quanta = register(TIME_BITS)

    @always(pause_clk.posedge)
    def count_quanta() -> None:
        if mac_reset:
            pause_loaded.next = rx_pause
            pause_running.next = False
            quanta.next = 0
        elif rx_pause != pause_loaded:
            pause_loaded.next = rx_pause
            pause_running.next = pause_time != 0
            quanta.next = pause_time
        elif quanta == 0:
            pause_running.next = False
        else:
            quanta.next = quanta - 1

    return count_quanta
