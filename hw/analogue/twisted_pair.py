"""The signal path of a MAU of 10BASE-T (clause 14): what lies between an AUI and a cable of two pairs.

What is sent on one pair does not come back on the other, so the MAU loops it back to the data-in pair, as a
coax would (carrier only: it is not decoded), and a collision is a signal both ways at once (clause 14.2.1.4).
In full duplex it does neither. When the link has failed, transmitter, receiver and loopback are off, and they
go on again when both pairs are idle (clause 14.2.1.7, link test fail extend). Jabber switches transmitter and
loopback off.

The receiver's squelch lets through what is loud enough and lasts longer than a link pulse or noise. A cable
takes the same from every signal, so that one which is too long brings none at all, and no link pulse either.
Of what is received, carrier begins `SQUELCH_PS` after the first level; what ends before that and is no noise
was a link pulse.

A transmitter that is idle sends a link pulse every 16 +- 8 ms, if pulses are simulated.

A signal ends high, and so does a pulse. When `SIGNS` in a row have not, the pair's wires are swapped, which
the receiver reports (`polarity`) and, where it can, undoes: clause 14 leaves that to the maker.
"""

from collections.abc import Mapping
from typing import Any

from hw.analogue.chance import chance
from hw.analogue.events import CABLE, SLOW_CLOCK, at, now, on_change, on_grid

DELAY_FS_PER_MM = 5_650
"""0.59 c: the 0.113 bit times there and back of clause 13's table of path delays."""
DRIVE_MV = 2_500
"""2.2 to 2.8 V peak."""
LOSS_MDB = 9_800
"""Thousandths of a decibel that 100 m take away at 10 MHz: cable of category 3. Of a whole segment clause
14.4.2.1 allows 11.5 dB."""
LOSS_LENGTH_MM = 100_000
SQUELCH_MV = 450
"""What a receiver does not take for noise: 300 to 585 mV (clause 14.3.1.3)."""
SQUELCH_PS = 200_000
"""Longer than a link pulse (75 to 120 ns)."""
LEAST_PULSE_PS = 60_000
"""What is shorter is noise."""
PULSE_PS = 100_000
LEAST_INTERVAL_PS, INTERVALS_PS = 8_000_000_000, 16_000_000_000
"""From one pulse to the next at least, and the room for chance beyond it."""
FIRST_DRAW = 16
"""Of an end's chance: the draws before it are those of its clocks."""
SIGNS = 2
INPUTS = (
    *("line_active", "line_sign", "aui_do_active", "full_duplex", "link", "jabber"),
    *("sqe_test", "correct_polarity", "frame_seen"),
)
OUTPUTS = (
    *("aui_di_active", "collision", "td_active", "sqe_enable", "receiving", "pulse", "frame"),
    *("polarity", "swap"),
)
PINS = (*INPUTS, *OUTPUTS)
"""Wires of the box, in the order in which the compiled twin takes them."""


def propagation_ps(length_mm: int) -> int:
    """How long a level takes through `length_mm` of twisted pair, in ps."""
    return length_mm * DELAY_FS_PER_MM // 1000


def attenuated_mv(length_mm: int, loss_mdb: int) -> float:
    """The peak of what comes out of `length_mm` of cable that takes `loss_mdb` (0.001 dB) per 100 m."""
    return DRIVE_MV * 10 ** (-loss_mdb / 1000 * length_mm / LOSS_LENGTH_MM / 20)


class TwistedPairPath:
    """Drives `OUTPUTS` of `wires` (`PINS`).

    `line_active` and `line_sign` are the receiving pair's, `td_active` is whether the sending pair is driven,
    `sqe_test` and `correct_polarity` are straps; `pulse` changes with each link pulse, and `frame`
    when a frame has ended, unless the link test has not seen the change before.
    """

    def __init__(self, wires: Mapping[str, Any]) -> None:
        self._wires = wires
        self._open = bool(wires["link"])
        """The link test has been passed."""
        self._receiving = False
        self._signals = 0
        """Counts those that came in: one that has ended by the time that squelch looks again is void."""
        self._begun = 0
        self._wrong_signs = 0
        self._pulsing = False
        self._pulses = 0
        self._chance = 0, 0
        on_change(wires["line_active"], self._line)
        for name in ("aui_do_active", "full_duplex", "link", "jabber"):
            on_change(wires[name], self._show)

    def _line(self) -> None:
        self._signals += 1
        if self._wires["line_active"]:
            signal = self._signals
            self._begun = now()

            def unsquelch() -> None:
                if signal == self._signals:
                    self._receiving = True
                    self._show()

            at(on_grid(now() + SQUELCH_PS, CABLE), unsquelch)
            return
        if now() - self._begun >= LEAST_PULSE_PS:
            if not self._receiving:
                self._wires["pulse"].next = not self._wires["pulse"]
            elif self._wires["frame"] == self._wires["frame_seen"]:
                self._wires["frame"].next = not self._wires["frame"]
            self._judge_sign()
        self._receiving = False
        self._show()

    def _judge_sign(self) -> None:
        wires = self._wires
        inverted = not wires["line_sign"]
        if inverted == bool(wires["polarity"]):
            self._wrong_signs = 0
            return
        self._wrong_signs += 1
        if self._wrong_signs == SIGNS:
            self._wrong_signs = 0
            wires["polarity"].next = inverted
            wires["swap"].next = inverted and wires["correct_polarity"]

    def send_pulses(self, seed: int, line: int) -> None:
        """From now on. `line` is where this end draws its chance."""
        self._chance = seed, line
        self._await_pulse()

    def _await_pulse(self) -> None:
        interval = LEAST_INTERVAL_PS + chance(*self._chance, FIRST_DRAW + self._pulses) % INTERVALS_PS
        self._pulses += 1
        at(on_grid(now() + interval, SLOW_CLOCK), self._begin_pulse)

    def _begin_pulse(self) -> None:
        if not self._wires["td_active"]:  # a frame keeps the other end's link, too
            self._pulsing = True
            self._show()
            at(on_grid(now() + PULSE_PS, SLOW_CLOCK), self._end_pulse)
        self._await_pulse()

    def _end_pulse(self) -> None:
        self._pulsing = False
        self._show()

    def _show(self) -> None:
        wires = self._wires
        if not wires["link"]:
            self._open = False
        elif not wires["aui_do_active"] and not wires["line_active"]:
            self._open = True
        sending = bool(wires["aui_do_active"] and self._open and not wires["jabber"])
        looped = sending and not wires["full_duplex"]
        wires["td_active"].next = sending or self._pulsing
        wires["aui_di_active"].next = (self._receiving and self._open) or looped
        wires["collision"].next = self._receiving and looped
        wires["receiving"].next = self._receiving
        wires["sqe_enable"].next = wires["sqe_test"] and wires["link"] and not wires["full_duplex"]
