"""An adapter on a twisted pair, a signal generator at the other end, worked as in `laboratory`."""

from collections.abc import Sequence

import manual as m
from hosts import computer
from laboratory import MS, Lab, Station, address
from pattern import BIT_PS

from hw.analogue.generator import HIGH, IDLE, Move
from sim.scenario.model import Cable, Duplex, Fidelity, Scenario

PULSE_PS = 100_000
PHY = 1


class PairLab(Lab):
    """One station, `s0`, at the end of 10 m of twisted pair."""

    def __init__(
        self,
        engine: str,
        *,
        fidelity: Fidelity = "level",
        reversed_here: bool = False,
        correct: bool = True,
        duplex: Duplex = "auto",
        seed: int = 1,
    ) -> None:
        host = computer("s0", "10.0.0.1/24", address(0), duplex=duplex, polarity_correction=correct)
        cable = Cable(
            "pair",
            10_000,
            ("s0", "generator"),
            medium="twisted pair",
            reversed=("s0",) if reversed_here else (),
            fidelity=fidelity,
        )
        scenario = Scenario("", (host,), seed=seed, cables=(cable,), generators=("generator",))
        self._equip(engine, scenario, waves=True)

    @property
    def station(self) -> Station:
        """The one there is."""
        return self.stations[0]

    def phy(self, register: int) -> int:
        """Read a register of the PHY."""
        station = self.station
        station.write(m.MIIADDRESS, register << 8 | PHY)
        station.write(m.MIICOMMAND, m.RSTAT)
        while station.read(m.MIISTATUS) & m.MII_BUSY:
            self.run_for(50 * BIT_PS)
        station.write(m.MIICOMMAND, 0)
        return station.read(m.MIIRX_DATA)

    def pulses(self, count: int, spacing_ms: float, width_ps: int = PULSE_PS, level: int = HIGH) -> int:
        """Have `count` link pulses come; return when the last one began."""
        spacing = round(spacing_ms * MS)
        moves: list[Move] = []
        for number in range(count):
            moves += [(number * spacing, level), (number * spacing + width_ps, IDLE)]
        start = self.play(moves)
        last = start + (count - 1) * spacing
        self.run_to(last + 3 * MS)
        return last

    def changes(self, line: str) -> Sequence[tuple[int, int]]:
        """When a line of the station's has changed since `forget` (ps), and to what."""
        return self.changes_of(f"s0.{line}")

    def changes_of(self, net: str) -> Sequence[tuple[int, int]]:
        """The same of any net."""
        self.look()
        return self.log[net]
