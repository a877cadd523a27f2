"""Clock recovery: from edges on the AUI's data-in pair to a bit clock and bits.

Edge-driven, integers only. The first 3 edges are ignored (the line may still be waking up); the next 32 are
all mid-bit by construction (the preamble is 1010...), and the average of their phases starts the local
clock. A wrong bit in the preamble, which nothing in 802.3 forbids, has edges at the ends of its cell as well:
they come too early, and are no bits. If one of them was taken for the first, the next bit comes too late, and
acquisition starts again there; but not once it has gone on for some bits, since what is no preamble must not
start a loop. From then on an edge within 25 ns of the expected mid-bit *is* the bit, its direction the bit's
value, and the phase follows by 1/64 of the error. Edges at cell boundaries fall outside that window.
Blanking three quarters of a bit after each edge, the obvious scheme, loses every frame beyond ±12.5 ns of
jitter; this one takes ±18 ns.

A cell without a mid-bit edge is a code violation: its bit is clocked late, together with `rx_violation`, so
that the count of bits stays right. Two in 16 bits end the reception until the line has been idle, because a
loop that starts inside random data never finds its phase. 175 ns without an edge are the end of the frame.
The clock then runs on at its nominal rate until PHY and MAC have worked off what they hold.

A real PHY's receive clock never stops (22.2.2.2), and a MAC may count on it. Here it is `running` if that is
asked for: while nothing is received the clock ticks at its nominal rate. It is held until the first bit of a
frame comes, and goes on behind the last at its rate.

The edge of the recovered clock falls into the instant of the line's edge: inputs first, then the clock.

In half duplex the decoder is off while the PHY's transmitter is on. In loopback the line is the output of
the PHY's encoder, and the pair is ignored.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from hw.analogue.events import CABLE, RECEIVE_CLOCK, Clock, at, now, on_change, on_grid, on_next_change

BIT_PS = 100_000
IGNORED_EDGES = 3
ACQUISITION_BITS = 32
ACQUISITION_WINDOW_PS = 40_000
EARLY_WINDOW_PS = 30_000
"""How early a bit may be if the average is of more than `FIRST_BITS`; an edge between bits is 50 ns early."""
MISPLACED_EDGES = 3
"""A wrong bit has two edges between bits, and then one bit may be late. Where there are more the line has
no preamble but a collision: with 100 stations it costs six times as much to look at all its edges."""
FIRST_BITS = 8
"""Until then acquisition may start again: 32 bits and what an SFD needs before it are still left."""
MID_BIT_WINDOW_PS = 25_000
PHASE_SHIFT = 6
"""The phase follows by error / 2**6."""
END_OF_FRAME_PS = 175_000
VIOLATION_BITS = 16
"""Two code violations within this many bits end the reception."""
LATE_BIT_PS = 40_000
"""The bit behind a code violation waits this long while that one's is clocked: the next is further off."""
DRAIN_TICKS = 4
INPUTS = (
    *("aui_di", "aui_di_active", "aui_do", "aui_do_active", "looped"),
    *("full_duplex", "loopback", "phy_loopback", "phy_isolate", "rx_skip", "rx_dv", "rx_busy"),
)
OUTPUTS = ("rx_bit", "rx_valid", "rx_violation")
PINS = (*INPUTS, *OUTPUTS)
"""Wires of the unit, by name."""


class _State(Enum):
    IDLE = 0
    RECEIVE = 1
    SKIP = 2
    """Not listening until the line is idle."""
    DRAIN = 3
    """The line has ended, the clock runs on."""


class ClockRecovery:
    """The analogue half of a receiver.

    In, of `wires` (`PINS`): `aui_di`, `aui_di_active` (the pair), `aui_do`, `looped` (the PHY's encoder,
    in loopback), `aui_do_active` (its transmitter), how all these are used (`full_duplex`, `loopback`,
    `phy_loopback`, `phy_isolate`), `rx_skip` (each change: the MAC does not want the rest of this frame),
    `rx_dv`, `rx_busy` (PHY and MAC need the clock). Out: `bit_clk` at 10 MHz, `rx_clk` with every fourth tick
    of it, `rx_bit`, `rx_valid`, `rx_violation`.
    """

    def __init__(
        self, wires: Mapping[str, Any], bit_clk: Clock, rx_clk: Clock, *, running: bool = False
    ) -> None:
        self._wires = wires
        self._aui_di = self._data = wires["aui_di"]
        self._rx_dv = wires["rx_dv"]
        self._rx_busy = wires["rx_busy"]
        self._bit_clk = bit_clk
        self._rx_clk = rx_clk
        self._rx_bit = wires["rx_bit"]
        self._rx_valid = wires["rx_valid"]
        self._rx_violation = wires["rx_violation"]
        self._state = _State.IDLE
        self._watched = False
        self._ticks = 0
        self._begin_ps = self._reference_ps = self._last_edge_ps = 0
        self._edges = self._misplaced = self._phase_sum = self._acquired_from_ps = 0
        self._bits_since_violation = VIOLATION_BITS
        self._drained = 0
        self._line_was_idle = True
        self._violated = False
        self._late_bit = False
        self._waiting = False
        self._running = running
        self._free = False
        """A tick between frames is planned."""
        on_change(wires["aui_di"], self._edge)
        on_change(wires["aui_di_active"], self._activity)
        on_change(wires["looped"], self._encoder)
        on_change(wires["aui_do_active"], self._transmitter)
        on_change(wires["rx_skip"], self._give_up)

    def power_up(self) -> None:
        """Time begins."""
        self._run_free()

    def _looping(self) -> bool:
        return bool(self._wires["loopback"] or self._wires["phy_loopback"])

    def _active(self) -> bool:
        return bool(self._wires["looped"] if self._looping() else self._wires["aui_di_active"])

    def _deaf(self) -> bool:
        """Isolated, or busy with sending on a shared medium."""
        wires = self._wires
        return bool(wires["phy_isolate"] or (wires["aui_do_active"] and not wires["full_duplex"]))

    def _activity(self) -> None:
        if not self._looping():
            self._line()

    def _line(self) -> None:
        """The line that is listened to begins or ends."""
        if not self._active():
            self._line_was_idle = True
            if self._state is _State.SKIP:
                self._end(now())
        elif self._state is _State.IDLE and not self._deaf():
            self._begin()

    def _encoder(self) -> None:
        """Loopback begins or ends. Its edges come with the residue of a cable, as all that is received."""
        at(on_grid(now(), CABLE), self._line)
        if not self._waiting and self._wires["looped"]:
            self._waiting = True
            on_next_change(self._wires["aui_do"], self._encoded)

    def _encoded(self) -> None:
        self._waiting = bool(self._wires["looped"])
        if self._waiting:
            at(on_grid(now(), CABLE), self._looped_edge)
            on_next_change(self._wires["aui_do"], self._encoded)

    def _looped_edge(self) -> None:
        if self._state is _State.RECEIVE:
            self._heard()

    def _transmitter(self) -> None:
        if not self._wires["full_duplex"]:
            self._give_up()

    def _begin(self) -> None:
        self._state = _State.RECEIVE
        self._data = self._wires["aui_do"] if self._looping() else self._aui_di
        self._violated = False
        self._line_was_idle = False
        self._begin_ps = self._last_edge_ps = now()
        self._edges = -IGNORED_EDGES
        self._misplaced = 0
        self._bits_since_violation = VIOLATION_BITS
        self._rx_valid.next = True
        if not self._watched:
            self._watched = True
            at(on_grid(self._last_edge_ps + END_OF_FRAME_PS, RECEIVE_CLOCK), self._watch)

    def _give_up(self) -> None:
        if self._state is _State.RECEIVE:
            self._skip()

    def _skip(self) -> None:
        """Ignore the line until it is idle, which it may be already: its last edge can end it too."""
        self._state = _State.SKIP
        if self._active():
            self._run_free()
        else:
            self._end(now())

    def _edge(self) -> None:
        if self._state is _State.RECEIVE and self._data is self._aui_di:
            self._heard()

    def _heard(self) -> None:
        ps = now()
        if ps == self._begin_ps:
            return
        self._last_edge_ps = ps
        if self._edges >= ACQUISITION_BITS:
            self._track(ps)
        else:
            self._acquire(ps)

    def _acquire(self, ps: int) -> None:
        """The preamble: every edge is a bit, if it comes in time."""
        if self._edges > 0:
            late = ps - self._reference_ps - BIT_PS
            early = late < -(EARLY_WINDOW_PS if self._edges > FIRST_BITS else ACQUISITION_WINDOW_PS)
            if early or late > ACQUISITION_WINDOW_PS:
                self._misplaced += 1
                if self._misplaced > MISPLACED_EDGES or (self._edges > FIRST_BITS and not early):
                    self._skip()
                    return
                if early:
                    return
                self._edges = 0
        self._edges += 1
        if self._edges <= 0:
            return
        if self._edges == 1:
            self._acquired_from_ps = ps
            self._phase_sum = 0
        bits = self._edges - 1
        self._phase_sum += ps - self._acquired_from_ps - bits * BIT_PS
        self._reference_ps = self._acquired_from_ps + bits * BIT_PS + self._phase_sum // self._edges
        self._bit()

    def _track(self, ps: int) -> None:
        """Locked: the edge near the expected mid-bit is the bit."""
        elapsed = ps - self._reference_ps
        cells = (elapsed + BIT_PS // 2) // BIT_PS
        phase = elapsed - cells * BIT_PS
        if cells < 1 or not -MID_BIT_WINDOW_PS <= phase < MID_BIT_WINDOW_PS:
            return
        self._reference_ps += cells * BIT_PS + (phase >> PHASE_SHIFT)
        if cells > 1:
            if cells > 2 or self._bits_since_violation < VIOLATION_BITS:
                self._violated = True
                self._skip()
                return
            self._bits_since_violation = 1
            self._violation()
        else:
            self._bits_since_violation += 1
            self._bit()

    def _bit(self) -> None:
        self._rx_bit.next = self._data
        self._tick()

    def _violation(self) -> None:
        """Clock a bit for the cell without an edge, a guess good for a preamble, and the true one a little
        later."""
        self._late_bit = bool(self._data)
        self._rx_bit.next = not self._rx_bit
        self._rx_violation.next = True
        self._tick()
        at(on_grid(now() + LATE_BIT_PS, RECEIVE_CLOCK), self._late)

    def _late(self) -> None:
        self._rx_violation.next = False
        self._rx_bit.next = self._late_bit
        self._tick()

    def _tick(self) -> None:
        self._bit_clk.tick()
        self._ticks += 1
        if not self._ticks & 3:
            self._rx_clk.tick()

    def _watch(self) -> None:
        """One lazy timer a frame: sleeps until the last edge it knows of is 175 ns old, and looks again."""
        if self._state is not _State.RECEIVE:
            self._watched = False
            return
        ps = now()
        deadline = on_grid(self._last_edge_ps + END_OF_FRAME_PS, RECEIVE_CLOCK)
        if deadline > ps:
            at(deadline, self._watch)
        else:
            self._watched = False
            self._end(ps)

    def _end(self, ps: int) -> None:
        self._state = _State.DRAIN
        self._rx_valid.next = False
        self._drained = 0
        if self._edges < 1:
            self._reference_ps = ps
        while on_grid(self._reference_ps, RECEIVE_CLOCK) <= ps:
            self._reference_ps += BIT_PS
        at(on_grid(self._reference_ps, RECEIVE_CLOCK), self._drain)

    def _drain(self) -> None:
        if self._drained >= DRAIN_TICKS and not self._rx_dv and not self._rx_busy:
            self._state = _State.IDLE
            if self._line_was_idle and self._active() and not self._deaf():
                self._begin()
            else:
                self._run_free()
            return
        self._rx_violation.next = self._violated and not self._drained
        self._drained += 1
        self._tick()
        self._reference_ps += BIT_PS
        at(on_grid(self._reference_ps, RECEIVE_CLOCK), self._drain)

    def _run_free(self) -> None:
        """Plan the next tick between frames, if the clock runs there."""
        if self._running and not self._free:
            self._free = True
            at(on_grid(now() + BIT_PS, RECEIVE_CLOCK), self._free_tick)

    def _free_tick(self) -> None:
        self._free = False
        if self._state in (_State.IDLE, _State.SKIP):
            self._tick()
            self._run_free()
