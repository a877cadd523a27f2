"""The 10BASE5 segment: currents into a cable, levels at its taps.

What a MAU drives into the cable travels along the paths that `hw.analogue.segment` knows. A tap sees the sum
of all senders, each as it was one propagation delay ago. Two numbers are kept per tap: `level`, the sum of
the senders' levels, and `mean`, the sum of the means of the *active* senders, which is what an averaging
filter would show: it changes only when a sender starts or stops, each after its delay.

From these the analogue half of each MAU makes: carrier (mean beyond squelch), data (level against mean, held
on a tie, the case of two senders that cancel), and collision (mean beyond the threshold that one sender
cannot reach). A collision is a superposition at a tap; nothing announces it.

When something happens to the cable (`reroute`) it has its effect everywhere at once: what was under way is
gone, and each tap has the level that it would settle to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hw.analogue.events import CABLE, at, now, on_change, on_grid
from hw.analogue.segment import Hop

SQUELCH_MV = -250
"""Transceiver chips have -150 to -350 mV."""
COLLISION_MV = -1_530
"""-1.45/-1.53/-1.58 V averaged: more than one sender, less than two."""
HYSTERESIS_MV = 100

OnLevel = Callable[[int, int, int], None]
"""Called with (tap, level in mV, mean in mV) after each change at a tap."""


@dataclass(frozen=True, slots=True)
class TapPins:
    """What a MAU on the cable is joined with: its AUI, its collision comparator, and what inhibits it."""

    aui_do: Any
    aui_do_active: Any
    aui_di: Any
    aui_di_active: Any
    collision: Any
    jabber: Any


class Coax:
    """One segment with a MAU at each of `taps`, and the paths of what each sends, in the same order."""

    def __init__(self, hops: Sequence[Sequence[Hop]], taps: Sequence[TapPins], on_level: OnLevel) -> None:
        self._taps = taps
        self._on_level = on_level
        self._level = [0] * len(taps)
        self._mean = [0] * len(taps)
        self._hops = hops
        self._state = [(0, 0)] * len(taps)
        """(1 or 0, 1 or -1 or 0): how much of its mean and of its swing each tap sends."""
        self.reroutings = 0
        """How often the paths have changed: what was sent before is lost."""
        for sender, pins in enumerate(taps):
            self._connect(sender, pins)

    def _connect(self, sender: int, pins: TapPins) -> None:
        def launch() -> None:
            mean = swing = 0
            if pins.aui_do_active and not pins.jabber:
                mean = 1
                swing = 1 if pins.aui_do else -1
            sent_mean, sent_swing = self._state[sender]
            if mean == sent_mean and swing == sent_swing:
                return
            self._state[sender] = (mean, swing)
            means, swings = mean - sent_mean, swing - sent_swing
            ps = now()
            for delay, tap, mean_mv, swing_mv in self._hops[sender]:
                step = means * mean_mv
                at(on_grid(ps + delay, CABLE), _Arrival(self, tap, step + swings * swing_mv, step))

        on_change(pins.aui_do, launch)
        on_change(pins.aui_do_active, launch)
        on_change(pins.jabber, launch)

    def reroute(self, hops: Sequence[Sequence[Hop]]) -> None:
        """The cable is another one from now on."""
        self.reroutings += 1
        self._hops = hops
        self._level = [0] * len(self._taps)
        self._mean = [0] * len(self._taps)
        for sender, (mean, swing) in enumerate(self._state):
            for _, tap, mean_mv, swing_mv in hops[sender]:
                self._level[tap] += mean * mean_mv + swing * swing_mv
                self._mean[tap] += mean * mean_mv
        for tap in range(len(self._taps)):
            self._show(tap, compare_means=True)

    def arrive(self, tap: int, level_step: int, mean_step: int) -> None:
        """A step of current reaches `tap`."""
        self._level[tap] += level_step
        self._mean[tap] += mean_step
        self._show(tap, compare_means=mean_step != 0)

    def _show(self, tap: int, *, compare_means: bool) -> None:
        """What the comparators of the MAU make of the levels."""
        pins = self._taps[tap]
        level, mean = self._level[tap], self._mean[tap]
        if compare_means:
            pins.aui_di_active.next = mean < SQUELCH_MV
            pins.collision.next = mean < COLLISION_MV
        if level > mean + HYSTERESIS_MV or mean >= SQUELCH_MV:
            pins.aui_di.next = True
        elif level < mean - HYSTERESIS_MV:
            pins.aui_di.next = False
        else:
            # Held, also against what another step of this instant made of it.
            pins.aui_di.next = pins.aui_di
        self._on_level(tap, level, mean)


class _Arrival:
    """A step of current under way. A class, because the queue holds one per edge and path."""

    __slots__ = ("_coax", "_level_step", "_mean_step", "_rerouting", "_tap")

    def __init__(self, coax: Coax, tap: int, level_step: int, mean_step: int) -> None:
        self._coax = coax
        self._rerouting = coax.reroutings
        self._tap = tap
        self._level_step = level_step
        self._mean_step = mean_step

    def __call__(self) -> None:
        if self._rerouting == self._coax.reroutings:
            self._coax.arrive(self._tap, self._level_step, self._mean_step)
