"""The netlists of MAUs: their circuits, their clocks and what makes them run.

          AUI                                                                coax
    aui_do_active --+-- sqe_test --- ended, ended_seen --- jabber_timer ---- jabber (transmitter off)
                    |   5 MHz | sqe_burst                  1 kHz |
           aui_ci ------ control_in ---------------------------- + --------- collision (comparator)
                         5 MHz

The MAU of a twisted pair has the same circuits. Its comparator is another (`hw.analogue.twisted_pair`: a
signal both ways), its transmitter goes through `td_active`, and it has power of its own. Where link pulses
are simulated, link_integrity decides on the link; else the level comes with the cable.

A MAU is a unit of its own behind the AUI of another. `hw.netlist` says how parts are joined.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hw.analogue.chance import chance
from hw.analogue.defects import line as error_line
from hw.analogue.defects import threshold
from hw.analogue.transceiver import Tolerances
from hw.analogue.transceiver import line as jitter_line
from hw.gate import Gate
from hw.netlist import Joint, PairEnd, Tap, Unit
from hw.parts import Crystal, Defects, Module, Part, PowerUp, Transceiver, TwistedPairPath

MODULES = (Module("control_in"), Module("sqe_test"), Module("jabber_timer"))
MAU_GATE = Gate(
    (), (("collision", "collision_seen"), ("jabber", "jabber_seen"), ("aui_do_active", "sending"))
)
JABBER_GATE = Gate(("aui_do_active", "jabber"))
AUI = ("aui_do", "aui_do_active", "aui_di", "aui_di_active")
PATH = ("path_do", "path_do_active", "path_di", "path_di_active")
"""What a cable is joined to behind a signal path with tolerances."""
BROKEN_PATH = ("broken_do", "broken_do_active", "broken_di", "broken_di_active")
"""What it is joined to behind one that may break."""


class Noise(NamedTuple):
    """Of a signal path that may break: the probability of a received bit to be wrong, and how many follow."""

    rate: float = 0.0
    burst: int = 1


LINE = ("aui_do", "td_active", "aui_di", "line_active")
"""What a twisted pair is joined to."""
PAIR_WIRES = {"frame_seen": 0, "powered": 1, "line_active": 0, "line_sign": 1, "full_duplex": 0}
"""Wires of a twisted pair's MAU that no part of it drives, with their starting values."""
LINK_TEST = (Module("link_integrity", {"link_up": "link"}),)
"""In addition, where there are link pulses. `link_test` opens the gate of its clock."""
LINK_TEST_GATE = Gate(("link_test",))
LINK_LOSS_MS = 100
GOOD_PULSES = 4

JABBER_MS = 50
UNJAB_MS = 500


MAU_PERIOD_FS = 200_000_000
MS_FS = 1_000_000_000_000


def mau(
    behind: Unit,
    seed: int,
    line: int,
    *,
    sqe_test: bool,
    tolerances: Tolerances,
    noise: Noise | None = None,
) -> tuple[Unit, Tap]:
    """A MAU of 10BASE5 on the AUI of the unit `behind`, and its tap of the coax.

    It draws its chance on `line`, which is its station's address: what comes after the adapter's two draws. A
    repeater takes an SQE test for a collision, and must have it off (clause 9.4.1).
    """
    joined = {name: Joint(behind, name) for name in (*AUI, "aui_ci")} | {"powered": Joint(behind, "link")}
    parts, path, pins = _signal_path(AUI, seed, line, tolerances, noise)
    given = {"sqe_enable": int(sqe_test), "collision": 0, **_JABBER}
    unit = Unit(behind.box, _beside(behind), (*_control(seed, line), *parts), given | path, joined=joined)
    return unit, Tap(unit, (*pins, "collision", "jabber"))


def pair_mau(
    behind: Unit,
    seed: int,
    line: int,
    *,
    repeater: bool,
    pulses: bool,
    heard: bool,
    correct_polarity: bool,
    sqe_test: bool,
    tolerances: Tolerances,
    noise: Noise | None = None,
) -> tuple[Unit, PairEnd]:
    """A MAU of 10BASE-T on the AUI of the unit `behind`, and its end of the cable.

    In a repeater it is part of the box: its comparator goes straight to the core, whose Tw3 prevents
    jabber. With `pulses` the link is what the link test makes of link pulses, and has failed at first, as
    it has if the cable is too long for a signal to arrive (not `heard`). An adapter has a duplex mode of the
    PHY and one of the MAC, and its PHY reports jabber.
    """
    names = {
        name: name for name in ("aui_do", "aui_do_active", "aui_di", "aui_di_active", "link", "polarity")
    }
    names |= {"announce": "announce", "partner_announces": "partner_announces"}
    names["full_duplex"] = "phy_full_duplex" if "phy_full_duplex" in behind else "full_duplex"
    names |= {"collision": "aui_ci"} if repeater else {"aui_ci": "aui_ci", "jabber": "phy_jabber"}
    joined = {name: Joint(behind, outer) for name, outer in names.items() if outer in behind}
    paths, path, pins = _signal_path(LINE, seed, line, tolerances, noise)
    given = PAIR_WIRES | path | {"sqe_test": int(sqe_test), "correct_polarity": int(correct_polarity)}
    given |= {"jabber": 0, "partner_announces": 0, "polarity": 0}
    parts: list[Part] = []
    if not repeater:
        parts += _control(seed, line)
        given |= _JABBER
    if pulses:
        given |= {"link_test": 0, "link_loss_ms": LINK_LOSS_MS, "good_pulses": GOOD_PULSES}
        phase = chance(seed, line, 4) % (MS_FS // 1000)
        parts += (*LINK_TEST, Crystal("link_clk", MS_FS, phase, LINK_TEST_GATE), PowerUp("link_test", 1))
    if pulses or not heard:
        parts.append(PowerUp("link", 0))
    parts += (*paths, TwistedPairPath(pulses, seed, line))
    unit = Unit(behind.box, _beside(behind), parts, given, joined=joined)
    announce = "announce" if "announce" in joined else ""
    return unit, PairEnd(unit, (*pins, announce, "partner_announces", "line_sign", "swap"))


def noisy_aui(behind: Unit, seed: int, line: int, noise: Noise) -> tuple[Unit, PairEnd]:
    """The end of an AUI crossover at the unit `behind`, where there is no MAU but noise on the pair."""
    parts, path, pins = _signal_path(AUI, seed, line, Tolerances(), noise)
    joined = {name: Joint(behind, name) for name in AUI}
    unit = Unit(behind.box, "aui", parts, path, joined=joined)
    return unit, PairEnd(unit, (*pins, "", "", "", ""))


_JABBER = {"jabber_ms": JABBER_MS, "unjab_ms": UNJAB_MS}


def _beside(behind: Unit) -> str:
    return f"{behind.port}.mau" if behind.port else "mau"


def _control(seed: int, line: int) -> tuple[Part, ...]:
    """What signals collisions, jabber and the SQE test, with its clocks. Phases are the run's chance."""
    return (
        *MODULES,
        Crystal("mau_clk", MAU_PERIOD_FS, chance(seed, line, 2) % (MAU_PERIOD_FS // 1000), MAU_GATE),
        Crystal("jabber_clk", MS_FS, chance(seed, line, 3) % (MS_FS // 1000), JABBER_GATE),
    )


def _signal_path(
    aui: tuple[str, ...], seed: int, line: int, tolerances: Tolerances, noise: Noise | None
) -> tuple[Sequence[Part], dict[str, int], tuple[str, ...]]:
    """Between `aui` and the cable: a transceiver with `tolerances`, and what may break, if there are any.

    The parts, the wires that they add, with starting values, and those that the cable is joined to.
    """
    parts: list[Part] = []
    wires: dict[str, int] = {}
    if tolerances != Tolerances():
        parts.append(Transceiver(aui, PATH, tolerances, seed, jitter_line(line)))
        wires |= dict(zip(PATH, (1, 0, 1, 0), strict=True))
        aui = PATH
    if noise is not None:
        parts.append(Defects(aui, BROKEN_PATH, seed, error_line(line)))
        wires |= dict(zip(BROKEN_PATH, (1, 0, 1, 0), strict=True))
        wires |= {"error_rate": threshold(noise.rate), "error_burst": noise.burst, "deaf": 0, "babbling": 0}
        aui = BROKEN_PATH
    return parts, wires, aui
