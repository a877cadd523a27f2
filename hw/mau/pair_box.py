"""The MAU of a twisted pair in MyHDL: the box that `hw.mau.wiring` describes, between an AUI and a cable."""

from typing import Any

from myhdl import Signal

from hw.analogue.crystal import Crystal
from hw.analogue.events import SLOW_CLOCK, Clock
from hw.analogue.pair import PairPins
from hw.analogue.twisted_pair import TwistedPairPath
from hw.assembly import blocks, join
from hw.gate import opener
from hw.mau import wiring


class PairMau:
    """One MAU, plugged into the AUI of the box with `wires`.

    `blocks` go to the simulator, `pins` to the cable. `line` is where its end of the cable draws its chance,
    `straps` as `wiring.pair_straps` makes them. It may be part of a `repeater`. With `pulses` the link is
    what the link test makes of link pulses, and has failed at first, as it has where nothing is `heard`.
    """

    def __init__(
        self,
        wires: dict[str, Any],
        straps: dict[str, int],
        seed: int,
        line: int,
        *,
        repeater: bool = False,
        pulses: bool = False,
        heard: bool = True,
    ) -> None:
        instances = wiring.pair_circuits(repeater=repeater, pulses=pulses)
        oscillators = wiring.pair_oscillators(seed, line, repeater=repeater, pulses=pulses)
        clocks = {oscillator.clock: Clock() for oscillator in oscillators}
        inner: dict[str, Any] = dict(clocks)
        for name, outer in wiring.pair_pins(wires, repeater=repeater).items():
            initial = wiring.PAIR_WIRES.get(name, 0)
            inner[name] = wires.setdefault(outer, Signal(bool(initial)))
        for name, initial in wiring.PAIR_WIRES.items():
            inner.setdefault(name, Signal(bool(initial)))
        for name in ("sqe_test", "correct_polarity"):
            inner[name] = Signal(bool(straps[name]))
        join(instances, inner, straps)
        self.blocks: list[Any] = list(blocks(instances, inner).values())
        for oscillator in oscillators:
            is_open, watched = opener(oscillator.gate, inner)
            clock = clocks[oscillator.clock]
            crystal = Crystal(clock, oscillator.period_fs, oscillator.phase_ps, SLOW_CLOCK, is_open, watched)
            self.blocks.append(crystal.beginning())
        self._path = TwistedPairPath(inner)
        self._inner = inner
        self._chance = seed, line
        self._pulses = pulses
        self._heard = heard
        self.pins = PairPins(
            aui_do=wires["aui_do"],
            aui_do_active=inner["td_active"],
            aui_di=wires["aui_di"],
            aui_di_active=inner["line_active"],
            announce=wires.get("announce"),
            partner_announces=wires.setdefault("partner_announces", Signal(False)),
            line_sign=inner["line_sign"],
            swap=inner["swap"],
        )

    def power_up(self) -> None:
        """To be called when time begins: MyHDL's simulation forgets what was planned before it was made."""
        if self._pulses or not self._heard:
            self._inner["link"].next = False
        if self._pulses:
            self._path.send_pulses(*self._chance)
            self._inner["link_test"].next = True
