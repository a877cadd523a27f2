"""How a MAU is put together, as data: its circuits, its clocks and what makes them run.

          AUI                                                                coax
    aui_do_active --+-- sqe_test --- ended, ended_seen --- jabber_timer ---- jabber (transmitter off)
                    |   5 MHz | sqe_burst                  1 kHz |
           aui_ci ------ control_in ---------------------------- + --------- collision (comparator)
                         5 MHz

Wires join by name, as in `hw.adapter.wiring`; both engines build from this page.
"""

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


def straps(*, sqe_test: bool) -> dict[str, int]:
    """Pins that tell one MAU from another."""
    return {"sqe_enable": int(sqe_test), "jabber_ms": JABBER_MS, "unjab_ms": UNJAB_MS}
