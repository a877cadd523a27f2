"""How a MAU is put together, as data: its circuits, its clocks and what makes them run.

          AUI                                                                coax
    aui_do_active --+-- sqe_test --- ended, ended_seen --- jabber_timer ---- jabber (transmitter off)
                    |   5 MHz | sqe_burst                  1 kHz |
           aui_ci ------ control_in ---------------------------- + --------- collision (comparator)
                         5 MHz

The MAU of a twisted pair has the same circuits. Its comparator is another (`hw.analogue.twisted_pair`: a
signal both ways), its transmitter goes through `td_active`, and it has power of its own. Where link pulses
are simulated, link_integrity decides on the link; else the level comes with the cable.

Wires join by name, as in `hw.adapter.wiring`; both engines build from this page.
"""

from collections.abc import Container
from dataclasses import dataclass

from hw.analogue.chance import chance
from hw.assembly import Instance
from hw.gate import Gate

INSTANCES = (Instance("control_in"), Instance("sqe_test"), Instance("jabber_timer"))
MAU_GATE = Gate(
    (), (("collision", "collision_seen"), ("jabber", "jabber_seen"), ("aui_do_active", "sending"))
)
JABBER_GATE = Gate(("aui_do_active", "jabber"))
AUI_PINS = {"aui_do_active": "aui_do_active", "aui_ci": "aui_ci", "powered": "link"}
"""Wires of the MAU that are wires of the adapter on its AUI, and what they are called there."""

PAIR_WIRES = {
    **{"collision": 0, "jabber": 0, "sqe_enable": 0, "receiving": 0, "pulse": 0, "frame": 0},
    **{"frame_seen": 0, "powered": 1, "link_test": 0, "swap": 0},
    **{"line_active": 0, "line_sign": 1, "td_active": 0, "aui_di_active": 0, "polarity": 0, "full_duplex": 0},
}
"""Wires of a twisted pair's MAU that no module drives, with their starting values."""
LINK_TEST = (Instance("link_integrity", {"link_up": "link"}),)
"""Besides, where there are link pulses. `link_test` opens the gate of its clock."""
LINK_TEST_GATE = Gate(("link_test",))
LINK_LOSS_MS = 100
GOOD_PULSES = 4

JABBER_MS = 50
UNJAB_MS = 500


@dataclass(frozen=True, slots=True)
class Oscillator:
    """A clock of a MAU: its nominal period in fs, its phase in ps, and its gate."""

    clock: str
    period_fs: int
    phase_ps: int
    gate: Gate


def oscillators(seed: int, line: int) -> tuple[Oscillator, ...]:
    """The clocks of the MAU on `line` (its station's address). Phases are the run's chance: the draws after
    the adapter's two."""
    made = []
    clocks = (("mau_clk", 200_000_000, MAU_GATE), ("jabber_clk", 1_000_000_000_000, JABBER_GATE))
    for draw, (clock, period_fs, gate) in enumerate(clocks, start=2):
        made.append(Oscillator(clock, period_fs, chance(seed, line, draw) % (period_fs // 1000), gate))
    return tuple(made)


def pair_circuits(*, repeater: bool, pulses: bool) -> tuple[Instance, ...]:
    """What a twisted pair's MAU is made of.

    In a repeater it is part of the box: its comparator goes straight to the core, whose Tw3 prevents jabber.
    """
    return (*(() if repeater else INSTANCES), *(LINK_TEST if pulses else ()))


def pair_oscillators(seed: int, line: int, *, repeater: bool, pulses: bool) -> tuple[Oscillator, ...]:
    """The clocks of these circuits."""
    period_fs = 1_000_000_000_000
    phase_ps = chance(seed, line, 4) % (period_fs // 1000)
    link = Oscillator("link_clk", period_fs, phase_ps, LINK_TEST_GATE)
    return (*(() if repeater else oscillators(seed, line)), *((link,) if pulses else ()))


def pair_pins(wires: Container[str], *, repeater: bool) -> dict[str, str]:
    """Wires of a twisted pair's MAU that are `wires` of the box behind it, and what they are called there.

    An adapter has a duplex mode of the PHY and one of the MAC, and its PHY is told of jabber.
    """
    names = ("aui_do_active", "aui_di_active", "link", "polarity")
    pins = {name: name for name in (*names, "line_active", "line_sign", "td_active", "swap")}
    pins["full_duplex"] = "phy_full_duplex" if "phy_full_duplex" in wires else "full_duplex"
    return pins | ({"collision": "aui_ci"} if repeater else {"aui_ci": "aui_ci", "jabber": "phy_jabber"})


def straps(*, sqe_test: bool) -> dict[str, int]:
    """Pins that tell one MAU from another."""
    return {"sqe_enable": int(sqe_test), "jabber_ms": JABBER_MS, "unjab_ms": UNJAB_MS}


def pair_straps(*, sqe_test: bool, correct_polarity: bool) -> dict[str, int]:
    """The same of a twisted pair's."""
    return {
        "sqe_test": int(sqe_test),
        "correct_polarity": int(correct_polarity),
        "jabber_ms": JABBER_MS,
        "unjab_ms": UNJAB_MS,
        "link_loss_ms": LINK_LOSS_MS,
        "good_pulses": GOOD_PULSES,
    }
