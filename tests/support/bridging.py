"""Switches whose ports are worked by signal generators: frames in, frames out, on either engine.

At each port without another cable is a generator, on a cable without length: it sends on request and
never defers. What the switch sends is read off the port's data-out pair, and its FCS is judged by `zlib`.
"""

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from closet import HEAD, SFD, Sent, decode
from laboratory import Lab
from pattern import BIT_PS, moves, octets, on_wire, with_fcs

from hw.analogue.generator import Move
from hw.switch.netlist import COUNTERS
from sim.engine.interface import Changes
from sim.scenario.model import Cable, Duplex, Host, Scenario, Switch

BROADCAST = b"\xff" * 6
GAP_BT = 96
QUIET_BT = 1000
"""By then a switch has sent what it had to send, but for what waits for others."""
COUNTERS = (*COUNTERS, "core.learnt", "core.moved", "core.unlearnt", "core.relayed")


class Heard(NamedTuple):
    """A frame that a port sent: from when to when (ps), and its octets without FCS, which was good."""

    start: int
    end: int
    octets: bytes


def station(number: int) -> bytes:
    """An address."""
    return b"\x02\0\0\0" + number.to_bytes(2, "big")


def frame(destination: bytes, source: bytes, length: int = 64, fill: int = 0) -> bytes:
    """A frame of `length` octets with its FCS, its data a function of `fill`."""
    octets = destination + source + b"\x08\0" + bytes(fill + 7 * n & 255 for n in range(length - 18))
    return with_fcs(octets)


def switch(ports: int, duplex: Duplex = "full", name: str = "sw", **keys: Any) -> Switch:
    """One whose ports are all in `duplex`."""
    return Switch(name, ports, duplex=(duplex,) * ports, **keys)


class Bridged(Lab):
    """`switches` with `hosts` at the ends of `cables`. Ports are named as in a scenario, `sw.1`."""

    watched = (".aui_do", ".aui_do_active", *(f".{name}" for name in COUNTERS))

    def __init__(
        self,
        engine: str,
        *switches: Switch,
        hosts: Sequence[Host] = (),
        cables: Sequence[Cable] = (),
        seed: int = 1,
    ) -> None:
        taken = {end for cable in cables for end in cable.ends}
        free = [socket for one in switches for socket in one.sockets if socket not in taken]
        generators = tuple(f"at {socket}" for socket in free)
        cables = (*cables, *(Cable(at, 0, (at, socket)) for at, socket in zip(generators, free, strict=True)))
        self._last: dict[str, int] = {}
        self._generators = {socket: number for number, socket in enumerate(free)}
        scenario = Scenario(
            "", tuple(hosts), seed=seed, cables=cables, switches=switches, generators=generators
        )
        self._equip(engine, scenario, waves=True)

    def send(
        self, port: str, *frames: bytes, gap_bt: int = GAP_BT, ppm: float = 0.0, after_bt: int = 10
    ) -> int:
        """Have `frames` come in at `port`, the first `after_bt` from now; return when the last one ends."""
        cells = ("-" * gap_bt).join(on_wire(octets) for octets in frames)
        return self.say(port, cells, ppm=ppm, after_bt=after_bt)

    def say(self, port: str, cells: str, *, ppm: float = 0.0, after_bt: int = 10) -> int:
        """The same with `cells` as of `pattern`."""
        start = self.now + after_bt * BIT_PS
        self.engine.play(self._generators[port], moves(cells, ppm=ppm), start)
        return start + round(len(cells) * BIT_PS * (1 - ppm * 1e-6))

    def exchange(self, port: str, *frames: bytes) -> set[str]:
        """Frames into a quiet switch; return the ports at which something has come out, when all is quiet."""
        self.forget()
        end = self.send(port, *frames)
        self.run_to(end + max(len(octets) for octets in frames) * 8 * BIT_PS + QUIET_BT * BIT_PS)
        return {one for one in self._generators if self.bursts(one)}

    def bursts(self, port: str) -> list[Sent]:
        """What `port` has sent since `forget`, as far as it has ended."""
        self.look()
        name = port.replace(".", ".port")
        active, levels = self.log[f"{name}.aui_do_active"], self.log[f"{name}.aui_do"]
        found = []
        for (start, _), (end, _) in zip(active[::2], active[1::2], strict=False):
            first, last = (bisect_right(levels, ps, key=itemgetter(0)) for ps in (start, end))
            found.append(decode(start, levels[first:last], end))
        return found

    def heard(self, port: str) -> list[Heard]:
        """The frames that it has sent."""
        found = []
        for burst in self.bursts(port):
            head, sfd, data = burst.bits.partition(SFD)
            assert head + sfd == HEAD
            sent = octets(data)
            assert len(data) == 8 * len(sent)
            assert zlib.crc32(sent[:-4]).to_bytes(4, "little") == sent[-4:]
            found.append(Heard(burst.start, burst.end_of_bits, sent[:-4]))
        return found

    def drive(self, port: str, moves: Sequence[Move]) -> None:
        """Have the generator at `port` play `moves` from now on."""
        self.engine.play(self._generators[port], moves, self.now)

    def introduce(self, count: int) -> list[bytes]:
        """Make stations at the first ports known to the first switch."""
        stations = [station(number) for number in range(1, count + 1)]
        for number, one in enumerate(stations, start=1):
            self.exchange(f"sw.{number}", frame(BROADCAST, one))
        self.forget()
        return stations

    def take(self, changes: Changes) -> None:
        """Put it into `log`, and keep what was counted."""
        super().take(changes)
        for name, changes in self.log.items():
            if changes:
                self._last[name] = changes[-1][1]

    def counters(self, port: str) -> dict[str, int]:
        """Those of a port that are not 0."""
        self.look()
        name = port.replace(".", ".port")
        counted = {counter: self._last.get(f"{name}.{counter}", 0) for counter in COUNTERS}
        return {counter: count for counter, count in counted.items() if count}

    def counter(self, name: str, switch: str = "sw") -> int:
        """One of the core's."""
        self.look()
        return self._last.get(f"{switch}.core.{name}", 0)

    def table(self, switch: int = 0) -> dict[bytes, int]:
        """The ports of the stations that it knows."""
        return {entry.address: entry.port for entry in self.cabling.table(self.engine, switch)}
