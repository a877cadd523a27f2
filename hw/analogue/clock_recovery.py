"""Clock recovery: from edges on the AUI's data-in pair to a bit clock and bits.

Edge-driven, integers only. The first 3 edges are ignored (the line may still be waking up); the next 32 are
all mid-bit by construction (the preamble is 1010...), and the average of their phases starts the local
clock; from then on an edge within 25 ns of the expected mid-bit *is* the bit, its direction the bit's
value, and the phase follows by 1/64 of the error. Edges at cell boundaries fall outside that window.
Blanking three quarters of a bit after each edge, the obvious scheme, loses every frame beyond ±12.5 ns of
jitter; this one takes ±18 ns.

A cell without a mid-bit edge is a code violation; two in 16 bits end the reception until the line has been
idle, because a loop that starts inside random data never finds its phase. 175 ns without an edge are the end
of the frame. The clock then runs on at its nominal rate until PHY and MAC have worked off what they hold.

The edge of the recovered clock falls into the instant of the line's edge: inputs first, then the clock.
"""

from enum import Enum
from typing import Any

from hw.analogue.events import RECEIVE_CLOCK, Clock, at, now, on_change, on_grid

BIT_PS = 100_000
IGNORED_EDGES = 3
ACQUISITION_BITS = 32
ACQUISITION_WINDOW_PS = 40_000
MID_BIT_WINDOW_PS = 25_000
PHASE_SHIFT = 6
"""The phase follows by error / 2**6."""
END_OF_FRAME_PS = 175_000
VIOLATION_BITS = 16
"""Two code violations within so many bits end the reception."""
DRAIN_TICKS = 4


class _State(Enum):
    IDLE = 0
    RECEIVE = 1
    SKIP = 2
    """Not listening until the line is idle."""
    DRAIN = 3
    """The line has ended, the clock runs on."""


class ClockRecovery:
    """The analogue half of a receiver.

    In: `aui_di`, `aui_di_active` (the pair), `transmitting` (own transmitter: the decoder is off
    meanwhile), `rx_skip` (each change: the MAC does not want the rest of this frame), `rx_dv`, `rx_busy`
    (PHY and MAC need the clock). Out: `bit_clk` at 10 MHz, `rx_clk` with every fourth tick of it, `rx_bit`,
    `rx_valid`.
    """

    def __init__(
        self,
        *,
        aui_di: Any,
        aui_di_active: Any,
        transmitting: Any,
        rx_skip: Any,
        rx_dv: Any,
        rx_busy: Any,
        bit_clk: Clock,
        rx_clk: Clock,
        rx_bit: Any,
        rx_valid: Any,
    ) -> None:
        self._aui_di = aui_di
        self._aui_di_active = aui_di_active
        self._transmitting = transmitting
        self._rx_dv = rx_dv
        self._rx_busy = rx_busy
        self._bit_clk = bit_clk
        self._rx_clk = rx_clk
        self._rx_bit = rx_bit
        self._rx_valid = rx_valid
        self._state = _State.IDLE
        self._watched = False
        self._ticks = 0
        self._begin_ps = self._reference_ps = self._last_edge_ps = 0
        self._edges = self._phase_sum = self._acquired_from_ps = 0
        self._bits_since_violation = VIOLATION_BITS
        self._drained = 0
        self._line_was_idle = True
        on_change(aui_di, self._edge)
        on_change(aui_di_active, self._activity)
        on_change(transmitting, self._give_up)
        on_change(rx_skip, self._give_up)

    def _activity(self) -> None:
        if not self._aui_di_active:
            self._line_was_idle = True
            if self._state is _State.SKIP:
                self._end(now())
        elif self._state is _State.IDLE and not self._transmitting:
            self._begin()

    def _begin(self) -> None:
        self._state = _State.RECEIVE
        self._line_was_idle = False
        self._begin_ps = self._last_edge_ps = now()
        self._edges = -IGNORED_EDGES
        self._bits_since_violation = VIOLATION_BITS
        self._rx_valid.next = True
        if not self._watched:
            self._watched = True
            at(on_grid(self._last_edge_ps + END_OF_FRAME_PS, RECEIVE_CLOCK), self._watch)

    def _give_up(self) -> None:
        if self._state is _State.RECEIVE:
            self._state = _State.SKIP

    def _edge(self) -> None:
        if self._state is not _State.RECEIVE:
            return
        ps = now()
        if ps == self._begin_ps:
            return
        self._last_edge_ps = ps
        if self._edges >= ACQUISITION_BITS:
            self._track(ps)
        else:
            self._acquire(ps)

    def _acquire(self, ps: int) -> None:
        """The preamble: every edge is a bit."""
        self._edges += 1
        if self._edges <= 0:
            return
        if self._edges == 1:
            self._acquired_from_ps = ps
            self._phase_sum = 0
        elif abs(ps - self._reference_ps - BIT_PS) > ACQUISITION_WINDOW_PS:
            self._state = _State.SKIP
            return
        self._phase_sum += ps - self._acquired_from_ps - (self._edges - 1) * BIT_PS
        self._reference_ps = ps
        if self._edges == ACQUISITION_BITS:
            mean = self._phase_sum // ACQUISITION_BITS
            self._reference_ps = self._acquired_from_ps + mean + (ACQUISITION_BITS - 1) * BIT_PS
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
                self._state = _State.SKIP
                return
            self._bits_since_violation = 0
        else:
            self._bits_since_violation += 1
        self._bit()

    def _bit(self) -> None:
        self._rx_bit.next = self._aui_di
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
            if self._aui_di_active and not self._transmitting and self._line_was_idle:
                self._begin()
            return
        self._drained += 1
        self._tick()
        self._reference_ps += BIT_PS
        at(on_grid(self._reference_ps, RECEIVE_CLOCK), self._drain)
