"""Gated crystals.

A crystal's tick k is at phase + floor(k * period_fs / 1000) ps, rounded down to the grid: never a sum of
rounded periods, since 1 ps in a half bit would be 20 ppm. A crystal that is not needed does not run; when
it runs again it is on the same absolute grid of its own. It reads its gate before the tick: a tick
happens if the gate was settled open in an earlier instant.
"""

from collections.abc import Callable
from typing import Any

from hw.analogue.events import BIT_CLOCK, Clock, at, now, on_change, on_grid

Gate = Callable[[], bool]
TICKS_PER_NIBBLE = 8
"""Half bits: of bit_clk for one of tx_clk."""


class Crystal:
    """One crystal with one output.

    `period_fs`: nominal period times (1 + error); `phase_ps`: time of tick 0; `gate` returns whether the
    output is needed, and is called again whenever one of `watched` changes. With a `divisor`, a wire
    that is never 0, that many ticks are counted for each that comes out, first from the opening of the gate.
    """

    def __init__(
        self,
        output: Clock,
        period_fs: int,
        phase_ps: int,
        residue: int,
        gate: Gate,
        watched: list[Any],
        divisor: Any = 1,
    ) -> None:
        self._output = output
        self._period_fs = period_fs
        self._phase_ps = phase_ps
        self._residue = residue
        self._gate = gate
        self._divisor = divisor
        self._k = 0
        self._running = False
        for signal in watched:
            on_change(signal, self._start)

    def time_of(self, k: int) -> int:
        """When tick `k` is, in ps."""
        return on_grid(self._phase_ps + k * self._period_fs // 1000, self._residue)

    def first_after(self, ps: int) -> int:
        """The number of the first tick strictly after `ps`."""
        k = (ps - self._phase_ps) * 1000 // self._period_fs
        while self.time_of(k) <= ps:
            k += 1
        return k

    def power_up(self) -> None:
        """Time begins: what stands at a pin from the beginning never changes to that, so the gate is asked
        now."""
        self._start()

    def _start(self) -> None:
        if not self._running and self._gate():
            self._running = True
            self._k = self.first_after(now()) - 1 + int(self._divisor)
            at(self.time_of(self._k), self._tick)

    def _tick(self) -> None:
        if not self._gate():
            self._running = False
            return
        self._output.tick()
        self._k += int(self._divisor)
        at(self.time_of(self._k), self._tick)


class TransmitCrystal:
    """The 20 MHz crystal of a PHY and its eighth, MII's 2.5 MHz `tx_clk`: two outputs in one instant.

    `bit_clk` runs while the Manchester encoder works, `tx_clk` while the MAC does; the encoder's gate only
    ever opens at a tick of `tx_clk`, so between two of those nothing needs to be looked at.
    """

    def __init__(
        self,
        bit_clk: Clock,
        tx_clk: Clock,
        period_fs: int,
        phase_ps: int,
        bit_gate: Gate,
        tx_gate: Gate,
        watched: list[Any],
    ) -> None:
        self._bit_clk = bit_clk
        self._tx_clk = tx_clk
        self._bit_gate = bit_gate
        self._tx_gate = tx_gate
        self._period_fs = period_fs
        self._phase_ps = phase_ps
        self._running = False
        self._k = 0
        for signal in watched:
            on_change(signal, self._start)

    def time_of(self, k: int) -> int:
        """When tick `k` of the 20 MHz output is, in ps."""
        return on_grid(self._phase_ps + k * self._period_fs // 1000, BIT_CLOCK)

    def nibble_after(self, ps: int) -> int:
        """The number of the first tick of `tx_clk` strictly after `ps`, counted in ticks of 20 MHz."""
        k = (ps - self._phase_ps) * 1000 // self._period_fs & -TICKS_PER_NIBBLE
        while self.time_of(k) <= ps:
            k += TICKS_PER_NIBBLE
        return k

    def _start(self) -> None:
        if not self._running and self._tx_gate():
            self._running = True
            self._k = self.nibble_after(now())
            at(self.time_of(self._k), self._tick)

    def _tick(self) -> None:
        if self._k & (TICKS_PER_NIBBLE - 1):
            if self._bit_gate():
                self._bit_clk.tick()
            # A nibble's eight half bits are always sent whole: the gate closes at their end.
            self._k += 1
        else:
            bits, nibbles = self._bit_gate(), self._tx_gate()
            if not bits and not nibbles:
                self._running = False
                return
            if bits:
                self._bit_clk.tick()
            if nibbles:
                self._tx_clk.tick()
            self._k += 1 if bits else TICKS_PER_NIBBLE
        at(self.time_of(self._k), self._tick)


class Divider:
    """A long interval counted by dividing a crystal, without simulating the counting.

    The gate is asked whenever one of `watched` changes. While it is open, `output` ticks `interval` ticks of
    `tx_clk` after it opened, and again after each further `interval`: backoff is a whole number of slot times
    from the end of jam. The first interval is shortened by `lead` ticks, which pays for the synchronisers on
    the way.

    At most one event counts, however often the gate opens: one that comes too early for the latest opening
    waits on. (A frame may be deferred thousands of times before one is for 24,288 bit times.)
    """

    def __init__(
        self,
        output: Clock,
        crystal: TransmitCrystal,
        interval: int,
        lead: int,
        residue: int,
        gate: Gate,
        watched: list[Any],
    ) -> None:
        self._output = output
        self._crystal = crystal
        self._interval = interval * TICKS_PER_NIBBLE
        self._lead = lead * TICKS_PER_NIBBLE
        self._residue = residue
        self._gate = gate
        self._k = 0
        self._planned: int | None = None
        """When the event is that counts; one that was planned for later is void."""
        for signal in watched:
            on_change(signal, self._open)

    def _open(self) -> None:
        if self._gate():
            # The gate opens at a tick of tx_clk, which is the one before the next.
            opened = self._crystal.nibble_after(now()) - TICKS_PER_NIBBLE
            self._k = opened + self._interval - self._lead
            self._wait()

    def _wait(self) -> None:
        ps = self._time()
        if self._planned is None or ps < self._planned:
            self._planned = ps
            at(ps, self._tick)

    def _tick(self) -> None:
        if self._planned != now():
            return
        self._planned = None
        if self._gate():
            if now() == self._time():
                self._output.tick()
                self._k += self._interval
            self._wait()

    def _time(self) -> int:
        return on_grid(self._crystal.time_of(self._k), self._residue)
