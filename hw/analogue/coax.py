"""The 10BASE5 segment: currents into a cable, levels at its taps.

Every MAU drives a current into the cable (-41 mA on average into 25 ohm, so -1.025 V, modulated between
0 and -2.05 V by the data); what it drives travels both ways at 4.33 ns/m. A tap sees the sum of all senders,
each as it was one propagation delay ago. Two numbers are kept per tap: `level`, the sum of the senders'
levels, and `mean`, the sum of the means of the *active* senders, which is what an averaging filter would
show: it changes only when a sender starts or stops, each after its delay.

From these the analogue half of each MAU makes: carrier (mean beyond squelch), data (level against mean, held
on a tie, the case of two senders that cancel), and collision (mean beyond the threshold that one sender
cannot reach). A collision is a superposition at a tap; nobody announces it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hw.analogue.events import CABLE, at, now, on_change, on_grid

DELAY_FS_PER_MM = 4_330
"""0.77 c: 4.33 ns/m."""
LOW_MV = -2_050
HIGH_MV = 0
MEAN_MV = -1_025
SQUELCH_MV = -250
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


def propagation_ps(distance_mm: int) -> int:
    """How long a level takes over `distance_mm` of coax, in ps."""
    return distance_mm * DELAY_FS_PER_MM // 1000


class Coax:
    """One segment with a MAU at each of `positions_mm`, whose pins are `taps`, in the same order."""

    def __init__(self, positions_mm: Sequence[int], taps: Sequence[TapPins], on_level: OnLevel) -> None:
        self._taps = taps
        self._on_level = on_level
        self._level = [0] * len(taps)
        self._mean = [0] * len(taps)
        for pins, position in zip(taps, positions_mm, strict=True):
            delays = [propagation_ps(abs(position - other)) for other in positions_mm]
            self._connect(pins, delays)

    def _connect(self, pins: TapPins, delays: list[int]) -> None:
        sent_level = sent_mean = 0

        def launch() -> None:
            nonlocal sent_level, sent_mean
            level = mean = 0
            if pins.aui_do_active and not pins.jabber:
                mean = MEAN_MV
                level = HIGH_MV if pins.aui_do else LOW_MV
            if level == sent_level and mean == sent_mean:
                return
            level_step, mean_step = level - sent_level, mean - sent_mean
            sent_level, sent_mean = level, mean
            ps = now()
            for tap, delay in enumerate(delays):
                at(on_grid(ps + delay, CABLE), _Arrival(self, tap, level_step, mean_step))

        on_change(pins.aui_do, launch)
        on_change(pins.aui_do_active, launch)
        on_change(pins.jabber, launch)

    def arrive(self, tap: int, level_step: int, mean_step: int) -> None:
        """A step of current reaches `tap`."""
        pins = self._taps[tap]
        level = self._level[tap] = self._level[tap] + level_step
        mean = self._mean[tap] = self._mean[tap] + mean_step
        if mean_step:
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
    """A step of current under way. A class, because the queue holds one per edge and tap."""

    __slots__ = ("_coax", "_level_step", "_mean_step", "_tap")

    def __init__(self, coax: Coax, tap: int, level_step: int, mean_step: int) -> None:
        self._coax = coax
        self._tap = tap
        self._level_step = level_step
        self._mean_step = mean_step

    def __call__(self) -> None:
        self._coax.arrive(self._tap, self._level_step, self._mean_step)
