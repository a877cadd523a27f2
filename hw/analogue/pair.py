"""A cable of two pairs, one each way: an AUI crossover, and the twisted pair between two MAUs of 10BASE-T.

The crossover puts two adapters back to back, without MAUs between them.

What one drives on its data-out pair comes to the other's data-in pair after the cable's delay. Each direction
has a pair of its own, so this is a full duplex medium: no station receives its own signal, and there is no
collision and no signal on the control-in pair. An adapter in half duplex finds that its carrier is lost in
each transmission, as one would on a bench.

With the signal goes what the end says of itself (`announce`): on a twisted pair a level stands for the
bursts of auto-negotiation. A pair whose wires are swapped at an end brings everything inverted there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hw.analogue.events import CABLE, at, now, on_change, on_grid

DELAY_FS_PER_MM = 5_130
"""Of an AUI cable: 5.13 ns/m."""
DRIVE_MV = 700
"""On the pair of an AUI: 450 to 1,315 mV (clause 7.4.1)."""

OnLevel = Callable[[int], None]
"""Called with what an end drives, in mV: plus, minus, or 0 when it is idle."""


@dataclass(frozen=True, slots=True)
class PairPins:
    """The end of the cable at an adapter, or at a MAU. What an AUI does not have is None there."""

    aui_do: Any
    aui_do_active: Any
    aui_di: Any
    aui_di_active: Any
    announce: Any = None
    partner_announces: Any = None
    line_sign: Any = None
    """The level at which the last signal ended."""
    swap: Any = None
    """The receiver swaps the wires."""


def propagation_ps(length_mm: int) -> int:
    """How long a level takes through `length_mm` of AUI cable, in ps."""
    return length_mm * DELAY_FS_PER_MM // 1000


class Pair:
    """A cable between two `ends`, each of which sends to the other; levels take `delay_ps`.

    `reversed_at` has for each end whether the wires of its receiving pair are swapped. `on_level` is called
    for each end's sending pair, on which there are `drive_mv`. A cable that is not `heard` is too long, and
    carries nothing, plugged or not.
    """

    def __init__(
        self,
        delay_ps: int,
        ends: Sequence[PairPins],
        reversed_at: Sequence[bool] = (False, False),
        on_level: Sequence[OnLevel] = (),
        drive_mv: int = DRIVE_MV,
        *,
        heard: bool = True,
    ) -> None:
        self._heard = heard
        one, other = ends
        at_one, at_other = reversed_at
        self._directions = (
            _Direction(delay_ps, one, other, at_other, heard),
            _Direction(delay_ps, other, one, at_one, heard),
        )
        for direction, call in zip(self._directions, on_level, strict=False):
            direction.report_levels(call, drive_mv)

    def power_up(self) -> None:
        """Time begins: what an end announces from the beginning never changes to that."""
        for direction in self._directions:
            direction.power_up()

    def plug(self, plugged: bool) -> None:
        """Take the cable off, or put it on again: with effect at once, and what was under way is gone."""
        for direction in self._directions:
            direction.plug(plugged and self._heard)


class _Direction:
    """From `sender`'s data-out pair to `receiver`'s data-in pair."""

    def __init__(
        self, delay_ps: int, sender: PairPins, receiver: PairPins, reversed_here: bool, plugged: bool
    ) -> None:
        self._delay_ps = delay_ps
        self._sender = sender
        self._receiver = receiver
        self._reversed = reversed_here
        self._sent = (True, False)
        self._arrived = True
        """The level at the receiver's pins; between signals that of the last one."""
        self._plugged = plugged
        self._pluggings = 0
        self._on_level: OnLevel | None = None
        self._drive_mv = 0
        on_change(sender.aui_do, self._launch)
        on_change(sender.aui_do_active, self._launch)
        self._announces = None not in (sender.announce, receiver.partner_announces)
        if self._announces:
            on_change(sender.announce, self._announce)

    def report_levels(self, on_level: OnLevel, drive_mv: int) -> None:
        """Have `on_level` called with what is driven, from now on."""
        self._on_level, self._drive_mv = on_level, drive_mv

    def _launch(self) -> None:
        active = bool(self._sender.aui_do_active)
        level = bool(self._sender.aui_do) or not active
        if (level, active) == self._sent:
            return
        self._sent = (level, active)
        if self._on_level is not None:
            self._on_level((self._drive_mv if level else -self._drive_mv) if active else 0)
        pluggings = self._pluggings

        def arrive() -> None:
            if self._plugged and pluggings == self._pluggings:
                if not active and self._receiver.line_sign is not None:
                    self._receiver.line_sign.next = self._arrived
                self._show(level, active)

        at(on_grid(now() + self._delay_ps, CABLE), arrive)

    def _show(self, level: bool, active: bool) -> None:
        receiver = self._receiver
        if active:
            self._arrived = level = level != self._reversed
            if receiver.swap is not None and receiver.swap:
                level = not level
        receiver.aui_di.next = level
        receiver.aui_di_active.next = active

    def power_up(self) -> None:
        if self._announces and self._sender.announce:
            self._announce()

    def _announce(self) -> None:
        announced = bool(self._sender.announce)
        pluggings = self._pluggings

        def arrive() -> None:
            if self._plugged and pluggings == self._pluggings:
                self._receiver.partner_announces.next = announced

        at(on_grid(now() + self._delay_ps, CABLE), arrive)

    def plug(self, plugged: bool) -> None:
        self._plugged = plugged
        self._pluggings += 1
        self._show(*(self._sent if plugged else (True, False)))
        if self._announces:
            self._receiver.partner_announces.next = plugged and self._sender.announce
