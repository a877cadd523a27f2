"""A hub with stations that do as they are told: what goes into each port and what comes out, bit by bit.

A station sends bits, not frames, and never listens. What comes out is decoded from the definition of
Manchester code, not by our receiver.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from bench import Bench
from myhdl import Signal

from hw.analogue.events import CABLE, at, now, on_change, on_grid
from hw.analogue.pair import Pair, PairPins
from hw.analogue.twisted_pair import TwistedPairMau, propagation_ps
from hw.hub.box import Hub
from hw.hub.wiring import Repeater

BIT_PS = 100_000
PREAMBLE = "10" * 31
SFD = "11"
END_PS = 250_000
CABLE_MM = 100_000


class Burst(NamedTuple):
    """What a port sent from idle to idle: from when to when (ps), its bits, how long its last level stood."""

    start: int
    end: int
    bits: str
    held: int


def bits_of(octets: bytes) -> str:
    """In the order of the line, least significant bit first."""
    return "".join(str(octet >> n & 1) for octet in octets for n in range(8))


class HubBench(Bench):
    """Hubs of `ports` twisted-pair ports and `coax_ports` after them, in a row: one for each of `ppm`.

    The last port of each is joined with the first of the next by 100 m. `ports` are those of all hubs, and
    `bursts` what they have sent, `starts` when they began to.
    """

    def __init__(
        self, ports: int, coax_ports: int = 0, ppm: Sequence[float] = (0,), **parameters: Any
    ) -> None:
        each = ports + coax_ports
        self.hubs = [
            Hub(Repeater(number, 1, crystal, **parameters), [True] * each)
            for number, crystal in enumerate(ppm)
        ]
        self.ports = [port for hub in self.hubs for port in hub.ports]
        self.bursts: list[list[Burst]] = [[] for _ in self.ports]
        self.starts: list[list[int]] = [[] for _ in self.ports]
        for number, port in enumerate(self.ports):
            if number % each < ports:
                port["line_active"] = Signal(False)
                TwistedPairMau(port)
            else:
                port["line_active"] = port["aui_di_active"]
            _Ear(port, self.bursts[number], self.starts[number])
        for one, other in pairwise(self.hubs):
            Pair(propagation_ps(CABLE_MM), [_end(one.ports[-1]), _end(other.ports[0])])
        super().__init__(*(block for hub in self.hubs for block in hub.blocks))

    def send(self, port: int, bits: str, start_ps: int, ppm: float = 0.0) -> int:
        """Let the station at `port` send `bits`; return when its last bit ends."""
        half = BIT_PS / 2 * (1 - ppm * 1e-6)
        wires = self.ports[port]
        moves = []
        for place, bit in enumerate(bits):
            moves.append((round(start_ps + 2 * place * half), bit == "0", True))
            moves.append((round(start_ps + (2 * place + 1) * half), bit == "1", True))
        end = round(start_ps + 2 * len(bits) * half)
        moves += [(end, True, True), (end + END_PS, True, False)]
        _Player(wires, moves)
        return end

    @property
    def time(self) -> int:
        """Now, in ps."""
        return now()

    def partitioned(self, port: int) -> bool:
        """Whether the port is."""
        return bool(self.ports[port]["partitioned"])


def _end(port: dict[str, Any]) -> PairPins:
    return PairPins(*(port[name] for name in ("aui_do", "aui_do_active", "aui_di", "line_active")))


class _Player:
    def __init__(self, wires: dict[str, Any], moves: Sequence[tuple[int, bool, bool]]) -> None:
        self._wires = wires
        self._moves = iter(moves)
        self._move: tuple[int, bool, bool] | None = next(self._moves)
        self._plan()

    def _plan(self) -> None:
        if self._move is not None:
            at(on_grid(self._move[0], CABLE), self._play)

    def _play(self) -> None:
        assert self._move is not None
        _, level, active = self._move
        self._wires["aui_di"].next = level
        self._wires["line_active"].next = active
        self._move = next(self._moves, None)
        self._plan()


class _Ear:
    """Listens to what a port sends."""

    def __init__(self, wires: dict[str, Any], bursts: list[Burst], starts: list[int]) -> None:
        self._starts = starts
        self._wires = wires
        self._bursts = bursts
        self._edges: list[tuple[int, int]] = []
        self._start: int | None = None
        on_change(wires["aui_do"], self._hear)
        on_change(wires["aui_do_active"], self._hear)

    def _hear(self) -> None:
        active, level = bool(self._wires["aui_do_active"]), int(self._wires["aui_do"])
        if active and self._start is None:
            self._start = now()
            self._starts.append(self._start)
            self._edges = []
        if self._start is None:
            return
        if not self._edges or self._edges[-1][1] != level:
            self._edges.append((now(), level))
        if not active:
            self._bursts.append(decode(self._start, self._edges, now()))
            self._start = None


def decode(start: int, edges: Sequence[tuple[int, int]], end: int) -> Burst:
    """Bits by the edge in the middle of each cell, which is looked for from that of the last one."""
    bits, middle = "", start + BIT_PS // 2
    last = edges[-1][0]
    places = dict(edges)
    times = [ps for ps, _ in edges]
    for ps in times:
        while ps > middle + BIT_PS // 4:
            raise AssertionError(f"no edge in the middle of the bit cell at {middle} ps")
        if ps >= middle - BIT_PS // 4:
            bits += str(places[ps])
            middle = ps + BIT_PS
    return Burst(start, end, bits, end - last)
