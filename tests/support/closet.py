"""A wiring closet: repeater hubs in a row, what comes in at their ports and what goes out, bit by bit.

At each port that has no other cable is a signal generator, on a cable without length: bits go in as a test
has them and when it has them, and what the hub sends is read off the port's data-out pair.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from laboratory import Lab
from pattern import BIT_PS, moves

from sim.scenario.model import Cable, Coax, Host, Hub, Scenario

PREAMBLE = "10" * 31
SFD = "11"
HEAD = PREAMBLE + SFD
END_PS = 250_000
"""How long a frame's last level is held."""
NO_TOLERANCES: Mapping[str, int] = {}
WORST_MAUS = {"transmit_loss": 2, "receive_loss": 5, "mau_delay_ns": 200}
"""The worst that clause 14 lets pass."""
QUIET_BT = 130
"""By then a hub has said what it had to say, and its ports have noticed."""


class Sent(NamedTuple):
    """What a port sent from idle to idle: from when to when (ps), its bits, how long its last level stood."""

    start: int
    end: int
    bits: str
    held: int

    @property
    def end_of_bits(self) -> int:
        """When the last bit cell is over, if the line was held as long as it should be."""
        return self.end - END_PS


def decode(start: int, edges: Sequence[tuple[int, int]], end: int) -> Sent:
    """Bits by the edge in the middle of each cell, which is looked for from that of the last one."""
    bits, middle = "", start + BIT_PS // 2
    for ps, level in edges:
        assert ps <= middle + BIT_PS // 4, f"no edge in the middle of the bit cell at {middle} ps"
        if ps >= middle - BIT_PS // 4:
            bits += str(level)
            middle = ps + BIT_PS
    return Sent(start, end, bits, end - edges[-1][0])


class Closet(Lab):
    """`hubs` in a row: `joined_mm` of cable lie between the last port of one and the first of the next.

    `hosts` are at the ends of `cables`. Ports are named as in a scenario, `a.1`. `maus` are attributes of
    `Cable`, for all of them: what MAUs do to a signal.
    """

    def __init__(
        self,
        engine: str,
        *hubs: Hub,
        joined_mm: int = 100_000,
        maus: Mapping[str, int] = NO_TOLERANCES,
        hosts: Sequence[Host] = (),
        cables: Sequence[Cable] = (),
        coaxes: Sequence[Coax] = (),
        seed: int = 1,
    ) -> None:
        row = [
            Cable(f"{one.name}{other.name}", joined_mm, (one.sockets[-1], other.sockets[0]), **maus)
            for one, other in pairwise(hubs)
        ]
        cables = [*(replace(cable, **maus) for cable in cables), *row]
        taken = {end for cable in cables for end in cable.ends}
        taken |= {tap.host for coax in coaxes for tap in coax.taps}
        free = [socket for hub in hubs for socket in hub.sockets if socket not in taken]
        generators = [f"at {socket}" for socket in free]
        ends = zip(generators, free, strict=True)
        cables += [Cable(generator, 0, (generator, socket), **maus) for generator, socket in ends]
        on_coaxes = sum(len(coax.generators_mm) for coax in coaxes)
        self._generators = {socket: number for number, socket in enumerate(free, on_coaxes)}
        scenario = Scenario(
            "",
            tuple(hosts),
            tuple(coaxes),
            seed=seed,
            cables=tuple(cables),
            hubs=hubs,
            generators=tuple(generators),
        )
        self._equip(engine, scenario, waves=True)

    def send(self, port: str, cells: str, start_ps: int, ppm: float = 0.0) -> int:
        """Have `cells` come in at `port` from `start_ps` on; return when the last one ends."""
        self.engine.play(self._generators[port], moves(cells, ppm=ppm), start_ps)
        return round(start_ps + len(cells) * BIT_PS * (1 - ppm * 1e-6))

    def hear_together(self, first_ps: int, first: str, second_ps: int, second: str) -> int:
        """Have the two generators of the first coax talk at once; return when the last bit ends."""
        ends = []
        for generator, (start, cells) in enumerate(((first_ps, first), (second_ps, second))):
            self.engine.play(generator, moves(cells), start)
            ends.append(start + len(cells) * BIT_PS)
        return max(ends)

    def settle(self, end_ps: int) -> None:
        """Go on until all is quiet that was caused by something that ended at `end_ps`."""
        self.run_to(end_ps + QUIET_BT * BIT_PS)

    def sent(self, port: str) -> list[Sent]:
        """What `port` has sent since `forget`, as far as it has ended."""
        self.look()
        name = port.replace(".", ".port")
        active, levels = self.log[f"{name}.aui_do_active"], self.log[f"{name}.aui_do"]
        found = []
        for (start, _), (end, _) in zip(active[::2], active[1::2], strict=False):
            first, last = (bisect_right(levels, ps, key=itemgetter(0)) for ps in (start, end))
            found.append(decode(start, levels[first:last], end))
        return found

    def starts(self, port: str) -> list[int]:
        """When `port` began to send."""
        self.look()
        return [ps for ps, active in self.log[f"{port.replace('.', '.port')}.aui_do_active"] if active]

    def partitioned(self, port: str) -> bool:
        """Whether the port is."""
        self.look()
        changes = self.log[f"{port.replace('.', '.port')}.partitioned"]
        return bool(changes and changes[-1][1])
